# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist's own works say of a search: those that cannot be there, and those that are known to be there.

A work made after a set was last collected is a negative control: a hit there is an error, of the comparison or of the
date. A row at the artist's own address that shows a work, as its address alone tells, is a positive control: was it
found by its picture too? Where neither is known, nothing is said.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import unquote

from indexer.core.types import Artwork, Grade, Match
from indexer.links.addresses import normalise
from indexer.matching.contract import OwnControls, RenditionFound, SourceOpened, Tally

_LEAST_NAME = 5
"""Letters and digits that a file's name needs before it tells one picture from another: `1.jpg` is everywhere."""


class DateBasis(StrEnum):
    """On what the date of a work rests, the most telling first. A file's own time of change is never one of them: every
    copy gets a new one. It only shows that a work is older than something else says.
    """

    INSIDE_FILE = "inside_file"  # EXIF or XMP, which a camera or a painting program wrote and copies keep
    PUBLISHED = "published"  # the first date in an archive of the artist's account; it may have been elsewhere before


_BASIS_WORDS = {
    DateBasis.INSIDE_FILE: "its file says that this work was made",
    DateBasis.PUBLISHED: "an archive of the artist’s account says that this work was published",
}


@dataclass(frozen=True, slots=True)
class WorkDate:
    """When a work was made.

    Attributes:
        day: the earliest day at which anything says that it was there, which may be its file's time of change.
        basis: what dates it: whichever says an earlier day, what is inside its file or an archive.
        says: the day that this gives, never before `day`.
    """

    day: str
    basis: DateBasis
    says: str


def date_of(artwork: Artwork, published: Iterable[str], today: str) -> WorkDate | None:
    """When a work was made at the earliest that anything says; None where nothing but its file's change tells.

    Args:
        published: days or moments at which it was published.
        today: a later day is one of a clock that runs wrong, and is not believed.
    """
    first = min((moment[:10] for moment in published), default=None)
    dated = ((DateBasis.INSIDE_FILE, artwork.created), (DateBasis.PUBLISHED, first))
    known = [(day, basis) for basis, day in dated if day and day <= today]
    if not known:
        return None
    says, basis = min(known, key=lambda one: one[0])
    return WorkDate(min(says, artwork.changed or says), basis, says)


def is_later(day: str, collected: str) -> bool:
    """Whether a day is after all of `2021`, `2021-08` or `2021-08-30`; after a day by one more: clocks differ."""
    if len(collected) == len("2021-08-30"):
        collected = (date.fromisoformat(collected) + timedelta(days=1)).isoformat()
    return day[: len(collected)] > collected


def caution(made: WorkDate, source: SourceOpened) -> str | None:
    """What must be said of a match of a work that cannot be in the source; None where it can."""
    if source.collected is None or not is_later(made.day, source.collected):
        return None
    return (
        f"Needs a careful look: {_BASIS_WORDS[made.basis]} on {made.says}, and nothing in this list is younger "
        f"than {source.collected} ({source.collected_by}). Either that date or this match is wrong."
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """What a check gave, as far as controls need it.

    Attributes:
        dates: of the works whose date is known.
        pictures_searched: names of the sources in which pictures were looked for.
    """

    works: Sequence[Artwork]
    dates: Mapping[str, WorkDate]
    renditions: Sequence[RenditionFound]
    matches: Sequence[Match]
    pictures_searched: Collection[str]


def own_controls(sources: Iterable[SourceOpened], answers: Answers) -> Iterator[OwnControls]:
    """What can be said of each source; nothing of those of which nothing can."""
    by_address, by_name = _published_at(answers.renditions), _by_file_name(answers.works)
    for source in sources:
        if source.name not in answers.pictures_searched:
            continue
        matches = [match for match in answers.matches if match.source == source.name]
        later, later_by = _later(source, answers.dates, matches)
        own = _own(matches, by_address, by_name)
        if later or own:
            told = OwnControls(source.name, source.dataset, source.version, later, later_by, own)
            until = (source.collected, source.collected_by) if later else (None, None)
            yield replace(told, collected=until[0], collected_by=until[1])


def _later(
    source: SourceOpened, dates: Mapping[str, WorkDate], matches: Iterable[Match]
) -> tuple[Tally | None, Mapping[str, int]]:
    if source.collected is None:
        return None, {}
    later = {path: made for path, made in dates.items() if is_later(made.day, source.collected)}
    if not later:
        return None, {}
    hit = {match.artwork for match in matches if match.may_enter_letter} & later.keys()
    return Tally(len(hit), len(later)), dict(Counter(made.basis.value for made in later.values()))


def _own(matches: Sequence[Match], by_address: Mapping[str, str], by_name: Mapping[str, str]) -> Tally | None:
    """Rows at an own address that show a work by that address, and how many of them its picture found."""
    found = {
        (match.row, work)
        for match in matches
        if match.artwork and match.may_enter_letter
        for work in (match.artwork, *match.also)
    }
    shown = {}
    for match in matches:
        if match.grade is Grade.LISTED and match.url:
            address = normalise(match.url)
            work = by_address.get(address) or by_name.get(_file_name(address))
            if work:
                shown[match.row] = work
    return Tally(sum(pair in found for pair in shown.items()), len(shown)) if shown else None


def _published_at(renditions: Iterable[RenditionFound]) -> dict[str, str]:
    """The work that an archive of the artist's account says to be at an address."""
    return {normalise(one.address): one.artwork for one in renditions if one.address}


def _by_file_name(works: Iterable[Artwork]) -> dict[str, str]:
    """The work of a file's name, for names that are long enough and that one work alone has."""
    named = [(_file_name(work.path.replace("\\", "/")), work.path) for work in works if "#" not in work.path]
    times = Counter(name for name, _ in named)
    return {name: path for name, path in named if times[name] == 1 and sum(map(str.isalnum, name)) >= _LEAST_NAME}


def _file_name(address: str) -> str:
    """Without folder and ending, in lower case."""
    last = unquote(address.partition("?")[0].rpartition("/")[2])
    return last.partition(".")[0].lower()
