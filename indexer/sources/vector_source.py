# SPDX-License-Identifier: GPL-3.0-or-later
"""A source of vectors that can be asked by a vector alone, whichever model made it, and that gives back what it keeps.

A check asks no source before its model is known. A self-test can: it asks for vectors that the source itself holds.
"""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.core.progress import Monitor
from indexer.index.vector_index import Neighbours
from indexer.sources.base import Source


@dataclass(frozen=True, slots=True)
class KeptVectors:
    """Numbers of rows, rising, and as many vectors (rows, dimension), of length 1."""

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]


class VectorSource(Source):
    """A source that holds vectors, each with the number of its row."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Numbers in each vector."""

    @property
    @abstractmethod
    def is_exact(self) -> bool:
        """Whether every vector is compared, and as it was given."""

    @abstractmethod
    def draw(self, count: int, seed: int, monitor: Monitor) -> KeptVectors | None:
        """Rows by chance, the same for the same seed, with the vectors that are kept of them.

        Fewer where there are fewer, or where a vector holds no usable numbers; None where it gives no vectors back.

        Raises:
            SourceProblem: its files are damaged.
            Cancelled: the user stopped.
        """

    @abstractmethod
    def nearest(self, vectors: NDArray[np.float32], count: int, monitor: Monitor) -> Neighbours:
        """What `search` asks: the rows nearest to each of the vectors (queries, dimension), of length 1, by cosine.

        Raises:
            SourceProblem: its files are damaged, or its answers are no cosines.
            Cancelled: the user stopped.
        """

    @abstractmethod
    def has_entry(self, row: int) -> bool:
        """Whether its table says anything of a row.

        Raises:
            SourceProblem: the table is damaged or no longer there.
        """


def draw_positions(total: int, count: int, seed: int) -> NDArray[np.int64]:
    """So many different numbers below `total`, in order, the same for the same seed."""
    random = np.random.default_rng(seed)
    return np.sort(random.choice(total, min(count, total), replace=False)).astype(np.int64)
