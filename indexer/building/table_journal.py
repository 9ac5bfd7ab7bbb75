# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of an unfinished index of tables: every file that was read whole, and its columns as records on disk.

A file's records are written aside, flushed and renamed before the journal says that the file was read, so that a
kill costs at most the file in hand. They lie in the unfinished folder, 16 bytes a value.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from indexer.building.unfinished import JOURNAL_NAME, begin, check_same_build, hold
from indexer.fingerprints.base import Kind
from indexer.tables.asked_file import FileState

COLUMNS_NAME = "columns"
"""The folder of records within the unfinished folder."""

RECORD = np.dtype([("key", "<u8"), ("row", "<i8")])
"""First 64 bits of a value; its row in its file."""

RECIPE = "hash columns 1"

_ROOT = "tables"
_SCHEMA = """
CREATE TABLE build (root TEXT NOT NULL, recipe TEXT NOT NULL);
CREATE TABLE tables (place TEXT PRIMARY KEY, facts BLOB NOT NULL) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What was read of one file.

    Attributes:
        state: what the file was.
        columns: the columns that were read, by kind.
        column_names: all columns of the file.
        rows: of the file.
        usable: how many records there are of each kind.
        bytes_read: how much of a file on another computer travelled.
        empty, malformed, degenerate: values without a record, summed over the columns.
    """

    state: FileState
    columns: Mapping[Kind, str]
    column_names: tuple[str, ...]
    rows: int
    usable: Mapping[Kind, int]
    bytes_read: int
    empty: int
    malformed: int
    degenerate: int


class TableJournal:
    """A SQLite file and a folder of records, in the unfinished folder.

    Raises:
        IndexProblem: the folder holds the unfinished index of something else, or another program is building there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder / COLUMNS_NAME
        self._lock = hold(folder)
        self._database = sqlite3.connect(folder / JOURNAL_NAME)
        try:
            begin(self._database, _SCHEMA, _ROOT, RECIPE)
            check_same_build(self._database, folder, _ROOT, RECIPE)
            self._database.execute("PRAGMA synchronous = FULL")  # a line stands for minutes of reading
            self._folder.mkdir(exist_ok=True)
        except BaseException:
            self.close()
            raise

    def recall(self, place: str) -> ReadTable | None:
        """What was read of a file before, None when it was not, or its records are no longer whole."""
        found = self._database.execute("SELECT facts FROM tables WHERE place = ?", (place,)).fetchone()
        if found is None:
            return None
        facts = msgspec.json.decode(found[0], type=ReadTable)
        sizes = {kind: self._size(place, kind) for kind in facts.usable}
        return facts if sizes == {kind: count * RECORD.itemsize for kind, count in facts.usable.items()} else None

    def writer(self, place: str, kinds: Sequence[Kind]) -> "RecordWriter":
        """Writes the records of a file, in place of earlier ones."""
        self._database.execute("DELETE FROM tables WHERE place = ?", (place,))
        self._database.commit()
        return RecordWriter({kind: self._place(place, kind) for kind in kinds})

    def add(self, place: str, facts: ReadTable) -> None:
        """Say that a file was read whole; its records must be finished."""
        self._database.execute("INSERT INTO tables VALUES (?, ?)", (place, msgspec.json.encode(facts)))
        self._database.commit()

    def records(self, place: str, kind: Kind) -> NDArray[Any]:
        """The records of a file, of type `RECORD`, by memory map; in the order of its rows."""
        if not self._size(place, kind):
            return np.empty(0, RECORD)
        return np.memmap(self._place(place, kind), RECORD, "r")

    def remove(self) -> None:
        """Remove the records; the index is written."""
        shutil.rmtree(self._folder)

    def close(self) -> None:
        """Close the files."""
        self._database.close()
        self._lock.close()

    def _size(self, place: str, kind: Kind) -> int | None:
        path = self._place(place, kind)
        return path.stat().st_size if path.is_file() else None

    def _place(self, place: str, kind: Kind) -> Path:
        """Called by a hash, since an address may hold what no file's name may."""
        return self._folder / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.{kind}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class RecordWriter:
    """Writes the records of one file aside; they count once `finish` has put them in place."""

    def __init__(self, places: Mapping[Kind, Path]) -> None:
        self._places = places
        self._stack = ExitStack()
        self._streams: dict[Kind, BinaryIO] = {
            kind: self._stack.enter_context(_aside(place).open("wb")) for kind, place in places.items()
        }
        self.written = dict.fromkeys(places, 0)

    def write(self, kind: Kind, keys: NDArray[np.uint64], rows: NDArray[np.int64]) -> None:
        """Add values of a column."""
        records = np.empty(len(keys), RECORD)
        records["key"], records["row"] = keys, rows
        self._streams[kind].write(records.data)
        self.written[kind] += len(keys)

    def finish(self) -> None:
        """Flush everything to disk and put it in place."""
        for stream in self._streams.values():
            stream.flush()
            os.fsync(stream.fileno())
        self._stack.close()
        for place in self._places.values():
            _aside(place).replace(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        for place in self._places.values():
            _aside(place).unlink(missing_ok=True)


def _aside(place: Path) -> Path:
    return place.with_name(place.name + ".partial")


def joined(parts: Sequence[tuple[int, NDArray[Any]]], block: int = 1 << 20) -> Iterator[tuple[Any, Any]]:
    """Keys and rows of several files' records, a block at a time; rows counted on from each file's first row."""
    for first, records in parts:
        for start in range(0, len(records), block):
            piece = records[start : start + block]
            yield piece["key"], piece["row"] + first
