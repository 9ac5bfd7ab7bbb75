# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist's own works say of a search, and where each work is listed, in plain words for every surface."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.documents.wording import count_words, period_words, set_words
from indexer.core.types import Match
from indexer.matching.contract import OwnControls, Tally

_DATED_BY = {"inside_file": "what their files say", "published": "archives of published works"}


@dataclass(frozen=True, slots=True)
class WorkPlaces:
    """Where one work is listed: its sites, each with how many rows; an empty site for rows without a web address."""

    work: str
    sites: tuple[tuple[str, int], ...]


def control_words(told: OwnControls, whose: str = "of yours") -> Iterator[str]:
    """Whole sentences about one data set; a document for others says of whom it speaks."""
    name = set_words(told.dataset, told.version) if told.dataset else told.source
    if told.later and told.collected:
        works, until = count_words(told.later.of, "work", "works"), period_words(told.collected)
        dated = " and ".join(_DATED_BY[one] for one in told.later_by)
        yield (
            f"{name}: {works} {whose} cannot be in it, made after {until} ({told.collected_by}), going by {dated}. "
            f"{_later(told.later)}"
        )
    if told.own:
        rows = count_words(told.own.of, "row at an address", "rows at addresses")
        show = "shows" if told.own.of == 1 else "show"
        were = "was" if told.own.hits == 1 else "were"
        more = f", and {told.own.possible:,} more possibly" if told.own.possible else ""
        yield (
            f"{name}: {rows} {whose} {show} a work {whose}, as the address tells. "
            f"{told.own.hits:,} of {told.own.of:,} {were} found by the picture too{more}."
        )


def _later(told: Tally) -> str:
    hits, were = f"{told.hits:,} of {told.of:,}", "was" if told.hits == 1 else "were"
    if told.hits:
        are = "is" if told.possible == 1 else "are"
        more = f" {told.possible:,} more {are} possible there." if told.possible else ""
        return (
            f"{hits} {were} found there all the same: either the date or the match is wrong, so those rows "
            f"need a careful look before anything is written.{more}"
        )
    if told.possible:
        return (
            f"{hits} were found there for sure, but {told.possible:,} possibly: either the date is wrong or such rows "
            "are there by chance, as those that are possible for other works may be."
        )
    return f"{hits} were found there, which is as it should be."


def also_words(matches: Iterable[Match]) -> str | None:
    """The other works that rows of one copy come near to, by their file names; None for none."""
    paths = dict.fromkeys(path for match in matches for path in match.also)
    names = ", ".join(path.replace("\\", "/").rpartition("/")[2] for path in paths)
    return f"also like: {names}" if names else None


def places_of_works(matches: Iterable[Match]) -> list[WorkPlaces]:
    """For each work with a row that counts, in the order of first sight, its sites, the one with most rows first."""
    sites: dict[str, Counter[str]] = {}
    for match in matches:
        if match.artwork and match.may_enter_letter:
            sites.setdefault(match.artwork, Counter())[match.site or ""] += 1
    return [WorkPlaces(work, tuple(sorted(found.items(), key=_most_first))) for work, found in sites.items()]


def _most_first(site: tuple[str, int]) -> tuple[int, str]:
    return -site[1], site[0]


def site_words(places: WorkPlaces) -> str:
    """`luna.example (2 rows), no web address (1 row)`; of no site at all, how many rows."""
    if [site for site, _ in places.sites] == [""]:
        return count_words(places.sites[0][1], "row", "rows")
    named = (f"{site or 'no web address'} ({count_words(rows, 'row', 'rows')})" for site, rows in places.sites)
    return ", ".join(named)
