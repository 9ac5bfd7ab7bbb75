# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a table as one: rows are numbered through, file after file."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.base import Block, Table


class TableSet:
    """Some files, in the order given. Closing it closes them.

    Files may differ in their columns: where one lacks a column, its rows have nothing there.

    Args:
        counts: how many rows each has, where that is known; else files of text are gone through.

    Attributes:
        tables: the files.
        columns: all their columns, in the order in which they are met.

    Raises:
        InputProblem: a file of text had to be gone through to count its rows, and is damaged.
    """

    def __init__(self, tables: Sequence[Table], counts: Sequence[int] | None = None) -> None:
        self.tables = tuple(tables)
        self.columns = tuple(dict.fromkeys(column for table in tables for column in table.columns))
        if counts is None:
            counts = [table.count(Monitor()) for table in tables]
        self._starts = [0, *accumulate(counts)]

    def rows(self) -> int:
        """Of all files."""
        return self._starts[-1]

    def start_of(self, file: int) -> int:
        """The number, in the whole, of the first row of file number `file`."""
        return self._starts[file]

    def locate(self, number: int) -> tuple[Table, int]:
        """The file that holds a row, and the row's number in that file.

        Raises:
            IndexError: there is no such row.
        """
        if not 0 <= number < self.rows():
            raise IndexError(number)
        file = bisect_right(self._starts, number) - 1
        return self.tables[file], number - self._starts[file]

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Go through some columns of all files; `Block.first` counts through. Ends with the first damaged file.

        Raises:
            InputProblem, Cancelled: as for one file.
        """
        for file, start in enumerate(self._starts[:-1]):
            if self._starts[file + 1] > first:
                yield from self.blocks_of(file, columns, monitor, max(first - start, 0))

    def blocks_of(self, file: int, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Go through some columns of one file, from its row `first` on; `Block.first` counts through.

        Raises:
            InputProblem, Cancelled: as for one file.
        """
        table, start = self.tables[file], self._starts[file]
        present = [column for column in columns if column in table.columns]
        for block in table.blocks(present, monitor, first) if present else ():
            yield Block(start + block.first, with_missing(block.data, columns))

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """One row's values; None in columns that its file lacks.

        Raises:
            InputProblem: there is no such row, or its file is damaged or no longer there.
        """
        try:
            table, within = self.locate(number)
        except IndexError as problem:
            raise InputProblem("table", f"it has no row {number:,}") from problem
        present = [column for column in columns if column in table.columns]
        found = table.row(within, present) if present else {}
        return {column: found.get(column) for column in columns}

    def close(self) -> None:
        """Close all files."""
        for table in self.tables:
            table.close()


def with_missing(data: pa.RecordBatch, columns: Sequence[str]) -> pa.RecordBatch:
    """The named columns; those that are not there say nothing."""
    if data.schema.names == list(columns):
        return data
    arrays = [data.column(name) if name in data.schema.names else pa.nulls(len(data), pa.string()) for name in columns]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))
