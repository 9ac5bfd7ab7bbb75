# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the case is kept: named after the folder that is checked until the user names it."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.casefile.case import CASE_SUFFIX
from app.gui.style.theme import SMALL_GAP, Role, label

CASE_FILES = f"Cases (*{CASE_SUFFIX});;All files (*)"
_KEPT = "The case holds what was found, your answers and your letters."
_KNOWN = "There is a case of that name. This check is added to it, and your earlier answers count."


class CaseField(QWidget):
    """A line with the place of the case, a button, and what will happen to it."""

    def __init__(self, cases: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cases = cases
        self._is_named = False
        self._line = QLineEdit()
        self._line.setAccessibleName("Case file")
        self._line.setPlaceholderText("Is named after your folder")
        self._line.textEdited.connect(self._on_edited)
        self._line.textChanged.connect(self._on_changed)
        self.button = QPushButton("Change…")
        self.button.clicked.connect(self._on_choose)
        self._said = label(_KEPT, Role.NOTE)
        row = QHBoxLayout()
        row.addWidget(self._line, stretch=1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_GAP)
        layout.addLayout(row)
        layout.addWidget(self._said)

    @property
    def case_file(self) -> Path | None:
        """The place, None while there is none."""
        text = self._line.text().strip()
        return Path(text) if text else None

    def suggest(self, folder: str, *, sample: bool) -> None:
        """Name the case after a folder, unless the user has named it. Samples get a case of their own."""
        if not self._is_named:
            name = Path(folder).name
            kind = " (sample)" if sample else ""
            self._line.setText(str(self._cases / f"{name}{kind}{CASE_SUFFIX}") if name else "")

    def refresh(self) -> None:
        """Look again whether the case is there; a check may have made it."""
        self._on_changed()

    def _on_edited(self) -> None:
        self._is_named = self.case_file is not None

    def _on_changed(self) -> None:
        place = self.case_file
        self._said.setText(_KNOWN if place and place.is_file() else _KEPT)

    def _on_choose(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Case file", self._line.text(), CASE_FILES, options=QFileDialog.Option.DontConfirmOverwrite
        )
        if chosen:
            self._is_named = True
            self._line.setText(chosen if Path(chosen).suffix else chosen + CASE_SUFFIX)
