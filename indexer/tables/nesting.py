# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns within columns: their names with dots, and how one is taken out of the column that holds it.

A list is passed through: the column `raw_url` of a list `image_info` of records is `image_info.raw_url`, and comes
as a list column with as many rows as the table.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def column_names(schema: pa.Schema) -> tuple[str, ...]:
    """The innermost columns of a table, in its order."""
    return tuple(name for field in schema for name in _names_in(field.name, field.type))


def _names_in(name: str, kind: pa.DataType) -> Iterator[str]:
    kind = item_type(kind)
    if not pa.types.is_struct(kind):
        yield name
        return
    for field in kind:
        yield from _names_in(f"{name}.{field.name}", field.type)


def outermost(schema: pa.Schema, column: str) -> str:
    """The column of the file that holds a column; itself when it is not within another.

    Raises:
        KeyError: there is no such column.
    """
    for field in schema:
        if column in _names_in(field.name, field.type):
            return str(field.name)
    raise KeyError(f"there is no column {column}")


def pick(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.RecordBatch:
    """The named columns of a batch that has them, or the columns that hold them.

    Raises:
        KeyError: there is no such column.
        pyarrow.ArrowException: its columns are damaged so that nothing can be taken out of them.
    """
    batch.validate()
    arrays = []
    for column in columns:
        top = outermost(batch.schema, column)
        inner = column.removeprefix(top).removeprefix(".")
        arrays.append(_within(batch.column(top), inner))
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def through_lists(array: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """What `change` makes of an array, or of the items where it is one of lists, which stay as long as they are."""
    if not _is_list(array.type):
        return change(array)
    _check_offsets(array)
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    items = through_lists(array.flatten(), change)
    return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), items, mask=array.is_null())


def _check_offsets(array: pa.Array) -> None:
    """Those of a damaged file may point anywhere. Held against items without content, of which nothing is read."""
    if not pa.types.is_fixed_size_list(array.type):
        kind = pa.large_list(pa.null()) if pa.types.is_large_list(array.type) else pa.list_(pa.null())
        items = pa.nulls(len(array.values))
        pa.Array.from_buffers(kind, len(array), array.buffers()[:2], offset=array.offset, children=[items]).validate(
            full=True
        )


def item_type(kind: pa.DataType) -> pa.DataType:
    """What lists of lists hold in the end; the type itself where it is none of lists."""
    while _is_list(kind):
        kind = kind.value_type
    return kind


def _within(array: pa.Array, inner: str) -> pa.Array:
    if not inner:
        return array
    if _is_list(array.type):
        return through_lists(array, lambda items: _within(items, inner))
    for field in array.type:
        if inner == field.name or inner.startswith(f"{field.name}."):
            return _within(pc.struct_field(array, field.name), inner.removeprefix(field.name).removeprefix("."))
    raise KeyError(f"there is no column {inner}")


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))
