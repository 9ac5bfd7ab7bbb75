"""How many altered copies are found, and how many strangers accused: our search beside the field's methods.

    python -m tests.benchmarks.copies --pictures DIR [--pictures DIR …] [--works 186] [--others 2000] [--in-pieces]
        [--draw N] [--detail N] [--edits-per-work 15] [--groups common,hard] [--negatives N] [--unrelated N] [--seed 0]
        [--methods ours,sift,…|all] [--keep DIR] [--markdown] [--pairs FILE] [--error-rates FILE [--note WORDS]]
        [--look-costs N]

Each DIR is a collection; the table has a line for each method on each. `--keep` leaves the sets on disk and takes them
up again. `--pairs` writes our labelled pairs as JSON lines, from which confidence is calibrated; `--error-rates` counts
from all collections together what the evidence report prints.
"""

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.copies.collections import make_set
from tests.benchmarks.copies.error_rates import error_rates, in_words, write_error_rates
from tests.benchmarks.copies.labelled import LabelledSet, Plan, read_manifest
from tests.benchmarks.copies.measures import measure
from tests.benchmarks.copies.ours import Searched, search_with_ours
from tests.benchmarks.copies.pairs import Asked, Pair, labelled_pairs, write_pairs
from tests.benchmarks.copies.peers import PEERS, why_not
from tests.benchmarks.copies.report import details, row, size_of, table
from tests.benchmarks.copies.second_look_cost import cost_lines, look_costs
from tests.benchmarks.copies.suites import recipes_of
from tests.benchmarks.timing import machine

OURS, OURS_ASKED, CNN = "Exhibit A", "ours", "imagededup-cnn"


def main() -> int:
    asked = _arguments()
    try:
        with TemporaryDirectory(prefix="exhibit-a-copies-") as scratch:
            rows, known, listed = _run(asked, asked.keep or Path(scratch))
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 1
    if asked.error_rates:
        write_error_rates(asked.error_rates, known, listed, asked.note)
    print(f"\n{machine()}")
    print("\n".join(table(asked.groups.split(","), rows, markdown=asked.markdown)))
    return 0


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pictures", type=Path, action="append", required=True, help="a folder; may be repeated")
    options.add_argument("--works", type=int, default=186, help="half of them have copies, half none")
    options.add_argument("--others", type=int, default=2000, help="listed pictures that are no copies")
    options.add_argument("--edits-per-work", type=int, default=15)
    options.add_argument("--groups", default="common,hard", help="of edits: common,hard,field,more,copydays,augly")
    options.add_argument("--negatives", type=int, default=0, help="works of each sort of hard negative")
    options.add_argument("--unrelated", type=int, default=0, help="further works without copies")
    options.add_argument("--methods", default="ours", help=f"ours,{','.join(PEERS)}, or “all”")
    options.add_argument("--draw", type=int, default=0, help="use so many pictures of each folder, drawn by the seed")
    options.add_argument("--detail", type=int, default=0, help="SIFT points at 512 pixels that a work has at least")
    options.add_argument("--in-pieces", action="store_true", help="parts of few large pictures are the works")
    options.add_argument("--seed", type=int, default=0, help="another one makes another set")
    options.add_argument("--keep", type=Path, help="a folder for the sets; those that it has are used again")
    options.add_argument("--keep-index", action="store_true", help="search the index that an earlier run left there")
    options.add_argument("--markdown", action="store_true")
    options.add_argument("--pairs", type=Path, help="a file of JSON lines; lines are added to it")
    options.add_argument("--error-rates", type=Path, help="a file to write")
    options.add_argument("--note", default="", help="what must be known of this measurement, kept in that file")
    options.add_argument("--look-costs", type=int, default=0, help="time so many second looks of each sort")
    options.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that make the sets")
    return options.parse_args()


def _run(asked: argparse.Namespace, place: Path) -> tuple[list[list[str]], list[Pair | Asked], dict[str, int]]:
    rows: list[list[str]] = []
    known: list[Pair | Asked] = []
    listed: dict[str, int] = {}
    methods = dict(_methods(asked.methods, keep_index=asked.keep_index))
    for number, folder in enumerate(asked.pictures):
        labelled = _set_of(folder, asked, place / f"{number}-{folder.name}")
        listed[labelled.name] = len(labelled.copies) + labelled.others
        print(size_of(labelled), flush=True)
        for title, search in methods.items():
            searched = search(labelled)
            measured = measure(searched.claims, labelled.copies, labelled.without_copies)
            rows.append(row(asked.groups.split(","), title, labelled, searched, measured))
            print(" · ".join(rows[-1]), flush=True)
            if title == OURS:
                print("\n".join(details(labelled, searched, measured)), flush=True)
                known += _pairs_of(labelled, searched, asked.pairs)
        if asked.look_costs:
            print("\n".join(cost_lines(look_costs(labelled, asked.look_costs))), flush=True)
    return rows, known, listed


def _set_of(folder: Path, asked: argparse.Namespace, place: Path) -> LabelledSet:
    """The set that was made before with the same options, or a new one.

    Raises:
        ValueError: a set made with other options lies there, or the pictures are too few.
    """
    recipes = recipes_of(asked.groups)
    plan = Plan(
        asked.works,
        asked.edits_per_work,
        asked.others,
        asked.seed,
        asked.in_pieces,
        asked.unrelated,
        asked.negatives,
        asked.draw,
        asked.detail,
    )
    if not place.exists():
        if not folder.is_dir():
            raise ValueError(f"{folder} is not a folder")
        pictures = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        if 0 < asked.draw < len(pictures):
            pictures = random.Random(asked.seed).sample(pictures, asked.draw)
        return make_set(folder.name, pictures, recipes, plan, place, asked.workers)
    if not (place / "copies.jsonl").exists():
        raise ValueError(f"{place} holds no finished set; remove it, or keep this one elsewhere")
    made = read_manifest(place)
    if (made.plan, set(made.groups)) != (plan, {one.group.value for one in recipes.values()}):
        raise ValueError(f"{place} holds a set that was made with other options")
    return made


def _methods(asked: str, *, keep_index: bool) -> Iterator[tuple[str, Callable[[LabelledSet], Searched]]]:
    """Titles and searches of the methods asked for; says of each that cannot be run why.

    Raises:
        ValueError: there is no such method.
    """
    for name in [OURS_ASKED, *PEERS, CNN] if asked == "all" else asked.split(","):
        if name == OURS_ASKED:
            yield OURS, partial(search_with_ours, keep_index=keep_index)
        elif because := why_not(name):
            print(f"{name}: not run, because {because}")
        elif name in PEERS:
            yield PEERS[name]
        else:
            raise ValueError(f"there is no method {name}; there are ours, {', '.join(PEERS)}")


def _pairs_of(labelled: LabelledSet, searched: Searched, place: Path | None) -> list[Pair | Asked]:
    pairs = list(labelled_pairs(labelled, searched.matches))
    if place:
        write_pairs(place, pairs)
    for rate in error_rates(pairs):
        print(
            f"{rate.grade.value}, {rate.lane or 'any lane'}, {'verified' if rate.verified else 'not verified'}: "
            f"{rate.matches} matches, {rate.false_matches} false; false works {in_words(rate.false_works)}; "
            f"missed {in_words(rate.missed_copies)}"
        )
    return pairs


if __name__ == "__main__":
    sys.exit(main())
