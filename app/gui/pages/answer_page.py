# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole answer in words: what was found, what was looked at and what was not, and one next step."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.gui.models.answer import headline, sections
from app.gui.models.case_view import CaseView
from app.gui.style.theme import COLUMN_WIDTH, GAP, PAGE_MARGIN, SMALL_GAP, Role, label


class AnswerPage(QScrollArea):
    """Shows words only; what can be done stands below, in the case's own bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("The answer")

    def show_answer(self, view: CaseView) -> None:
        """Show the answer of a case's latest check."""
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(label(headline(view), Role.TITLE))
        for section in sections(view):
            part = QVBoxLayout()
            part.setSpacing(SMALL_GAP)
            if section.heading:
                part.addWidget(label(section.heading, Role.HEADING))
            for line in section.lines:
                words = label(line)
                words.setMaximumWidth(COLUMN_WIDTH)
                words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                part.addWidget(words)
            layout.addLayout(part)
        layout.addStretch()
        self.setWidget(page)
