# SPDX-License-Identifier: GPL-3.0-or-later
"""The letters that were made from a case: what kind, to whom, naming which rows, and the digest of the file.

The program sends nothing; that a letter was made says nothing of whether it was sent.
"""

from dataclasses import dataclass
from typing import Any, NewType

from app.casefile.database import Database
from app.casefile.events import Actor, EventKind, Events, JsonValue
from app.casefile.findings import MatchId
from indexer.core.clock import utc_now

LetterId = NewType("LetterId", int)


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A match that a letter names; its row key outlives the run that found it."""

    match_id: MatchId
    row_key: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it was made.

    Attributes:
        kind: type of the letter.
        recipient_slug, recipient_name: whom it addresses; the name as it stood in the register that day.
        rows: the matches that it names.
        file_name, sha256: the file as it was written.
    """

    kind: str
    recipient_slug: str
    recipient_name: str
    rows: tuple[NamedRow, ...]
    file_name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LetterRecord:
    """A letter that the case knows."""

    letter_id: LetterId
    utc: str
    letter: Letter


class Letters:
    """The letters of one case."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database, self._events = database, events

    def add(self, letter: Letter, actor: Actor = Actor.USER) -> LetterRecord:
        """Note that a letter was made."""
        utc = utc_now()
        head = (letter.kind, letter.recipient_slug, letter.recipient_name, letter.file_name, letter.sha256)
        with self._database.transaction():
            letter_id = LetterId(
                self._database.write(
                    "INSERT INTO letters (utc, kind, recipient_slug, recipient_name, file_name, sha256)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (utc, *head),
                )
            )
            self._database.write_many(
                "INSERT INTO letter_rows VALUES (?, ?, ?)",
                [(letter_id, row.match_id, row.row_key) for row in letter.rows],
            )
            rows: list[JsonValue] = [{"match": row.match_id, "row_key": row.row_key} for row in letter.rows]
            body = dict(zip(("kind", "recipient_slug", "recipient_name", "file_name", "sha256"), head, strict=True))
            self._events.append(EventKind.LETTER_MADE, {"letter": letter_id, "rows": rows, **body}, actor)
        return LetterRecord(letter_id, utc, letter)

    def all(self) -> list[LetterRecord]:
        """Every letter, the oldest first."""
        named: dict[int, list[NamedRow]] = {}
        for letter_id, match_id, row_key in self._database.rows(
            "SELECT letter, match, row_key FROM letter_rows ORDER BY rowid"
        ):
            named.setdefault(letter_id, []).append(NamedRow(MatchId(match_id), row_key))
        rows = self._database.rows(
            "SELECT id, utc, kind, recipient_slug, recipient_name, file_name, sha256 FROM letters ORDER BY id"
        )
        return [_record(row, tuple(named.get(row[0], ()))) for row in rows]


def _record(row: tuple[Any, ...], named: tuple[NamedRow, ...]) -> LetterRecord:
    letter_id, utc, kind, slug, name, file_name, sha256 = row
    return LetterRecord(LetterId(letter_id), utc, Letter(kind, slug, name, named, file_name, sha256))
