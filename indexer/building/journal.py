# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of an unfinished build: every file that was read and what it gave, on disk before the next is begun.

It lies in the unfinished folder, so that a build that was killed goes on where it was, on any machine.
"""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.core.errors import IndexProblem
from indexer.core.types import Skipped
from indexer.fingerprints.base import Kind
from indexer.fingerprints.intake import FingerprintedFile
from indexer.images.scanning import FoundFile
from indexer.index.row_table import PictureRow

JOURNAL_NAME = "journal.sqlite"
_COMMIT_EVERY_S = 1.0

_SCHEMA = """
CREATE TABLE build (root TEXT NOT NULL, recipe TEXT NOT NULL);
CREATE TABLE files (
  name TEXT PRIMARY KEY, size_bytes INTEGER, mtime_ns INTEGER, because TEXT, scan INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE pictures (
  name TEXT, frame INTEGER, width INTEGER, height INTEGER, sha256 TEXT, md5 TEXT,
  phash BLOB, pdq BLOB, miniature BLOB, PRIMARY KEY (name, frame)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """One fingerprint of one row: its row number and its bytes, big-endian."""

    row: int
    value: bytes


class Journal:
    """A SQLite file in the unfinished folder.

    Raises:
        IndexProblem: the folder holds the unfinished index of other pictures, or of another version's fingerprints.
    """

    def __init__(self, folder: Path, root: str, recipe: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / JOURNAL_NAME)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._committed = time.monotonic()
        if not self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'build'").fetchone():
            self._database.executescript(_SCHEMA)
            self._database.execute("INSERT INTO build VALUES (?, ?)", (root, recipe))
            self._database.commit()
        if self._database.execute("SELECT root, recipe FROM build").fetchone() != (root, recipe):
            self._database.close()
            raise IndexProblem(
                folder, "it holds an unfinished index of another folder or version; remove it or choose another place"
            )
        self._scan = 1 + int(self._value("SELECT coalesce(max(scan), 0) FROM files"))

    def knows(self, file: FoundFile) -> bool:
        """Whether this very file was read before; if so it counts as seen in this scan."""
        seen = self._database.execute(
            "UPDATE files SET scan = ? WHERE name = ? AND size_bytes = ? AND mtime_ns = ?",
            (self._scan, file.name, file.size_bytes, file.mtime_ns),
        )
        return seen.rowcount == 1

    def add(self, outcome: FingerprintedFile | Skipped) -> None:
        """Write down what a file gave."""
        if isinstance(outcome, Skipped):
            self._put_file(outcome.path, None, None, outcome.because)
        else:
            file = outcome.file
            self._database.execute("DELETE FROM pictures WHERE name = ?", (file.name,))
            self._put_file(file.name, file.size_bytes, file.mtime_ns, outcome.fingerprints.cut_short)
            self._database.executemany("INSERT INTO pictures VALUES (?,?,?,?,?,?,?,?,?)", _picture_rows(outcome))
        if time.monotonic() - self._committed > _COMMIT_EVERY_S:
            self.commit()

    def commit(self) -> None:
        """Make everything so far survive a kill."""
        self._database.commit()
        self._committed = time.monotonic()

    def forget_unseen(self) -> None:
        """Drop files that an earlier, interrupted scan saw and this one did not: they are gone."""
        self._database.execute("DELETE FROM files WHERE scan < ?", (self._scan,))
        self._database.execute("DELETE FROM pictures WHERE name NOT IN (SELECT name FROM files)")
        self.commit()

    def rows(self) -> Iterator[PictureRow]:
        """Every picture, numbered from 0 in the order of names and frames."""
        query = (
            "SELECT name, frame, width, height, sha256, md5, size_bytes FROM pictures JOIN files USING (name)"
            " ORDER BY name, frame"
        )
        for number, found in enumerate(self._database.execute(query)):
            yield PictureRow(number, *found)

    def stored(self, kind: Kind) -> Iterator[Stored]:
        """The rows that have this kind of fingerprint, in the order of `rows`."""
        column = {Kind.SHA256: "unhex_(sha256)", Kind.MD5: "unhex_(md5)"}.get(kind, str(kind.value))
        self._database.create_function("unhex_", 1, bytes.fromhex, deterministic=True)
        query = f"SELECT {column} FROM pictures ORDER BY name, frame"  # noqa: S608 - a fixed set of names
        for number, (value,) in enumerate(self._database.execute(query)):
            if value is not None:
                yield Stored(number, value)

    def skipped(self) -> Iterator[Skipped]:
        """Every file that was not taken, or not taken whole."""
        for name, because in self._database.execute(
            "SELECT name, because FROM files WHERE because IS NOT NULL ORDER BY name"
        ):
            yield Skipped(name, because)

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self._database.commit()
        self._database.close()

    def _put_file(self, name: str, size_bytes: int | None, mtime_ns: int | None, because: str | None) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (name, size_bytes, mtime_ns, because, self._scan)
        )

    def _value(self, query: str) -> Any:  # noqa: ANN401 - whatever SQLite holds
        return self._database.execute(query).fetchone()[0]


def _picture_rows(outcome: FingerprintedFile) -> Iterator[tuple[Any, ...]]:
    digests = outcome.fingerprints.digests
    for picture in outcome.fingerprints.pictures:
        yield (
            outcome.file.name,
            picture.frame,
            picture.width,
            picture.height,
            digests.sha256,
            digests.md5,
            picture.phash[0].to_bytes(8, "big") if picture.usable_phash else None,
            picture.pdq[0] if picture.usable_pdq else None,
            picture.miniature[0] if picture.miniature else None,
        )
