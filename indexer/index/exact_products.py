# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest neighbours without an index: every vector is multiplied with every query, block by block, in one pass.

Memory holds a block, its products with a group of queries, and the best rows so far.
"""

import numpy as np
from numpy.typing import NDArray

from indexer.index.vector_index import Neighbours

_QUERIES_AT_ONCE = 256
_SHORTEST = 1e-12


class NearestSoFar:
    """The best rows of each query among the blocks that were shown.

    Args:
        queries: (queries, dimension), of length 1.
        count: how many rows to keep for each.
    """

    def __init__(self, queries: NDArray[np.float32], count: int) -> None:
        self._queries = np.ascontiguousarray(queries, dtype=np.float32)
        self._scores = np.full((len(queries), count), -np.inf, np.float32)
        self._rows = np.full((len(queries), count), -1, np.int64)

    def look_at(self, vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> None:
        """Hold a block of vectors (rows, dimension), of length 1, against all queries. Rows must be shown in order.

        Of rows that are equally near, those shown first are kept.

        Raises:
            ValueError: the vectors have another dimension than the queries.
        """
        if vectors.shape[1] != self._queries.shape[1]:
            raise ValueError(f"its vectors have {vectors.shape[1]} numbers, not {self._queries.shape[1]}")
        for first in range(0, len(self._queries), _QUERIES_AT_ONCE):
            products = self._queries[first : first + _QUERIES_AT_ONCE] @ vectors.T
            better = products > self._scores[first : first + _QUERIES_AT_ONCE, -1:]
            for number in np.flatnonzero(better.any(axis=1)):
                chosen = np.flatnonzero(better[number])
                self._keep(first + int(number), products[number, chosen], rows[chosen])

    def best(self) -> Neighbours:
        """Nearest first for each query."""
        query, rank = np.nonzero(self._rows >= 0)
        return Neighbours(query, self._rows[query, rank], self._scores[query, rank])

    def _keep(self, query: int, scores: NDArray[np.float32], rows: NDArray[np.int64]) -> None:
        all_scores = np.concatenate([self._scores[query], scores])
        all_rows = np.concatenate([self._rows[query], rows])
        order = np.argsort(-all_scores, kind="stable")[: self._scores.shape[1]]
        self._scores[query], self._rows[query] = all_scores[order], all_rows[order]


def of_length_one(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The vectors that have a direction, each of length 1, and which of the given ones they are.

    Left out are those with something in them that is no finite number, and those of no length.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    usable = np.flatnonzero(np.isfinite(lengths) & (lengths > _SHORTEST))
    chosen = vectors if len(usable) == len(vectors) else vectors[usable]
    return chosen / lengths[usable, None].astype(np.float32), usable
