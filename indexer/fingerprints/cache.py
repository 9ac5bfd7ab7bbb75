# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints remembered by content hash and recipe, so that a second run reads only what changed.

May be deleted at any time. A damaged or older file is replaced, never trusted; one that cannot be written costs the
remembering, not the check.
"""

import sqlite3
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from indexer.fingerprints.base import FORM_RECIPE, RECIPE, FileFingerprints
from indexer.fingerprints.store import StoreForm, is_damage, open_store, remove_store
from indexer.images.scanning import FoundFile

_COMMIT_EVERY_S = 1.0
"""A kill loses at most the pictures of this time. They wait in memory, so that the file is locked for a moment only."""

_FORM = StoreForm(
    1,
    {
        "files": "CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size_bytes INTEGER, mtime_ns INTEGER,"
        " sha256 TEXT NOT NULL) WITHOUT ROWID",
        "fingerprints": "CREATE TABLE IF NOT EXISTS fingerprints (sha256 TEXT, recipe TEXT, body BLOB NOT NULL,"
        " PRIMARY KEY (sha256, recipe)) WITHOUT ROWID",
    },
)


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
        self._database = open_store(path, _FORM)

    def find(self, file: FoundFile) -> FileFingerprints | None:
        """The fingerprints of this file, None when it is new or was changed."""
        if file in self._waiting:
            return self._waiting[file]
        try:
            row = self._database.execute(
                "SELECT body FROM files JOIN fingerprints USING (sha256)"
                " WHERE path = ? AND size_bytes = ? AND mtime_ns = ? AND recipe = ?",
                (_whole_path(file), file.size_bytes, file.mtime_ns, _recipe()),
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
                ((made.digests.sha256, _recipe(), msgspec.msgpack.encode(made)) for made in waiting.values()),
            )

    def _begin_anew_if_damaged(self, problem: sqlite3.DatabaseError) -> None:
        """What was to be written is forgotten; it costs no more than reading those pictures again."""
        if is_damage(problem):
            self._database.close()
            remove_store(self._path)
            self._database = open_store(self._path, _FORM)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _recipe() -> str:
    """Of a whole record: the fingerprints', and of what else is read from a file."""
    return f"{RECIPE}, {FORM_RECIPE}, dates 1, packed 1"


def _whole_path(file: FoundFile) -> str:
    return str(file.path.absolute())
