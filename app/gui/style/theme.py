# SPDX-License-Identifier: GPL-3.0-or-later
"""One look for every page. All colours come from the palette, which follows the system's light or dark."""

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget

PAGE_MARGIN, GAP, SMALL_GAP = 28, 16, 8
COLUMN_WIDTH = 760
"""Lines of text that are longer than this are hard to read."""


class Role(StrEnum):
    """What a text is on its page."""

    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"
    NOTE = "note"
    WARNING = "warning"
    SAMPLE = "sample"


_SHEET = """
QLabel[role="title"] { font-size: 20pt; font-weight: 600; }
QLabel[role="heading"] { font-size: 12pt; font-weight: 600; }
QLabel[role="note"] { color: palette(placeholder-text); }
QLabel[role="warning"] { background: palette(alternate-base); border-left: 4px solid palette(highlight);
  padding: 8px 12px; }
QLabel[role="sample"] { background: palette(highlight); color: palette(highlighted-text); padding: 6px 12px;
  font-weight: 600; }
QPushButton { padding: 7px 16px; }
QPushButton[role="main"] { padding: 11px 28px; font-size: 12pt; font-weight: 600; background: palette(highlight);
  color: palette(highlighted-text); border: 1px solid palette(highlight); border-radius: 6px; }
QPushButton[role="main"]:focus { border: 2px solid palette(text); }
QPushButton[role="drawer"] { padding: 7px 12px; text-align: left; }
QPushButton[role="answer"] { padding: 7px 12px; }
QPushButton[role="answer"]:checked { background: palette(highlight); color: palette(highlighted-text);
  border: 1px solid palette(highlight); border-radius: 3px; }
QPushButton[role="answer"]:checked:focus { border: 2px solid palette(text); }
QListView::item, QTableView::item { padding: 6px; }
QLineEdit { padding: 6px; }
"""


def apply_theme(application: QApplication) -> None:
    """Give the whole program its look. Fusion draws the same on every system and follows light and dark."""
    application.setStyle("Fusion")
    application.setStyleSheet(_SHEET)


def label(text: str, role: Role = Role.TEXT) -> QLabel:
    """A text of plain words, shown as they are and never as markup, with its lines broken where needed."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setProperty("role", role.value)
    return made


def centred(column: QWidget) -> QWidget:
    """A page with a column of readable width in its middle."""
    column.setMaximumWidth(COLUMN_WIDTH)
    page = QWidget()
    around = QHBoxLayout(page)
    around.setContentsMargins(0, 0, 0, 0)
    around.addStretch(1)
    around.addWidget(column, stretch=100)
    around.addStretch(1)
    return page


def as_role(widget: QWidget, role: str) -> None:
    """Mark a widget for the sheet above."""
    widget.setProperty("role", role)
