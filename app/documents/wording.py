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
    Grade.LISTED: "listed by its address",
    Grade.NAMED: "a name in the row’s text",
    Grade.POSSIBLE: "possible: fingerprints are near, the pictures were not compared",
    Grade.LOOKS_ALIKE: "similar, not counted",
}

NOT_COUNTED = (Grade.POSSIBLE, Grade.LOOKS_ALIKE)

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
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def time_words(utc: str) -> str:
    """`24 November 2026, 09:30 UTC`; own month names, because the system's language is not the document's."""
    time = datetime.fromisoformat(utc)
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}, {time:%H:%M} UTC"


def count_words(count: int, one: str, many: str) -> str:
    """A number with its noun: `1 work`, `1,200 works`."""
    return f"{count:,} {one if count == 1 else many}"


def outcome_words(coverage: Coverage) -> str:
    """Searched, or why not."""
    return "searched" if coverage.searched else f"not searched, because {coverage.because or 'no reason was recorded'}"


def comparison_words(match: Match) -> str:
    """What was held against what; says so where no picture was seen."""
    if match.verified:
        return _EQUAL_FILES if Basis.BYTES in match.basis else "the two pictures, pixel by pixel"
    if match.grade is Grade.LISTED:
        return "the address in the row; the picture was not compared"
    if match.grade is Grade.NAMED:
        return "the words in the row; the picture was not compared"
    if Basis.GEOMETRY in match.basis:
        return "points of the two pictures that were kept with the data set; the picture itself was not seen"
    return "fingerprints only; the row’s picture was not seen"


def chance_words(chance: float) -> str:
    """How many rows would come this near by accident in the whole check."""
    figure = f"fewer than {_LEAST_CHANCE:f}" if chance < _LEAST_CHANCE else f"{Decimal(f'{chance:.2g}'):,f}"
    return f"{figure} rows would be expected to come this near by accident in the whole check"


def letter_words(grade: Grade, edit: str | None, *, verified: bool) -> str:
    """Grade, edit and comparison in one phrase for a letter's table."""
    named = f"{GRADE_WORDS[grade]} ({edit})" if edit else GRADE_WORDS[grade]
    if verified:
        return f"{named}; {'checksums' if grade is Grade.IDENTICAL_FILE else 'pictures'} compared"
    if grade is Grade.LISTED:
        return f"{named}; picture not compared"
    return f"{named}; fingerprints agree, picture not seen"
