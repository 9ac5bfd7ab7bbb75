# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints remembered by content hash and recipe, so that a second run reads only what changed.

May be deleted at any time. A damaged or older file is replaced, never trusted; one that cannot be written costs the
remembering, not the check.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from indexer.core.errors import StorageProblem
from indexer.fingerprints.base import RECIPE, FileFingerprints
from indexer.images.scanning import FoundFile

_SCHEMA_VERSION = 1
_COMMIT_EVERY_S = 1.0
"""A kill loses at most the pictures of this time. They wait in memory, so that the file is locked for a moment only."""

_PATIENCE_S = 5.0
"""How long to wait for another program that is writing; what cannot be written then is forgotten."""

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS files
  (path TEXT PRIMARY KEY, size_bytes INTEGER, mtime_ns INTEGER, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fingerprints
  (sha256 TEXT, recipe TEXT, body BLOB NOT NULL, PRIMARY KEY (sha256, recipe)) WITHOUT ROWID;
PRAGMA user_version = {version};
COMMIT;
"""


class FingerprintCache:
    """A SQLite file, for one thread; several processes may use it at once.

    A file is known again by path, size and time of change; its fingerprints are filed under its SHA-256, so that a
    moved or copied file that was once read is read for its digest alone.

    Raises:
        StorageProblem: when opened, there can be no such file, or another program holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: dict[FoundFile, FileFingerprints] = {}
        self._written = time.monotonic()
        self._database = _open(path)

    def find(self, file: FoundFile) -> FileFingerprints | None:
        """The fingerprints of this file, None when it is new or was changed."""
        if file in self._waiting:
            return self._waiting[file]
        try:
            row = self._database.execute(
                "SELECT body FROM files JOIN fingerprints USING (sha256)"
                " WHERE path = ? AND size_bytes = ? AND mtime_ns = ? AND recipe = ?",
                (_whole_path(file), file.size_bytes, file.mtime_ns, RECIPE),
            ).fetchone()
            return msgspec.msgpack.decode(row[0], type=FileFingerprints) if row else None
        except msgspec.DecodeError:
            return None
        except sqlite3.DatabaseError as problem:
            self._begin_anew_if_damaged(problem)
            return None

    def keep(self, file: FoundFile, made: FileFingerprints) -> None:
        """Remember the fingerprints of this file, unless they are cut short."""
        if made.cut_short is not None:
            return
        self._waiting[file] = made
        if time.monotonic() - self._written > _COMMIT_EVERY_S:
            self._write()

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._write()
        self._database.close()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, {}
        try:
            self._insert(waiting)
        except sqlite3.DatabaseError as problem:
            self._begin_anew_if_damaged(problem)
        self._written = time.monotonic()

    def _insert(self, waiting: dict[FoundFile, FileFingerprints]) -> None:
        with self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                ((_whole_path(f), f.size_bytes, f.mtime_ns, made.digests.sha256) for f, made in waiting.items()),
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?)",
                ((made.digests.sha256, RECIPE, msgspec.msgpack.encode(made)) for made in waiting.values()),
            )

    def _begin_anew_if_damaged(self, problem: sqlite3.DatabaseError) -> None:
        """What was to be written is forgotten; it costs no more than reading those pictures again."""
        if _is_damage(problem):
            self._database.close()
            _remove(self._path)
            self._database = _open(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open(path: Path) -> sqlite3.Connection:
    """Open the store; one that is damaged or of another schema is put out of the way and begun anew."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not _is_ours(path):
            _remove(path)
        return _connect(path)
    except (OSError, sqlite3.Error) as problem:
        raise StorageProblem(path, f"the store of fingerprints cannot be opened ({problem})") from problem


def _is_ours(path: Path) -> bool:
    """Whether the file is a store of this schema; one that another program is just making counts as such."""
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S)) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version != _SCHEMA_VERSION:
                return bool(version == 0)
            tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('files', 'fingerprints')")
            return bool(tables.fetchone()[0] == 2)
    except sqlite3.DatabaseError as problem:
        if _is_damage(problem):
            return False
        raise


def _connect(path: Path) -> sqlite3.Connection:
    """Open for use; the tables are made in one step, so that of several new programs each finds or makes them."""
    database = sqlite3.connect(path, timeout=_PATIENCE_S)
    try:
        database.execute("PRAGMA synchronous = NORMAL")
        if database.execute("PRAGMA user_version").fetchone()[0] == 0:
            database.executescript(_SCHEMA.format(version=_SCHEMA_VERSION))
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _is_damage(problem: sqlite3.DatabaseError) -> bool:
    return problem.sqlite_errorcode & 0xFF in _DAMAGE


def _remove(path: Path) -> None:
    for part in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + part).unlink(missing_ok=True)


def _whole_path(file: FoundFile) -> str:
    return str(file.path.absolute())
