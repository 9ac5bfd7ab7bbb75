"""Labelled pairs as JSON lines: what calibration is fitted to and error rates are counted from.

Each match of ours with what it truly is, each copy without a match, and each work with whether it has copies.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from indexer.core.types import Basis, Grade, Lane, Match
from tests.benchmarks.copies.labelled import Copy, LabelledSet

_LANES: Mapping[str, Lane] = {
    "phash_distance": Lane.PERCEPTUAL,
    "pdq_distance": Lane.PERCEPTUAL,
    "miniature_cosine": Lane.PERCEPTUAL,
    "keypoint_votes": Lane.LOCAL,
    "clip_cosine": Lane.NEURAL,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A work and a listed picture.

    Attributes:
        edit, group: what was done to a copy; None for strangers.
        grade: None where a copy had no match.
        lanes: those that proposed the row.
    """

    work: str
    row: str
    is_copy: bool
    edit: str | None
    group: str | None
    grade: Grade | None
    verified: bool
    basis: tuple[Basis, ...]
    chance: float | None
    confidence: float | None
    edits: tuple[str, ...]
    scores: Mapping[str, float]
    lanes: tuple[Lane, ...]
    collection: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A work that was searched for, which may have no pair at all.

    Attributes:
        sort: of a hard negative.
        pictures: listed, which it was held against; 0 where an older file does not say.
    """

    work: str
    has_copies: bool
    sort: str | None
    collection: str
    pictures: int = 0


def labelled_pairs(labelled: LabelledSet, matches: Iterable[Match]) -> Iterator[Pair | Asked]:
    """All that is known of one set."""
    copies = {(copy.work, copy.file): copy for copy in labelled.copies}
    matched: set[tuple[str, str]] = set()
    for match in matches:
        work = Path(match.artwork or "").name
        matched.add((work, match.row))
        yield _of_match(work, match, copies.get((work, match.row)), labelled.name)
    for place, copy in copies.items():
        if place not in matched:
            yield _without_match(copy, labelled.name)
    listed = len(labelled.copies) + labelled.others
    for work in labelled.with_copies:
        yield Asked(work, has_copies=True, sort=None, collection=labelled.name, pictures=listed)
    for work in labelled.without_copies:
        sort = labelled.sorts.get(work)
        yield Asked(work, has_copies=False, sort=sort, collection=labelled.name, pictures=listed)


def write_pairs(place: Path, pairs: Iterable[Pair | Asked]) -> None:
    """Add lines to a file."""
    with place.open("ab") as file:
        file.writelines(msgspec.json.encode(pair) + b"\n" for pair in pairs)


def read_pairs(place: Path) -> list[Pair | Asked]:
    """The lines of one file.

    Raises:
        ValueError: a line is neither a pair nor a work.
    """
    return [_decoded(line) for line in place.read_bytes().splitlines() if line]


def read_runs(places: Iterable[Path]) -> list[Pair | Asked]:
    """The lines of several files, each of other collections.

    Raises:
        ValueError: a line is neither a pair nor a work, or a work stands there twice.
    """
    lines = [line for place in places for line in read_pairs(place)]
    works = Counter((line.collection, line.work) for line in lines if isinstance(line, Asked))
    twice = sorted({collection for (collection, _), count in works.items() if count > 1})
    if twice:
        raise ValueError(f"the works of {', '.join(twice)} stand there twice; give one run of each collection")
    return lines


def _decoded(line: bytes) -> Pair | Asked:
    if b'"has_copies":' in line:
        return msgspec.json.decode(line, type=Asked)
    return msgspec.json.decode(line, type=Pair)


def lanes_of(match: Match) -> tuple[Lane, ...]:
    """The lanes whose fingerprints proposed a row, as its scores tell."""
    lanes = {_LANES[name] for name in match.scores if name in _LANES}
    if Basis.BYTES in match.basis:
        lanes.add(Lane.EXACT)
    return tuple(sorted(lanes))


def _of_match(work: str, match: Match, copy: Copy | None, collection: str) -> Pair:
    return Pair(
        work=work,
        row=match.row,
        is_copy=copy is not None,
        edit=copy.edit if copy else None,
        group=copy.group if copy else None,
        grade=match.grade,
        verified=match.verified,
        basis=match.basis,
        chance=match.chance,
        confidence=match.confidence,
        edits=tuple(edit.kind.value for edit in match.edits),
        scores=dict(match.scores),
        lanes=lanes_of(match),
        collection=collection,
    )


def _without_match(copy: Copy, collection: str) -> Pair:
    return Pair(
        work=copy.work,
        row=copy.file,
        is_copy=True,
        edit=copy.edit,
        group=copy.group,
        grade=None,
        verified=False,
        basis=(),
        chance=None,
        confidence=None,
        edits=(),
        scores={},
        lanes=(),
        collection=collection,
    )
