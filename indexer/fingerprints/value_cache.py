# SPDX-License-Identifier: GPL-3.0-or-later
"""What is dear to compute of a picture, remembered by content hash, frame and recipe: embeddings, keypoints."""

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from indexer.fingerprints.store import StoreForm, is_damage, open_store, remove_store

_COMMIT_EVERY_S = 1.0

_FORM = StoreForm(
    1,
    {
        "embeddings": "CREATE TABLE IF NOT EXISTS embeddings (sha256 TEXT, frame INTEGER, space TEXT,"
        " vector BLOB NOT NULL, PRIMARY KEY (sha256, frame, space)) WITHOUT ROWID"
    },
)

Key = tuple[str, int, str]
"""SHA-256 of the file, frame, and what made the value: `ClipSpace.key`, or a recipe."""


class ValueCache:
    """A SQLite file, for one thread; several processes may use it at once. One that cannot be written costs nothing
    but the remembering.

    Raises:
        StorageProblem: when opened, there can be no such file, or another program holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: dict[Key, bytes] = {}
        self._written = time.monotonic()
        self._database = open_store(path, _FORM)

    def find(self, key: Key) -> bytes | None:
        """The value, which may be empty; None when it is not known."""
        if key in self._waiting:
            return self._waiting[key]
        try:
            query = "SELECT vector FROM embeddings WHERE sha256 = ? AND frame = ? AND space = ?"
            row = self._database.execute(query, key).fetchone()
        except sqlite3.DatabaseError as problem:
            self._begin_anew_if_damaged(problem)
            return None
        return bytes(row[0]) if row else None

    def keep(self, values: Mapping[Key, bytes]) -> None:
        """Remember values."""
        self._waiting.update(values)
        if time.monotonic() - self._written > _COMMIT_EVERY_S:
            self._write()

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._write()
        self._database.close()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, {}
        try:
            with self._database:
                rows = ((*key, vector) for key, vector in waiting.items())
                self._database.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)", rows)
        except sqlite3.DatabaseError as problem:
            self._begin_anew_if_damaged(problem)
        self._written = time.monotonic()

    def _begin_anew_if_damaged(self, problem: sqlite3.DatabaseError) -> None:
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
