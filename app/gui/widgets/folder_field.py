# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder, chosen by a dialog, typed, or dropped."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget


class FolderField(QWidget):
    """A line with the path and a button.

    Signals:
        changed: the path is another one.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._line = QLineEdit()
        self._line.setAccessibleName(name)
        self._line.setPlaceholderText("Choose a folder, or drop one here")
        self._line.setAcceptDrops(False)  # else the line would take a dropped folder as text
        self._line.textChanged.connect(self.changed)
        self.button = QPushButton("Choose folder…")
        self.button.clicked.connect(self._on_choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._line, stretch=1)
        layout.addWidget(self.button)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.button)

    @property
    def folder(self) -> str:
        """The path as it stands there; empty while there is none."""
        return self._line.text().strip()

    def set_folder(self, folder: str) -> None:
        """Put a path there."""
        self._line.setText(folder)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take folders only."""
        if dropped_folder(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Take the first folder."""
        if folder := dropped_folder(event.mimeData()):
            self.set_folder(str(folder))
            event.acceptProposedAction()

    def _on_choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self._name, self.folder)
        if chosen:
            self.set_folder(chosen)


def dropped_folder(data: QMimeData) -> Path | None:
    """The first folder among what is dropped."""
    paths = (Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    return next((path for path in paths if path.is_dir()), None)
