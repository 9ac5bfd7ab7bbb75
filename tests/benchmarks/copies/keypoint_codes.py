"""Bytes a picture against recall of the lane for parts: how short codes of keypoints may be, and how few may be kept.

    python -m tests.benchmarks.copies.keypoint_codes --set DIR

DIR is a labelled set that `python -m tests.benchmarks.copies … --keep` left. For each form of code and each number of
keypoints kept: the share of common and hard copies that fewer than three strangers come before, when rows are ordered
by how many places fit one placement, and the most such places that any stranger has.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexer.fingerprints.keypoints import Keypoints, unit
from indexer.fingerprints.picture_keypoints import row_keypoints, unpack, work_keypoints
from indexer.index.keypoint_places import Places
from indexer.sources.fitted_votes import count_fitted
from indexer.sources.part_search import CLEARLY_NEARER, MOST_FITTED, NEAREST, SURELY_NEAR
from indexer.sources.placement_votes import count_votes
from tests.benchmarks.copies.labelled import Copy

FORMS = ((128, "SQ8"), (32, "SQ8"), (24, "SQ8"), (16, "SQ8"), (48, "SQ4"), (32, "PQ16"))
"""Numbers after projection, and how FAISS shortens them."""

KEPT = (150, 200, 300, 400)
_PLACE_BYTES, _LISTS, _LISTS_READ, _BEFORE = 8, 1024, 16, 3


@dataclass(frozen=True, slots=True)
class _Held:
    """What an index would hold: places and descriptors of all rows, in the order of the rows."""

    places: Places
    vectors: NDArray[np.float32]
    rank: NDArray[np.int64]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--set", type=Path, required=True, dest="folder")
    options.add_argument("--works", type=int, default=16)
    asked = options.parse_args()
    lines = (asked.folder / "copies.jsonl").read_bytes().splitlines()
    copies = [msgspec.json.decode(line, type=Copy) for line in lines]
    works = sorted({copy.work for copy in copies})[: asked.works]
    listed = sorted((asked.folder / "listed").iterdir())
    looks = {work: _looks(asked.folder / "works" / work) for work in works}
    held = _held(listed)
    for kept in KEPT:
        for size, form in FORMS if kept == KEPT[2] else FORMS[2:3]:
            said = _measure(held, kept, (size, form), looks, [path.name for path in listed], copies)
            print(f"{kept} keypoints, {size} numbers as {form}: {said}", flush=True)
    return 0


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def _looks(path: Path) -> list[tuple[Keypoints, tuple[int, int]]]:
    return [unpack(packed) for packed in work_keypoints(_opened(path))]


def _held(listed: Sequence[Path]) -> _Held:
    places, vectors, rank = [], [], []
    for row, path in enumerate(listed):
        found, size = unpack(row_keypoints(_opened(path), max(KEPT)))
        places.append(Places.of(row, found.points, found.sizes, found.angles, max(size)))
        vectors.append(unit(found.descriptors))
        rank.append(np.arange(len(found)))
    return _Held(Places.together(places), np.concatenate(vectors), np.concatenate(rank))


def _measure(
    held: _Held, kept: int, form: tuple[int, str], looks: Any, names: Sequence[str], copies: Sequence[Copy]
) -> str:
    chosen = np.flatnonzero(held.rank < kept)
    vectors, places = held.vectors[chosen], held.places.only(chosen)
    centre = vectors.mean(axis=0)
    turn = np.linalg.eigh(np.cov((vectors - centre)[:: max(1, len(vectors) // 60_000)].T))[1][:, : -form[0] - 1 : -1]
    turn = turn.astype(np.float32)
    index: Any = faiss.index_factory(form[0], f"IVF{_LISTS},{form[1]}")
    index.cp.min_points_per_centroid = 1
    turned = np.ascontiguousarray((vectors - centre) @ turn)
    index.train(turned[:: max(1, len(turned) // (64 * _LISTS))])
    index.add(turned)
    index.nprobe = _LISTS_READ
    shares, most = _recall(index, lambda found: (unit(found.descriptors) - centre) @ turn, places, looks, names, copies)
    size = (int(index.code_size) + _PLACE_BYTES) * len(vectors) / len(names)
    return f"{size:,.0f} bytes a picture, common {shares['common']:.4f}, hard {shares['hard']:.4f}, strangers {most}"


def _recall(
    index: Any, vectors_of: Any, places: Places, looks: Any, names: Sequence[str], copies: Sequence[Copy]
) -> tuple[dict[str, float], int]:
    numbers = {name: row for row, name in enumerate(names)}
    found: dict[str, list[bool]] = {"common": [], "hard": []}
    most = 0
    for work, seen in looks.items():
        votes = np.zeros(len(names), np.int64)
        for row, count in _votes(index, vectors_of, places, seen):
            votes[row] = max(votes[row], count)
        own = {numbers[copy.file]: copy.group for copy in copies if copy.work == work}
        strangers = np.sort(np.delete(votes, list(own)))[::-1]
        most = max(most, int(strangers[0]))
        for row, group in own.items():
            found[group].append(bool(votes[row] and (strangers >= votes[row]).sum() < _BEFORE))
    return {group: float(np.mean(hits)) if hits else 0.0 for group, hits in found.items()}, most


def _votes(index: Any, vectors_of: Any, places: Places, seen: Any) -> Iterator[tuple[int, int]]:
    """As `part_search` counts them, over another index."""
    width, height = seen[0][1]
    for mirrored, inverted in ((False, False), (True, False), (False, True)):
        looks = [(look.mirrored(size[0]) if mirrored else look, size) for look, size in seen]
        looks = [(look.inverted() if inverted else look, size) for look, size in looks]
        work = Places.together([Places.of(0, k.points, k.sizes, k.angles, max(size)) for k, size in looks])
        distances, near = index.search(np.concatenate([vectors_of(look) for look, _ in looks]).astype("f4"), NEAREST)
        counts = (near >= 0) & ((distances < CLEARLY_NEARER * distances[:, -1:]) | (distances < SURELY_NEAR))
        query, rank = np.nonzero(counts)
        mine, other = work.only(query), places.only(near[query, rank])
        votes = count_votes(mine, other, (width / max(width, height) / 2, height / max(width, height) / 2))
        for row in votes.row[np.argsort(-votes.count, kind="stable")[:MOST_FITTED]].tolist():
            pairs = np.flatnonzero(other.row == row)
            yield row, count_fitted(mine.only(pairs), other.only(pairs))


if __name__ == "__main__":
    sys.exit(main())
