# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of a Parquet file that stand once and are meant many times; their size is known before they are unpacked.

A file of 500 bytes may hold one text of some megabytes that 65,536 rows mean, which unpacked would fill any memory.
"""

import pyarrow as pa
import pyarrow.compute as pc


class TooLarge(Exception):
    """Unpacked, it would be larger than is allowed."""


def unpacked(batch: pa.RecordBatch, most_bytes: int) -> pa.RecordBatch:
    """The batch with every text in its place, also within lists and structs.

    Raises:
        TooLarge: its texts would take more than `most_bytes`.
        pyarrow.ArrowException: it means texts that are not there.
    """
    if sum(map(_unpacked_bytes, batch.columns)) > most_bytes:
        raise TooLarge
    return pa.RecordBatch.from_arrays([_unpacked(column) for column in batch.columns], names=batch.schema.names)


def _unpacked_bytes(array: pa.Array) -> int:
    if pa.types.is_dictionary(array.type):
        lengths = pc.binary_length(array.dictionary).cast(pa.int64())
        return int(pc.sum(lengths.take(array.indices)).as_py() or 0)
    if pa.types.is_list(array.type):
        return _unpacked_bytes(array.values)
    if pa.types.is_struct(array.type):
        return sum(_unpacked_bytes(array.field(number)) for number in range(array.type.num_fields))
    return 0


def _unpacked(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        return array.dictionary.take(array.indices)
    if pa.types.is_list(array.type):
        inner = _unpacked(array.values)
        buffers, offset = array.buffers()[:2], array.offset
        return pa.ListArray.from_buffers(pa.list_(inner.type), len(array), buffers, offset=offset, children=[inner])
    if pa.types.is_struct(array.type):
        inside = [_unpacked(array.field(number)) for number in range(array.type.num_fields)]
        fields = [pa.field(field.name, one.type) for field, one in zip(array.type, inside, strict=True)]
        return pa.StructArray.from_arrays(inside, fields=fields, mask=array.is_null())
    return array
