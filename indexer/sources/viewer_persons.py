# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dataset viewer is asked for a person: own sites, accounts, names. The finder judges every row that comes.

The service gives two thousand rows a question at most, so it is asked as narrowly as the finder allows: a condition
never leaves out a row that the finder would take, but for texts that put accents where the name has none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.links.accounts import LEAST_HANDLE, Account, account_of_name, account_of_site
from indexer.links.contract import Hit, Person
from indexer.links.finder import Finder
from indexer.links.names import read_name
from indexer.links.platforms import platforms
from indexer.links.sites import Site, read_site
from indexer.sources.base import Mention
from indexer.sources.table_rows import addresses_in
from indexer.sources.viewer_answers import Feature, Row
from indexer.sources.viewer_asking import Asker, Question
from indexer.sources.viewer_queries import WHERE_CHARACTERS, any_of, column, contains, sendable

_RUN = re.compile("[a-z0-9]+")
_SEARCHED = re.compile("[a-z]{2}", re.IGNORECASE)
"""`/search` keeps the letters a to z only, and leaves single ones out."""

Found = tuple[Hit | None, str]
"""What the finder says of a text, and the text."""


def mentions_of(asker: Asker, finder: Finder, lanes: Sequence[Lane], monitor: Monitor) -> Iterator[Mention]:
    """Rows with an address, an account or a name of the person, each once a lane.

    Raises:
        SourceProblem: the service gives no usable answer.
        Cancelled: the user stopped.
    """
    told: set[int] = set()
    for row in asker.rows(_address_questions(asker, finder.person, lanes), monitor):
        for lane in lanes:
            if found := _strongest(_in_addresses(asker, row, finder), lane):
                told |= {row.number} if lane is Lane.ATTRIBUTION else set()
                yield Mention(asker.keep(row, found[1]), found[0])
    if Lane.ATTRIBUTION not in lanes:
        return
    for row in asker.rows(_name_questions(asker, finder.person), monitor):
        found = _strongest(_in_names(asker, row, finder), Lane.ATTRIBUTION) if row.number not in told else None
        if found:
            yield Mention(asker.keep(row, found[1]), found[0])


def address_patterns(person: Person, lane: Lane) -> list[str]:
    """Patterns, one of which is in every address that speaks of the person in this lane; `%` stands for anything."""
    sites = [site for site in map(read_site, person.sites) if site]
    if lane is Lane.ATTRIBUTION:
        return _distinct(pattern for one in _named_accounts(person) for pattern in _handle_patterns(one))
    pages = {site.asked: account for site in sites if (account := account_of_site(site))}
    of_sites = (pattern for site in sites if site.asked not in pages for pattern in _site_patterns(site))
    return _distinct([*of_sites, *(pattern for one in pages.values() for pattern in _handle_patterns(one))])


def account_patterns(person: Person, platform: str) -> list[str]:
    """The same for a column of accounts of a platform."""
    known = platforms().find(platform)
    pages = (account_of_site(site) for site in map(read_site, person.sites) if site)
    accounts = [*_named_accounts(person), *(account for account in pages if account)]
    fitting = (one for one in accounts if known is None or one.platform in (None, known))
    return _distinct(pattern for one in fitting for pattern in _handle_patterns(one))


def name_condition(name: str, asked: str) -> list[str]:
    """Conditions, one of which every text fulfils that holds the name: each of its words, in any way it is written.

    Args:
        name: of the column, as it stands in a condition.
        asked: the name, as the person wrote it.
    """
    whole = read_name(asked)
    if whole is None:
        return []
    words = [known.needles for word in asked.split() if (known := read_name(word))]
    groups = [list(any_of(_pieces(name, needles))) for needles in dict.fromkeys([whole.needles, *words])]
    if any(len(group) != 1 for group in groups):  # too long to be joined, or a word of which nothing can be sent
        return list(any_of(_pieces(name, whole.needles)))
    joined = " and ".join(f"({group[0]})" for group in groups)
    return [joined] if len(joined) <= WHERE_CHARACTERS else groups[0]


def _address_questions(asker: Asker, person: Person, lanes: Sequence[Lane]) -> Iterator[Question]:
    purpose = f"to ask which rows of {asker.dataset} hold an address of yours"
    for lane in lanes:
        for pattern in address_patterns(person, lane):
            yield from _holding(asker, asker.opened.places, pattern, lane, purpose)


def _name_questions(asker: Asker, person: Person) -> Iterator[Question]:
    opened, lane = asker.opened, Lane.ATTRIBUTION
    purpose = f"to ask which rows of {asker.dataset} hold a name of yours"
    for feature in opened.accounts:
        for pattern in account_patterns(person, opened.columns.accounts[feature.name]):
            yield from _holding(asker, [feature], pattern, lane, purpose)
    for asked in person.names:
        for feature in opened.captions:
            for where in name_condition(column(feature.parts), asked):
                yield Question(where, lane, purpose)
        if opened.is_searched_by_words:
            yield from _by_words(asker, asked, purpose)


def _by_words(asker: Asker, asked: str, purpose: str) -> Iterator[Question]:
    """The name, as `/search` takes it: any of its words is enough there, rows with more of them come first."""
    account = account_of_name(asked)
    words = account.handle if account and account.platform else asked
    if _SEARCHED.search(words):
        yield Question(words, Lane.ATTRIBUTION, purpose, "search", "query")
    else:
        because = f"the service searches for the letters a to z only, so “{asked}” was not asked for"
        asker.shortfall.unasked[Lane.ATTRIBUTION][because] = None


def _holding(asker: Asker, features: Sequence[Feature], pattern: str, lane: Lane, purpose: str) -> Iterator[Question]:
    """Which rows hold it in one of the columns; what cannot be sent is remembered."""
    piece = sendable(pattern)
    if piece is None:
        words = pattern.replace("%", " ")
        asker.shortfall.unasked[lane][f"the service does not take “{words}”, so it was not asked for"] = None
        return
    for where in any_of(contains(column(feature.parts), piece) for feature in features):
        yield Question(where, lane, purpose)


def _pieces(name: str, needles: Iterable[str]) -> list[str]:
    pieces = dict.fromkeys(piece for needle in sorted(needles) if (piece := sendable(needle)))
    return [contains(name, piece) for piece in pieces]


def _in_addresses(asker: Asker, row: Row, finder: Finder) -> Iterator[Found]:
    for feature in asker.opened.named(asker.opened.columns.url):
        for address in addresses_in(list(row.texts(feature))):
            yield finder.in_address(address), address


def _in_names(asker: Asker, row: Row, finder: Finder) -> Iterator[Found]:
    opened = asker.opened
    for feature in opened.named(opened.columns.accounts):
        platform = opened.columns.accounts[feature.name]
        yield from ((finder.in_account(platform, text), text) for text in row.texts(feature))
    for feature in opened.named(opened.columns.caption):
        yield from ((finder.in_text(text), text) for text in row.texts(feature))


def _strongest(found: Iterable[Found], lane: Lane) -> tuple[Hit, str] | None:
    """What is the person's own before what may be a namesake's."""
    hits = [(hit, text) for hit, text in found if hit and hit.lane is lane]
    return min(hits, key=lambda one: not one[0].is_own, default=None)


def _named_accounts(person: Person) -> list[Account]:
    return [account for account in map(account_of_name, person.names) if account]


def _handle_patterns(account: Account) -> list[str]:
    """The runs of a handle in their order, whatever stands between them: platforms write hyphens, dots or nothing."""
    runs = _RUN.findall(account.handle.lower())
    if max(map(len, runs), default=0) >= LEAST_HANDLE:
        return ["%".join(runs)]
    return sorted(account.needles)


def _site_patterns(site: Site) -> list[str]:
    path = "".join("%" + run for run in _RUN.findall(site.path))
    return [needle + path for needle in sorted(site.needles)]


def _distinct(patterns: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(pattern for pattern in patterns if pattern))
