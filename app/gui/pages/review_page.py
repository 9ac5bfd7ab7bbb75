# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that were found, one at a time: both pictures, why it counts, and the two questions."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from app.casefile.decisions import Answers, Mine, Page, Pair
from app.documents.by_chance import drawer_words
from app.documents.own_works import also_words
from app.documents.wording import comparison_words
from app.gui.models.case_view import Closeup
from app.gui.models.finding_list import FindingList
from app.gui.models.rows import Row, Rows, Shown, with_answer
from app.gui.style.theme import GAP, SMALL_GAP, Role, as_role, label
from app.gui.widgets.answer_buttons import AnswerButtons
from app.gui.widgets.finding_view import FindingView
from app.gui.widgets.kind_buttons import KindButtons
from app.gui.widgets.picture_pair import PicturePair

_ALL_ANSWERED = "Every row that counts is answered. A removal request can be written from those that are yours."
_NONE_OF_KIND = "There is no row of this kind."
_LIST_WIDTH = 330


class ReviewPage(QSplitter):
    """A list, and one row of it.

    Signals:
        chosen: with a `Row` whose pictures are wanted.
        answered: with a `Row` and a `Mine` or `Page`.
        undo_asked: the last answer shall be taken back.
    """

    chosen = Signal(object)
    answered = Signal(object, object)
    undo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings = FindingList(self)
        self._kinds = KindButtons()
        self._list = FindingView(self._findings)
        self._drawer = QPushButton()
        self._pictures = PicturePair()
        self._title = label("", Role.HEADING)
        self._details = label("")
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = AnswerButtons()
        self._said = label("", Role.NOTE)
        self._undo = QPushButton("Undo last answer")
        self.addWidget(self._make_list_side())
        self.addWidget(self._make_row_side())
        self.setStretchFactor(1, 1)
        self.setSizes([_LIST_WIDTH, 3 * _LIST_WIDTH])
        self.setChildrenCollapsible(False)
        self._kinds.chosen.connect(self._on_kind)
        self._drawer.clicked.connect(self._on_drawer)
        self._buttons.answered.connect(self._on_answered)
        self._undo.clicked.connect(self.undo_asked)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self).activated.connect(self.undo_asked)
        self.setFocusProxy(self._list)

    def load(self, rows: Rows) -> None:
        """Show the rows that wait for an answer, or all when none does."""
        kinds = (Shown.TO_ANSWER, Shown.BEHIND, Shown.ALL)
        self._findings.load(rows, next((kind for kind in kinds if rows.count(kind)), Shown.ALL))
        self._said.setText("")
        self._show_counts()
        self._go_to(0)

    def current(self) -> Row | None:
        """The row that is shown."""
        index = self._list.currentIndex()
        return self._findings.at(index) if index.isValid() else None

    def show_closeup(self, closeup: Closeup) -> None:
        """Show pictures and reasons, if their row is still the one that is shown."""
        current = self.current()
        if current and current.match_id == closeup.row.match_id:
            self._details.setText(_describe(closeup, self._findings.rows.same_copy(closeup.row)))
            self._pictures.show_pictures(closeup.work, closeup.candidate, of_work=bool(current.artwork))

    def show_unread(self, sentence: str) -> None:
        """Say why the pictures of the row cannot be shown."""
        self._details.setText(sentence)

    def show_standing(self, pair: Pair, answers: Answers) -> None:
        """Show a row with the answers that stand, after one was taken back or could not be kept."""
        rows, kind = self._findings.rows, self._findings.kind
        rows.set_answers(pair, answers)
        is_in_sight = any(kind.has(rows[place]) for place in rows.about(pair))
        self._findings.load(rows, kind if is_in_sight else Shown.ALL)
        self._show_counts()
        self._go_to(next(iter(self._findings.lines_about(pair)), 0))
        self._show_answers()

    def say(self, sentence: str) -> None:
        """Say something under the buttons."""
        self._said.setText(sentence)

    def _make_list_side(self) -> QWidget:
        self._list.selectionModel().currentChanged.connect(self._on_current)
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, SMALL_GAP, 0)
        layout.addWidget(self._kinds)
        layout.addWidget(self._list, stretch=1)
        layout.addWidget(self._drawer)
        as_role(self._drawer, "drawer")
        return side

    def _make_row_side(self) -> QWidget:
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(GAP, 0, 0, 0)
        layout.setSpacing(GAP)
        reasons = QScrollArea()
        reasons.setAccessibleName("Why it counts")
        reasons.setWidgetResizable(True)
        reasons.setFrameShape(QScrollArea.Shape.NoFrame)
        reasons.setWidget(self._details)
        layout.addWidget(self._title)
        layout.addWidget(self._pictures, stretch=3)
        layout.addWidget(reasons, stretch=1)
        layout.addWidget(self._buttons)
        below = QHBoxLayout()
        below.addWidget(self._said, stretch=1)
        below.addWidget(self._undo)
        layout.addLayout(below)
        return side

    def _on_kind(self, kind: Shown) -> None:
        self._findings.load(self._findings.rows, kind)
        self._show_counts()
        self.say("" if self._findings.rowCount() else _NONE_OF_KIND)
        self._go_to(0)

    def _on_drawer(self) -> None:
        """Opens the drawer of rows that chance may explain, or closes it again."""
        self._on_kind(Shown.TO_ANSWER if self._findings.kind is Shown.BEHIND else Shown.BEHIND)

    def _on_current(self, current: QModelIndex) -> None:
        self._pictures.clear()
        self._details.setText("")
        self._show_answers()
        if current.isValid():
            self.chosen.emit(self._findings.at(current))

    def _on_answered(self, answer: Mine | Page) -> None:
        """Shown at once, so that a fast hand never answers the wrong row; written in the background, in order."""
        row = self.current()
        if row is None:
            self.say("Choose a row in the list first.")
            return
        answers = with_answer(row.answers, answer)
        self._findings.set_answers(row.pair, answers)
        self.say("" if row.may_enter_letter else "This row enters no removal request, whatever you answer.")
        self.answered.emit(row, answer)
        if not row.is_answered and replace(row, answers=answers).is_answered:
            self._go_on(row)
        self._show_counts()
        self._show_answers()

    def _go_on(self, answered: Row) -> None:
        """To the next row; the one just answered leaves the list of those to answer, unless it is the last there."""
        line = self._list.currentIndex().row()
        if line + 1 < self._findings.rowCount():
            self._go_to(line + 1)
        elif self._findings.kind is Shown.TO_ANSWER and line > 0:
            self._go_to(line - 1)
        now = self.current()
        if now and now.pair != answered.pair:
            self._findings.drop(answered.pair)
        if not self._findings.rows.count(Shown.TO_ANSWER):
            self.say(_ALL_ANSWERED)

    def _go_to(self, line: int) -> None:
        if line < self._findings.rowCount():
            self._list.setCurrentIndex(self._findings.index(line))
        else:
            self._on_current(QModelIndex())

    def _show_counts(self) -> None:
        rows, kind = self._findings.rows, self._findings.kind
        self._kinds.show_counts({one: rows.count(one) for one in Shown}, kind)
        behind = rows.chances_behind()
        self._drawer.setVisible(bool(behind) or kind is Shown.BEHIND)
        self._drawer.setText(f"{'▾' if kind is Shown.BEHIND else '▸'} {drawer_words(behind)}")
        self._drawer.setAccessibleName(f"{'Close' if kind is Shown.BEHIND else 'Show'}: {drawer_words(behind)}")

    def _show_answers(self) -> None:
        row = self.current()
        self._title.setText(f"{row.number}  {row.title}: {row.grade_words}" if row else "")
        self._buttons.show_answers(row.answers if row else Answers())


def _describe(closeup: Closeup, same_copy: Sequence[str]) -> str:
    """Everything about a finding in plain lines; the row's own words are shown as they are, never as markup."""
    finding, match = closeup.finding, closeup.finding.match
    version = f", version {finding.version}" if finding.version else ""
    lines = [
        *([match.caution] if match.caution else []),
        f"Data set: {finding.dataset}{version}",
        f"Row: {match.row}",
        f"Address: {match.url or 'none recorded'}",
        *([f"Text beside it: {match.caption}"] if match.caption else []),
        f"Compared: {comparison_words(match)}",
        *([f"The same copy: {', '.join(same_copy)}"] if same_copy else []),
        *([f"A{like[1:]}"] if (like := also_words([match])) else []),
        *(f"– {reason}" for reason in match.reasons),
    ]
    return "\n".join(lines)
