# SPDX-License-Identifier: GPL-3.0-or-later
"""Two versions of a table: which of some rows came, which went. Memory is taken by those rows, not by the tables.

A row is known again by its key: its address, its address and text, or a key of the set's own, such as the `hash` of
LAION, which is made of address and text (`datasets.md` §2.2). What a damaged file may hold is not known, so that
neither version may have one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor, Progress
from indexer.tables.table_set import TableSet

Key = tuple[str, ...]
"""The values of the columns by which a row is known again, as they are written; nothing as an empty text."""


@dataclass(frozen=True, slots=True)
class RowRef:
    """Where a row stands: the file, and its number in it, from 0."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row in two versions; None where it is not. Of several rows with one key the first is given."""

    key: Key
    in_old: RowRef | None
    in_new: RowRef | None

    @property
    def came(self) -> bool:
        """Whether only the newer version lists it."""
        return self.in_old is None

    @property
    def went(self) -> bool:
        """Whether only the older version lists it."""
        return self.in_new is None


def compare(
    old: tuple[TableSet, Sequence[str]],
    new: tuple[TableSet, Sequence[str]],
    keys: Collection[Key],
    monitor: Monitor,
) -> Iterator[RowChange]:
    """What became of some rows, in the order of their keys; rows that neither version lists are left out.

    Args:
        old, new: each version, and which of its columns make the key.

    Raises:
        InputProblem: a file is damaged, or lacks a column of the key.
        Cancelled: the user stopped.
    """
    yield from changes(find_rows(*old, keys, monitor), find_rows(*new, keys, monitor))


def changes(old: Mapping[Key, RowRef], new: Mapping[Key, RowRef]) -> Iterator[RowChange]:
    """All rows of both, in the order of their keys; those in both as well, which says that nothing changed."""
    for key in sorted(old.keys() | new.keys()):
        yield RowChange(key, old.get(key), new.get(key))


def find_rows(tables: TableSet, columns: Sequence[str], keys: Collection[Key], monitor: Monitor) -> dict[Key, RowRef]:
    """Where each of some rows stands first, in one pass.

    Raises:
        InputProblem: a file is damaged, or lacks a column of the key.
        Cancelled: the user stopped.
    """
    refuse_without(tables, columns)
    wanted = frozenset(keys)
    first_values = pa.array(sorted({key[0] for key in wanted}), pa.large_string())
    found: dict[Key, RowRef] = {}
    for block in tables.blocks(columns, monitor):
        monitor.progress(Progress("comparing versions", block.first, tables.rows()))
        fits = pc.is_in(_as_texts(block.data.column(columns[0])), value_set=first_values)
        for row in pc.indices_nonzero(fits).to_pylist():
            key = key_of(block.data, row, columns)
            if key in wanted:
                found.setdefault(key, ref_of(tables, block.first + row))
    return found


def key_of(data: pa.RecordBatch, row: int, columns: Sequence[str]) -> Key:
    """The key of a row of a block."""
    values = (data.column(name)[row].as_py() for name in columns)
    return tuple("" if value is None else str(value) for value in values)


def ref_of(tables: TableSet, number: int) -> RowRef:
    """Where a row stands that is counted through all files."""
    table, row = tables.locate(number)
    return RowRef(table.name, row)


def refuse_without(tables: TableSet, columns: Sequence[str]) -> None:
    """Every file must have the columns of the key.

    Raises:
        InputProblem: one lacks a column.
    """
    for table in tables.tables:
        for column in columns:
            if column not in table.columns:
                raise InputProblem(table.name, f"it has no column {column}, by which its rows would be known again")


def _as_texts(column: pa.Array) -> pa.Array:
    """An empty text for nothing."""
    if pa.types.is_nested(column.type):
        return pa.array([str(value) for value in column.to_pylist()], pa.large_string())
    return pc.fill_null(column.cast(pa.large_string()), "")
