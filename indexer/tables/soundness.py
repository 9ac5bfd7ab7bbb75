# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file gives is checked before it is touched: offsets that stay within, texts that are UTF-8."""

import pyarrow as pa

from indexer.tables.nesting import through_lists


def sound(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch itself when nothing is wrong with it; bytes of a text that are no UTF-8 are replaced by `\\ufffd`.

    Raises:
        pyarrow.ArrowException: something else is wrong.
    """
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        batch.validate()
        columns = [through_lists(column, _as_utf8) for column in batch.columns]
        batch = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
        batch.validate(full=True)
    return batch


def _as_utf8(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        return pa.DictionaryArray.from_arrays(array.indices, _as_utf8(array.dictionary))
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return array
    content = array.cast(pa.binary() if pa.types.is_string(array.type) else pa.large_binary())
    content.validate(full=True)
    texts = content.to_pylist()
    return pa.array([None if text is None else text.decode("utf-8", "replace") for text in texts], array.type)
