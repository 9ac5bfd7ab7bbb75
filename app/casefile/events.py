# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log of a case: what was done, when and by whom, each event chained to the one before by a hash.

The chain shows an accident or a careless edit. Whoever rewrites the whole file can rewrite the chain as well;
therefore a bundle prints its end and has it timestamped.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from app.casefile.database import DAMAGED, Database
from indexer.core.clock import utc_now
from indexer.core.errors import StorageProblem

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"


class Actor(StrEnum):
    """Who did something."""

    USER = "user"
    PROGRAM = "program"
    DEMO = "demo"


class EventKind(StrEnum):
    """What was done. A new kind needs a new migration number, so that an older program does not call it a change."""

    CASE_CREATED = "case_created"
    CASE_UPGRADED = "case_upgraded"
    RUN_BEGUN = "run_begun"
    RUN_RESUMED = "run_resumed"
    RUN_FINISHED = "run_finished"
    RUN_STOPPED = "run_stopped"
    RUN_FAILED = "run_failed"
    ANSWERED = "answered"
    ANSWER_UNDONE = "answer_undone"
    LETTER_MADE = "letter_made"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log; `hash` is `chain_hash(previous, content)`."""

    number: int
    utc: str
    actor: Actor
    kind: EventKind
    body: Mapping[str, JsonValue]
    previous: str
    hash: str

    @property
    def content(self) -> dict[str, JsonValue]:
        """What the hash covers besides the previous hash."""
        return {
            "number": self.number,
            "utc": self.utc,
            "actor": self.actor.value,
            "kind": self.kind.value,
            "body": self.body,
        }


class Fault(StrEnum):
    """What is wrong with an event."""

    CHANGED = "changed"
    MISSING = "missing"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first event that does not fit: it reads otherwise than written, is gone, or stands at another place."""

    number: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Number and hash of the last event."""

    number: int
    hash: str


def canonical_json(value: JsonValue) -> bytes:
    """The one spelling of a value: keys sorted, no spaces, UTF-8, no NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def first_previous(case_id: str) -> str:
    """What the first event of a case has in place of a previous hash."""
    return hashlib.sha256(f"Exhibit A case {case_id}".encode()).hexdigest()


def chain_hash(previous: str, content: Mapping[str, JsonValue]) -> str:
    """SHA-256 over the previous hash (as hex digits) and the canonical JSON of an event's content."""
    return hashlib.sha256(previous.encode("ascii") + canonical_json(content)).hexdigest()


class Events:
    """The log of one case. Append inside the transaction of the change that the event tells of."""

    def __init__(self, database: Database, case_id: str) -> None:
        self._database, self._case_id = database, case_id

    def begin(self) -> None:
        """Prepare the log of a new case."""
        self._database.write("INSERT INTO chain_end VALUES (1, 0, ?)", (first_previous(self._case_id),))

    def append(self, kind: EventKind, body: Mapping[str, JsonValue], actor: Actor) -> None:
        """Add one event."""
        self.append_all(kind, [body], actor)

    def append_all(self, kind: EventKind, bodies: Iterable[Mapping[str, JsonValue]], actor: Actor) -> None:
        """Add one event for each body."""
        end, utc, made = self.end, utc_now(), []
        for number, body in enumerate(bodies, start=end.number + 1):
            unsealed = Event(number, utc, actor, kind, body, end.hash, "")
            end = ChainEnd(number, chain_hash(end.hash, unsealed.content))
            text = canonical_json(body).decode("utf-8")
            made.append((number, utc, actor.value, kind.value, text, unsealed.previous, end.hash))
        self._database.write_many("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", made)
        self._database.write("UPDATE chain_end SET number = ?, hash = ?", (end.number, end.hash))

    @property
    def end(self) -> ChainEnd:
        """Where the chain ends now; a document that names it fixes everything before."""
        found = self._database.rows("SELECT CAST(number AS INTEGER), CAST(hash AS BLOB) FROM chain_end")
        if not found:
            raise StorageProblem(self._database.path, DAMAGED)
        return ChainEnd(found[0][0], found[0][1].decode("utf-8", "replace"))

    def all(self) -> list[Event]:
        """Every event, in order."""
        events = [_read(row) for row in self._database.rows(_SELECT + "ORDER BY number")]
        whole = [event for event in events if event is not None]
        if len(whole) < len(events):
            raise StorageProblem(self._database.path, DAMAGED)
        return whole

    def verify_chain(self) -> ChainFault | None:
        """The first event that does not fit, None when the log is whole."""
        previous, number = first_previous(self._case_id), 0
        for number, row in enumerate(self._database.rows(_SELECT + "ORDER BY number"), start=1):
            event = _read(row)
            if event is None or event.number != number or not _follows(event, previous, number):
                return self._fault(previous, number, stands_at=row[0])
            previous = event.hash
        end = self.end
        if end.number != number:
            return ChainFault(min(end.number, number) + 1, Fault.MISSING if end.number > number else Fault.CHANGED)
        return None if end.hash == previous else ChainFault(number, Fault.CHANGED)

    def _fault(self, previous: str, number: int, stands_at: int) -> ChainFault:
        """Say what is wrong where event `number` was expected; the right one may stand elsewhere."""
        candidates = map(_read, self._database.rows(_SELECT + "WHERE CAST(previous AS TEXT) = ?", (previous,)))
        if any(event is not None and _follows(event, previous, number) for event in candidates):
            return ChainFault(number, Fault.ORDER)
        return ChainFault(number, Fault.CHANGED if stands_at == number else Fault.MISSING)


_SELECT = (
    "SELECT number, CAST(utc AS BLOB), CAST(actor AS BLOB), CAST(kind AS BLOB), CAST(body AS BLOB),"
    " CAST(previous AS BLOB), CAST(hash AS BLOB) FROM events "
)
"""As bytes, since a damaged text could not be read at all."""


def _read(row: Sequence[Any]) -> Event | None:
    """The event of a row, None when no program wrote it so."""
    try:
        utc, actor, kind, text, previous, digest = (str(part, "utf-8") for part in row[1:])
        body = json.loads(text)
        if not isinstance(body, dict) or canonical_json(body) != row[4]:
            return None
        return Event(row[0], utc, Actor(actor), EventKind(kind), body, previous, digest)
    except (ValueError, RecursionError):
        return None


def _follows(event: Event, previous: str, number: int) -> bool:
    """Whether this was written as event `number` after the event with hash `previous`."""
    return event.previous == previous and event.hash == chain_hash(previous, {**event.content, "number": number})
