# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a flat index of vectors straight to disk: memory holds a block and the numbers of the rows.

FAISS's own writer needs the whole index in memory. Its file of a flat index is a head and the vectors as they are; the
head is taken from FAISS, and only the two counts in it are set.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.index.vector_index import open_vector_index

_COUNT_AT, _NUMBER_BYTES = 8, 8
"""`index_write.cpp`: kind and dimension, 4 bytes each, the count of vectors, …; the count of numbers comes last."""


class FlatFileWriter:
    """The files of a `VectorIndex` for the kind called `name`, written in a `with` statement and ended by `finish`."""

    def __init__(self, folder: Path, name: str, dimension: int) -> None:
        self._folder, self._name, self._dimension = folder, name, dimension
        self._rows: list[NDArray[np.int64]] = []
        self._head = bytearray(faiss.serialize_index(faiss.IndexFlatIP(dimension)).tobytes())
        self._stream = (folder / f"{name}.faiss").open("wb")
        self._stream.write(self._head)

    def add(self, vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> None:
        """Add vectors (rows, dimension) of length 1 whose row numbers are `rows`."""
        self._stream.write(np.ascontiguousarray(vectors, dtype="<f4").data)
        self._rows.append(rows)

    def finish(self) -> int:
        """Set the counts, write the rows, see that the whole opens, and return how many rows it holds.

        Raises:
            ValueError: FAISS does not read what was written.
        """
        rows = np.concatenate(self._rows) if self._rows else np.empty(0, np.int64)
        self._head[_COUNT_AT : _COUNT_AT + _NUMBER_BYTES] = len(rows).to_bytes(_NUMBER_BYTES, "little")
        self._head[-_NUMBER_BYTES:] = (len(rows) * self._dimension).to_bytes(_NUMBER_BYTES, "little")
        self._stream.seek(0)
        self._stream.write(self._head)
        self._stream.close()
        np.save(self._folder / f"{self._name}.rows.npy", rows)
        open_vector_index(self._folder, self._name, self._dimension)
        return len(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
