# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest keypoints by FAISS: short codes in inverted lists, memory-mapped, each with the place that it was seen at.

A descriptor (128 bytes) is projected to its main directions, found on the index's own rows, and kept with a byte for
each; lists gather what is alike, so that a question reads a few of them. A small index is one list and is read whole.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.index.arrays import open_array
from indexer.index.keypoint_file import CODE_BYTES, DESCRIPTOR, is_keypoint_file
from indexer.index.keypoint_places import Places, unpack_places

LISTS_READ = 16
_LOOP_LIMIT = 1 << 28
_VECTOR_BYTES_A_FILE_BYTE = 2
_AT_ONCE = 4096

Descriptors = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NearKeypoints:
    """Arrays of one length: number of the keypoint asked for, place of one that is like it, squared distance.

    The distance is that of the projected descriptors, of length 1 before.
    """

    query: NDArray[np.int64]
    places: Places
    distance: Floats

    def only(self, chosen: NDArray[np.bool_]) -> "NearKeypoints":
        """Some of them."""
        return NearKeypoints(self.query[chosen], self.places.only(chosen), self.distance[chosen])


class KeypointIndex:
    """Files for a kind called NAME: `NAME.faiss` · `NAME.projection.npy`."""

    def __init__(self, index: faiss.IndexIVF, projection: Floats) -> None:
        self._index, self._projection = index, projection
        index.nprobe = min(LISTS_READ, index.nlist)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def near(self, descriptors: Descriptors, count: int) -> NearKeypoints:
        """The `count` nearest keypoints of each descriptor (n, 128), as far as the lists that are read hold them."""
        found = [self._near(descriptors[start : start + _AT_ONCE], count, start)
                 for start in range(0, len(descriptors), _AT_ONCE)]  # fmt: skip
        if not found or not len(self):
            nothing = np.empty(0, np.int64)
            return NearKeypoints(nothing, unpack_places(nothing), np.empty(0, np.float32))
        query, number, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return NearKeypoints(query, unpack_places(number), distance)

    def _near(
        self, descriptors: Descriptors, count: int, first: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        distances, numbers = self._index.search(project(descriptors, self._projection), min(count, len(self)))
        query, rank = np.nonzero(numbers >= 0)
        return query + first, numbers[query, rank], distances[query, rank]


def project(descriptors: Descriptors, projection: Floats) -> Floats:
    """Descriptors (n, 128) as vectors (n, d): brought to length 1, moved and turned by `projection` (129, d)."""
    vectors = descriptors.astype(np.float32)
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.maximum(lengths, 1e-6)
    turned: Floats = vectors @ projection[:DESCRIPTOR] - projection[DESCRIPTOR]
    return turned


def keypoint_index_files(name: str) -> list[str]:
    """The files of a `KeypointIndex` for the kind called `name`."""
    return [f"{name}.faiss", f"{name}.projection.npy"]


def open_keypoint_index(folder: Path, name: str) -> KeypointIndex:
    """Open by memory map.

    Raises:
        ValueError: FAISS does not read the file, or it is not such an index.
    """
    place = folder / f"{name}.faiss"
    projection = open_array(folder / f"{name}.projection.npy", np.float32, 2)
    faiss.set_deserialization_loop_limit(_LOOP_LIMIT)
    faiss.set_deserialization_vector_byte_limit(_VECTOR_BYTES_A_FILE_BYTE * place.stat().st_size)
    if projection.shape != (DESCRIPTOR + 1, CODE_BYTES) or not is_keypoint_file(place):
        raise ValueError(f"{place.name} is not what its manifest says")
    try:
        index: Any = faiss.read_index(str(place), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as problem:
        raise ValueError(f"FAISS cannot read {place.name}") from problem
    return KeypointIndex(index, np.asarray(projection))
