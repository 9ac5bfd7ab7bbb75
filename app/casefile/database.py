# SPDX-License-Identifier: GPL-3.0-or-later
"""The one connection to a case file: its lock, its transactions, and SQLite's complaints in plain sentences.

The file is locked against every other reader and writer while it is open, and rolls back by a journal that is gone
when it is closed, so that after every commit the one file holds the whole case.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from indexer.core.errors import StorageProblem

APPLICATION_ID = 0x45786841
"""Stands in the file's header and tells a case from any other SQLite file; the letters `ExhA`."""

IN_USE = "the case is open in another window or program; close it there first"
NOT_A_CASE = "this is not a case of Exhibit A, or its making was cut short"
DAMAGED = "the file is damaged: a part of it is missing or was changed by something else; use a copy of it if you can"

_BECAUSE = {
    "SQLITE_BUSY": IN_USE,
    "SQLITE_CANTOPEN": "the file cannot be opened or made there",
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_FULL": "the disk is full; what was saved before is still there",
    "SQLITE_IOERR": "the disk reported an error while the case was read or written",
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_PERM": "there is no permission to write this file",
    "SQLITE_READONLY": "there is no permission to write this file",
    "SQLITE_READONLY_DBMOVED": "the file was moved or deleted while the case was open",
}
_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"
_PATIENCE_S = 0.5
"""Long enough for a virus scanner's glance, short enough to say at once that somebody else has the case."""

_open_here: set[tuple[int, int]] = set()
"""Device and number of every case file that this process holds.

On POSIX systems a process loses all its locks on a file as soon as it closes any one handle of it, so a file that is
open here already must not even be looked at.
"""


class Database:
    """An open case file, for the thread that opened it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _in_plain_sentences(path):
            self._identity = _identity(path)
            self._connection = _connect(path)
        _open_here.add(self._identity)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new, empty file."""
        with _in_plain_sentences(path):
            path.open("xb").close()
            try:
                return cls(path)
            except StorageProblem:
                path.unlink()
                raise

    @classmethod
    def open(cls, path: Path, newest: int) -> Self:
        """Open an existing case. A file that is none, or one of a version above `newest`, is not touched."""
        with _in_plain_sentences(path):
            if _identity(path) in _open_here:
                raise StorageProblem(path, IN_USE)
            _check_version(path, _version_in_header(path), newest)
        database = cls(path)
        try:
            # Again, since SQLite may just have rolled back what a killed program had left half done.
            _check_version(path, database.version, newest)
            database.must_be_whole()
        except StorageProblem:
            database.close()
            raise
        return database

    def must_be_whole(self) -> None:
        """Refuse a file whose end is missing: SQLite itself takes a page that was cut through for a whole one."""
        ((pages,),) = self.rows("PRAGMA page_count")
        ((page_bytes,),) = self.rows("PRAGMA page_size")
        if self.path.stat().st_size < pages * page_bytes:
            raise StorageProblem(self.path, DAMAGED)

    @property
    def version(self) -> int:
        """Number of the last migration that the file has seen."""
        return int(self.rows("PRAGMA user_version")[0][0])

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows that answer a query."""
        with _in_plain_sentences(self.path):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside is kept together, or, after any exception, not at all."""
        with _in_plain_sentences(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite itself rolls back when the disk is full
                    self._connection.execute("ROLLBACK")
                raise

    def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run one statement inside a transaction and return the id of the last row it inserted."""
        return self._connection.execute(statement, values).lastrowid or 0

    def write_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement for each row, inside a transaction."""
        self._connection.executemany(statement, rows)

    def copy_to(self, target: Path) -> None:
        """Write a copy of the file as it is now, aside first, so that a cut-short copy never has the name."""
        aside = target.with_name(target.name + ".partial")
        with _in_plain_sentences(target):
            aside.unlink(missing_ok=True)
            copy = sqlite3.connect(aside.absolute())
            try:
                self._connection.backup(copy)
            finally:
                copy.close()
            aside.replace(target)

    def close(self) -> None:
        """Give the file free."""
        self._connection.close()
        _open_here.discard(self._identity)


def _identity(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_dev, facts.st_ino


def _version_in_header(path: Path) -> int:
    """The version that the header claims, read without SQLite, which might begin to repair a stranger's file."""
    with path.open("rb") as stream:
        head = stream.read(_HEADER_BYTES)
    is_case = head.startswith(_MAGIC) and int.from_bytes(head[68:72], "big") == APPLICATION_ID
    if len(head) < _HEADER_BYTES or not is_case:
        raise StorageProblem(path, NOT_A_CASE)
    return int.from_bytes(head[60:64], "big", signed=True)


def _check_version(path: Path, version: int, newest: int) -> None:
    if version < 1:
        raise StorageProblem(path, NOT_A_CASE)
    if version > newest:
        because = f"a newer version of this program wrote it (form {version}, this one reads up to {newest})"
        raise StorageProblem(path, f"{because}; update the program to open it")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path.absolute(), timeout=_PATIENCE_S, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")  # else INSERT OR REPLACE deletes unseen by the triggers
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = DELETE")
        _try_to_write(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _try_to_write(connection: sqlite3.Connection) -> None:
    """Take the lock, and learn now rather than at the first answer that file or folder can only be read."""
    connection.execute("BEGIN EXCLUSIVE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("ROLLBACK")


@contextmanager
def _in_plain_sentences(path: Path) -> Iterator[None]:
    """Turn what can go wrong with a file into a `StorageProblem`; a mistake of ours stays what it is."""
    try:
        yield
    except sqlite3.Error as problem:
        name = getattr(problem, "sqlite_errorname", "")
        because = _BECAUSE.get(name) or _BECAUSE.get("_".join(name.split("_")[:2]))
        if isinstance(problem, sqlite3.OperationalError) and not name:
            because = DAMAGED  # a text that is not valid UTF-8, which this program never wrote
        if because is None:
            raise
        raise StorageProblem(path, because) from problem
    except UnicodeEncodeError as problem:
        raise StorageProblem(path, "a name in it is not valid text on this system, so it cannot be kept") from problem
    except FileExistsError as problem:
        raise StorageProblem(path, "there is already a file of that name") from problem
    except FileNotFoundError as problem:
        raise StorageProblem(path, "there is no such file or folder") from problem
    except OSError as problem:
        raise StorageProblem(path, f"the file cannot be used ({problem.strerror})") from problem
