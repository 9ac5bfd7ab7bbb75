"""Labelled pairs of a search that sees no picture of a row: what hashes are worth alone.

    python -m tests.benchmarks.copies.unseen SET [SET …] --pairs FILE

Each SET is a folder that `python -m tests.benchmarks.copies --keep` left. Its listed pictures become an index that does
not say where they lie, and only bytes and hashes are asked, as of a table of hashes. `fit --unseen` takes the lines.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.building.contract import PictureBuild
from indexer.building.pictures import build_from_pictures
from indexer.core.progress import Monitor
from indexer.core.types import Lane, Match
from indexer.matching.check import run_check
from indexer.matching.contract import CheckPlaces, CheckSettings, Found
from tests.benchmarks.copies.labelled import LabelledSet, read_manifest
from tests.benchmarks.copies.pairs import labelled_pairs, write_pairs

_LANES = (Lane.EXACT, Lane.PERCEPTUAL)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sets", type=Path, nargs="+", help="kept sets")
    options.add_argument("--pairs", type=Path, required=True, help="a file of JSON lines; lines are added to it")
    asked = options.parse_args()
    for folder in asked.sets:
        labelled = read_manifest(folder)
        matches = list(search_unseen(labelled))
        write_pairs(asked.pairs, labelled_pairs(labelled, matches))
        print(f"{labelled.name}: {len(matches)} matches", flush=True)
    return 0


def search_unseen(labelled: LabelledSet) -> Iterator[Match]:
    """What is found of the works when no row's picture is at hand."""
    with TemporaryDirectory(prefix="exhibit-a-copies-") as scratch:
        place = Path(scratch)
        index = place / "index"
        build_from_pictures(PictureBuild(labelled.listed, index, labelled.name, shareable=True))
        places = CheckPlaces(place / "prints.sqlite", place / "checkpoints", place / "ledger.jsonl")
        settings = CheckSettings(str(labelled.works), (str(index),), lanes=_LANES)
        yield from (event.match for event in run_check(settings, places, Monitor()) if isinstance(event, Found))


if __name__ == "__main__":
    sys.exit(main())
