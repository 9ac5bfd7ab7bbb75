# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the artist's answers into a case and takes them back. Used in the background thread only; knows no Qt."""

from pathlib import Path

from app.casefile.case import Case
from app.casefile.decisions import Answers, Decision, Mine, Page, Pair


class AnswerBook:
    """The answers given since the case was opened, so that each can be taken back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given: list[list[Decision]] = []

    def decide(self, pair: Pair, answer: Mine | Page) -> None:
        """Keep an answer.

        Raises:
            StorageProblem: the case cannot be written.
        """
        with Case.open(self._path) as case:
            self._given.append(case.decisions.decide([pair], answer))

    def undo(self) -> tuple[Pair, Answers] | None:
        """Take the last answer back; returns what stands now, None when there is nothing to take back.

        Raises:
            StorageProblem: the case cannot be written.
        """
        if not self._given:
            return None
        with Case.open(self._path) as case:
            last = self._given[-1]
            case.decisions.undo(last)
            self._given.pop()
            pair = last[0].about
            return (pair, case.decisions.answers_of([pair])[pair]) if isinstance(pair, Pair) else None
