"""How many altered copies are among the rows that get the full second look, edit by edit; nothing is compared here.

    python -m tests.benchmarks.copies.candidates --set DIR [--set DIR …] [--no-parts] [--index DIR]

Each DIR is a labelled set that `python -m tests.benchmarks.copies … --keep` left. What is not among these rows cannot
be found, however good the second look is. `--index` is kept there, and asked again when it is there already.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from indexer.building.contract import PictureBuild
from indexer.building.pictures import build_from_pictures
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.work_keypoints import WorkFile, WorkKeypoints
from indexer.matching.candidates import by_row, worth_aligning
from indexer.matching.portfolio import Work, read_portfolio
from indexer.matching.thresholds import REACH
from indexer.sources.base import Query
from indexer.sources.picture_index import PictureIndexSource
from tests.benchmarks.copies.labelled import Copy

GOALS = {"common": 0.995, "hard": 0.98}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--set", type=Path, action="append", required=True, dest="sets")
    options.add_argument("--no-parts", action="store_true", help="leave the keypoints out")
    options.add_argument("--index", type=Path)
    asked = options.parse_args()
    for folder in asked.sets:
        with TemporaryDirectory(prefix="exhibit-a-candidates-") as room:
            index = asked.index or Path(room) / "index"
            print("\n".join(_lines(folder, index, Path(room), parts=not asked.no_parts)), flush=True)
    return 0


def _lines(folder: Path, index: Path, room: Path, *, parts: bool) -> Iterator[str]:
    copies = [msgspec.json.decode(line, type=Copy) for line in (folder / "copies.jsonl").read_bytes().splitlines()]
    if not index.exists():
        build_from_pictures(PictureBuild(folder / "listed", index, folder.name, parts=parts))
    source = PictureIndexSource(index, "index")
    queries = list(_queries(folder / "works", room, parts=parts))
    lanes = [lane for lane in (Lane.EXACT, Lane.PERCEPTUAL, Lane.LOCAL) if source.why_not(lane) is None]
    start = time.process_time()
    rows = by_row(source.search(queries, lanes, REACH, Monitor()))
    ms = (time.process_time() - start) * 1000 / len(queries)
    looked = {(Path(work).name, source.facts(row).row): kinds for (work, row), kinds in rows.items()}
    full = {(Path(work).name, source.facts(row).row) for work, row in worth_aligning(rows)}
    size = sum(place.stat().st_size for place in index.iterdir())
    yield f"{folder}: {source.describe().rows:,} rows, {size / source.describe().rows:,.0f} bytes each"
    source.close()
    pairs = {(copy.work, copy.file) for copy in copies}
    yield (
        f"{len(queries)} works, {ms:.0f} ms each to search; looked at in full: {len(full)}, of which copies: "
        f"{len(full & pairs)}; as whole frames only: {len(looked) - len(full)}"
    )
    yield from _by_edit(copies, full, {pair for pair, kinds in looked.items() if Kind.KEYPOINTS in kinds})


def _queries(works: Path, room: Path, *, parts: bool) -> Iterator[Query]:
    found = [one for one in read_portfolio(str(works), None, Monitor()) if isinstance(one, Work)]
    looks = WorkKeypoints(room / "keypoints.sqlite", Monitor())
    files = [WorkFile(work.path, work.query.digests.sha256, (1,)) for work in found] if parts else []
    known = looks.of(files)
    looks.close()
    for work in found:
        yield replace(work.query, keypoints=known.get((work.query.digests.sha256, 1), ()))


def _by_edit(copies: list[Copy], full: set[tuple[str, str]], voted: set[tuple[str, str]]) -> Iterator[str]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for copy in copies:
        pair = (copy.work, copy.file)
        for name in (copy.group, f"{copy.group}: {copy.edit}"):
            counted[name].update(of=1, full=pair in full, voted=pair in voted)
    for name in sorted(counted, key=lambda one: (":" in one, one)):
        one = counted[name]
        goal = f"  (goal {GOALS[name]})" if name in GOALS else ""
        shares = f"{one['full'] / one['of']:.4f}, by votes {one['voted'] / one['of']:.4f}"
        yield f"  {name:<40} {one['full']:>5} of {one['of']:<5} {shares}{goal}"
    for copy in copies:
        if (copy.work, copy.file) not in full:
            yield f"  not among them: {copy.work} in {copy.file}, {copy.edit}"


if __name__ == "__main__":
    sys.exit(main())
