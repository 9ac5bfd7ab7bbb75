# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole documents of JSON, up to a size, as some sets are published: lists of records, or lists of values by name."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.base import Block, Table
from indexer.tables.lines import BLOCK_ROWS, open_unpacked
from indexer.tables.origin import Origin, reading
from indexer.tables.values import as_batch, common_names, decode_json, value_of

_SAMPLE_ROWS = 100
_DOCUMENT_BYTES = 256 << 20
"""A document is held whole; SBU's, the largest published one, has about 150 MB (*inferred* from its rows)."""

_MOST_VALUES = 1 << 24
"""In a document; small ones take thirty times the memory of their text."""

_LOOSE_BYTES = 32 << 20
"""So large a document is still read when it is not JSON to the letter, which takes ten times the memory."""


class JsonTable(Table):
    """A list of records, an object that holds one (RedCaps' `annotations`), or an object of lists (SBU).

    Raises:
        InputProblem: it is no such document, or too large.
    """

    def __init__(self, origin: Origin, monitor: Monitor, *, packed: bool) -> None:
        super().__init__(origin)
        with reading(self.name), origin.open() as stream:
            data = open_unpacked(stream, 0, monitor, packed=packed).read(_DOCUMENT_BYTES + 1)
        if len(data) > _DOCUMENT_BYTES:
            because = f"it is one document of JSON of over {_DOCUMENT_BYTES >> 20} MB; only JSON lines may be larger"
            raise InputProblem(self.name, because)
        if data.count(b",") > _MOST_VALUES:
            raise InputProblem(self.name, f"it is one document of JSON of over {_MOST_VALUES:,} values")
        monitor.check()
        with reading(self.name):
            rows = _rows_of(_strict(data))
            self.columns = rows.names() if rows else ()
        if not rows or not self.columns:
            raise InputProblem(self.name, "no table is recognised in this JSON")
        self._rows: _Rows = rows

    def rows(self) -> int:
        """All are at hand."""
        return self._rows.count

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Records are decoded when their turn comes."""
        for start in range(first, self._rows.count, BLOCK_ROWS):
            monitor.check()
            with reading(self.name):
                batch = as_batch(self._rows.values(columns, start, start + BLOCK_ROWS))
            yield Block(start, batch)

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """From the document, which is at hand."""
        if not 0 <= number < self._rows.count:
            raise InputProblem(self.name, f"it has no row {number:,}")
        with reading(self.name):
            return dict(as_batch(self._rows.values(columns, number, number + 1)).to_pylist()[0])

    def close(self) -> None:
        """Let go of the document."""
        self._rows = _Records([])
        self._release()


class _Rows(Protocol):
    """The two ways in which a document holds rows."""

    count: int

    def names(self) -> tuple[str, ...]: ...

    def values(self, columns: Sequence[str], start: int, end: int) -> Mapping[str, Sequence[object]]: ...


class _Records:
    """Records one after another, each still undecoded."""

    def __init__(self, records: Sequence[msgspec.Raw]) -> None:
        self._records, self.count = records, len(records)

    def names(self) -> tuple[str, ...]:
        return common_names([decode_json(record) for record in self._records[:_SAMPLE_ROWS]])

    def values(self, columns: Sequence[str], start: int, end: int) -> Mapping[str, Sequence[object]]:
        records = [decode_json(record) for record in self._records[start:end]]
        return {column: [value_of(record, column) for record in records] for column in columns}


class _Lists:
    """A list of values for each column."""

    def __init__(self, lists: Mapping[str, Sequence[object]]) -> None:
        self._lists, self.count = lists, len(next(iter(lists.values())))

    def names(self) -> tuple[str, ...]:
        return tuple(self._lists)

    def values(self, columns: Sequence[str], start: int, end: int) -> Mapping[str, Sequence[object]]:
        return {column: self._lists[column][start:end] for column in columns}


def _strict(data: bytes) -> bytes:
    """The document itself, or, where a small one is not JSON to the letter, what was meant.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except msgspec.DecodeError:
        if len(data) > _LOOSE_BYTES:
            raise
        return json.dumps(decode_json(data), ensure_ascii=False).encode("utf-8", "replace")
    return data


def _rows_of(data: bytes) -> _Rows | None:
    """What a document holds; of several lists of records the longest."""
    if data.lstrip()[:1] == b"[":
        return _Records(msgspec.json.decode(data, type=list[msgspec.Raw]))
    parts = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    lists = {name: _list_in(part) for name, part in parts.items()}
    lists = {name: items for name, items in lists.items() if items}
    records = [items for items in lists.values() if bytes(items[0]).lstrip()[:1] == b"{"]
    if records:
        return _Records(max(records, key=len))
    if len(lists) > 1 and len({len(items) for items in lists.values()}) == 1:
        return _Lists({name: [decode_json(item) for item in items] for name, items in lists.items()})
    return None


def _list_in(part: msgspec.Raw) -> list[msgspec.Raw]:
    if bytes(part).lstrip()[:1] != b"[":
        return []
    return msgspec.json.decode(part, type=list[msgspec.Raw])
