# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist's own works say of a search: those that cannot be there, and those that are known to be there.

A work made after a set was last collected is a negative control: a hit there is an error, of the comparison or of the
date. A row at the artist's own address that shows a work, as its address alone tells, is a positive control: was it
found by its picture too? Where neither is known, nothing is said; nor where works were not all looked for, since what
was not looked for is not found. Works too plain to be known by their look control nothing, and a work that has no hash
of a kind that a set has is no negative control of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import unquote

from indexer.core.types import LANES_OF_PERSONS, Artwork, Coverage, Grade, Lane, Match
from indexer.links.addresses import normalise
from indexer.matching.contract import OwnControls, RenditionFound, SourceOpened, Tally

_LEAST_NAME = 5
"""Letters and digits that a file's name needs before it tells one picture from another: `1.jpg` is everywhere."""

_OF_PICTURES = tuple(lane for lane in Lane if lane not in LANES_OF_PERSONS)
_SURE = (Lane.PERCEPTUAL,)
"""Those that can find a copy without its picture. Content or points alone make a row no more than possible, and another
picture never has the digest of a file, so that a control by them could not fail."""


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
        coverage: how far each source was searched.
    """

    works: Sequence[Artwork]
    dates: Mapping[str, WorkDate]
    renditions: Sequence[RenditionFound]
    matches: Sequence[Match]
    coverage: Sequence[Coverage]

    def all_looked_for(self, source: str, lanes: Iterable[Lane]) -> bool:
        """Whether all works were looked for in one of these ways at least, and in none of them only in part."""
        asked = [one for one in self.coverage if one.source == source and one.lane in lanes]
        return any(one.searched for one in asked) and not any(one.partly for one in asked)


def own_controls(sources: Iterable[SourceOpened], answers: Answers) -> Iterator[OwnControls]:
    """What can be said of each source; nothing of those of which nothing can."""
    plain = {work.path for work in answers.works if work.plain}
    dates = {path: made for path, made in answers.dates.items() if path not in plain}
    by_address = {address: work for address, work in _published_at(answers.renditions).items() if work not in plain}
    by_name = {name: work for name, work in _by_file_name(answers.works).items() if work not in plain}
    for source in sources:
        surely = answers.all_looked_for(source.name, _SURE)
        if not (surely or answers.all_looked_for(source.name, _OF_PICTURES)):
            continue
        matches = [match for match in answers.matches if match.source == source.name]
        findable = {work.path for work in answers.works if surely and set(source.hashes) - set(work.too_plain_for)}
        dated = {path: made for path, made in dates.items() if path in findable}
        later, later_by = _later(source, dated, matches)
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
    possible = {match.artwork for match in matches if match.grade is Grade.POSSIBLE} & later.keys() - hit
    return Tally(len(hit), len(later), len(possible)), dict(Counter(made.basis.value for made in later.values()))


def _own(matches: Sequence[Match], by_address: Mapping[str, str], by_name: Mapping[str, str]) -> Tally | None:
    """Rows at an own address that show a work by that address, and how many of them its picture found."""
    found = _pairs(match for match in matches if match.may_enter_letter)
    possible = _pairs(match for match in matches if match.grade is Grade.POSSIBLE) - found
    shown = {}
    for match in matches:
        if match.grade is Grade.LISTED and match.url:
            address = normalise(match.url)
            work = by_address.get(address) or by_name.get(_file_name(address))
            if work:
                shown[match.row] = work
    return Tally(len(shown.items() & found), len(shown), len(shown.items() & possible)) if shown else None


def _pairs(matches: Iterable[Match]) -> set[tuple[str, str]]:
    """Each row with the works that it may show."""
    return {(match.row, work) for match in matches if match.artwork for work in (match.artwork, *match.also)}


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
