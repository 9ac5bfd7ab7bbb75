# SPDX-License-Identifier: GPL-3.0-or-later
"""Radius search among bit codes: every row within the radius, without looking at every row.

Multi-index: a code is cut into chunks of 16 bits. Two codes at most r bits apart differ by at most r // chunks bits
in one chunk at least, so it is enough to look where a chunk equals the query's up to that many bits (pigeonhole).
Rows are kept sorted by each chunk, with the place where each of its 65,536 values begins.
"""

from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.index.hamming import Codes, Hits, Positions, distances, scan

CHUNK_BITS = 16
_BUCKETS = 1 << CHUNK_BITS
_CHUNKS_A_WORD = 64 // CHUNK_BITS

SCAN_BELOW_ROWS = 100_000
"""With fewer rows a plain scan is faster (`tests/benchmarks/hash_search.py`)."""


class BitIndex:
    """A searchable, memory-mapped set of codes.

    Files, for a kind called NAME: `NAME.codes.npy` (rows, words) uint64 · `NAME.rows.npy` row numbers ·
    `NAME.order.npy` (chunks, rows) uint32 · `NAME.offsets.npy` (chunks, 65537) uint32.
    """

    def __init__(self, codes: Codes, rows: Positions, order: NDArray[np.uint32], offsets: NDArray[np.uint32]) -> None:
        self._codes, self._rows, self._order, self._offsets = codes, rows, order, offsets

    def __len__(self) -> int:
        return len(self._codes)

    def search(self, queries: Codes, radius: int) -> Hits:
        """Every row at most `radius` bits from each query.

        Args:
            queries: shape (queries, words).
            radius: inclusive, in bits.
        """
        found = scan(self._codes, queries, radius) if len(self) < SCAN_BELOW_ROWS else self.probe(queries, radius)
        return Hits(found.query, np.asarray(self._rows)[found.row].astype(np.int64), found.distance)

    def probe(self, queries: Codes, radius: int) -> Hits:
        """The same by the chunk tables; `row` is the position among the codes. Public for tests and benchmarks."""
        parts = []
        for number, query in enumerate(queries):
            near = self._candidates(query, radius // len(self._order))
            apart = distances(self._codes[near], query)
            kept = apart <= radius
            parts.append(Hits(np.full(int(kept.sum()), number), near[kept], apart[kept]))
        return Hits.together(parts)

    def _candidates(self, query: Codes, flips: int) -> Positions:
        """Positions whose chunk equals the query's up to `flips` bits, for any chunk; ascending, once each."""
        places = []
        for chunk, (order, offsets) in enumerate(zip(self._order, self._offsets, strict=True)):
            buckets = _chunk_of(query, chunk) ^ _flip_masks(flips)
            places.append(order[_ranges(offsets[buckets], offsets[buckets + 1])])
        found: Positions = np.unique(np.concatenate(places)).astype(np.int64)
        return found


def write_bit_index(folder: Path, name: str, codes: Codes, rows: Positions) -> None:
    """Write the files of a `BitIndex` over `codes` (rows, words) whose row numbers are `rows`."""
    chunks = codes.shape[1] * _CHUNKS_A_WORD
    order = np.lib.format.open_memmap(
        folder / f"{name}.order.npy", mode="w+", dtype=np.uint32, shape=(chunks, len(codes))
    )
    offsets = np.empty((chunks, _BUCKETS + 1), np.uint32)
    for chunk in range(chunks):
        keys = _chunk_of(codes.T, chunk)
        order[chunk] = np.argsort(keys, kind="stable")
        offsets[chunk] = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=_BUCKETS))])
    order.flush()
    np.save(folder / f"{name}.codes.npy", codes)
    np.save(folder / f"{name}.rows.npy", rows)
    np.save(folder / f"{name}.offsets.npy", offsets)


def open_bit_index(folder: Path, name: str) -> BitIndex:
    """Open by memory map.

    Raises:
        ValueError: the arrays do not fit one another.
    """
    codes, rows, order, offsets = (
        np.load(folder / f"{name}.{part}.npy", mmap_mode="r", allow_pickle=False)
        for part in ("codes", "rows", "order", "offsets")
    )
    chunks = codes.shape[1] * _CHUNKS_A_WORD
    if rows.shape != codes.shape[:1] or order.shape != (chunks, len(codes)) or offsets.shape != (chunks, _BUCKETS + 1):
        raise ValueError(f"the arrays of {name} do not fit one another")
    return BitIndex(codes, rows, order, offsets)


def _chunk_of(words: NDArray[np.uint64], chunk: int) -> NDArray[np.int64]:
    """Chunk number `chunk` of each code, first chunk most significant; `words` has the words on its first axis."""
    shift = np.uint64(64 - CHUNK_BITS * (chunk % _CHUNKS_A_WORD + 1))
    values: NDArray[np.int64] = ((words[chunk // _CHUNKS_A_WORD] >> shift) & np.uint64(_BUCKETS - 1)).astype(np.int64)
    return values


@cache
def _flip_masks(flips: int) -> NDArray[np.int64]:
    """All chunk values with at most `flips` ones."""
    return np.array(
        [
            sum(1 << bit for bit in bits)
            for count in range(flips + 1)
            for bits in combinations(range(CHUNK_BITS), count)
        ],
        dtype=np.int64,
    )


def _ranges(starts: NDArray[np.uint32], ends: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The numbers from each start up to its end, one range after another, as one array."""
    lengths = (ends - starts).astype(np.int64)
    before = np.cumsum(lengths) - lengths
    numbers: NDArray[np.int64] = np.arange(int(lengths.sum())) + np.repeat(starts.astype(np.int64) - before, lengths)
    return numbers
