"""Our own search on a labelled set: exactly what `index build --from images` and `check` do."""

import shutil
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
from indexer.matching.confidence import EQUAL_DIGESTS
from indexer.matching.contract import CheckEvent, CheckPlaces, CheckSettings, Found
from tests.benchmarks.copies.labelled import LabelledSet
from tests.benchmarks.copies.measures import Claim

_COPIES = {Grade.IDENTICAL_FILE, Grade.SAME_IMAGE, Grade.EDITED_COPY}


@dataclass(frozen=True, slots=True)
class Searched:
    """What a method gave; what it cost: seconds to build and to search, bytes on disk; and what is to be said of it."""

    claims: tuple[Claim, ...]
    build_s: float
    search_s: float
    bytes: int
    matches: tuple[Match, ...] = ()
    notes: tuple[str, ...] = ()


def search_with_ours(labelled: LabelledSet, *, keep_index: bool = False) -> Searched:
    """Build an index of what is listed and check the works against it, all with default options.

    Args:
        keep_index: search the index that an earlier run left, if there is one.

    Raises:
        RuntimeError: a way of looking was searched in part only.
    """
    index = labelled.folder / "index"
    start = time.perf_counter()
    if not (keep_index and index.exists()):
        shutil.rmtree(index, ignore_errors=True)
        build_from_pictures(PictureBuild(labelled.listed, index, labelled.name))
    built = time.perf_counter()
    events = list(_events(labelled, index))
    done = time.perf_counter()
    matches = tuple(event.match for event in events if isinstance(event, Found))
    notes = tuple(f"{event.lane}: {_how(event)}" for event in events if isinstance(event, Coverage))
    size = sum(file.stat().st_size for file in index.iterdir())
    return Searched(tuple(map(claim_of, matches)), built - start, done - built, size, matches, notes)


def _events(labelled: LabelledSet, index: Path) -> Iterator[CheckEvent]:
    settings = CheckSettings(str(labelled.works), (str(index),))
    with TemporaryDirectory(prefix="exhibit-a-copies-") as place:
        places = CheckPlaces(Path(place) / "prints.sqlite", Path(place) / "checkpoints", Path(place) / "ledger.jsonl")
        for event in run_check(settings, places, Monitor()):
            if isinstance(event, Coverage) and event.partly:
                raise RuntimeError(f"{event.lane} was searched in part only: {event.because}")
            yield event


def _how(coverage: Coverage) -> str:
    return "searched" if coverage.searched else f"not searched, because {coverage.because}"


def claim_of(match: Match) -> Claim:
    """A look-alike is no claim, but has its place in the ranking: below everything that is one."""
    is_copy = match.grade in _COPIES
    named = frozenset(edit.kind for edit in match.edits) if is_copy and match.verified else None
    return Claim(
        Path(match.artwork or "").name, match.row, _score(match) if is_copy else _score(match) - 1, is_copy, named
    )


def _score(match: Match) -> float:
    """From 0 to 1, as matches are sorted: equal digests, then by how much speaks for a copy.

    Confidence cannot rank them: in a large set few matches are given one.
    """
    strength = match.scores.get("strength")
    if strength is None or match.confidence == EQUAL_DIGESTS:
        return float(match.verified)
    return strength / (1 + strength)
