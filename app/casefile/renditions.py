# SPDX-License-Identifier: GPL-3.0-or-later
"""The works of a case as they were published: files out of the archives of the artist's accounts."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from app.casefile.database import Database
from app.casefile.runs import RunId
from indexer.matching.contract import RenditionFound

_CHUNK = 1000


class Renditions:
    """The published files of one case, one for each place in an archive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run_id: RunId, found: Iterable[RenditionFound]) -> None:
        """Take in what a run read, after its works. A known place in an archive is brought up to date."""
        waiting = iter(found)
        while chunk := list(islice(waiting, _CHUNK)):
            with self._database.transaction():
                self._database.write_many(_PUT, [(*_values(one), run_id) for one in chunk])

    def all(self) -> list[RenditionFound]:
        """Every published file that any run read, in the order of first sight."""
        return [_record(row) for row in self._database.rows(_SELECT + "ORDER BY rowid")]

    def of_artwork(self, path: str) -> list[RenditionFound]:
        """The files as which this work was published, the earliest first; those without a date last."""
        order = "WHERE artwork = ? ORDER BY published IS NULL, published, rowid"
        return [_record(row) for row in self._database.rows(_SELECT + order, (path,))]


_PUT = """
INSERT INTO renditions (artwork, work, stands_alone, archive, place, platform, basis, address, page, post_id, published,
  sha256, md5, first_run, last_run)
VALUES (?1, coalesce((SELECT key FROM works WHERE path = ?1), ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
  ?11, ?12, ?13, ?13)
ON CONFLICT (archive, place) DO UPDATE SET
  artwork = excluded.artwork, work = excluded.work, stands_alone = excluded.stands_alone, platform = excluded.platform,
  basis = excluded.basis, address = excluded.address, page = excluded.page, post_id = excluded.post_id,
  published = excluded.published, sha256 = excluded.sha256, md5 = excluded.md5,
  last_run = max(last_run, excluded.last_run)
"""
_SELECT = """
SELECT artwork, stands_alone, archive, place, platform, basis, address, page, post_id, published, sha256, md5
FROM renditions
"""


def _values(one: RenditionFound) -> tuple[object, ...]:
    return (
        *(one.artwork, one.stands_alone, one.archive, one.place, one.platform, one.basis),
        *(one.address, one.page, one.post_id, one.published, one.sha256, one.md5),
    )


def _record(row: tuple[Any, ...]) -> RenditionFound:
    return RenditionFound(row[0], bool(row[1]), *row[2:])
