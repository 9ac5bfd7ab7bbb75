# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest neighbours among vectors of length 1, by FAISS; the score is their inner product, so cosine.

An index is a binary that a stranger may have made: FAISS's own limits are set before a file is read, what comes out
is held against the manifest, and all of this happens in a job process.
"""

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.index.arrays import open_array, places_of

_LOOP_LIMIT = 1 << 24
_VECTOR_BYTES_A_FILE_BYTE = 2
"""A flat index holds no more bytes than its file; twice that leaves room for tables, and stops inflated counts."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Nearest rows, best first for each query: query number, row number, inner product."""

    query: NDArray[np.int64]
    row: NDArray[np.int64]
    score: NDArray[np.float32]


class VectorIndex:
    """A memory-mapped flat index. Files for a kind called NAME: `NAME.faiss` · `NAME.rows.npy`."""

    def __init__(self, index: faiss.Index, rows: NDArray[np.int64]) -> None:
        self._index, self._rows = index, rows

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._index.d)

    def nearest(self, queries: NDArray[np.float32], count: int) -> Neighbours:
        """The `count` nearest rows of each query (queries, dimension); fewer when there are fewer rows.

        Raises:
            ValueError: the queries have another dimension.
        """
        if queries.shape[1] != self.dimension:
            raise ValueError(f"its vectors have {self.dimension} numbers, not {queries.shape[1]}")
        if not len(self):
            nothing = np.empty(0, np.int64)
            return Neighbours(nothing, nothing, np.empty(0, np.float32))
        scores, positions = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), min(count, len(self)))
        query, rank = np.nonzero(positions >= 0)
        return Neighbours(query, np.asarray(self._rows)[positions[query, rank]].astype(np.int64), scores[query, rank])

    def vectors_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of the rows that have a vector here, and their vectors (rows, dimension), in the order of the index."""
        places = places_of(self._rows, rows)
        vectors = [self._index.reconstruct(int(place)) for place in places]
        return np.asarray(self._rows[places]), np.array(vectors, np.float32).reshape(-1, self.dimension)


class VectorIndexWriter:
    """Adds vectors block by block, so that memory holds the finished index and one block."""

    def __init__(self, dimension: int) -> None:
        self._index = faiss.IndexFlatIP(dimension)
        self._rows: list[NDArray[np.int64]] = []

    def add(self, vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> None:
        """Add vectors (rows, dimension) of length 1 whose row numbers are `rows`."""
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self._rows.append(rows)

    def write(self, folder: Path, name: str) -> int:
        """Write the files and return how many rows they hold."""
        with (folder / f"{name}.faiss").open("wb") as stream:  # FAISS's own writer is silent on a full disk
            writer = faiss.PyCallbackIOWriter(stream.write)  # type: ignore[attr-defined]
            faiss.write_index(self._index, writer)
        rows = np.concatenate(self._rows) if self._rows else np.empty(0, np.int64)
        np.save(folder / f"{name}.rows.npy", rows)
        return len(rows)


def vector_index_files(name: str) -> list[str]:
    """The files of a `VectorIndex` for the kind called `name`."""
    return [f"{name}.faiss", f"{name}.rows.npy"]


def open_vector_index(folder: Path, name: str, dimension: int) -> VectorIndex:
    """Open by memory map.

    Raises:
        ValueError: FAISS does not read the file, or it is not a flat inner-product index of that dimension.
    """
    place = folder / f"{name}.faiss"
    faiss.set_deserialization_loop_limit(_LOOP_LIMIT)
    faiss.set_deserialization_vector_byte_limit(_VECTOR_BYTES_A_FILE_BYTE * place.stat().st_size)
    try:
        index = faiss.read_index(str(place), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as problem:
        raise ValueError(f"FAISS cannot read {place.name}") from problem
    rows = open_array(folder / f"{name}.rows.npy", np.int64, 1)
    if not isinstance(index, faiss.IndexFlatIP) or index.d != dimension or rows.shape != (index.ntotal,):
        raise ValueError(f"{place.name} is not what its manifest says")
    return VectorIndex(index, rows)
