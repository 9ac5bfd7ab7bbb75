"""How often each grade errs: for each grade, lane, verified or not, the false works and the missed copies.

    {"format": 1, "tool": {"name", "version"}, "made": "YYYY-MM-DD",
     "collections": [{"name", "works_with_copies", "works_without_copies", "copies"}],
     "rows": [{"grade", "lane", "verified", "matches", "false_matches",
               "false_works": {"found", "of", "low", "high"}, "missed_copies": {"found", "of", "low", "high"}}]}

`lane` is `any` for all together. A false work is one of those without copies that got such a match. A copy is missed by
a row when no match of that grade, or a stronger one, was given by that lane, verified or not as the row says. Bounds
are of 95 %: of works exact (Clopper and Pearson), of copies clustered by work. Edits are as many of each kind as the
set holds, hard ones too: the share of missed copies holds for that mixture, and for no other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import msgspec

from indexer.core.types import Grade
from indexer.matching.binomial import Share
from tests.benchmarks.copies.intervals import clustered
from tests.benchmarks.copies.measures import Counted
from tests.benchmarks.copies.pairs import Asked, Pair

ANY_LANE = "any"
_STRENGTH = {grade: at for at, grade in enumerate(Grade)}
_Work = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, and the bounds of the true share."""

    found: int
    of: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One grade of one lane."""

    grade: Grade
    lane: str
    verified: bool
    matches: int
    false_matches: int
    false_works: Rate
    missed_copies: Rate


@dataclass(frozen=True, slots=True)
class SetCounts:
    """What one collection gave."""

    name: str
    works_with_copies: int
    works_without_copies: int
    copies: int


def error_rates(known: Iterable[Pair | Asked]) -> list[Row]:
    """One row for each grade × lane × verified that occurred."""
    lines = list(known)
    pairs = [line for line in lines if isinstance(line, Pair)]
    unrelated = {(line.collection, line.work) for line in lines if isinstance(line, Asked) and not line.has_copies}
    places = {(pair.grade, lane, pair.verified) for pair in pairs if pair.grade for lane in (*pair.lanes, ANY_LANE)}
    order = sorted(places, key=lambda place: (_STRENGTH[place[0]], str(place[1]), not place[2]))
    return [_row(pairs, unrelated, grade, str(lane), verified=verified) for grade, lane, verified in order]


def write_error_rates(place: Path, known: Iterable[Pair | Asked]) -> None:
    """Write the file that the evidence report prints from."""
    lines = list(known)
    facts = {
        "format": 1,
        "tool": {"name": "exhibit-a", "version": version("exhibit-a")},
        "made": date.today().isoformat(),  # noqa: DTZ011  # a day, as people write it
        "collections": _collections(lines),
        "rows": error_rates(lines),
    }
    place.write_bytes(msgspec.json.format(msgspec.json.encode(facts)) + b"\n")


def in_words(rate: Rate) -> str:
    """As the report says it: never 1.000, never 0 without its bound."""
    return f"{rate.found} of {rate.of}, at most {100 * rate.high:.2g} %"


def _row(pairs: Sequence[Pair], unrelated: Collection[_Work], grade: Grade, lane: str, *, verified: bool) -> Row:
    here = [pair for pair in pairs if pair.verified == verified and (lane == ANY_LANE or lane in pair.lanes)]
    of_grade = [pair for pair in here if pair.grade is grade]
    false = {(pair.collection, pair.work) for pair in of_grade if not pair.is_copy} & set(unrelated)
    share = Share(len(false), len(unrelated))
    return Row(
        grade,
        lane,
        verified,
        len(of_grade),
        sum(not pair.is_copy for pair in of_grade),
        Rate(share.hits, share.of, share.low, share.high) if share.of else Rate(0, 0, 0.0, 1.0),
        _missed(pairs, {(pair.collection, pair.row) for pair in here if _reaches(pair, grade)}),
    )


def _reaches(pair: Pair, grade: Grade) -> bool:
    return pair.is_copy and pair.grade is not None and _STRENGTH[pair.grade] <= _STRENGTH[grade]


def _missed(pairs: Iterable[Pair], reached: Collection[tuple[str, str]]) -> Rate:
    copies = {(pair.collection, pair.row): pair.work for pair in pairs if pair.is_copy}
    works: dict[_Work, list[int]] = defaultdict(lambda: [0, 0])
    for (collection, row), work in copies.items():
        works[collection, work][0] += (collection, row) not in reached
        works[collection, work][1] += 1
    counted = [Counted(missed, of) for missed, of in works.values()]
    bounds = clustered(counted)
    return Rate(sum(one.found for one in counted), len(copies), bounds.low, bounds.high)


def _collections(lines: Sequence[Pair | Asked]) -> list[SetCounts]:
    names = sorted({line.collection for line in lines})
    works = {name: [line for line in lines if isinstance(line, Asked) and line.collection == name] for name in names}
    copies = {(line.collection, line.row) for line in lines if isinstance(line, Pair) and line.is_copy}
    return [
        SetCounts(
            name,
            sum(work.has_copies for work in works[name]),
            sum(not work.has_copies for work in works[name]),
            sum(collection == name for collection, _ in copies),
        )
        for name in names
    ]
