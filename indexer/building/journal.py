# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of an unfinished build: every file that was read and what it gave, on disk before the next is begun.

It lies in the unfinished folder, so that a build that was killed goes on where it was, on any machine.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.building.unfinished import JOURNAL_NAME, begin, check_same_build, hold
from indexer.core.types import Skipped
from indexer.fingerprints.base import Kind
from indexer.fingerprints.intake import FingerprintedFile
from indexer.images.scanning import FoundFile
from indexer.index.row_table import PictureRow

_COMMIT_EVERY_S = 1.0

_SCHEMA = """
CREATE TABLE build (root TEXT NOT NULL, recipe TEXT NOT NULL);
CREATE TABLE files (
  name TEXT PRIMARY KEY, size_bytes INTEGER, mtime_ns INTEGER, because TEXT, scan INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE pictures (
  name TEXT, frame INTEGER, width INTEGER, height INTEGER, sha256 TEXT, md5 TEXT,
  phash BLOB, pdq BLOB, miniature BLOB, keypoints BLOB, PRIMARY KEY (name, frame)
) WITHOUT ROWID;
CREATE TABLE embeddings (name TEXT, frame INTEGER, vector BLOB NOT NULL, PRIMARY KEY (name, frame)) WITHOUT ROWID
"""

_WITHOUT_VECTORS = "FROM pictures LEFT JOIN embeddings USING (name, frame) WHERE vector IS NULL"
_PART_FILES = 512
_SEEN = """
UPDATE files SET scan = ? WHERE name = ? AND size_bytes = ? AND mtime_ns = ? AND (NOT ? OR
    NOT EXISTS (SELECT 1 FROM pictures WHERE pictures.name = files.name AND keypoints IS NULL))
"""

_COLUMNS = {Kind.SHA256: "unhex_(sha256)", Kind.MD5: "unhex_(md5)", Kind.CLIP: "vector"}
"""What is not kept under the name of its kind."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One fingerprint of one row: its row number and its bytes, big-endian."""

    row: int
    value: bytes


class Journal:
    """A SQLite file in the unfinished folder.

    Args:
        root, recipe: what everything in it was read from, and how.
        parts: whether keypoints are wanted; files that were read without them are then read again.
        space: of the content fingerprints that are to come. Those of another one are dropped, and nothing else is.
            With None they stay as they are, so that a build that was begun with a model can still go on with it.

    Raises:
        IndexProblem: the folder holds the unfinished index of other pictures, or of another version's fingerprints,
            or another program is building there.
    """

    def __init__(self, folder: Path, root: str, recipe: str, space: str | None = None, *, parts: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = hold(folder)
        self._database = sqlite3.connect(folder / JOURNAL_NAME)
        try:
            begin(self._database, _SCHEMA, root, recipe)
            self._committed, self._parts = time.monotonic(), parts
            check_same_build(self._database, folder, root, recipe)
            if space is not None:
                self._keep_vectors_of(space)
            self._scan = 1 + int(self._value("SELECT coalesce(max(scan), 0) FROM files"))
        except BaseException:
            self._database.close()
            self._lock.close()
            raise

    def knows(self, file: FoundFile) -> bool:
        """Whether this very file was read before; if so it counts as seen in this scan."""
        seen = self._database.execute(
            _SEEN,
            (self._scan, file.name, file.size_bytes, file.mtime_ns, self._parts),
        )
        return seen.rowcount == 1

    def add(self, outcome: FingerprintedFile | Skipped) -> None:
        """Write down what a file gave, in place of what it gave earlier."""
        name = outcome.path if isinstance(outcome, Skipped) else outcome.file.name
        for table in ("pictures", "embeddings"):
            self._database.execute(f"DELETE FROM {table} WHERE name = ?", (name,))  # noqa: S608 - two fixed names
        if isinstance(outcome, Skipped):
            self._put_file(name, None, None, outcome.because)
        else:
            file = outcome.file
            self._put_file(file.name, file.size_bytes, file.mtime_ns, outcome.fingerprints.cut_short)
            self._database.executemany("INSERT INTO pictures VALUES (?,?,?,?,?,?,?,?,?,?)", _picture_rows(outcome))
        self._commit_now_and_then()

    def add_vectors(self, name: str, vectors: Mapping[int, bytes], because: str | None) -> None:
        """Write down a file's content fingerprints by frame, empty ones too; `because` says why there are none."""
        rows = ((name, frame, vector) for frame, vector in vectors.items())
        self._database.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)
        if because is not None:
            self._database.execute("UPDATE files SET because = ? WHERE name = ?", (because, name))
        self._commit_now_and_then()

    def without_vectors(self) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """Name, SHA-256 and frames of every file whose content fingerprints are not written down yet.

        Asked for in parts, so that vectors may be written down meanwhile.
        """
        last = ""
        while part := self._database.execute(
            f"SELECT name, sha256, group_concat(frame) {_WITHOUT_VECTORS} AND name > ?"
            f" GROUP BY name ORDER BY name LIMIT {_PART_FILES}",
            (last,),
        ).fetchall():
            for name, sha256, frames in part:
                yield name, sha256, tuple(sorted(map(int, str(frames).split(","))))
            last = part[-1][0]

    def count_files(self, *, without_vectors: bool = False) -> int:
        """How many files gave pictures, or how many of them still lack content fingerprints."""
        chosen = _WITHOUT_VECTORS if without_vectors else "FROM pictures"
        return int(self._value(f"SELECT count(DISTINCT name) {chosen}"))

    def commit(self) -> None:
        """Make everything so far survive a kill."""
        self._database.commit()
        self._committed = time.monotonic()

    def forget_unseen(self) -> None:
        """Drop files that an earlier, interrupted scan saw and this one did not: they are gone."""
        self._database.execute("DELETE FROM files WHERE scan < ?", (self._scan,))
        for table in ("pictures", "embeddings"):
            gone = "name NOT IN (SELECT name FROM files)"
            self._database.execute(f"DELETE FROM {table} WHERE {gone}")  # noqa: S608 - two fixed names
        self.commit()

    def holds_pictures(self) -> bool:
        """Whether there is anything to index."""
        return self._database.execute("SELECT 1 FROM pictures").fetchone() is not None

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
        column = _COLUMNS.get(kind, str(kind.value))
        self._database.create_function("unhex_", 1, bytes.fromhex, deterministic=True)
        joined = "pictures LEFT JOIN embeddings USING (name, frame)"
        query = f"SELECT {column} FROM {joined} ORDER BY name, frame"  # noqa: S608 - a fixed set of names
        for number, (value,) in enumerate(self._database.execute(query)):
            if value:
                yield Stored(number, value)

    def skipped(self) -> Iterator[Skipped]:
        """Every file that was not taken, or not taken whole."""
        for name, because in self._database.execute(
            "SELECT name, because FROM files WHERE because IS NOT NULL ORDER BY name"
        ):
            yield Skipped(name, because)

    def close(self) -> None:
        """Write what is waiting and close the file."""
        try:
            self._database.commit()
        finally:
            self._database.close()
            self._lock.close()

    def _keep_vectors_of(self, space: str) -> None:
        """Drop the vectors of any other space. What was said of their files is asked again: it may be the model's."""
        self._database.execute("CREATE TABLE IF NOT EXISTS space (key TEXT NOT NULL)")
        if self._database.execute("SELECT key FROM space").fetchone() == (space,):
            return
        told = "because IS NOT NULL AND name IN (SELECT name FROM embeddings)"
        self._database.execute(f"UPDATE files SET size_bytes = NULL WHERE {told}")  # noqa: S608 - a fixed condition
        self._database.execute("DELETE FROM embeddings")
        self._database.execute("DELETE FROM space")
        self._database.execute("INSERT INTO space VALUES (?)", (space,))
        self._database.commit()

    def _put_file(self, name: str, size_bytes: int | None, mtime_ns: int | None, because: str | None) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (name, size_bytes, mtime_ns, because, self._scan)
        )

    def _commit_now_and_then(self) -> None:
        if time.monotonic() - self._committed > _COMMIT_EVERY_S:
            self.commit()

    def _value(self, query: str) -> Any:  # noqa: ANN401 - whatever SQLite holds
        return self._database.execute(query).fetchone()[0]


def _picture_rows(outcome: FingerprintedFile) -> Iterator[tuple[Any, ...]]:
    digests, keypoints = outcome.fingerprints.digests, outcome.fingerprints.keypoints
    for number, picture in enumerate(outcome.fingerprints.pictures):
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
            keypoints[number] if keypoints else None,
        )
