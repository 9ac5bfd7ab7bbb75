# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain words that documents use for grades, ways of looking, comparisons, numbers and times.

A finding says what is listed where and how it was compared. No word here says or hints that a model was made with it.
"""

from datetime import datetime
from decimal import Decimal

from indexer.core.types import Basis, Coverage, Grade, Lane, Match

GRADE_WORDS = {
    Grade.IDENTICAL_FILE: "the very same file",
    Grade.SAME_IMAGE: "the same picture, resized or saved again",
    Grade.EDITED_COPY: "an edited copy",
    Grade.LISTED: "listed by its address or account",
    Grade.NAMED: "a name in the row’s text",
    Grade.POSSIBLE: "possible: fingerprints are near, the pictures were not compared",
    Grade.LOOKS_ALIKE: "similar, not counted",
}

NOT_COUNTED = (Grade.NAMED, Grade.POSSIBLE, Grade.LOOKS_ALIKE)

_NOT_COUNTED_WORDS = {Grade.NAMED: "a name only", Grade.POSSIBLE: "possible", Grade.LOOKS_ALIKE: "similar only"}

LANE_WORDS = {
    Lane.EXACT: "the very same file",
    Lane.PERCEPTUAL: "fingerprints of whole pictures",
    Lane.LOCAL: "parts of pictures",
    Lane.NEURAL: "similar content",
    Lane.LOCATION: "web addresses",
    Lane.ATTRIBUTION: "names",
}

_EQUAL_FILES = "the checksums of the two files: they are equal"
_LEAST_CHANCE = 1e-6
NO_BREAK = "\u00a0"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def date_words(utc: str) -> str:
    """`24 November 2026`; own month names, because the system's language is not the document's."""
    time = datetime.fromisoformat(utc)
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


def period_words(period: str) -> str:
    """`2021`, `August 2021` or `30 August 2021`, of a year, a month or a day as in `2021-08`."""
    year, *rest = period.split("-")
    if not rest:
        return year
    month = f"{_MONTHS[int(rest[0]) - 1]} {year}"
    return f"{int(rest[1])} {month}" if rest[1:] else month


def time_words(utc: str) -> str:
    """`24 November 2026, 09:30 UTC`."""
    return f"{date_words(utc)}, {datetime.fromisoformat(utc):%H:%M} UTC"


def count_words(count: int, one: str, many: str) -> str:
    """A number with its noun: `1 work`, `1,200 works`."""
    return f"{count:,} {one if count == 1 else many}"


def rows_words(rows: int) -> str:
    """How many rows a data set has; a service that does not tell counts none."""
    return count_words(rows, "row", "rows") if rows else "number of rows not known"


def set_words(dataset: str, version: str) -> str:
    """A data set by its name, with its version where it has one."""
    return f"{dataset}, version {version}" if version else dataset


def outcome_words(coverage: Coverage) -> str:
    """Searched, or why not, and what must be said with it."""
    if coverage.searched:
        return f"searched; {coverage.note}" if coverage.note else "searched"
    said = "searched in part only" if coverage.partly else "not searched"
    return f"{said}, because {coverage.because or 'no reason was recorded'}"


def comparison_words(match: Match) -> str:
    """What was held against what; says so where no picture was seen."""
    if match.verified:
        return _EQUAL_FILES if Basis.BYTES in match.basis else "the two pictures, pixel by pixel"
    if match.grade is Grade.LISTED:
        return f"the {_own_part(match)} in the row; the picture was not compared"
    if match.grade is Grade.NAMED:
        return "the words in the row; the picture was not compared"
    if Basis.GEOMETRY in match.basis:
        return "points of the two pictures that were kept with the data set; the picture itself was not seen"
    return "fingerprints only; the row’s picture was not seen"


def _own_part(match: Match) -> str:
    """By what of it a row is listed."""
    by = [part for part, basis in (("address", Basis.ADDRESS), ("account", Basis.ACCOUNT)) if basis in match.basis]
    return " and the ".join(by) or "address"


def not_counted_words(match: Match) -> str:
    """Why a weak finding does not count, in a few words; its reasons say the rest."""
    return f"{_NOT_COUNTED_WORDS[match.grade]}; {'pictures compared' if match.verified else 'picture not seen'}"


def chance_figure(chance: float) -> str:
    """An expected number of chance hits, written plainly: `0.0043`."""
    return f"fewer than {_LEAST_CHANCE:f}" if chance < _LEAST_CHANCE else f"{Decimal(f'{chance:.2g}'):,f}"


def chance_words(chance: float) -> str:
    """How many rows would come this near by accident; short, because it stands beside every finding."""
    figure = chance_figure(chance)
    return f"{figure} {'row' if figure == '1' else 'rows'} this near expected by accident in the whole check"


def letter_words(grade: Grade, edit: str | None, *, verified: bool) -> str:
    """Grade, edit and comparison in one phrase for a letter's table."""
    same = "the same picture" if edit and grade is Grade.SAME_IMAGE else GRADE_WORDS[grade]
    named = f"{same} ({edit.replace(' %', NO_BREAK + '%')})" if edit else same
    if verified:
        return f"{named}; {'checksums' if grade is Grade.IDENTICAL_FILE else 'pictures'} compared"
    if grade is Grade.LISTED:
        return f"{named}; picture not compared"
    return f"{named}; fingerprints agree, picture not seen"
