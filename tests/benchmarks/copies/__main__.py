"""How many altered copies are found, and how many strangers accused: our search beside the field's methods.

    python -m tests.benchmarks.copies --pictures DIR [--pictures DIR …] [--works 186] [--others 2000] [--in-pieces]
        [--edits-per-work 15] [--groups common,hard] [--methods ours,…|all] [--seed 0] [--keep DIR] [--markdown]
        [--pairs FILE]

Each DIR is a collection; the table has a line for each method on each. `--keep` leaves the sets on disk. `--pairs`
writes our labelled pairs as JSON lines, from which confidence is calibrated and error rates are counted.
"""

import argparse
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tests.benchmarks.copies.collections import LabelledSet, Plan, make_set
from tests.benchmarks.copies.common import COMMON
from tests.benchmarks.copies.edits import Recipe, by_name
from tests.benchmarks.copies.hard import HARD
from tests.benchmarks.copies.measures import Counted, Measured, measure
from tests.benchmarks.copies.ours import Searched, labelled_pairs, search_with_ours
from tests.benchmarks.copies.peers import PEERS

OURS = "Exhibit A"
_HEADS = ("collection", "method", "common", "hard", "precision", "false works", "micro-AP", "recall at 90 %",
          "recall at 100 %", "ms a picture, built", "ms a work, searched", "bytes a picture")  # fmt: skip


def main() -> int:
    asked = _arguments()
    recipes = by_name(tuple(one for one in (*COMMON, *HARD) if one.group.value in asked.groups.split(",")))
    plan = Plan(asked.works, asked.edits_per_work, asked.others, asked.seed, asked.in_pieces)
    rows: list[Sequence[str]] = []
    with TemporaryDirectory(prefix="exhibit-a-copies-") as scratch:
        for number, folder in enumerate(asked.pictures):
            place = (asked.keep or Path(scratch)) / f"{number}-{folder.name}"
            pictures = [path for path in sorted(folder.rglob("*")) if path.is_file()]
            labelled = make_set(str(folder), pictures, recipes, plan, place)
            print(_size_of(labelled), flush=True)
            for name in _methods(asked.methods):
                searched = search_with_ours(labelled) if name == OURS else PEERS[name](labelled)
                measured = _measured(labelled, searched, recipes)
                rows.append(_row(folder.name, name, labelled, searched, measured))
                print(" · ".join(rows[-1]), flush=True)
                if name == OURS:
                    print("\n".join(_details(measured, labelled, searched, recipes)), flush=True)
                    _write_pairs(asked.pairs, labelled, searched)
    print("\n".join(_table(rows, markdown=asked.markdown)))
    return 0


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pictures", type=Path, action="append", required=True, help="a folder; may be repeated")
    options.add_argument("--works", type=int, default=186, help="half of them have copies, half none")
    options.add_argument("--others", type=int, default=2000, help="listed pictures that are no copies")
    options.add_argument("--edits-per-work", type=int, default=15)
    options.add_argument("--groups", default="common,hard", help="of edits")
    options.add_argument("--methods", default="ours", help="names, separated by semicolons, or “all”")
    options.add_argument("--in-pieces", action="store_true", help="parts of few large pictures are the works")
    options.add_argument("--seed", type=int, default=0, help="another one makes another set")
    options.add_argument("--keep", type=Path, help="a new folder for the sets and the index")
    options.add_argument("--markdown", action="store_true")
    options.add_argument("--pairs", type=Path, help="a file of JSON lines; lines are added to it")
    return options.parse_args()


def _methods(asked: str) -> Iterator[str]:
    if asked in ("ours", "all"):
        yield OURS
    for name in PEERS if asked == "all" else [] if asked == "ours" else asked.split(";"):
        if name.startswith("imagededup") and importlib.util.find_spec("imagededup") is None:
            print(f"{name}: not run, since imagededup is not installed")
        else:
            yield name


def _measured(labelled: LabelledSet, searched: Searched, recipes: Mapping[str, Recipe]) -> Measured:
    copies = {copy.file: (copy.work, recipes[copy.edit]) for copy in labelled.copies}
    return measure(searched.claims, copies, labelled.without_copies)


def _size_of(labelled: LabelledSet) -> str:
    return (
        f"{labelled.name}: {len(labelled.with_copies)} works with {len(labelled.copies)} copies, "
        f"{len(labelled.without_copies)} without, {labelled.others} other pictures"
    )


def _row(collection: str, name: str, labelled: LabelledSet, searched: Searched, measured: Measured) -> Sequence[str]:
    listed = len(labelled.copies) + labelled.others
    works = len(labelled.with_copies) + len(labelled.without_copies)
    groups = measured.by_group
    return (
        *(collection, name),
        *(f"{groups[group].share:.3f}" if group in groups else "–" for group in ("common", "hard")),
        f"{measured.precision.share:.3f}",
        _of(measured.false_works),
        f"{measured.micro_ap:.3f}",
        *(f"{recall:.3f}" for recall in measured.recall_at.values()),
        f"{searched.build_s * 1000 / listed:.0f}",
        f"{searched.search_s * 1000 / works:.0f}",
        f"{searched.bytes / listed:,.0f}",
    )


def _of(counted: Counted) -> str:
    return f"{counted.found} of {counted.of}"


def _details(
    measured: Measured, labelled: LabelledSet, searched: Searched, recipes: Mapping[str, Recipe]
) -> Iterator[str]:
    yield f"{'edit':28}{'found':>14}{'named rightly':>16}"
    for name, counted in measured.by_edit.items():
        named = measured.named_rightly.get(name, Counted(0, 0))
        yield f"{name:28}{_of(counted):>14}{_of(named):>16}"
    copies = {copy.file: copy.work for copy in labelled.copies}
    for claim in searched.claims:
        if claim.is_accepted and copies.get(claim.file) != claim.work:
            yield f"FALSE: {claim.work} in {claim.file} ({copies.get(claim.file, 'no copy')}), {claim.score:.6f}"
    found = {claim.file for claim in searched.claims if claim.is_accepted}
    for copy in labelled.copies:
        if copy.file not in found:
            yield f"missed: {copy.work} in {copy.file}, {copy.edit}"
    for claim in searched.claims:
        if claim.is_accepted and claim.named is not None and copies.get(claim.file) == claim.work:
            edit = next(copy.edit for copy in labelled.copies if copy.file == claim.file)
            if not recipes[edit].is_named_rightly(claim.named):
                yield f"named: {claim.file}, {edit}: {' '.join(sorted(claim.named)) or 'nothing'}"


def _write_pairs(place: Path | None, labelled: LabelledSet, searched: Searched) -> None:
    if place:
        with place.open("ab") as file:
            file.writelines(msgspec.json.encode(pair) + b"\n" for pair in labelled_pairs(labelled, searched))


def _table(rows: Sequence[Sequence[str]], *, markdown: bool) -> Iterator[str]:
    if markdown:
        yield f"| {' | '.join(_HEADS)} |"
        yield f"|{'---|' * len(_HEADS)}"
        yield from (f"| {' | '.join(row)} |" for row in rows)
        return
    widths = [max(len(row[at]) for row in (_HEADS, *rows)) for at in range(len(_HEADS))]
    for row in (_HEADS, *rows):
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))


if __name__ == "__main__":
    sys.exit(main())
