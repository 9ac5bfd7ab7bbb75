# SPDX-License-Identifier: GPL-3.0-or-later
"""A case: its rows or its answer in words, and its documents. Answers are written in the background, in order."""

from pathlib import Path

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.casefile.decisions import Answers, Mine, Page, Pair
from app.errors import Explained
from app.gui.background import CheckPlan
from app.gui.job_relay import JobRelay
from app.gui.models.answer import has_matches, is_stopped, summary
from app.gui.models.answer_book import AnswerBook
from app.gui.models.case_view import CaseView, Closeup, read_closeup
from app.gui.models.rows import Row, with_answer
from app.gui.pages.answer_page import AnswerPage
from app.gui.pages.review_page import ReviewPage
from app.gui.style.theme import GAP, SMALL_GAP, Role, label
from app.gui.widgets.documents_bar import DocumentsBar
from app.paths import Places
from indexer.matching.contract import CheckSettings

_SAMPLE = "SAMPLE: an invented artist and an invented data set. Nothing here may be used as evidence."
_TO_WORDS, _TO_ROWS = "What we looked at", "Back to the rows"


class CasePage(QWidget):
    """Shows a case that was read, and keeps it while it is answered.

    Signals:
        check_asked: with the `CheckPlan` of a check that shall go on.
    """

    check_asked = Signal(object)

    def __init__(self, relay: JobRelay, places: Places, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._relay = relay
        self._view: CaseView | None = None
        self._book = AnswerBook(Path())
        self._kept: dict[Pair, Answers] = {}
        self._wanted: Row | None = None
        self._is_reading = False
        self._sample = label(_SAMPLE, Role.SAMPLE)
        self._name = label("", Role.HEADING)
        self._summary = label("", Role.NOTE)
        self._switch = QPushButton(_TO_WORDS)
        self._go_on = QPushButton("Go on with the check")
        self._review, self._answer = ReviewPage(), AnswerPage()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._review)
        self._stack.addWidget(self._answer)
        self._documents = DocumentsBar(relay, places)
        self._switch.clicked.connect(self._on_switch)
        self._go_on.clicked.connect(self._on_go_on)
        self._review.chosen.connect(self._on_chosen)
        self._review.answered.connect(self._on_answered)
        self._review.undo_asked.connect(self._on_undo)
        self._arrange()

    def show_case(self, view: CaseView) -> None:
        """Show a case: its rows when there are any to look at, else its answer in words."""
        self._view = view
        self._book = AnswerBook(view.path)
        self._kept = {}
        self._sample.setVisible(view.is_sample)
        self._name.setText(view.path.name)
        self._summary.setText(summary(view))
        self._go_on.setVisible(is_stopped(view))
        self._switch.setVisible(len(view.rows) > 0)
        self._answer.show_answer(view)
        self._review.load(view.rows)
        self._documents.begin(view.path, has_rows=has_matches(view))
        self._documents.setVisible(view.run is not None)
        self._show(self._review if has_matches(view) else self._answer)

    def say(self, sentence: str) -> None:
        """Say something in the bar at the bottom."""
        self._documents.say(sentence)

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._name)
        words.addWidget(self._summary)
        head = QHBoxLayout()
        head.addLayout(words, stretch=1)
        head.addWidget(self._go_on)
        head.addWidget(self._switch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP, GAP, GAP, GAP)
        layout.setSpacing(SMALL_GAP)
        layout.addWidget(self._sample)
        layout.addLayout(head)
        layout.addWidget(self._stack, stretch=1)
        layout.addWidget(self._documents)

    def _show(self, page: ReviewPage | AnswerPage) -> None:
        self._stack.setCurrentWidget(page)
        self._switch.setText(_TO_WORDS if page is self._review else _TO_ROWS)
        self.setFocusProxy(page)
        page.setFocus()

    def _on_switch(self) -> None:
        self._show(self._answer if self._stack.currentWidget() is self._review else self._review)

    def _on_go_on(self) -> None:
        if self._view and self._view.run:
            settings = msgspec.convert(dict(self._view.run.plan.settings), CheckSettings)
            self.check_asked.emit(CheckPlan(settings, self._view.path))

    def _on_chosen(self, row: Row) -> None:
        """Only the newest wish counts: who runs down the list with the arrow key waits for no picture passed by."""
        self._wanted = row
        if not self._is_reading:
            self._read_wanted()

    def _read_wanted(self) -> None:
        row, self._wanted = self._wanted, None
        self._is_reading = row is not None
        if row and self._view:
            path = self._view.path
            self._relay.do(lambda _: read_closeup(path, row), self._on_closeup, self._on_unread)

    def _on_closeup(self, closeup: Closeup) -> None:
        self._review.show_closeup(closeup)
        self._read_wanted()

    def _on_unread(self, problem: Explained) -> None:
        self._review.show_unread(str(problem))
        self._read_wanted()

    def _on_answered(self, row: Row, answer: Mine | Page) -> None:
        """The window shows the answer already; if it cannot be kept, the one that stands is shown again."""
        book, pair = self._book, row.pair
        self._kept.setdefault(pair, row.answers)

        def on_kept(_: None) -> None:
            self._kept[pair] = with_answer(self._kept[pair], answer)

        def on_lost(problem: Explained) -> None:
            self._review.show_standing(pair, self._kept[pair])
            self.say(f"The answer was not kept. {problem}")

        self._relay.do(lambda _: book.decide(pair, answer), on_kept, on_lost)

    def _on_undo(self) -> None:
        book = self._book
        self._relay.do(lambda _: book.undo(), self._on_undone, self._on_problem)

    def _on_undone(self, undone: tuple[Pair, Answers] | None) -> None:
        if undone:
            pair, self._kept[pair] = undone
            self._review.show_standing(*undone)
            self._review.say("The last answer was taken back.")
        else:
            self._review.say("There is no answer to take back since this case was opened.")

    def _on_problem(self, problem: Explained) -> None:
        self.say(str(problem))
