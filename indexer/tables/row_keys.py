# SPDX-License-Identifier: GPL-3.0-or-later
"""By what a row is known again in another version of its table: the values of some columns, as they are written.

In most sets these are the address and the text beside it; a row's number changes with every version.
"""

from collections.abc import Collection, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

Key = tuple[str, ...]
"""The values of the columns by which a row is known again, as they are written; nothing as an empty text."""


def key_of(data: pa.RecordBatch, row: int, columns: Sequence[str]) -> Key:
    """The key of a row of a block."""
    values = (data.column(name)[row].as_py() for name in columns)
    return tuple("" if value is None else str(value) for value in values)


def rows_holding(data: pa.RecordBatch, column: str, values: Collection[str]) -> Iterator[int]:
    """The rows of a block that hold one of these values in a column, ascending."""
    fits = pc.is_in(_as_texts(data.column(column)), value_set=pa.array(sorted(values), pa.large_string()))
    yield from pc.indices_nonzero(fits).to_pylist()


def _as_texts(column: pa.Array) -> pa.Array:
    """An empty text for nothing."""
    if pa.types.is_nested(column.type):
        return pa.array(["" if value is None else str(value) for value in column.to_pylist()], pa.large_string())
    return pc.fill_null(column.cast(pa.large_string()), "")
