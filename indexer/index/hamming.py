# SPDX-License-Identifier: GPL-3.0-or-later
"""Distances between bit codes, by looking at every one: slow, obvious, and the judge of the faster search.

Codes are arrays of shape (rows, words) of uint64: one word for 64 bits, four for 256, most significant word first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]
Positions = NDArray[np.int64]

_BLOCK_ROWS = 1 << 17
"""One block of 64-bit codes stays in a core's second-level cache (`matching.md` §3.2)."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Rows within a radius. Three arrays of the same length: query number, row number, distance in bits."""

    query: Positions
    row: Positions
    distance: Positions

    @staticmethod
    def together(parts: Sequence["Hits"]) -> "Hits":
        """All hits of several searches, in their order."""
        if not parts:
            nothing = np.empty(0, np.int64)
            return Hits(nothing, nothing, nothing)
        return Hits(
            np.concatenate([part.query for part in parts]),
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.distance for part in parts]),
        )


def codes_from_bytes(values: Sequence[bytes]) -> Codes:
    """Codes of shape (len(values), bytes/8) from big-endian byte strings of one length, a multiple of eight."""
    words = np.frombuffer(b"".join(values), dtype=">u8").astype(np.uint64)
    return words.reshape(len(values), -1)


def distances(codes: Codes, query: Codes) -> Positions:
    """Hamming distance of every code (rows, words) to one query (words,)."""
    apart: Positions = np.bitwise_count(codes ^ query).sum(axis=1, dtype=np.int64)
    return apart


def scan(codes: Codes, queries: Codes, radius: int) -> Hits:
    """Every row within `radius` bits (inclusive) of each query, found by comparing all with all."""
    parts = []
    for start in range(0, len(codes), _BLOCK_ROWS):
        block = np.asarray(codes[start : start + _BLOCK_ROWS])
        for number, query in enumerate(queries):
            apart = distances(block, query)
            near = np.flatnonzero(apart <= radius)
            if len(near):
                parts.append(Hits(np.full(len(near), number), near + start, apart[near]))
    return Hits.together(parts)
