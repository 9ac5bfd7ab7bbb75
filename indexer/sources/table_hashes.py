# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns of hashes of a table that is not too long, held in memory and searched there."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.core.progress import Monitor
from indexer.fingerprints.base import Kind
from indexer.fingerprints.quality import PHASH_ONES
from indexer.index.bit_index import BitIndex, make_bit_index
from indexer.index.exact_table import ExactTable
from indexer.sources.hash_columns import DIGITS
from indexer.tables.base import Block
from indexer.tables.hash_values import read_hashes

MOST_ROWS = 5_000_000
"""16 bytes a row and kind, and 48 a row for perceptual hashes: about half a gigabyte at the most."""


class TableHashes:
    """What was read of some columns, by kind.

    Attributes:
        malformed: how many values of each kind are no such fingerprint.
        degenerate: how many perceptual hashes are those of flat pictures, and not searched (`datasets.md` §2.3).
    """

    def __init__(self, columns: Mapping[Kind, str]) -> None:
        self.columns = columns
        self.malformed = dict.fromkeys(columns, 0)
        self.degenerate = 0
        self._keys: dict[Kind, list[NDArray[np.uint64]]] = {kind: [] for kind in columns}
        self._rows: dict[Kind, list[NDArray[np.int64]]] = {kind: [] for kind in columns}
        self._exact: dict[Kind, ExactTable] = {}
        self.near: BitIndex | None = None

    def add(self, block: Block) -> None:
        """Take in some rows of all columns."""
        for kind, column in self.columns.items():
            values = read_hashes(block.data.column(column), DIGITS[kind])
            keys, rows = values.keys, values.rows + block.first
            self.malformed[kind] += values.malformed
            if kind is Kind.PHASH:
                usable = np.bitwise_count(keys) == PHASH_ONES
                self.degenerate += int((~usable).sum())
                keys, rows = keys[usable], rows[usable]
            self._keys[kind].append(keys)
            self._rows[kind].append(rows)

    def sort(self, monitor: Monitor) -> None:
        """Make searchable what was taken in.

        Raises:
            Cancelled: the user stopped.
        """
        for kind in self.columns:
            monitor.check()
            keys = np.concatenate([np.empty(0, np.uint64), *self._keys.pop(kind)])
            rows = np.concatenate([np.empty(0, np.int64), *self._rows.pop(kind)])
            if kind is Kind.PHASH:
                self.near = make_bit_index(keys[:, None], rows, monitor.check)
            else:
                order = np.argsort(keys, kind="stable")
                self._exact[kind] = ExactTable(keys[order], rows[order])

    def candidates(self, kind: Kind, digest: str) -> Sequence[int]:
        """Rows whose digest begins as this one does; to be confirmed on the whole value."""
        table = self._exact.get(kind)
        return table.candidates(bytes.fromhex(digest)) if table else []
