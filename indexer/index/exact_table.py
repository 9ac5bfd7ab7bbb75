# SPDX-License-Identifier: GPL-3.0-or-later
"""Digest → rows: the first eight bytes of each digest, sorted, with its row; looked up by bisection.

Eight bytes are enough to find the few candidates; the caller confirms the full value in the row table.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.index.arrays import open_array, write_header

PREFIX_BYTES = 8

_ROWS_AT_ONCE = 1 << 24
_BLOCK_ROWS = 1 << 20


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
    prefixes = np.frombuffer(b"".join(digest[:PREFIX_BYTES] for digest in digests), dtype=">u8").astype(np.uint64)
    write_prefixes(folder, name, prefixes, rows)


def write_prefixes(
    folder: Path,
    name: str,
    prefixes: NDArray[np.uint64],
    rows: NDArray[np.int64],
    between: Callable[[], None] = lambda: None,
) -> None:
    """Write the files of an `ExactTable` over the first eight bytes of digests, big-endian, whose rows are `rows`.

    Both may be memory maps. Digests are spread evenly, so they are sorted range by range, and memory holds one range;
    prefixes that are not spread so take more memory, and nothing else.

    Args:
        between: called before each range; what it raises ends the work.
    """
    ranges = max(1, -(-len(prefixes) // _ROWS_AT_ONCE))
    ends = np.array([(number << 64) // ranges - 1 for number in range(1, ranges + 1)], np.uint64)
    with (folder / f"{name}.keys.npy").open("wb") as keys_file, (folder / f"{name}.rows.npy").open("wb") as rows_file:
        write_header(keys_file, (len(prefixes),), np.uint64)
        write_header(rows_file, (len(prefixes),), np.int64)
        for number, end in enumerate(ends):
            between()
            places = _places_between(prefixes, ends[number - 1] + np.uint64(1) if number else np.uint64(0), end)
            keys = np.asarray(prefixes[places])
            order = np.argsort(keys, kind="stable")
            keys_file.write(keys[order].data)
            rows_file.write(np.asarray(rows[places[order]]).data)


def _places_between(prefixes: NDArray[np.uint64], first: np.uint64, last: np.uint64) -> NDArray[np.int64]:
    """Where the prefixes from `first` to `last` stand, both included; looked for a block at a time."""
    found = []
    for start in range(0, len(prefixes), _BLOCK_ROWS):
        block = prefixes[start : start + _BLOCK_ROWS]
        found.append(np.flatnonzero((block >= first) & (block <= last)) + start)
    return np.concatenate(found) if found else np.empty(0, np.int64)


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
