# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file gives is checked before it is touched: offsets that stay within, texts that are UTF-8."""

import pyarrow as pa


def sound(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch itself when nothing is wrong with it; bytes of a text that are no UTF-8 are replaced by `\\ufffd`.

    Raises:
        pyarrow.ArrowException: something else is wrong.
    """
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        batch.validate()
        batch = pa.RecordBatch.from_arrays([_as_utf8(column) for column in batch.columns], names=batch.schema.names)
        batch.validate(full=True)
    return batch


def _as_utf8(array: pa.Array) -> pa.Array:
    if pa.types.is_list(array.type):
        repaired = _as_utf8(array.values)
        return pa.ListArray.from_buffers(
            pa.list_(repaired.type), len(array), array.buffers()[:2], offset=array.offset, children=[repaired]
        )
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return array
    texts = array.cast(pa.binary() if pa.types.is_string(array.type) else pa.large_binary()).to_pylist()
    return pa.array([None if text is None else text.decode("utf-8", "replace") for text in texts], array.type)
