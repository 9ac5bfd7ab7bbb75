# SPDX-License-Identifier: GPL-3.0-or-later
"""Id → row of a table that is not sorted by it: eight bytes of each id's hash, sorted, with its row, in memory.

Only the column of ids is read, once. Python's own hash is taken, which differs from run to run, so that nobody can
choose ids that collide; nothing of it is kept. The caller confirms the whole id in the row.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor, Progress
from indexer.index.exact_table import PREFIX_BYTES, ExactTable
from indexer.tables.base import Block
from indexer.tables.table_set import TableSet

_STAGE = "reading which row has which id"
_MOST_CANDIDATES = 100
"""Rows of one hash; more than one is a repeated id, or chance at one in 10^12 for 10 million rows."""


class IdLookup:
    """Rows by id. Takes 16 bytes a row, and half as much again while it is made.

    Args:
        column: it holds texts, bytes or whole numbers.

    Attributes:
        unread: what was wrong with files that could not be read to their end; their rows may be missing.

    Raises:
        Cancelled: the user stopped.
    """

    def __init__(self, tables: TableSet, column: str, monitor: Monitor) -> None:
        self.unread: list[str] = []
        self._keys = np.zeros(tables.rows(), np.uint64)
        self._is_known = np.zeros(tables.rows(), np.bool_)
        for file in range(len(tables.tables)):
            try:
                for block in tables.blocks_of(file, [column], monitor):
                    self._take(block)
                    monitor.progress(Progress(_STAGE, block.first + len(block.data), tables.rows()))
            except InputProblem as problem:
                self.unread.append(f"{problem.path}: {problem.because}")
        self._table = self._sorted()

    def candidates(self, value: object) -> Sequence[int]:
        """Rows that nearly always have this id, first rows first."""
        return sorted(self._table.candidates(int(_hashes([value])[0]).to_bytes(PREFIX_BYTES, "big")))[:_MOST_CANDIDATES]

    def _take(self, block: Block) -> None:
        """A damaged file may have more rows than it says; they belong to nothing."""
        room = slice(block.first, block.first + len(block.data))
        values = block.data.column(0).to_pylist()[: len(self._keys[room])]
        self._keys[room] = _hashes(values)
        self._is_known[room] = block.data.column(0).is_valid().to_numpy(zero_copy_only=False)[: len(values)]

    def _sorted(self) -> ExactTable:
        keys, is_known = self._keys, self._is_known
        del self._keys, self._is_known
        if is_known.all():
            order = np.argsort(keys)
            return ExactTable(keys[order], order)
        rows = np.flatnonzero(is_known)
        order = np.argsort(keys[rows])
        return ExactTable(keys[rows[order]], rows[order])


def _hashes(values: Sequence[object]) -> NDArray[np.uint64]:
    return np.fromiter(map(hash, values), np.int64, len(values)).view(np.uint64)
