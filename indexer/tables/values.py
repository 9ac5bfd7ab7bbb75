# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns out of Python's values, for formats that have no types of their own: JSON, SQLite.

Such a column's type may differ from block to block: numbers here, texts where one of them is none.
"""

import json
from collections.abc import Mapping, Sequence

import msgspec
import pyarrow as pa


def as_batch(columns: Mapping[str, Sequence[object]]) -> pa.RecordBatch:
    """A batch of columns of one length."""
    return pa.RecordBatch.from_arrays([as_array(values) for values in columns.values()], names=list(columns))


def as_array(values: Sequence[object]) -> pa.Array:
    """One column: as numbers, texts or lists where all values agree, else each as the text that it would be."""
    try:
        array = pa.array(values)
    except (pa.ArrowException, ValueError, OverflowError, TypeError):
        array = pa.array([_as_text(value) for value in values], pa.string())
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def decode_json(data: bytes | msgspec.Raw) -> object:
    """A value from its JSON. The words `NaN` and `Infinity`, which are met in tables all the same, are nothing.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return json.loads(bytes(data).decode("utf-8", "replace"), parse_constant=lambda _: None)


def names_in(record: object) -> list[str]:
    """The innermost names of a record, with dots; a list is passed through."""
    if isinstance(record, list):
        return list(dict.fromkeys(name for item in record for name in names_in(item)))
    if not isinstance(record, dict):
        return []
    names: list[str] = []
    for key, value in record.items():
        inner = names_in(value)
        names += [f"{key}.{name}" for name in inner] or [str(key)]
    return names


def common_names(records: Sequence[object]) -> tuple[str, ...]:
    """The innermost names of some records; where one has nothing in a place, what others have within it counts."""
    names = dict.fromkeys(name for record in records for name in names_in(record))
    return tuple(name for name in names if not any(other.startswith(f"{name}.") for other in names))


def value_of(record: object, column: str) -> object:
    """The value of a column within a record; a list of them where a list is passed through; None where nothing is."""
    if isinstance(record, list):
        return [value_of(item, column) for item in record]
    if not isinstance(record, dict):
        return None
    if column in record:
        return record[column]
    for key, value in record.items():
        if column.startswith(f"{key}."):
            return value_of(value, column[len(key) + 1 :])
    return None


def _as_text(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace").decode("utf-8")
