"""Our own search on a labelled set: exactly what `index build --from images` and `check` do."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.building.contract import PictureBuild
from indexer.building.pictures import build_from_pictures
from indexer.core.progress import Monitor
from indexer.core.types import Coverage, Grade, Match
from indexer.matching.check import run_check
from indexer.matching.contract import CheckPlaces, CheckSettings, Found
from tests.benchmarks.copies.collections import LabelledSet
from tests.benchmarks.copies.measures import Claim

_COPIES = {Grade.IDENTICAL_FILE, Grade.SAME_IMAGE, Grade.EDITED_COPY}


@dataclass(frozen=True, slots=True)
class Searched:
    """What a method gave, and what it cost: seconds to build and to search, bytes on disk."""

    claims: tuple[Claim, ...]
    build_s: float
    search_s: float
    bytes: int
    matches: tuple[Match, ...] = ()


def search_with_ours(labelled: LabelledSet) -> Searched:
    """Build an index of what is listed and check the works against it.

    Raises:
        RuntimeError: a way of looking that should be searched was not.
    """
    index = labelled.folder / "index"
    start = time.perf_counter()
    if not index.exists():
        build_from_pictures(PictureBuild(labelled.listed, index, labelled.name))
    built = time.perf_counter()
    matches = tuple(_matches(labelled, index))
    done = time.perf_counter()
    size = sum(file.stat().st_size for file in index.iterdir())
    return Searched(tuple(map(_claim, matches)), built - start, done - built, size, matches)


def _matches(labelled: LabelledSet, index: Path) -> Iterator[Match]:
    settings = CheckSettings(str(labelled.works), (str(index),))
    with TemporaryDirectory(prefix="exhibit-a-copies-") as place:
        places = CheckPlaces(Path(place) / "prints.sqlite", Path(place) / "checkpoints", Path(place) / "ledger.jsonl")
        for event in run_check(settings, places, Monitor()):
            if isinstance(event, Found):
                yield event.match
            elif isinstance(event, Coverage) and event.partly:
                raise RuntimeError(f"{event.lane} was searched in part only: {event.because}")


def _claim(match: Match) -> Claim:
    """A look-alike is no claim, but has its place in the ranking: below everything that is one."""
    is_copy = match.grade in _COPIES
    score = match.confidence if match.confidence is not None else float(match.verified)
    named = frozenset(edit.kind for edit in match.edits) if is_copy and match.verified else None
    return Claim(Path(match.artwork or "").name, match.row, score if is_copy else score - 1, is_copy, named)


def labelled_pairs(labelled: LabelledSet, searched: Searched) -> Iterator[dict[str, object]]:
    """Every match of ours with what it truly is, and every copy without a match; what calibration is fitted to."""
    copies = {copy.file: copy for copy in labelled.copies}
    matched: set[tuple[str, str]] = set()
    for match in searched.matches:
        work = Path(match.artwork or "").name
        copy = copies.get(match.row)
        is_copy = copy is not None and copy.work == work
        matched.add((work, match.row))
        yield {
            "work": work,
            "row": match.row,
            "is_copy": is_copy,
            "edit": copy.edit if copy and is_copy else None,
            "group": copy.group if copy and is_copy else None,
            "grade": match.grade.value,
            "verified": match.verified,
            "basis": [basis.value for basis in match.basis],
            "chance": match.chance,
            "confidence": match.confidence,
            "edits": [edit.kind.value for edit in match.edits],
            "scores": dict(match.scores),
            "collection": labelled.name,
        }
    for copy in labelled.copies:
        if (copy.work, copy.file) not in matched:
            yield {
                "work": copy.work,
                "row": copy.file,
                "is_copy": True,
                "edit": copy.edit,
                "group": copy.group,
                "grade": None,
                "verified": False,
                "basis": [],
                "chance": None,
                "confidence": None,
                "edits": [],
                "scores": {},
                "collection": labelled.name,
            }
    for work in (*labelled.with_copies, *labelled.without_copies):
        yield {"work": work, "has_copies": work in labelled.with_copies, "collection": labelled.name}
