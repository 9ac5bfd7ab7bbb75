# SPDX-License-Identifier: GPL-3.0-or-later
"""A case remembers which letters were made from it."""

import sqlite3
from dataclasses import replace

import pytest

from app.casefile.case import Case
from app.casefile.events import Actor, EventKind
from app.casefile.findings import MatchId
from app.casefile.letters import Letter, NamedRow
from tests.app.casefile.samples import NASTY_TEXTS, PLAN, found

LETTER = Letter("DATASET_REMOVAL_REQUEST", "laion", "LAION e.V.", (), "request.docx", "c" * 64)


@pytest.fixture
def rows(case: Case) -> tuple[NamedRow, ...]:
    """Two matches in the case."""
    run = case.runs.begin(PLAN).run_id
    case.findings.add(run, [found("1"), found("2")])
    return tuple(NamedRow(finding.match_id, finding.match.row_key) for finding in case.findings.of_run(run))


def test_a_letter_comes_back_as_it_was_made(case: Case, rows: tuple[NamedRow, ...]) -> None:
    letter = replace(LETTER, rows=rows[::-1])
    record = case.letters.add(letter)
    assert record.letter == letter
    assert case.letters.all() == [record]


def test_a_letter_may_name_no_row(case: Case, rows: tuple[NamedRow, ...]) -> None:
    made = [case.letters.add(LETTER), case.letters.add(replace(LETTER, rows=rows))]
    assert case.letters.all() == made
    assert made[0].letter_id != made[1].letter_id


def test_making_a_letter_is_an_event(case: Case, rows: tuple[NamedRow, ...]) -> None:
    record = case.letters.add(replace(LETTER, rows=rows[:1]))
    event = case.events.all()[-1]
    assert (event.kind, event.actor, event.utc) == (EventKind.LETTER_MADE, Actor.USER, record.utc)
    assert event.body["sha256"] == LETTER.sha256
    assert event.body["rows"] == [{"match": rows[0].match_id, "row_key": rows[0].row_key}]


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_names_may_be_any_text(case: Case, text: str) -> None:
    letter = replace(LETTER, recipient_name=text, file_name=text)
    case.letters.add(letter)
    assert [record.letter for record in case.letters.all()] == [letter]
    assert case.events.verify_chain() is None


def test_a_letter_about_an_unknown_match_leaves_no_trace(case: Case) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        case.letters.add(replace(LETTER, rows=(NamedRow(MatchId(9), "k"),)))
    assert case.letters.all() == []
    assert case.events.end.number == 1


@pytest.mark.parametrize("table", ["letters", "letter_rows"])
def test_the_file_itself_forbids_changing_a_letter(case: Case, rows: tuple[NamedRow, ...], table: str) -> None:
    case.letters.add(replace(LETTER, rows=rows))
    for statement in (f"UPDATE {table} SET rowid = rowid", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="letters"), case._database.transaction():
            case._database.write(statement)
