# SPDX-License-Identifier: GPL-3.0-or-later
"""Two separate answers for each pair, one for each data set, kept for ever, undone by a new entry."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.casefile.case import Case
from app.casefile.decisions import Answers, Decision, Mine, Page, Pair, Permission, Question
from app.casefile.events import Actor, EventKind
from app.casefile.works import NO_WORK, WorkKey
from tests.app.casefile.samples import NASTY_TEXTS

LAKE = Pair(WorkKey("a" * 64), "coyo:1")
HILL = Pair(WorkKey("b" * 64), "coyo:1")


def test_the_two_questions_are_separate(case: Case) -> None:
    case.decisions.decide([LAKE], Mine.MINE)
    assert case.decisions.answers_of([LAKE]) == {LAKE: Answers(Mine.MINE, None)}
    case.decisions.decide([LAKE], Page.OWN)
    case.decisions.decide([LAKE], Mine.UNSURE)
    assert case.decisions.answers_of([LAKE]) == {LAKE: Answers(Mine.UNSURE, Page.OWN)}


def test_an_answer_is_about_one_work_and_one_row(case: Case) -> None:
    other_row = Pair(LAKE.work, "coyo:2")
    no_work = Pair(NO_WORK, LAKE.row_key)
    case.decisions.decide([LAKE], Mine.MINE)
    unanswered = dict.fromkeys([HILL, other_row, no_work], Answers())
    assert case.decisions.answers_of([LAKE, HILL, other_row, no_work]) == {LAKE: Answers(Mine.MINE)} | unanswered


def test_many_pairs_are_answered_and_looked_up_at_once(case: Case) -> None:
    pairs = [Pair(LAKE.work, f"coyo:{number}") for number in range(500)]
    made = case.decisions.decide([*pairs, *pairs], Mine.NOT_MINE)
    assert len(made) == 500
    assert set(case.decisions.answers_of(pairs).values()) == {Answers(Mine.NOT_MINE)}
    assert case.events.end.number == 501


def test_an_entry_says_who_and_when(case: Case) -> None:
    (entry,) = case.decisions.decide([LAKE], Page.NOT_ALLOWED, Actor.DEMO)
    assert (entry.question, entry.about, entry.answer) == (Question.PAGE, LAKE, Page.NOT_ALLOWED)
    assert entry.actor is Actor.DEMO
    assert entry.utc.endswith("Z")
    assert case.decisions.all() == [entry]
    event = case.events.all()[-1]
    assert (event.kind, event.actor, event.utc) == (EventKind.ANSWERED, Actor.DEMO, entry.utc)
    assert event.body == {
        "decision": entry.decision_id,
        "question": "page",
        "answer": "not_allowed",
        "work": LAKE.work,
        "row_key": LAKE.row_key,
    }


def test_every_answer_of_every_question_is_kept(case: Case) -> None:
    for mine in Mine:
        case.decisions.decide([LAKE], mine)
    for page in Page:
        case.decisions.decide([LAKE], page)
    assert [entry.answer for entry in case.decisions.history(LAKE)] == [*Mine, *Page]


def test_a_data_set_has_an_answer_of_its_own(case: Case) -> None:
    case.decisions.decide_dataset("COYO-700M", Permission.ALLOWED)
    case.decisions.decide_dataset("LAION", Permission.ALLOWED)
    last = case.decisions.decide_dataset("LAION", Permission.NOT_ALLOWED)
    assert case.decisions.datasets() == {"COYO-700M": Permission.ALLOWED, "LAION": Permission.NOT_ALLOWED}
    assert case.decisions.history("LAION")[-1] == last
    case.decisions.undo([last])
    assert case.decisions.datasets()["LAION"] is Permission.ALLOWED
    case.decisions.undo(case.decisions.history("COYO-700M"))
    assert "COYO-700M" not in case.decisions.datasets()


def test_undo_restores_the_answer_before_and_keeps_the_history(case: Case) -> None:
    case.decisions.decide([LAKE], Mine.MINE)
    (second,) = case.decisions.decide([LAKE], Mine.NOT_MINE)
    (undone,) = case.decisions.undo([second])
    assert (undone.answer, undone.undoes) == (Mine.MINE, second.decision_id)
    assert case.decisions.answers_of([LAKE])[LAKE].mine is Mine.MINE
    assert len(case.decisions.history(LAKE)) == 3
    event = case.events.all()[-1]
    assert (event.kind, event.body["undoes"]) == (EventKind.ANSWER_UNDONE, second.decision_id)


def test_undoing_the_first_answer_leaves_none(case: Case) -> None:
    first = case.decisions.decide([LAKE], Mine.MINE)
    (undone,) = case.decisions.undo(first)
    assert undone.answer is None
    assert case.decisions.answers_of([LAKE])[LAKE] == Answers()


def test_undo_goes_back_step_by_step(case: Case) -> None:
    (a,), (b,) = (case.decisions.decide([LAKE], answer) for answer in (Mine.MINE, Mine.UNSURE))
    case.decisions.undo([b])
    (c,) = case.decisions.decide([LAKE], Mine.NOT_MINE)
    case.decisions.undo([c])
    assert case.decisions.answers_of([LAKE])[LAKE].mine is Mine.MINE
    case.decisions.undo([a])
    assert case.decisions.answers_of([LAKE])[LAKE].mine is None


def test_many_answers_are_undone_at_once(case: Case) -> None:
    case.decisions.decide([LAKE], Mine.UNSURE)
    made = case.decisions.decide([LAKE, HILL], Mine.MINE)
    assert len(case.decisions.undo([*made, *made])) == 2
    assert case.decisions.answers_of([LAKE, HILL]) == {LAKE: Answers(Mine.UNSURE), HILL: Answers()}


def test_an_answer_that_no_longer_stands_is_left_alone(case: Case) -> None:
    (first,) = case.decisions.decide([LAKE], Mine.MINE)
    (second,) = case.decisions.decide([LAKE], Mine.NOT_MINE)
    assert case.decisions.undo([first]) == []
    undone = case.decisions.undo([second])
    assert case.decisions.undo([second]) == []
    assert case.decisions.undo(undone) == []
    assert case.decisions.answers_of([LAKE])[LAKE].mine is Mine.MINE


def test_undoing_one_question_leaves_the_other(case: Case) -> None:
    made = case.decisions.decide([LAKE], Mine.MINE)
    case.decisions.decide([LAKE], Page.OWN)
    case.decisions.undo(made)
    assert case.decisions.answers_of([LAKE])[LAKE] == Answers(None, Page.OWN)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([*Mine, None]), max_size=15))
def test_any_sequence_of_answers_and_undos_ends_where_a_stack_would(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Mine | None]
) -> None:
    stack: list[Decision] = []
    with Case.create(tmp_path_factory.mktemp("case") / "a.exhibit", sample=False) as case:
        for step in steps:
            if step is not None:
                stack += case.decisions.decide([LAKE], step)
            elif stack:
                case.decisions.undo([stack.pop()])
        standing = stack[-1].answer if stack else None
        assert case.decisions.answers_of([LAKE])[LAKE].mine is standing
        assert case.events.end.number == 1 + len(case.decisions.all())


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_keys_and_data_sets_may_be_any_text(case: Case, text: str) -> None:
    pair = Pair(WorkKey(text), text)
    case.decisions.decide([pair], Mine.MINE)
    case.decisions.decide_dataset(text, Permission.ALLOWED)
    assert case.decisions.answers_of([pair]) == {pair: Answers(Mine.MINE)}
    assert case.decisions.datasets() == {text: Permission.ALLOWED}
    assert case.events.verify_chain() is None


def test_answers_are_there_after_closing(place: Path) -> None:
    with Case.create(place, sample=False) as case:
        entries = case.decisions.decide([LAKE, HILL], Mine.MINE)
    with Case.open(place) as case:
        assert case.decisions.all() == entries


@pytest.mark.parametrize("statement", ["UPDATE decisions SET answer = 'mine'", "DELETE FROM decisions"])
def test_the_file_itself_forbids_changing_an_answer(case: Case, statement: str) -> None:
    case.decisions.decide([LAKE], Mine.NOT_MINE)
    with pytest.raises(sqlite3.IntegrityError, match="answers"), case._database.transaction():
        case._database.write(statement)
