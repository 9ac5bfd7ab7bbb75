# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of text whose rows follow one another, maybe packed with gzip: gone through once, then entered anywhere.

Where every few thousandth row begins is noted in passing, so that a row can be gone to. In a packed file nothing can
be gone to; rows asked for one after another, as facts are, still cost one pass.
"""

import gzip
import io
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
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


class LinesTable(Table, Generic[Record]):
    """A table over lines. A subclass says how lines become records, and records a batch.

    Args:
        packed: with gzip.
        body: where the first row begins, in unpacked bytes.
    """

    def __init__(self, origin: Origin, *, packed: bool, body: int) -> None:
        super().__init__(origin)
        self._origin, self._packed = origin, packed
        self._marks = _Marks(body)
        self._cursor: _Cursor[Record] | None = None
        self._last: tuple[int, Record] | None = None

    @abstractmethod
    def _records(self, lines: Lines) -> Iterator[Record]:
        """One record after another; each takes as many lines as it needs, and no more."""

    @abstractmethod
    def _batch(self, records: Sequence[Record], columns: Sequence[str]) -> pa.RecordBatch:
        """The asked columns of some records."""

    def rows(self) -> int | None:
        """Known once the file was gone through."""
        return self._marks.count

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
            cursor.go_to(number, Monitor())
            return cursor
        self._drop_cursor()
        self._cursor = self._cursor_at(number, Monitor())
        return self._cursor

    def _cursor_at(self, first: int, monitor: Monitor) -> "_Cursor[Record]":
        number, offset = self._marks.before(first)
        with reading(self.name):
            stream = self._origin.open()
            try:
                lines = Lines(open_unpacked(stream, offset, monitor, packed=self._packed), offset)
                cursor = _Cursor(stream, lines, self._records(lines), self._marks, number)
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

    def __init__(self, stream: IO[bytes], lines: Lines, records: Iterator[Record], marks: _Marks, number: int) -> None:
        self._stream, self._lines, self._records, self._marks = stream, lines, records, marks
        self.number = number

    def go_to(self, number: int, monitor: Monitor) -> None:
        """Pass over rows until this one is next, or there are no more."""
        while self.number < number and self.take(min(number - self.number, MARK_ROWS)):
            monitor.check()

    def take(self, most: int) -> list[Record]:
        """The next rows, as many as asked for or as a block may have; none at the end."""
        taken, start = [], self._lines.at
        for record in islice(self._records, most):
            taken.append(record)
            self.number += 1
            self._marks.note(self.number, self._lines.at)
            if self._lines.at - start > BLOCK_BYTES:
                break
        if not taken:
            self._marks.count = self.number
        return taken

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
