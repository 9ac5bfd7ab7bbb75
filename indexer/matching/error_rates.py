# SPDX-License-Identifier: GPL-3.0-or-later
"""How often each grade was wrong on labelled sets: what the evidence report prints, read from `resources/error_rates/`.

`tests/benchmarks/copies` writes such files. A share is never printed alone: always so many of so many, with bounds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

import msgspec

from indexer.core.about import Tool
from indexer.core.types import Grade, Lane

FORMAT = 1
_NOT_ZERO = 3
"""Significant digits of a percentage; more than a count of some thousands can bear out would pretend."""

Count = Annotated[int, msgspec.Meta(ge=0)]
Proportion = Annotated[float, msgspec.Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, and the bounds of an interval of 95 % for the true share; 0 of 0 was not measured."""

    found: Count
    of: Count
    low: Proportion
    high: Proportion


@dataclass(frozen=True, slots=True)
class GradeRates:
    """One grade, by one way of looking, with the pictures compared or not.

    Attributes:
        lane: the lane that proposed the row; None for all of them together.
        matches, false_matches: how many such matches there were, and how many were wrong.
        false_works: works of which nothing was listed that got such a match. Works are independent of each other, so
            their bounds are exact (Clopper and Pearson).
        missed_copies: copies that got no match of this grade or a stronger one by this lane. Copies of one work are
            found or missed together, so their bounds are clustered by work.
    """

    grade: Grade
    lane: Lane | None
    verified: bool
    matches: Count
    false_matches: Count
    false_works: Rate
    missed_copies: Rate


@dataclass(frozen=True, slots=True)
class PictureSet:
    """A labelled set of pictures.

    Attributes:
        description: what its pictures show, and where others can get them, in words; empty where nobody wrote it.
        works_without_copies: unrelated works, of which nothing was listed.
        copies: listed altered copies of the others.
        listed: all listed pictures; 0 where nobody counted them.
    """

    name: str
    works_with_copies: Count
    works_without_copies: Count
    copies: Count
    listed: Count = 0
    description: str = ""


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """One measurement.

    Attributes:
        made: the day, as in 2026-11-25.
        command: that repeats it.
        edits: what was done to the copies, by name.
        note: what else must be known of it, such as that it was a small one; empty for nothing.
    """

    format: int
    made: str
    tool: Tool
    collections: tuple[PictureSet, ...]
    rows: tuple[GradeRates, ...]
    command: str = ""
    edits: tuple[str, ...] = ()
    note: str = ""


def read_error_rates(folder: Traversable | None = None) -> tuple[ErrorRates, ...]:
    """Every measurement in `folder`, by file name; of the program's own resources if None. Those of another format
    are left out.

    Raises:
        ValueError: a file there is no such measurement; a test holds the program's own against their schema.
    """
    place = folder or files("resources") / "error_rates"
    there = place.iterdir() if place.is_dir() else ()
    found = sorted((one for one in there if one.name.endswith(".json")), key=lambda one: one.name)
    known = (msgspec.json.decode(one.read_bytes(), type=ErrorRates) for one in found)
    return tuple(one for one in known if one.format == FORMAT)


def rate_words(rate: Rate, one: str = "", many: str = "") -> str:
    """`0 of 1,200 works, at most 0.31 %`, `4 of 800 copies, 0.12 to 1.4 %`; never a share alone, and never 0 or 1."""
    if not rate.of:
        return "not measured"
    counted = f"{rate.found:,} of {rate.of:,} {one if rate.of == 1 else many}".rstrip()
    if rate.found == 0:
        return f"{counted}, at most {percentage(rate.high)}"
    if rate.found == rate.of:
        return f"{counted}, at least {percentage(rate.low)}"
    return f"{counted}, {percentage(rate.low)} to {percentage(rate.high)}"


def percentage(share: float) -> str:
    """A share with two digits that mean something: `0.31 %`, `14 %`, `99.7 %`; never rounded to 0 or to 100."""
    in_hundred = share * 100
    if in_hundred <= 0 or in_hundred >= 100:
        return f"{in_hundred:.0f} %"
    nearer = min(in_hundred, 100 - in_hundred)
    decimals = next((number for number in range(_NOT_ZERO + 2) if nearer * 10**number >= 9.5), _NOT_ZERO + 2)
    return f"{in_hundred:.{decimals}f} %"


def in_order(rows: Iterable[GradeRates]) -> list[GradeRates]:
    """Strongest grade first; all lanes together first; compared pictures first."""
    lanes: list[Lane | None] = [None, *Lane]
    return sorted(rows, key=lambda row: (list(Grade).index(row.grade), lanes.index(row.lane), not row.verified))
