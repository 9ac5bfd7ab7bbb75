# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that stand once in a file and are meant by many rows: written out, once their size is known to be bearable.

A file of 500 bytes may hold one text of some megabytes that 65,536 rows mean, which written out would fill any memory.
What a file says of its own size is of texts that stand once, so that it cannot be relied on.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.core.errors import InputProblem
from indexer.tables.nesting import item_type, through_lists

_MOST_BYTES = 256 << 20
"""Of the columns of one block together; a block of honest captions has less than a tenth of it."""

_VIEW_WIDTH = 4
"""Numbers of 32 bits in each entry of a column of views, of which the first is the text's length (Arrow's layout)."""


def unpacked(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """The batch with every value in its place, also within lists. It has been checked before, so that all are there.

    Args:
        name: of the file, for what is said of it.

    Raises:
        InputProblem: they would take too much memory, or are kept in a way that no data set is known to use.
    """
    for column, kind in zip(batch.schema.names, batch.schema.types, strict=True):
        if _is_strange(item_type(kind)):
            raise InputProblem(name, f"its column {column} is kept in a way that is not read here ({kind})")
    packed = {place: column for place, column in enumerate(batch.columns) if _is_packed(item_type(column.type))}
    if sum(_size_within(column) for column in packed.values()) > _MOST_BYTES:
        because = f"{len(batch):,} of its rows unpack to more than {_MOST_BYTES >> 20} MB, as in no list of links"
        raise InputProblem(name, because)
    for place, column in packed.items():
        batch = batch.set_column(place, batch.schema.names[place], through_lists(column, _written_out))
    return batch


def _is_packed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind) or _is_view(kind))


def _is_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string_view(kind) or pa.types.is_binary_view(kind))


def _is_strange(kind: pa.DataType) -> bool:
    """Runs and views of lists, which may mean one value any number of times too."""
    is_view = pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind)
    return bool(is_view or pa.types.is_run_end_encoded(kind))


def _size_within(array: pa.Array) -> int:
    if not _is_packed(array.type):
        return _size_within(array.flatten())
    sizes = pc.take(_sizes(array.dictionary), array.indices) if pa.types.is_dictionary(array.type) else _sizes(array)
    return int(pc.sum(sizes).as_py() or 0)


def _sizes(values: pa.Array) -> pa.Array:
    """Bytes that each of the values takes, nothing for one that is missing."""
    kind = values.type
    if _is_view(kind):
        entries = np.frombuffer(values.buffers()[1], np.int32)[values.offset * _VIEW_WIDTH :: _VIEW_WIDTH]
        return pc.if_else(values.is_valid(), pa.array(entries[: len(values)], pa.int64()), 0)
    if pa.types.is_primitive(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.array(np.full(len(values), -(-kind.bit_width // 8)))
    if pa.types.is_nested(kind):
        return pa.array(np.full(len(values), values.nbytes))  # none has more than all of them together
    return pc.binary_length(values).cast(pa.int64())


def _written_out(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        return array.dictionary_decode()
    return array.cast(pa.large_string() if pa.types.is_string_view(array.type) else pa.large_binary())
