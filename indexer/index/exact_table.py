# SPDX-License-Identifier: GPL-3.0-or-later
"""Digest → rows: the first eight bytes of each digest, sorted, with its row; looked up by bisection.

Eight bytes are enough to find the few candidates; the caller confirms the full value in the row table.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.index.arrays import open_array

PREFIX_BYTES = 8


class ExactTable:
    """A memory-mapped table. Files for a kind called NAME: `NAME.keys.npy` uint64 sorted · `NAME.rows.npy`."""

    def __init__(self, keys: NDArray[np.uint64], rows: NDArray[np.int64]) -> None:
        self._keys, self._rows = keys, rows

    def __len__(self) -> int:
        return len(self._keys)

    def candidates(self, digest: bytes) -> list[int]:
        """Rows whose digest begins with the same eight bytes; nearly always those with the same digest."""
        key = _prefix(digest)
        first, last = np.searchsorted(self._keys, key, "left"), np.searchsorted(self._keys, key, "right")
        return [int(row) for row in self._rows[first:last]]


def exact_table_files(name: str) -> list[str]:
    """The files of an `ExactTable` for the kind called `name`."""
    return [f"{name}.keys.npy", f"{name}.rows.npy"]


def write_exact_table(folder: Path, name: str, digests: Sequence[bytes], rows: NDArray[np.int64]) -> None:
    """Write the files of an `ExactTable` over digests (each at least eight bytes) whose row numbers are `rows`."""
    keys = np.frombuffer(b"".join(digest[:PREFIX_BYTES] for digest in digests), dtype=">u8").astype(np.uint64)
    order = np.argsort(keys, kind="stable")
    np.save(folder / f"{name}.keys.npy", keys[order])
    np.save(folder / f"{name}.rows.npy", rows[order])


def open_exact_table(folder: Path, name: str) -> ExactTable:
    """Open by memory map.

    Raises:
        ValueError: the two arrays do not fit one another.
    """
    keys = open_array(folder / f"{name}.keys.npy", np.uint64, 1)
    rows = open_array(folder / f"{name}.rows.npy", np.int64, 1)
    if keys.shape != rows.shape:
        raise ValueError(f"the arrays of {name} do not fit one another")
    return ExactTable(keys, rows)


def _prefix(digest: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(digest[:PREFIX_BYTES], "big"))
