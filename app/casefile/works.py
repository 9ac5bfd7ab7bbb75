# SPDX-License-Identifier: GPL-3.0-or-later
"""The works of a case: every picture of the portfolio as the last check that saw it reported it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, NewType

from app.casefile.database import Database
from app.casefile.runs import RunId
from indexer.core.types import Artwork

WorkKey = NewType("WorkKey", str)
"""By what an answer knows a work again: see `work_key`."""

NO_WORK = WorkKey("")
"""The work of a match that speaks of no picture (`listed`, `named`)."""

_CHUNK = 1000
_FURTHER_FRAME = re.compile(r"#[1-9][0-9]*$")


@dataclass(frozen=True, slots=True)
class SeenWork:
    """A work that a run saw, with a small JPEG of it where one was made."""

    artwork: Artwork
    thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """A work that the case knows. The thumbnail is asked for by itself."""

    artwork: Artwork
    key: WorkKey
    first_run: RunId
    last_run: RunId
    has_thumbnail: bool


def work_key(artwork: Artwork) -> WorkKey:
    """The SHA-256 of the file and the frame in it, so that a moved or copied file keeps its answers; else the path."""
    if artwork.sha256 is None:
        return WorkKey(artwork.path)
    frame = _FURTHER_FRAME.search(artwork.path)
    return WorkKey(artwork.sha256 + (frame.group() if frame else ""))


class Works:
    """The works of one case, one for each path."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run_id: RunId, works: Iterable[SeenWork]) -> None:
        """Take in what a run saw, before its matches. A known path is brought up to date.

        A thumbnail is kept until a new one comes or the file has become another.
        """
        waiting = iter(works)
        while chunk := list(islice(waiting, _CHUNK)):
            with self._database.transaction():
                self._database.write_many(_PUT, [_values(run_id, seen) for seen in chunk])

    def add_thumbnails(self, thumbnails: Iterable[tuple[str | None, bytes | None]]) -> None:
        """Keep small JPEGs, by path, of works that were taken in before; entries that lack either are passed over."""
        given = [(jpeg, path) for path, jpeg in thumbnails if path is not None and jpeg is not None]
        with self._database.transaction():
            self._database.write_many("UPDATE works SET thumbnail = ? WHERE path = ?", given)

    def get(self, path: str) -> WorkRecord | None:
        """The work of this path."""
        found = self._database.rows(_SELECT + "WHERE path = ?", (path,))
        return _record(found[0]) if found else None

    def all(self) -> list[WorkRecord]:
        """Every work that any run saw, in the order of first sight."""
        return [_record(row) for row in self._database.rows(_SELECT + "ORDER BY rowid")]

    def thumbnail(self, path: str) -> bytes | None:
        """The small JPEG of a work."""
        found = self._database.rows("SELECT thumbnail FROM works WHERE path = ?", (path,))
        return found[0][0] if found else None


_PUT = """
INSERT INTO works (path, key, sha256, width, height, skipped, note, thumbnail, first_run, last_run)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
ON CONFLICT (path) DO UPDATE SET
  key = excluded.key, width = excluded.width, height = excluded.height, skipped = excluded.skipped,
  note = excluded.note,
  thumbnail = CASE WHEN excluded.sha256 IS sha256 THEN coalesce(excluded.thumbnail, thumbnail)
    ELSE excluded.thumbnail END,
  sha256 = excluded.sha256, last_run = max(last_run, excluded.last_run)
"""
_SELECT = """
SELECT path, sha256, width, height, skipped, note, key, first_run, last_run, thumbnail IS NOT NULL FROM works
"""


def _values(run_id: RunId, seen: SeenWork) -> tuple[object, ...]:
    work = seen.artwork
    return (
        *(work.path, work_key(work), work.sha256, work.width, work.height),
        *(work.skipped, work.note, seen.thumbnail, run_id),
    )


def _record(row: tuple[Any, ...]) -> WorkRecord:
    return WorkRecord(Artwork(*row[:6]), WorkKey(row[6]), RunId(row[7]), RunId(row[8]), bool(row[9]))
