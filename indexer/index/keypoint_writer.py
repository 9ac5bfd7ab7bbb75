# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a `KeypointIndex`: trained on a sample of its own rows, filled block by block, in bounded memory.

Blocks go to a scratch file, sorted by list; at the end each list is gathered from all blocks and written in the form
in which FAISS keeps inverted lists. So an index may be larger than memory.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.index.keypoint_file import (
    CODE_BYTES,
    DESCRIPTOR,
    MOST_LISTS,
    NUMBER_BYTES,
    PLACE_BYTES,
    head_of_file,
    untrained_index,
)
from indexer.index.keypoint_index import Descriptors, Floats, open_keypoint_index, project
from indexer.index.keypoint_places import Places, pack_places

BLOCK = 1 << 20
"""Keypoints that are encoded together: 160 MB with their descriptors."""

SAMPLE_A_LIST, LARGEST_SAMPLE = 64, 1 << 20
"""Keypoints that the centres of lists are found on: FAISS asks for 39 to 256 of each list."""

ONE_LIST = 8_000
"""Up to so many keypoints, some thirty pictures, are read whole; of 18,000 that takes 170 ms, by lists 48."""

LISTS_BY_ROOT = 4
"""Lists by the square root of the number of keypoints, as autofaiss has it (`matching.md` §4.2), up to `MOST_LISTS`."""

_SEED = 1


@dataclass(frozen=True, slots=True)
class Described:
    """Keypoints of some rows: where they lie, and their descriptors (n, 128)."""

    places: Places
    descriptors: Descriptors


Read = Callable[[], Iterable[Described]]
"""All keypoints, row by row or in parts of any size; may be asked for more than once."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Where a block of codes stands in the scratch file, and how many of each list it holds."""

    start: int
    counts: NDArray[np.int64]


def write_keypoint_index(folder: Path, name: str, read: Read) -> int:
    """Write the files of the kind called `name`, see that they open, and return how many keypoints they hold.

    Raises:
        ValueError: FAISS does not read what was written.
    """
    total = sum(len(part.descriptors) for part in read())
    lists = _how_many_lists(total)
    sample = _sample(read(), total, min(max(SAMPLE_A_LIST * lists, ONE_LIST), LARGEST_SAMPLE))
    projection = main_directions(sample)
    index = _trained(project(sample, projection), lists)
    with tempfile.TemporaryFile(dir=folder) as scratch, (folder / f"{name}.faiss").open("wb") as stream:
        blocks = list(_encode_all(index, projection, read(), scratch))
        sizes = sum((block.counts for block in blocks), np.zeros(lists, np.int64))
        stream.write(head_of_file(index, sizes))
        stream.writelines(_lists(blocks, scratch))
    np.save(folder / f"{name}.projection.npy", projection)
    written = len(open_keypoint_index(folder, name))
    if written != total:
        raise ValueError(f"{written} keypoints were written of {total}")
    return total


def main_directions(descriptors: Descriptors) -> Floats:
    """The projection (129, `CODE_BYTES`) to the directions in which descriptors differ most, the last row its offset.

    Principal components; a sample that is too small to have so many leaves the others to the decomposition.
    """
    unmoved = np.concatenate([np.eye(DESCRIPTOR, dtype=np.float32), np.zeros((1, DESCRIPTOR), np.float32)])
    vectors = project(descriptors, unmoved).astype(np.float64)
    centre = vectors.mean(axis=0)
    _, directions = np.linalg.eigh((vectors - centre).T @ (vectors - centre))
    chosen = directions[:, : -CODE_BYTES - 1 : -1]
    return np.concatenate([chosen, (centre @ chosen)[None]]).astype(np.float32)


def _how_many_lists(total: int) -> int:
    return 1 if total <= ONE_LIST else min(MOST_LISTS, 1 << int(LISTS_BY_ROOT * total**0.5).bit_length() - 1)


def _sample(parts: Iterable[Described], total: int, wanted: int) -> Descriptors:
    """Descriptors spread evenly over all rows."""
    step = max(1, -(-total // wanted))
    taken, passed = [], 0
    for part in parts:
        taken.append(part.descriptors[-passed % step :: step])
        passed += len(part.descriptors)
    return np.concatenate(taken)


def _trained(sample: Floats, lists: int) -> faiss.IndexIVFScalarQuantizer:
    index = untrained_index(lists)
    index.cp.seed = _SEED
    index.cp.min_points_per_centroid = 1  # a small sample is meant so, and FAISS would warn on the terminal
    index.train(sample)
    return index


def _encode_all(
    index: faiss.IndexIVFScalarQuantizer, projection: Floats, parts: Iterable[Described], scratch: BinaryIO
) -> Iterator[_Block]:
    """Codes and places of one block after another, sorted by list, at the end of the scratch file."""
    for part in _gathered(parts):
        encoded = index.sa_encode(project(part.descriptors, projection))
        head = encoded.shape[1] - CODE_BYTES  # the number of its list stands before each code
        lists = np.pad(encoded[:, :head], ((0, 0), (0, NUMBER_BYTES - head))).view("<i8")[:, 0]
        order = np.argsort(lists, kind="stable")
        start = scratch.tell()
        scratch.write(np.ascontiguousarray(encoded[order, head:]).data)
        scratch.write(np.ascontiguousarray(pack_places(part.places)[order]).astype("<i8").data)
        yield _Block(start, np.bincount(lists, minlength=index.nlist))


def _lists(blocks: Sequence[_Block], scratch: BinaryIO) -> Iterator[bytes]:
    """Codes of the first list from all blocks, its places likewise, and so on."""
    firsts = [np.concatenate([[0], np.cumsum(block.counts)]) for block in blocks]
    for number in range(len(blocks[0].counts)):
        for width in (CODE_BYTES, PLACE_BYTES):
            for block, first in zip(blocks, firsts, strict=True):
                before = 0 if width == CODE_BYTES else CODE_BYTES * int(first[-1])
                scratch.seek(block.start + before + width * int(first[number]))
                yield scratch.read(width * int(block.counts[number]))


def _gathered(parts: Iterable[Described]) -> Iterator[Described]:
    """The same keypoints in blocks of about `BLOCK`."""
    waiting: list[Described] = []
    for part in parts:
        waiting.append(part)
        if sum(len(one.descriptors) for one in waiting) >= BLOCK:
            yield _together(waiting)
            waiting = []
    if waiting:
        yield _together(waiting)


def _together(parts: Sequence[Described]) -> Described:
    places = Places.together([part.places for part in parts])
    return Described(places, np.concatenate([part.descriptors for part in parts]))
