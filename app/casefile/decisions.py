# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's answers: is it my picture, what is that page, did I allow this data set. Kept for ever.

An answer belongs to a work and a row, not to a run, so a later check finds it again. Nothing is ever changed or taken
out: a new answer, and an undo too, is a new entry, and the latest entry counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType

from app.casefile.database import Database
from app.casefile.events import Actor, EventKind, Events, JsonValue
from app.casefile.works import WorkKey
from indexer.core.clock import utc_now

DecisionId = NewType("DecisionId", int)


class Question(StrEnum):
    """What was asked."""

    MINE = "mine"
    PAGE = "page"
    DATASET = "dataset"


class Mine(StrEnum):
    """Answers to: is it my picture?"""

    MINE = "mine"
    NOT_MINE = "not_mine"
    UNSURE = "unsure"


class Page(StrEnum):
    """Answers to: that page? They steer only letters to that page's host."""

    OWN = "own"
    LICENSED = "licensed"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN = "unknown"


class Permission(StrEnum):
    """Answers to: did I allow this data set? Only `allowed` takes its rows out."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not_allowed"


Answer = Mine | Page | Permission


@dataclass(frozen=True, slots=True)
class Pair:
    """A work and a row: what a first or second answer is about."""

    work: WorkKey
    row_key: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What stands for a pair now."""

    mine: Mine | None = None
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry: an answer, or the undoing of one.

    Attributes:
        about: a pair, or the name of a data set.
        answer: what stands from here on; None when an undo leaves no answer.
        undoes: the entry that this one takes back.
    """

    decision_id: DecisionId
    question: Question
    about: Pair | str
    answer: Answer | None
    actor: Actor
    utc: str
    undoes: DecisionId | None = None


class Decisions:
    """The answers of one case."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database, self._events = database, events

    def decide(self, pairs: Iterable[Pair], answer: Mine | Page, actor: Actor = Actor.USER) -> list[Decision]:
        """Answer one question for each of these pairs; which question, the answer itself tells."""
        question = Question.MINE if isinstance(answer, Mine) else Question.PAGE
        entries = [_Entry(question, pair, answer) for pair in dict.fromkeys(pairs)]
        return self._append(EventKind.ANSWERED, entries, actor)

    def decide_dataset(self, dataset: str, answer: Permission, actor: Actor = Actor.USER) -> Decision:
        """Say whether the artist allowed a data set."""
        return self._append(EventKind.ANSWERED, [_Entry(Question.DATASET, dataset, answer)], actor)[0]

    def undo(self, decisions: Iterable[Decision], actor: Actor = Actor.USER) -> list[Decision]:
        """Take answers back: each is followed by a new entry with the answer that stood before it.

        One that a later answer has replaced, or that was taken back already, is left alone.
        """
        entries = []
        for decision in dict.fromkeys(decisions):
            standing = self._standing(decision.question, decision.about)
            if standing and standing[-1].decision_id == decision.decision_id:
                before = standing[-2].answer if len(standing) > 1 else None
                entries.append(_Entry(decision.question, decision.about, before, decision.decision_id))
        return self._append(EventKind.ANSWER_UNDONE, entries, actor)

    def answers_of(self, pairs: Iterable[Pair]) -> dict[Pair, Answers]:
        """The standing answers for many pairs at once."""
        found = {}
        for pair in pairs:
            rows = self._database.rows(_LATEST, (pair.work, pair.row_key))
            found[pair] = answers_from(*rows[0])
        return found

    def datasets(self) -> dict[str, Permission]:
        """The standing answer for every data set that has one."""
        rows = self._database.rows(
            "SELECT dataset, answer, max(id) FROM decisions WHERE question = ? GROUP BY dataset",
            (Question.DATASET.value,),
        )
        return {dataset: Permission(answer) for dataset, answer, _ in rows if answer}

    def history(self, about: Pair | str) -> list[Decision]:
        """Every entry about a pair or a data set, the oldest first."""
        query = _SELECT + "WHERE work = ? AND row_key = ? AND dataset = ? ORDER BY id"
        return [_decision(row) for row in self._database.rows(query, _subject(about))]

    def all(self) -> list[Decision]:
        """Every entry of the case, the oldest first."""
        return [_decision(row) for row in self._database.rows(_SELECT + "ORDER BY id")]

    def _standing(self, question: Question, about: Pair | str) -> list[Decision]:
        """The answers that were not taken back, the one that counts last."""
        standing: list[Decision] = []
        for entry in self.history(about):
            if entry.question is question and entry.undoes is None:
                standing.append(entry)
            elif entry.question is question:
                standing = [earlier for earlier in standing if earlier.decision_id != entry.undoes]
        return standing

    def _append(self, kind: EventKind, entries: "Sequence[_Entry]", actor: Actor) -> list[Decision]:
        utc = utc_now()
        with self._database.transaction():
            first = 1 + int(self._database.rows("SELECT coalesce(max(id), 0) FROM decisions")[0][0])
            made = [
                Decision(DecisionId(number), entry.question, entry.about, entry.answer, actor, utc, entry.undoes)
                for number, entry in enumerate(entries, start=first)
            ]
            self._database.write_many("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_values, made))
            self._events.append_all(kind, map(_body, made), actor)
        return made


def answers_from(mine: str | None, page: str | None) -> Answers:
    """The two answers as the database spells them."""
    return Answers(Mine(mine) if mine else None, Page(page) if page else None)


@dataclass(frozen=True, slots=True)
class _Entry:
    question: Question
    about: Pair | str
    answer: Answer | None
    undoes: DecisionId | None = None


_SELECT = "SELECT id, question, work, row_key, dataset, answer, actor, utc, undoes FROM decisions "
_LATEST = """
SELECT
  (SELECT answer FROM decisions WHERE work = ?1 AND row_key = ?2 AND dataset = '' AND question = 'mine'
   ORDER BY id DESC LIMIT 1),
  (SELECT answer FROM decisions WHERE work = ?1 AND row_key = ?2 AND dataset = '' AND question = 'page'
   ORDER BY id DESC LIMIT 1)
"""
_ANSWERS: dict[Question, type[Mine] | type[Page] | type[Permission]] = {
    Question.MINE: Mine,
    Question.PAGE: Page,
    Question.DATASET: Permission,
}


def _subject(about: Pair | str) -> tuple[str, str, str]:
    return (about.work, about.row_key, "") if isinstance(about, Pair) else ("", "", about)


def _values(entry: Decision) -> tuple[object, ...]:
    return (
        *(entry.decision_id, entry.question.value, *_subject(entry.about)),
        *(entry.answer and entry.answer.value, entry.actor.value, entry.utc, entry.undoes),
    )


def _body(entry: Decision) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = {"decision": entry.decision_id, "question": entry.question.value}
    body["answer"] = entry.answer.value if entry.answer else None
    if isinstance(entry.about, Pair):
        body |= {"work": entry.about.work, "row_key": entry.about.row_key}
    else:
        body["dataset"] = entry.about
    if entry.undoes is not None:
        body["undoes"] = entry.undoes
    return body


def _decision(row: tuple[Any, ...]) -> Decision:
    number, question, work, row_key, dataset, answer, actor, utc, undoes = row
    asked = Question(question)
    about = dataset if asked is Question.DATASET else Pair(WorkKey(work), row_key)
    given = None if answer is None else _ANSWERS[asked](answer)
    return Decision(DecisionId(number), asked, about, given, Actor(actor), utc, undoes)
