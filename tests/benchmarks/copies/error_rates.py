"""How often each grade errs: for each grade, lane, verified or not, the false works and the missed copies.

    python -m tests.benchmarks.copies.error_rates PAIRS… [--unseen PAIRS …] --out FILE [--note WORDS]

PAIRS are files that `python -m tests.benchmarks.copies --pairs` wrote, of other collections each; `--unseen` takes
those of `tests.benchmarks.copies.unseen`, where no picture was at hand. From them come the lines of pictures that were
not compared, reckoned among their own works and copies.

The file's form is that of `indexer/matching/error_rates.py` and of its schema. A false work is one of those without
copies that got such a match. A copy is missed by a row when no match of that grade, or a stronger one, was given by
that lane, verified or not as the row says. Edits are as many of each kind as the set holds, hard ones too: the share of
missed copies holds for that mixture, and for no other.
"""

import argparse
import shlex
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from indexer.core.about import this_tool
from indexer.core.types import Grade, Lane
from indexer.matching.binomial import Share
from indexer.matching.error_rates import (
    FORMAT,
    ErrorRates,
    GradeRates,
    PictureSet,
    Rate,
    in_order,
    rate_words,
)
from tests.benchmarks.copies.intervals import clustered
from tests.benchmarks.copies.measures import Counted
from tests.benchmarks.copies.pairs import Asked, Pair, read_runs

CLAIMS = (Grade.IDENTICAL_FILE, Grade.SAME_IMAGE, Grade.EDITED_COPY, Grade.POSSIBLE)
"""Grades that say of a row that it may be a copy; a look-alike that is none is no error."""

_STRENGTH = {grade: at for at, grade in enumerate(Grade)}
_Work = tuple[str, str]

_DESCRIPTIONS = {
    "wesnoth": "Debian’s wesnoth-1.18-data: portraits and story paintings",
    "stamps": "Debian’s tuxpaint-stamps-default: photographs and clip art",
    "png": "Debian’s openclipart-png: clip art",
    "gnome": "Debian’s gnome-backgrounds: photographs and patterns",
    "mate": "Debian’s mate-backgrounds: photographs and patterns",
    "wallpapers": "Debian’s plasma-workspace-wallpapers: drawn and rendered landscapes",
    "supertux2": "Debian’s supertux-data: drawn game pictures",
}
"""Of collections by the name of their folder, where others can get them."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("pairs", type=Path, nargs="*", help="of runs in which pictures were compared")
    options.add_argument("--unseen", type=Path, action="append", default=[], help="of runs in which none was")
    options.add_argument("--out", type=Path, required=True, help="a file to write")
    options.add_argument("--note", default="", help="what must be known of this measurement, kept in that file")
    asked = options.parse_args()
    try:
        compared, unseen = read_runs(asked.pairs), read_runs(asked.unseen)
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    write_error_rates(asked.out, compared, note=asked.note, unseen=unseen, module="tests.benchmarks.copies.error_rates")
    return 0


def error_rates(known: Iterable[Pair | Asked]) -> list[GradeRates]:
    """One row for each grade that claims something × lane × verified that occurred."""
    lines = list(known)
    pairs = [line for line in lines if isinstance(line, Pair)]
    unrelated = {(line.collection, line.work) for line in lines if isinstance(line, Asked) and not line.has_copies}
    places = {
        (pair.grade, lane, pair.verified) for pair in pairs if pair.grade in CLAIMS for lane in (*pair.lanes, None)
    }
    return in_order(_row(pairs, unrelated, grade, lane, verified=verified) for grade, lane, verified in places)


def write_error_rates(
    place: Path,
    known: Iterable[Pair | Asked],
    listed: Mapping[str, int] | None = None,
    note: str = "",
    *,
    unseen: Sequence[Pair | Asked] = (),
    module: str = "tests.benchmarks.copies",
) -> None:
    """Write the file that the evidence report prints from.

    Args:
        listed: how many pictures each collection lists, as far as that is known.
        note: what else must be known of this measurement, in sentences.
        unseen: of searches in which no picture was at hand. With them, what `known` has of pictures that could not be
            compared is left out, since both are no one measurement.
        module: that was called.
    """
    compared = list(known)
    lines = [*compared, *unseen]
    rates = error_rates(compared)
    if unseen:
        rates = in_order(
            [row for row in rates if row.verified] + [row for row in error_rates(unseen) if not row.verified]
        )
    facts = ErrorRates(
        format=FORMAT,
        made=datetime.now(UTC).date().isoformat(),
        tool=this_tool(),
        command=command(module),
        note=" ".join(said for said in (note, _unseen_words(unseen)) if said),
        collections=tuple(collections_of(lines, listed or {})),
        edits=tuple(sorted({line.edit for line in lines if isinstance(line, Pair) and line.edit})),
        rows=tuple(rates),
    )
    place.write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")


def command(module: str) -> str:
    """The command of this run without the folders of this machine: files and collections by their name alone."""
    words = [Path(word).name if "/" in word and " " not in word else word for word in sys.argv[1:]]
    return f"python -m {module} {shlex.join(words)}"


def _unseen_words(unseen: Sequence[Pair | Asked]) -> str:
    """What the lines of pictures that were not compared were counted among."""
    if not unseen:
        return ""
    copies = len({(line.collection, line.row) for line in unseen if isinstance(line, Pair) and line.is_copy})
    works = [line.has_copies for line in unseen if isinstance(line, Asked)]
    of = "one work" if sum(works) == 1 else f"{sum(works):,} works"
    return (
        f"Of pictures that were not compared: counted in a search of its own in which no picture was at hand, with "
        f"{copies:,} copies of {of} and {len(works) - sum(works):,} unrelated works."
    )


def in_words(rate: Rate) -> str:
    """As the report says it: never 1.000, never 0 without its bound."""
    return rate_words(rate)


def _row(
    pairs: Sequence[Pair], unrelated: Collection[_Work], grade: Grade, lane: Lane | None, *, verified: bool
) -> GradeRates:
    here = [pair for pair in pairs if pair.verified == verified and (lane is None or lane in pair.lanes)]
    of_grade = [pair for pair in here if pair.grade is grade]
    false = {(pair.collection, pair.work) for pair in of_grade if not pair.is_copy} & set(unrelated)
    share = Share(len(false), len(unrelated))
    return GradeRates(
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


def collections_of(lines: Sequence[Pair | Asked], listed: Mapping[str, int]) -> list[PictureSet]:
    """What each collection gave."""
    names = sorted({line.collection for line in lines})
    asked = {(line.collection, line.work): line for line in lines if isinstance(line, Asked)}
    works = {name: [line for line in asked.values() if line.collection == name] for name in names}
    copies = {(line.collection, line.row) for line in lines if isinstance(line, Pair) and line.is_copy}
    return [
        PictureSet(
            name,
            sum(work.has_copies for work in works[name]),
            sum(not work.has_copies for work in works[name]),
            sum(collection == name for collection, _ in copies),
            listed.get(name, 0),
            _DESCRIPTIONS.get(name, ""),
        )
        for name in names
    ]


if __name__ == "__main__":
    sys.exit(main())
