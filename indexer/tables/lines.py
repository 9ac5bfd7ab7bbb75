# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of text whose rows follow one another, maybe packed with gzip: gone through once, then entered anywhere.

Where every few thousandth row begins is noted in passing, so that a row can be gone to. In a packed file nothing can
be gone to; rows asked for one after another, as facts are, still cost one pass.
"""

import gzip
import io
import sys
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Generic, TypeVar

import pyarrow as pa

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.base import Block, Table
from indexer.tables.origin import Origin, reading

Record = TypeVar("Record")

BLOCK_ROWS = 1 << 14
BLOCK_BYTES = 8 << 20
MARK_ROWS = 1 << 12
"""The beginning of each so many rows is noted."""

LINE_BYTES = 64 << 20
"""A longer line is no row of a table."""

_STEP_BYTES = 4 << 20
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Group(Generic[Record]):
    """Some rows on end, and how many bytes each takes, with whatever stands before it and is no row."""

    records: list[Record]
    sizes: list[int]


class Lines:
    """The lines of a stream. `at` is where the next one begins, in unpacked bytes."""

    def __init__(self, stream: IO[bytes], at: int) -> None:
        self._stream, self.at = stream, at

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self._stream.readline(LINE_BYTES)
        if not line:
            raise StopIteration
        if len(line) == LINE_BYTES:
            raise ValueError(f"one of its lines is longer than {LINE_BYTES >> 20} MB")
        self.at += len(line)
        return line

    def chunks(self) -> Iterator[bytes]:
        """Many lines at once: pieces that end where a line ends."""
        while chunk := self._stream.read(_CHUNK_BYTES):
            self.at += len(chunk)
            yield chunk if chunk.endswith(b"\n") else chunk + next(self, b"")


def each_line(lines: Lines) -> Iterator[Group[bytes]]:
    """Every line a row, without its end; blank lines are none."""
    blank = 0
    for chunk in lines.chunks():
        records = chunk.removesuffix(b"\n").split(b"\n")
        sizes = [len(record) + 1 for record in records]
        if blank or b"" in records or b"\r" in records:
            records, sizes, blank = _without_blank(records, sizes, blank)
        yield Group(records, sizes)


def _without_blank(records: list[bytes], sizes: list[int], blank: int) -> tuple[list[bytes], list[int], int]:
    """The bytes of blank lines count to the row behind them; those behind the last are given on."""
    kept: list[bytes] = []
    kept_sizes: list[int] = []
    for record, size in zip(records, sizes, strict=True):
        blank += size
        if record not in (b"", b"\r"):
            kept.append(record)
            kept_sizes.append(blank)
            blank = 0
    return kept, kept_sizes, blank


class LinesTable(Table, Generic[Record]):
    """A table over lines. A subclass says how lines become records, and records a batch.

    Args:
        packed: with gzip.
        body: where the first row begins, in unpacked bytes.
        monitor: is asked whether to stop while a row is gone to, which in a packed file may take minutes.
    """

    def __init__(self, origin: Origin, monitor: Monitor, *, packed: bool, body: int) -> None:
        super().__init__(origin)
        self._origin, self._monitor, self._packed = origin, monitor, packed
        self._marks = _Marks(body)
        self._cursor: _Cursor[Record] | None = None
        self._last: tuple[int, Record] | None = None

    @abstractmethod
    def _groups(self, lines: Lines) -> Iterator[Group[Record]]:
        """All records from here on, some at a time."""

    @abstractmethod
    def _batch(self, records: Sequence[Record], columns: Sequence[str]) -> pa.RecordBatch:
        """The asked columns of some records."""

    def rows(self) -> int | None:
        """Known once the file was gone through."""
        return self._marks.count

    def count(self, monitor: Monitor) -> int:
        """Go through the file, once."""
        if self._marks.count is None:
            cursor = self._cursor_at(sys.maxsize, monitor)
            cursor.close()
        return self._marks.count or 0

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Rows before the first are passed over, as far as it is not known where they end."""
        cursor = self._cursor_at(first, monitor)
        try:
            while True:
                monitor.check()
                number = cursor.number
                with reading(self.name):
                    records = cursor.take(BLOCK_ROWS)
                    batch = self._batch(records, columns) if records else None
                if batch is None:
                    return
                yield Block(number, batch)
        finally:
            cursor.close()

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """Goes on from the row that was asked for before, where that is nearer than the last noted one."""
        if self._last is None or self._last[0] != number:
            self._last = self._read(number)
        if self._last is None:
            raise InputProblem(self.name, f"it has no row {number:,}")
        with reading(self.name):
            return dict(self._batch([self._last[1]], columns).to_pylist()[0])

    def close(self) -> None:
        """Close what was left open after the last row."""
        self._drop_cursor()
        self._release()

    def _drop_cursor(self) -> None:
        if self._cursor:
            self._cursor.close()
            self._cursor = None

    def _read(self, number: int) -> tuple[int, Record] | None:
        try:
            with reading(self.name):
                cursor = self._cursor_towards(max(number, 0))
                found = cursor.take(1) if number >= 0 and cursor.number == number else []
        except BaseException:
            self._drop_cursor()
            raise
        return (number, found[0]) if found else None

    def _cursor_towards(self, number: int) -> "_Cursor[Record]":
        cursor = self._cursor
        is_near = cursor and (self._packed or self._marks.before(number)[0] <= cursor.number)
        if cursor and is_near and cursor.number <= number:
            cursor.go_to(number, self._monitor)
            return cursor
        self._drop_cursor()
        self._cursor = self._cursor_at(number, self._monitor)
        return self._cursor

    def _cursor_at(self, first: int, monitor: Monitor) -> "_Cursor[Record]":
        number, offset = self._marks.before(first)
        with reading(self.name):
            stream = self._origin.open()
            try:
                lines = Lines(open_unpacked(stream, offset, monitor, packed=self._packed), offset)
                cursor = _Cursor(stream, self._groups(lines), self._marks, number, offset)
                cursor.go_to(first, monitor)
            except BaseException:
                stream.close()
                raise
        return cursor


def open_unpacked(stream: IO[bytes], offset: int, monitor: Monitor, *, packed: bool) -> IO[bytes]:
    """The unpacked bytes of a stream from `offset` on; what is packed is gone through up to there."""
    if not packed:
        stream.seek(offset)
        return stream
    unpacked = io.BufferedReader(gzip.GzipFile(fileobj=stream), 1 << 18)
    while offset > 0 and (step := unpacked.read(min(offset, _STEP_BYTES))):
        monitor.check()
        offset -= len(step)
    return unpacked


class _Marks:
    """Where each `MARK_ROWS`th row begins, as far as that was met, and how many rows there are once that is known."""

    def __init__(self, body: int) -> None:
        self._offsets = [body]
        self.count: int | None = None

    def before(self, number: int) -> tuple[int, int]:
        """The last noted row that is not after row `number`, and where it begins."""
        mark = min(number // MARK_ROWS, len(self._offsets) - 1)
        return mark * MARK_ROWS, self._offsets[mark]

    def note(self, number: int, offset: int) -> None:
        """Row `number` begins at `offset`."""
        if number == len(self._offsets) * MARK_ROWS:
            self._offsets.append(offset)


class _Cursor(Generic[Record]):
    """A place in the rows of a table, which moves forward. `number` is that of the next row."""

    def __init__(
        self, stream: IO[bytes], groups: Iterator[Group[Record]], marks: _Marks, number: int, offset: int
    ) -> None:
        self._stream, self._groups, self._marks = stream, groups, marks
        self.number, self._offset = number, offset
        self._group: Group[Record] = Group([], [])
        self._used = 0

    def go_to(self, number: int, monitor: Monitor) -> None:
        """Pass over rows until this one is next, or there are no more."""
        while self.number < number and self.take(min(number - self.number, BLOCK_ROWS)):
            monitor.check()

    def take(self, most: int) -> list[Record]:
        """The next rows, as many as asked for or as a block may have; none at the end."""
        taken: list[Record] = []
        size = 0
        while len(taken) < most and size < BLOCK_BYTES and self._has_more():
            end = min(self._used + most - len(taken), len(self._group.records))
            taken += self._group.records[self._used : end]
            size += self._move(end)
        if not taken:
            self._marks.count = self.number
        return taken

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def _has_more(self) -> bool:
        while self._used == len(self._group.records):
            group = next(self._groups, None)
            if group is None:
                return False
            self._group, self._used = group, 0
        return True

    def _move(self, end: int) -> int:
        """Go on to a place in the group, noting where rows begin; gives the bytes passed over."""
        start = self._offset
        while self._used < end:
            step = min(end, self._used + MARK_ROWS - self.number % MARK_ROWS)
            self._offset += sum(self._group.sizes[self._used : step])
            self.number += step - self._used
            self._used = step
            self._marks.note(self.number, self._offset)
        return self._offset - start
