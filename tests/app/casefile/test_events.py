# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to the log behind the program's back, the chain shows it."""

import hashlib
import json
import math
import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.casefile.case import Case
from app.casefile.decisions import Mine, Pair, Permission
from app.casefile.events import (
    Actor,
    ChainFault,
    EventKind,
    Fault,
    canonical_json,
    chain_hash,
    first_previous,
)
from app.casefile.works import WorkKey
from indexer.core.errors import StorageProblem
from tests.app.casefile.samples import NASTY_TEXTS, PLAN, raw_file

EVENTS = 8
COLUMNS = ("utc", "actor", "kind", "body", "previous", "hash")
numbers = st.integers(1, EVENTS)


@cache
def _written() -> bytes:
    """A case with `EVENTS` events, as bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.exhibit"
        with Case.create(path, sample=False, title="日本語 🎨") as case:
            run = case.runs.begin(PLAN)
            answers = case.decisions.decide([Pair(WorkKey("é"), str(n)) for n in range(3)], Mine.MINE)
            case.decisions.undo(answers[:1])
            case.decisions.decide_dataset("COYO-700M", Permission.ALLOWED)
            case.runs.finish(run.run_id)
            assert case.events.end.number == EVENTS
        return path.read_bytes()


class Tampered:
    """A copy of that case, to be changed behind the program's back and then verified."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "a.exhibit"
        self.path.write_bytes(_written())
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        with raw_file(self.path) as file:
            return file.execute(statement, values).fetchall()

    def renumber(self, number: int, other: int) -> None:
        self.execute("UPDATE events SET number = ? WHERE number = ?", (other, number))

    def verify(self) -> ChainFault | None:
        with Case.open(self.path) as case:
            return case.events.verify_chain()


def test_an_untouched_log_verifies() -> None:
    with Tampered() as log:
        assert log.verify() is None


@settings(max_examples=150, deadline=None)
@given(numbers, st.sampled_from(COLUMNS), st.data())
def test_any_flipped_bit_in_any_event_is_noticed(number: int, column: str, data: st.DataObject) -> None:
    with Tampered() as log:
        ((content,),) = log.execute(f"SELECT CAST({column} AS BLOB) FROM events WHERE number = ?", (number,))
        assert isinstance(content, bytes)
        place, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
        flipped = bytes(byte ^ (1 << bit if at == place else 0) for at, byte in enumerate(content))
        log.execute(f"UPDATE events SET {column} = CAST(? AS TEXT) WHERE number = ?", (flipped, number))
        assert log.verify() == ChainFault(number, Fault.CHANGED)


@settings(max_examples=30, deadline=None)
@given(numbers, st.sampled_from(COLUMNS), st.text())
def test_any_rewritten_text_is_noticed(number: int, column: str, text: str) -> None:
    with Tampered() as log:
        ((before,),) = log.execute(f"SELECT {column} FROM events WHERE number = ?", (number,))
        log.execute(f"UPDATE events SET {column} = ? WHERE number = ?", (text, number))
        assert log.verify() == (None if text == before else ChainFault(number, Fault.CHANGED))


@pytest.mark.parametrize("number", range(1, EVENTS + 1))
def test_any_removed_event_is_noticed(number: int) -> None:
    with Tampered() as log:
        log.execute("DELETE FROM events WHERE number = ?", (number,))
        assert log.verify() == ChainFault(number, Fault.MISSING)


@settings(max_examples=20, deadline=None)
@given(st.sets(numbers, min_size=1))
def test_the_first_of_several_removed_events_is_named(removed: set[int]) -> None:
    with Tampered() as log:
        for number in removed:
            log.execute("DELETE FROM events WHERE number = ?", (number,))
        assert log.verify() == ChainFault(min(removed), Fault.MISSING)


@settings(max_examples=30, deadline=None)
@given(numbers, numbers)
def test_any_two_swapped_events_are_noticed(a: int, b: int) -> None:
    with Tampered() as log:
        log.renumber(a, 0)
        if a != b:
            log.renumber(b, a)
        log.renumber(0, b)
        assert log.verify() == (None if a == b else ChainFault(min(a, b), Fault.ORDER))


@pytest.mark.parametrize("number", range(1, EVENTS + 1))
def test_an_event_moved_behind_the_others_is_noticed(number: int) -> None:
    with Tampered() as log:
        log.renumber(number, 99)
        assert log.verify() == ChainFault(number, Fault.ORDER)


@pytest.mark.parametrize("number", range(1, EVENTS))
def test_closing_the_gap_of_a_removed_event_hides_nothing(number: int) -> None:
    with Tampered() as log:
        log.execute("DELETE FROM events WHERE number = ?", (number,))
        for later in range(number + 1, EVENTS + 1):
            log.renumber(later, later - 1)
        fault = log.verify()
        assert fault is not None
        assert fault.number == number


@pytest.mark.parametrize("number", range(1, EVENTS + 1))
def test_an_event_rewritten_with_a_fitting_hash_is_noticed_at_the_next(number: int) -> None:
    with Tampered() as log:
        ((utc, actor, kind, previous),) = log.execute(
            "SELECT utc, actor, kind, previous FROM events WHERE number = ?", (number,)
        )
        content = {"number": number, "utc": utc, "actor": actor, "kind": kind, "body": {}}
        digest = chain_hash(str(previous), content)  # type: ignore[arg-type]
        log.execute("UPDATE events SET body = '{}', hash = ? WHERE number = ?", (digest, number))
        assert log.verify() == ChainFault(min(number + 1, EVENTS), Fault.CHANGED)


def test_an_event_added_behind_the_end_is_noticed() -> None:
    with Tampered() as log:
        log.execute(
            "INSERT INTO events SELECT ?, utc, actor, kind, body, hash, hash FROM events WHERE number = ?",
            (EVENTS + 1, EVENTS),
        )
        assert log.verify() == ChainFault(EVENTS + 1, Fault.CHANGED)


def test_a_fitting_event_added_behind_the_end_is_noticed() -> None:
    with Tampered() as log:
        ((utc, last),) = log.execute("SELECT utc, hash FROM events WHERE number = ?", (EVENTS,))
        content = {"number": EVENTS + 1, "utc": utc, "actor": "user", "kind": "answered", "body": {}}
        digest = chain_hash(str(last), content)  # type: ignore[arg-type]
        row = (EVENTS + 1, utc, "user", "answered", "{}", last, digest)
        log.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        assert log.verify() == ChainFault(EVENTS + 1, Fault.CHANGED)


def test_a_log_without_its_end_is_a_sentence() -> None:
    with Tampered() as log:
        log.execute("DELETE FROM chain_end")
        with pytest.raises(StorageProblem, match="damaged"):
            log.verify()


def test_another_case_id_fits_no_event() -> None:
    with Tampered() as log:
        log.execute("UPDATE facts SET id = 'another'")
        assert log.verify() == ChainFault(1, Fault.CHANGED)


@pytest.mark.parametrize("body", ["[" * 100_000, "[]", '{"a": 1}', '{"a":NaN}', '{"a":1,"a":1}'])
def test_a_body_that_no_program_wrote_is_noticed_and_not_listed(body: str) -> None:
    with Tampered() as log:
        log.execute("UPDATE events SET body = ? WHERE number = 3", (body,))
        assert log.verify() == ChainFault(3, Fault.CHANGED)
        with Case.open(log.path) as case, pytest.raises(StorageProblem, match="damaged"):
            case.events.all()


@pytest.mark.parametrize("statement", ["UPDATE events SET utc = ''", "DELETE FROM events"])
def test_the_file_itself_forbids_changing_an_event(case: Case, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="events"), case._database.transaction():
        case._database.write(statement)


def test_the_file_itself_forbids_replacing_an_event(case: Case) -> None:
    replacement = "INSERT OR REPLACE INTO events SELECT number, '', actor, kind, body, previous, hash FROM events"
    with pytest.raises(sqlite3.IntegrityError, match="events are kept"), case._database.transaction():
        case._database.write(replacement)


def test_the_chain_can_be_followed_with_nothing_but_a_hash_function(case: Case) -> None:
    case.runs.begin(PLAN)
    previous = hashlib.sha256(f"Exhibit A case {case.facts.case_id}".encode()).hexdigest()
    assert previous == first_previous(case.facts.case_id)
    for event in case.events.all():
        content = {"number": event.number, "utc": event.utc, "actor": str(event.actor), "kind": str(event.kind)}
        text = json.dumps(content | {"body": event.body}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert event.previous == previous
        assert event.hash == hashlib.sha256((previous + text).encode()).hexdigest()
        previous = event.hash
    assert case.events.end.hash == previous


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_an_event_keeps_any_text(case: Case, text: str) -> None:
    with case._database.transaction():
        case.events.append(EventKind.ANSWERED, {"text": text, text: [1, 2.5, None, True]}, Actor.DEMO)
    event = case.events.all()[-1]
    assert event.body == {"text": text} | {text: [1, 2.5, None, True]}
    assert case.events.verify_chain() is None


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"b": (1, "é"), "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()


def test_canonical_json_refuses_what_is_not_a_number(case: Case) -> None:
    for number in (math.nan, math.inf):
        with pytest.raises(ValueError, match="JSON"), case._database.transaction():
            case.events.append(EventKind.ANSWERED, {"score": number}, Actor.USER)
    assert case.events.end.number == 1


def test_a_change_that_fails_leaves_no_event(case: Case) -> None:
    def append_and_fail() -> None:
        with case._database.transaction():
            case.events.append(EventKind.ANSWERED, {}, Actor.USER)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        append_and_fail()
    assert case.events.end.number == 1
    assert case.events.verify_chain() is None
