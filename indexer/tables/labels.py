# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns of numbers that stand for names, as the hub's library writes them: WikiArt's artists are 0 to 128.

The names stand as JSON in the description of the file's columns, under the key `huggingface`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_KEY = b"huggingface"


def label_names(schema: pa.Schema) -> Mapping[str, pa.Array]:
    """The names by column; empty for files that another program wrote."""
    try:
        about: Any = msgspec.json.decode((schema.metadata or {}).get(_KEY, b"{}"))
        features = about["info"]["features"]
        labels = {name: kind["names"] for name, kind in features.items() if kind.get("_type") == "ClassLabel"}
        return {name: pa.array(names, pa.string()) for name, names in labels.items()}
    except (ValueError, LookupError, AttributeError, TypeError, pa.ArrowException):
        return {}


def with_names(batch: pa.RecordBatch, labels: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """The batch with the names beside the numbers that stand for them; nothing for a number without a name."""
    for place, column in enumerate(batch.schema.names):
        if column in labels and pa.types.is_integer(batch.schema.types[place]):
            numbers, names = batch.column(place).cast(pa.int64()), labels[column]
            is_known = pc.and_(pc.greater_equal(numbers, 0), pc.less(numbers, len(names)))
            known = pc.if_else(is_known, numbers, pa.scalar(None, pa.int64()))
            batch = batch.set_column(place, column, pa.DictionaryArray.from_arrays(known, names))
    return batch
