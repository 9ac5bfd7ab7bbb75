# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows to show: those to answer, those answered, or all, each with its count."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from app.gui.models.rows import Shown
from app.gui.style.theme import as_role

KINDS = (Shown.TO_ANSWER, Shown.ANSWERED, Shown.ALL)


class KindButtons(QWidget):
    """One button a kind.

    Signals:
        chosen: with a `Shown`.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._buttons: dict[Shown, QPushButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for kind in KINDS:
            button = QPushButton(kind.value)
            button.setCheckable(True)
            as_role(button, "answer")
            button.clicked.connect(lambda _=False, kind=kind: self.chosen.emit(kind))
            self._group.addButton(button)
            self._buttons[kind] = button
            layout.addWidget(button, stretch=1)

    def show_counts(self, counts: Mapping[Shown, int], current: Shown) -> None:
        """Show how many rows of each kind there are, and which kind is shown."""
        self._group.setExclusive(current in self._buttons)  # none is chosen while the drawer is open
        for kind, button in self._buttons.items():
            button.setText(f"{kind.value} ({counts[kind]:,})")
            button.setAccessibleName(f"Show: {kind.value}, {counts[kind]:,} rows")
            button.setChecked(kind is current)
