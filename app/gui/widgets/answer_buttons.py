# SPDX-License-Identifier: GPL-3.0-or-later
"""The two questions about a row, each with its buttons: is it my picture, and what is that page?"""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QWidget

from app.casefile.decisions import Answers, Mine, Page
from app.gui.style.theme import SMALL_GAP, Role, as_role, label

_Choice = tuple[Mine | Page, str, str, str]

_MINE: tuple[_Choice, ...] = (
    (Mine.MINE, "Mine", "M", "The picture in the data set is mine, changed or not."),
    (Mine.NOT_MINE, "Not mine", "N", "It is somebody else’s. You will not be asked about this row again."),
    (Mine.UNSURE, "Unsure", "U", "It enters no letter, and you can decide later."),
)
_PAGE: tuple[_Choice, ...] = (
    (Page.OWN, "My own", "O", "The address is mine: my site, my shop, my account."),
    (Page.LICENSED, "Licensed", "L", "I allowed that page to show it, such as a client’s or an agency’s."),
    (Page.NOT_ALLOWED, "Not allowed", "A", "I did not allow that page to show it."),
    (Page.UNKNOWN, "Don’t know", "D", "I do not know that page."),
)

_QUESTION_WIDTH = 160


class AnswerButtons(QWidget):
    """Shows the standing answers and takes new ones.

    Signals:
        answered: a `Mine` or a `Page`.
    """

    answered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[Mine | Page, QPushButton] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_GAP)
        for line, (question, choices) in enumerate((("Is it my picture?", _MINE), ("And that page?", _PAGE))):
            layout.addWidget(label(question, Role.HEADING), line, 0)
            row = QHBoxLayout()
            for answer, words, key, meaning in choices:
                row.addWidget(self._make_button(answer, words, key, f"{question} {words}. {meaning}"))
            row.addStretch()
            layout.addLayout(row, line, 1)
        layout.setColumnMinimumWidth(0, _QUESTION_WIDTH)
        layout.setColumnStretch(1, 1)

    def show_answers(self, answers: Answers) -> None:
        """Show what stands now."""
        for answer, button in self._buttons.items():
            button.setChecked(answer in (answers.mine, answers.page))

    def first(self) -> QPushButton:
        """Where the answering begins."""
        return self._buttons[Mine.MINE]

    def _make_button(self, answer: Mine | Page, words: str, key: str, meaning: str) -> QPushButton:
        button = QPushButton(f"{words}  ({key})")
        button.setCheckable(True)
        button.setAccessibleName(meaning.partition(". ")[0])
        button.setToolTip(meaning.partition("? ")[2])
        as_role(button, "answer")
        button.clicked.connect(lambda: self.answered.emit(answer))
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.activated.connect(lambda: self.answered.emit(answer))
        self._buttons[answer] = button
        return button
