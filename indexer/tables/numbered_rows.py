# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are found by a column of whole numbers, as autofaiss's id files have it: `i` is the row of the index.

Files and rows may stand in any order. What the footers say of the least and greatest number of each part decides which
parts are read; no column is kept whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.origin import reading
from indexer.tables.table_set import TableSet

_KEPT_ROWS = 1 << 22


@dataclass(frozen=True, slots=True)
class _Part:
    """A row group: its file's number, its rows there, its least and greatest number."""

    file: int
    first: int
    rows: int
    low: int
    high: int


class NumberedRows:
    """Finds the row in which `column` has a number.

    Args:
        places: the Parquet files of `tables`, in their order.

    Raises:
        InputProblem: a file is damaged, or its column holds no whole numbers.
    """

    def __init__(self, places: Sequence[Path], tables: TableSet, column: str) -> None:
        self._tables, self._column = tables, column
        self._parts = [part for file, place in enumerate(places) for part in _parts_of(file, place, column)]
        self._low = np.array([part.low for part in self._parts], np.int64)
        self._high = np.array([part.high for part in self._parts], np.int64)
        self._kept: tuple[_Part, np.ndarray[tuple[int], np.dtype[np.int64]]] | None = None

    def find(self, number: int) -> int | None:
        """The row, counted through all files; None when no row has this number.

        Raises:
            InputProblem: a file is damaged or no longer there.
        """
        for which in np.flatnonzero((self._low <= number) & (number <= self._high)):
            part = self._parts[which]
            found = self._find_in(part, number)
            if found is not None:
                return self._tables.start_of(part.file) + part.first + found
        return None

    def _find_in(self, part: _Part, number: int) -> int | None:
        if self._kept and self._kept[0] is part:
            return _first_equal(self._kept[1], number)
        seen, pieces = 0, []
        for block in self._tables.blocks_of(part.file, [self._column], Monitor(), part.first):
            values = _as_numbers(block.data.column(0))[: part.rows - seen]
            if part.rows > _KEPT_ROWS and (found := _first_equal(values, number)) is not None:
                return seen + found
            seen += len(values)
            pieces.append(values if part.rows <= _KEPT_ROWS else values[:0])
            if seen >= part.rows:
                break
        if part.rows > _KEPT_ROWS:
            return None
        self._kept = part, np.concatenate(pieces) if pieces else np.empty(0, np.int64)
        return _first_equal(self._kept[1], number)


def has_numbers(place: Path, column: str) -> bool:
    """Whether a Parquet file has such a column.

    Raises:
        InputProblem: it cannot be read as Parquet.
    """
    with reading(place.name):
        schema = pq.read_schema(place)
        return column in schema.names and pa.types.is_integer(schema.field(column).type)


def _parts_of(file: int, place: Path, column: str) -> list[_Part]:
    parts, first = [], 0
    with reading(place.name), pq.ParquetFile(place) as opened:
        if column not in opened.schema_arrow.names:
            raise InputProblem(place.name, f"it has no column {column}")
        for number in range(opened.num_row_groups):
            group = opened.metadata.row_group(number)
            parts.append(_Part(file, first, group.num_rows, *_bounds(group, column)))
            first += group.num_rows
    return parts


def _bounds(group: pq.RowGroupMetaData, column: str) -> tuple[int, int]:
    """From the footer; where it says nothing, every number is possible."""
    found = (group.column(number) for number in range(group.num_columns))
    statistics = next((one.statistics for one in found if one.path_in_schema == column), None)
    if statistics is None or not statistics.has_min_max:
        limits = np.iinfo(np.int64)
        return int(limits.min), int(limits.max)
    return int(statistics.min), int(statistics.max)


def _as_numbers(column: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    if not pa.types.is_integer(column.type):
        raise InputProblem("ids", "its numbers of rows are no whole numbers")
    return np.asarray(column.cast(pa.int64()).fill_null(-1))


def _first_equal(values: "np.ndarray[tuple[int], np.dtype[np.int64]]", number: int) -> int | None:
    found = np.flatnonzero(values == number)
    return int(found[0]) if len(found) else None
