# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of a case as light rows, sorted into those to answer and those answered. Knows no Qt.

Made in the background, since 100,000 rows take longer than the window may stand still; every later step touches a few.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from app.casefile.decisions import Answers, Mine, Page, Pair
from app.casefile.findings import MatchId
from app.documents.wording import GRADE_WORDS
from indexer.core.types import LETTER_GRADES, Grade


@dataclass(frozen=True, slots=True)
class Row:
    """One finding as a list shows it.

    Attributes:
        chance: how many chance hits the check expects this near, for a row that stands behind the others because they
            may explain it; None for the others.
        copy: equal for rows that list one and the same copy, None where that is not known.
        is_doubtful: it must be looked at with care before a letter names it.
    """

    number: str
    match_id: MatchId
    pair: Pair
    artwork: str
    grade: Grade
    edit: str | None
    answers: Answers
    chance: float | None = None
    copy: int | None = None
    is_doubtful: bool = False

    @property
    def title(self) -> str:
        """The work's file name; a row found by its address or a name speaks of no picture."""
        return self.artwork.replace("\\", "/").rpartition("/")[2] or "no picture compared"

    @property
    def grade_words(self) -> str:
        """The grade in words, with what was done to the copy."""
        if not self.edit:
            return GRADE_WORDS[self.grade]
        same = "the same picture" if self.grade is Grade.SAME_IMAGE else GRADE_WORDS[self.grade]
        return f"{same} ({self.edit})"

    @property
    def may_enter_letter(self) -> bool:
        """Whether a removal request may name it, once it is called mine."""
        return self.grade in LETTER_GRADES

    @property
    def is_answered(self) -> bool:
        """A picture that is not mine, or that nobody is sure of, raises no question about its page."""
        answers = self.answers
        return answers.mine is not None and (answers.mine is not Mine.MINE or answers.page is not None)


class Shown(Enum):
    """Which rows a list shows: those behind have a drawer of their own."""

    TO_ANSWER = "To answer"
    ANSWERED = "Answered"
    ALL = "All"
    BEHIND = "Behind"

    def has(self, row: Row) -> bool:
        """Whether a row belongs in. What is only similar raises no question; what chance may explain waits."""
        if self is Shown.BEHIND:
            return row.chance is not None and not row.is_answered
        if self is Shown.TO_ANSWER:
            return row.grade is not Grade.LOOKS_ALIKE and row.chance is None and not row.is_answered
        return self is Shown.ALL or row.is_answered


class Rows:
    """All rows, the strongest first; a row's place never changes."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = list(rows)
        self._places = {kind: [place for place, row in enumerate(rows) if kind.has(row)] for kind in Shown}
        self._of_pair: dict[Pair, list[int]] = {}
        self._of_copy: dict[int | None, list[str]] = {}
        for place, row in enumerate(rows):
            self._of_pair.setdefault(row.pair, []).append(place)
            self._of_copy.setdefault(row.copy, []).append(row.number)
        self.grades = Counter(row.grade for row in rows)
        self.by_chance = sum(row.chance is not None for row in rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> Row:
        return self._rows[place]

    def places(self, kind: Shown) -> list[int]:
        """The places of all rows of a kind, in order."""
        return list(self._places[kind])

    def count(self, kind: Shown) -> int:
        """How many rows of a kind there are."""
        return len(self._places[kind])

    def chances_behind(self) -> list[float]:
        """Of the rows that wait behind the others, how many chance hits are expected as near as each."""
        behind = (self._rows[place].chance for place in self._places[Shown.BEHIND])
        return [chance for chance in behind if chance is not None]

    def about(self, pair: Pair) -> list[int]:
        """The places of the rows about a work and a row of a data set."""
        return self._of_pair.get(pair, [])

    def same_copy(self, row: Row) -> list[str]:
        """The numbers of the other rows that list the same copy."""
        return [] if row.copy is None else [number for number in self._of_copy[row.copy] if number != row.number]

    def set_answers(self, pair: Pair, answers: Answers) -> None:
        """Note what now stands for a work and a row, wherever they are listed."""
        for place in self.about(pair):
            self._rows[place] = row = replace(self._rows[place], answers=answers)
            for kind, places in self._places.items():
                line = find(places, place)
                if kind.has(row) and line is None:
                    insort(places, place)
                elif not kind.has(row) and line is not None:
                    del places[line]


def with_answer(standing: Answers, answer: Mine | Page) -> Answers:
    """What stands once an answer was given."""
    return replace(standing, mine=answer) if isinstance(answer, Mine) else replace(standing, page=answer)


def find(places: list[int], place: int) -> int | None:
    """Where a place stands in a sorted list of places; None when it does not."""
    line = bisect_left(places, place)
    return line if line < len(places) and places[line] == place else None
