# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runs of a case found, and what they looked at: matches, candidate thumbnails, coverage.

A match is kept whole, as JSON. Fields and enum members that a case may hold are never renamed or dropped from
`Match` without a migration that rewrites them.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NewType

import msgspec

from app.casefile.database import DAMAGED, Database
from app.casefile.decisions import Answers, Pair, Permission, answers_from
from app.casefile.runs import RunId
from app.casefile.works import WorkKey
from indexer.core.errors import StorageProblem
from indexer.core.types import Coverage, Grade, Lane, Match
from indexer.matching.contract import Found, Placed

MatchId = NewType("MatchId", int)

_CHUNK = 5000
"""Matches in one transaction: few enough for a kill to cost little, enough for the disk's flush not to matter."""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """A match as the case knows it.

    Attributes:
        match_id: never changes, and is the same when the same run hands the match in again.
        pair: what an answer about this match is filed under.
        answers: the artist's two answers that stand now.
        permission: what the artist said of the whole data set.
        has_thumbnail: whether `Findings.thumbnail` has a picture of the candidate.
    """

    match_id: MatchId
    run_id: RunId
    match: Match
    dataset: str
    version: str
    pair: Pair
    answers: Answers
    permission: Permission | None
    has_thumbnail: bool


class Findings:
    """The matches and the coverage of one case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run_id: RunId, found: Iterable[Found]) -> None:
        """Take in matches of a run, after its works.

        A match that the run handed in before (same artwork, source and row) is brought up to date and keeps its id,
        and its thumbnail unless a new one comes.
        """
        waiting = iter(found)
        while chunk := list(islice(waiting, _CHUNK)):
            rows = [_values(run_id, one) for one in chunk]
            pictures = [
                (one.candidate_thumbnail, *row[:4])
                for one, row in zip(chunk, rows, strict=True)
                if one.candidate_thumbnail
            ]
            with self._database.transaction():
                self._database.write_many(_PUT, rows)
                self._database.write_many(_PUT_THUMBNAIL, pictures)

    def place(self, run_id: RunId, placed: Iterable[Placed]) -> None:
        """Take in where matches of a run stand among all of it; one that another work has taken is no longer shown."""
        waiting = iter(placed)
        while chunk := list(islice(waiting, _CHUNK)):
            with self._database.transaction():
                for one in chunk:
                    self._place(run_id, one)

    def _place(self, run_id: RunId, placed: Placed) -> None:
        where = (run_id, placed.artwork or "", placed.source, placed.row)
        known = self._database.rows(
            "SELECT id, body FROM matches WHERE run = ? AND artwork = ? AND source = ? AND row = ?", where
        )
        for match_id, body in known:
            match = replace(_decode(body), copy=placed.copy, site=placed.site, also=placed.also)
            self._database.write(
                "UPDATE matches SET body = ?, taken = ? WHERE id = ?",
                (msgspec.json.encode(match), placed.taken, match_id),
            )

    def add_coverage(self, run_id: RunId, coverage: Iterable[Coverage]) -> None:
        """Take in what a run looked at and did not look at; the latest word on a lane of a source counts."""
        with self._database.transaction():
            self._database.write_many(
                "INSERT OR REPLACE INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(run_id, one.source, one.dataset, one.version, one.rows),
                        *(one.lane.value, one.searched, one.because, one.note, one.partly),
                    )
                    for one in coverage
                ],
            )

    def get(self, match_id: MatchId) -> Finding | None:
        """One match."""
        return next(self._each("m.id = ?", (match_id,)), None)

    def of_run(self, run_id: RunId) -> Iterator[Finding]:
        """The matches of one run, in the order in which they came; read in pages, never whole."""
        return self._each("m.run = ? AND m.taken = 0", (run_id,))

    def by_strength(self, run_id: RunId) -> Iterator[Finding]:
        """The matches of one run, the strongest first, then by work and row; read in pages.

        The database sorts, since sorting 100,000 here would hold up every other thread of the program.
        """
        ids = [row[0] for row in self._database.rows(_IDS_BY_STRENGTH, (run_id,))]
        for start in range(0, len(ids), _PAGE):
            page = ids[start : start + _PAGE]
            one_of = f"m.id IN ({','.join('?' * len(page))})"
            found = {finding.match_id: finding for finding in self._each(one_of, tuple(page))}
            yield from (found[match_id] for match_id in page)

    def of_case(self) -> Iterator[Finding]:
        """The matches of all runs, read in pages; of the same work, source and row key only those of the latest run."""
        return self._each(_IS_LATEST, ())

    def counts(self, run_id: RunId | None = None) -> dict[Grade, int]:
        """How many matches of each grade a run has, or, like `of_case`, the whole case."""
        condition, values = (_IS_LATEST, ()) if run_id is None else ("m.run = ? AND m.taken = 0", (run_id,))
        query = f"SELECT grade, count(*) FROM matches m WHERE {condition} GROUP BY grade"  # noqa: S608 - a fixed text
        found = dict(self._database.rows(query, values))
        return {grade: found.get(grade.value, 0) for grade in Grade}

    def coverage(self, run_id: RunId) -> list[Coverage]:
        """What a run looked at, in the order in which it was told."""
        rows = self._database.rows(
            "SELECT source, dataset, version, rows, lane, searched, because, note, partly FROM coverage"
            " WHERE run = ? ORDER BY rowid",
            (run_id,),
        )
        return [
            Coverage(source, dataset, version, count, Lane(lane), bool(searched), because, note, bool(partly))
            for source, dataset, version, count, lane, searched, because, note, partly in rows
        ]

    def thumbnail(self, match_id: MatchId) -> bytes | None:
        """The small JPEG of a candidate."""
        found = self._database.rows("SELECT jpeg FROM match_thumbnails WHERE match = ?", (match_id,))
        return found[0][0] if found else None

    def _each(self, condition: str, values: tuple[object, ...]) -> Iterator[Finding]:
        """Go on by id from page to page, so that answers may be written between two pages."""
        last = 0
        while page := self._database.rows(_SELECT.format(condition), (*values, last, _PAGE)):
            try:
                findings = [_finding(row) for row in page]
            except msgspec.DecodeError as problem:
                raise StorageProblem(self._database.path, DAMAGED) from problem
            yield from findings
            last = page[-1][0]


_PUT = """
INSERT INTO matches (run, artwork, source, row, row_key, grade, dataset, version, body, cautioned, work)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, coalesce((SELECT key FROM works WHERE path = ?2), ?2))
ON CONFLICT (run, artwork, source, row) DO UPDATE SET
  row_key = excluded.row_key, grade = excluded.grade, dataset = excluded.dataset, version = excluded.version,
  body = excluded.body, work = excluded.work, cautioned = excluded.cautioned, taken = 0
"""
_PUT_THUMBNAIL = """
INSERT OR REPLACE INTO match_thumbnails (match, jpeg)
SELECT id, ?1 FROM matches WHERE run = ?2 AND artwork = ?3 AND source = ?4 AND row = ?5
"""
_IS_LATEST = (
    "m.taken = 0 AND NOT EXISTS (SELECT 1 FROM matches later WHERE later.artwork = m.artwork"
    " AND later.source = m.source AND later.row_key = m.row_key AND later.run > m.run)"
)
_ANSWER = """
  coalesce(
    (SELECT d.answer FROM decisions d WHERE d.work = m.work AND d.row_key = m.row_key AND d.dataset = ''
     AND d.question = '{question}'
     AND (m.cautioned = 0 OR d.utc >= (SELECT r.started_utc FROM runs r WHERE r.id = m.run))
     ORDER BY d.id DESC LIMIT 1),
    (SELECT d.answer FROM matches l JOIN decisions d ON d.work = l.work AND d.row_key = l.row_key AND d.dataset = ''
     AND d.question = '{question}'
     WHERE m.cautioned = 0 AND l.run = m.run AND l.source = m.source AND l.row = m.row AND l.taken = 1
     ORDER BY d.id DESC LIMIT 1))"""
"""The answer for this work and row; else one for a work that had the row before a better one came. A match with a
caution is asked about anew, since an answer from before it was said is no answer to it."""
_SELECT = f"""
SELECT m.id, m.run, m.body, m.dataset, m.version, m.work, m.row_key,
  {_ANSWER.format(question="mine")},
  {_ANSWER.format(question="page")},
  (SELECT answer FROM decisions d WHERE d.work = '' AND d.row_key = '' AND d.dataset = m.dataset
   AND d.question = 'dataset' ORDER BY d.id DESC LIMIT 1),
  EXISTS (SELECT 1 FROM match_thumbnails t WHERE t.match = m.id)
FROM matches m WHERE {{}} AND m.id > ? ORDER BY m.id LIMIT ?
"""  # noqa: S608 - fixed texts
_IDS_BY_STRENGTH = (
    "SELECT id FROM matches WHERE run = ? AND taken = 0 ORDER BY CASE grade {} END, artwork, row, id".format(  # noqa: S608 - fixed
        " ".join(f"WHEN '{grade.value}' THEN {place}" for place, grade in enumerate(Grade))
    )
)
_decode = msgspec.json.Decoder(Match).decode


def _values(run_id: RunId, found: Found) -> tuple[object, ...]:
    match = found.match
    _must_be_numbers(match)
    return (
        *(run_id, match.artwork or "", match.source, match.row, match.row_key, match.grade.value),
        *(found.dataset, found.version, msgspec.json.encode(match), match.caution is not None),
    )


def _must_be_numbers(match: Match) -> None:
    """JSON has no word for NaN or infinity: they would be kept as nothing."""
    amounts = (edit.amount for edit in match.edits)
    for number in (match.confidence, match.chance, *amounts, *match.scores.values()):
        if number is not None and not math.isfinite(number):
            raise ValueError(f"a score of {match.row_key} is not a number")


def _finding(row: tuple[Any, ...]) -> Finding:
    match_id, run_id, body, dataset, version, work, row_key, mine, page, permission, has_thumbnail = row
    return Finding(
        MatchId(match_id),
        RunId(run_id),
        _decode(body),
        dataset,
        version,
        Pair(WorkKey(work), row_key),
        answers_from(mine, page),
        Permission(permission) if permission else None,
        bool(has_thumbnail),
    )
