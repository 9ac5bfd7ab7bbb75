# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints remembered by content hash and recipe, so that a second run reads only what changed.

May be deleted at any time. A damaged or older file is replaced, never trusted.
"""

import sqlite3
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from indexer.core.errors import StorageProblem
from indexer.fingerprints.base import RECIPE, FileFingerprints
from indexer.images.scanning import FoundFile

_SCHEMA_VERSION = 1
_COMMIT_EVERY_S = 1.0
"""A kill loses at most the pictures of this time, and another process never waits longer for its turn."""

_SCHEMA = """
CREATE TABLE files (path TEXT PRIMARY KEY, size_bytes INTEGER, mtime_ns INTEGER, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fingerprints (sha256 TEXT, recipe TEXT, body BLOB NOT NULL, PRIMARY KEY (sha256, recipe)) WITHOUT ROWID;
"""


class FingerprintCache:
    """A SQLite file, for one thread; several processes may use it at once.

    A file is known again by path, size and time of change; its fingerprints are filed under its SHA-256, so that a
    moved or copied file that was once read is read for its digest alone.
    """

    def __init__(self, path: Path) -> None:
        self._committed = time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _open(path)
        except (OSError, sqlite3.Error) as problem:
            raise StorageProblem(path, f"the store of fingerprints cannot be opened ({problem})") from problem

    def find(self, file: FoundFile) -> FileFingerprints | None:
        """The fingerprints of this file, None when it is new or was changed."""
        row = self._database.execute(
            "SELECT body FROM files JOIN fingerprints USING (sha256)"
            " WHERE path = ? AND size_bytes = ? AND mtime_ns = ? AND recipe = ?",
            (str(file.path.absolute()), file.size_bytes, file.mtime_ns, RECIPE),
        ).fetchone()
        if row is None:
            return None
        try:
            return msgspec.msgpack.decode(row[0], type=FileFingerprints)
        except msgspec.DecodeError:
            return None

    def keep(self, file: FoundFile, made: FileFingerprints) -> None:
        """Remember the fingerprints of this file, unless they are cut short."""
        if made.cut_short is not None:
            return
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
            (str(file.path.absolute()), file.size_bytes, file.mtime_ns, made.digests.sha256),
        )
        self._database.execute(
            "INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?)",
            (made.digests.sha256, RECIPE, msgspec.msgpack.encode(made)),
        )
        if time.monotonic() - self._committed > _COMMIT_EVERY_S:
            self._commit()

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._commit()
        self._database.close()

    def _commit(self) -> None:
        self._database.commit()
        self._committed = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open(path: Path) -> sqlite3.Connection:
    """Open the store; one that is damaged or of another schema is put out of the way and begun anew."""
    try:
        return _connect(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            database.executescript(_SCHEMA + f"PRAGMA user_version = {_SCHEMA_VERSION};")
        elif version != _SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"schema {version}")
        database.execute("SELECT count(*) FROM files").fetchone()
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
