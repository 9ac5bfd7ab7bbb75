# SPDX-License-Identifier: GPL-3.0-or-later
"""Radius search among bit codes: every row within the radius, without looking at every row.

Multi-index: a code is cut into chunks of 16 bits. Two codes at most r bits apart differ by at most r // chunks bits
in one chunk at least, so it is enough to look where a chunk equals the query's up to that many bits (pigeonhole).
Rows are kept sorted by each chunk, with the place where each of its 65,536 values begins.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.index.arrays import open_array, places_of, write_array
from indexer.index.hamming import Codes, Hits, Positions, distances, scan
from indexer.index.manifest import NearPairs
from indexer.index.near_pairs import near_pairs

CHUNK_BITS = 16
_BUCKETS = 1 << CHUNK_BITS
_CHUNKS_A_WORD = 64 // CHUNK_BITS
_BLOCK_ROWS = 1 << 20

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

        Raises:
            ValueError: the queries have another width.
        """
        if queries.shape[1] != self._codes.shape[1]:
            raise ValueError(f"its codes have {64 * self._codes.shape[1]} bits, not {64 * queries.shape[1]}")
        found = scan(self._codes, queries, radius) if len(self) < SCAN_BELOW_ROWS else self.probe(queries, radius)
        return Hits(found.query, np.asarray(self._rows)[found.row].astype(np.int64), found.distance)

    def codes_of(self, rows: Positions) -> tuple[Positions, Codes]:
        """Those of the rows that have a code here, and their codes (rows, words), in the order of the index."""
        places = places_of(self._rows, rows)
        return np.asarray(self._rows[places]), np.asarray(self._codes[places])

    def code_of(self, row: int) -> Codes | None:
        """The code (words) of a row, by bisection; None where it has none. Rows ascend in every index that is built."""
        place = int(np.searchsorted(self._rows, row))
        return np.asarray(self._codes[place]) if place < len(self._rows) and self._rows[place] == row else None

    def near_pairs(self) -> NearPairs:
        """How near its codes come to each other."""
        return near_pairs(self._codes)

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


def bit_index_files(name: str) -> list[str]:
    """The files of a `BitIndex` for the kind called `name`."""
    return [f"{name}.{part}.npy" for part in ("codes", "rows", "order", "offsets")]


def write_bit_index(folder: Path, name: str, codes: Codes, rows: Positions) -> None:
    """Write the files of a `BitIndex` over `codes` (rows, words) whose row numbers are `rows`."""
    np.save(folder / f"{name}.codes.npy", codes)
    np.save(folder / f"{name}.rows.npy", rows)
    write_chunk_tables(folder, name, codes)


def write_chunk_tables(folder: Path, name: str, codes: Codes, between: Callable[[], None] = lambda: None) -> None:
    """Write the other two files of a `BitIndex`, whose codes and rows are written already.

    Takes 14 bytes of memory a code beside the codes, which may be a memory map.

    Args:
        between: called between the chunks; what it raises ends the work.
    """
    offsets = _no_offsets(codes)
    order = _sorted_by_each_chunk(codes, offsets, between)
    write_array(folder / f"{name}.order.npy", order, (len(offsets), len(codes)), np.uint32)
    np.save(folder / f"{name}.offsets.npy", offsets)


def make_bit_index(codes: Codes, rows: Positions, between: Callable[[], None] = lambda: None) -> BitIndex:
    """The same in memory: 16 bytes beside each 64 bits of a code.

    Args:
        between: called between the chunks; what it raises ends the work.
    """
    offsets = _no_offsets(codes)
    order = np.empty((len(offsets), len(codes)), np.uint32)
    for chunk, positions in enumerate(_sorted_by_each_chunk(codes, offsets, between)):
        order[chunk] = positions
    return BitIndex(codes, rows, order, offsets)


def _no_offsets(codes: Codes) -> NDArray[np.uint32]:
    return np.zeros((codes.shape[1] * _CHUNKS_A_WORD, _BUCKETS + 1), np.uint32)


def _sorted_by_each_chunk(
    codes: Codes, offsets: NDArray[np.uint32], between: Callable[[], None]
) -> Iterator[NDArray[np.int64]]:
    """Positions in the order of each chunk; fills in where each value begins."""
    for chunk in range(len(offsets)):
        between()
        keys, counts = _chunk_of_all(codes, chunk)
        offsets[chunk, 1:] = np.cumsum(counts)
        yield np.argsort(keys, kind="stable")  # of 16-bit numbers: by radix, in linear time


def open_bit_index(folder: Path, name: str) -> BitIndex:
    """Open by memory map.

    Raises:
        ValueError: the arrays do not fit one another.
    """
    codes = open_array(folder / f"{name}.codes.npy", np.uint64, 2)
    rows = open_array(folder / f"{name}.rows.npy", np.int64, 1)
    order = open_array(folder / f"{name}.order.npy", np.uint32, 2)
    offsets = open_array(folder / f"{name}.offsets.npy", np.uint32, 2)
    count, words = codes.shape
    shapes = (words * _CHUNKS_A_WORD, count), (words * _CHUNKS_A_WORD, _BUCKETS + 1)
    if not words or len(rows) != count or (order.shape, offsets.shape) != shapes or not _is_rising(offsets, count):
        raise ValueError(f"the arrays of {name} do not fit one another")
    return BitIndex(codes, rows, order, offsets)


def _is_rising(offsets: NDArray[np.uint32], count: int) -> bool:
    """Whether each row begins with 0, never falls and ends with `count`; else a range could be of any length."""
    return bool(
        (offsets[:, 0] == 0).all() and (offsets[:, -1] == count).all() and (offsets[:, 1:] >= offsets[:, :-1]).all()
    )


def _chunk_of(words: NDArray[np.uint64], chunk: int) -> NDArray[np.int64]:
    """Chunk number `chunk` of each code, first chunk most significant; `words` has the words on its first axis."""
    shift = np.uint64(64 - CHUNK_BITS * (chunk % _CHUNKS_A_WORD + 1))
    values: NDArray[np.int64] = ((words[chunk // _CHUNKS_A_WORD] >> shift) & np.uint64(_BUCKETS - 1)).astype(np.int64)
    return values


def _chunk_of_all(codes: Codes, chunk: int) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Chunk number `chunk` of all codes (rows, words), and how often each value occurs; a block at a time."""
    keys = np.empty(len(codes), np.uint16)
    counts = np.zeros(_BUCKETS, np.int64)
    for start in range(0, len(codes), _BLOCK_ROWS):
        block = _chunk_of(np.asarray(codes[start : start + _BLOCK_ROWS]).T, chunk)
        keys[start : start + len(block)] = block
        counts += np.bincount(block, minlength=_BUCKETS)
    return keys, counts


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
