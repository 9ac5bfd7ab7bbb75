# SPDX-License-Identifier: GPL-3.0-or-later
"""The places to search: index folders, each with what it says of itself."""

from dataclasses import dataclass

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.documents.wording import count_words
from app.gui.style.theme import SMALL_GAP, Role, label
from indexer.index.manifest import Manifest

_EMPTY = "Nothing chosen yet. An index is a folder in which a data set was made searchable."
_LIST_HEIGHT = 128


@dataclass(frozen=True, slots=True)
class Place:
    """A place that can be searched. `pictures` is the folder of its pictures, where the place does not know it."""

    folder: str
    manifest: Manifest
    pictures: str | None = None


class PlaceList(QWidget):
    """Adds and takes out places.

    Signals:
        asked_for: a folder was named; whoever hears it looks at it and calls `add`, or `say` why not.
        sample_asked_for: the sample data set shall be searched.
        changed: there is one more, or one less.
    """

    asked_for = Signal(str)
    sample_asked_for = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places: list[Place] = []
        self._list = QListWidget()
        self._list.setAccessibleName("Places to search")
        self._list.setFixedHeight(_LIST_HEIGHT)
        self._list.setWordWrap(True)
        self._said = label(_EMPTY, Role.NOTE)
        self.button = QPushButton("Add index folder…")
        self._remove = QPushButton("Remove")
        self._sample = QPushButton("Add the sample data set")
        self.button.clicked.connect(self._on_add)
        self._remove.clicked.connect(self._on_remove)
        self._sample.clicked.connect(self.sample_asked_for)
        self._sample.hide()
        buttons = QHBoxLayout()
        for button in (self.button, self._remove, self._sample):
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_GAP)
        layout.addWidget(self._list)
        layout.addWidget(self._said)
        layout.addLayout(buttons)

    @property
    def places(self) -> list[Place]:
        """What is chosen."""
        return list(self._places)

    def add(self, place: Place) -> None:
        """Take a place in, once."""
        if place.folder in [known.folder for known in self._places]:
            self.say("That place is in the list already.")
            return
        self._places.append(place)
        item = QListWidgetItem(describe(place))
        item.setSizeHint(QSize(0, 2 * self._list.fontMetrics().lineSpacing() + 14))
        item.setToolTip(place.folder)
        self._list.addItem(item)
        self._list.setCurrentItem(item)
        self.say("")
        self.changed.emit()

    def say(self, sentence: str) -> None:
        """Say something under the list."""
        self._said.setText(sentence or ("" if self._places else _EMPTY))
        self._said.setVisible(bool(self._said.text()))

    def offer_sample(self, *, is_there: bool) -> None:
        """Show or hide the button for the sample data set."""
        self._sample.setVisible(is_there)

    def _on_add(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Choose an index folder")
        if chosen:
            self.asked_for.emit(chosen)

    def _on_remove(self) -> None:
        line = self._list.currentRow()
        if line < 0:
            self.say("Choose a place in the list first." if self._places else "There is nothing to remove.")
            return
        self._list.takeItem(line)
        del self._places[line]
        self.say("")
        self.changed.emit()


def describe(place: Place) -> str:
    """A place in two lines: what it holds, and where it is."""
    manifest = place.manifest
    version = f", version {manifest.version}" if manifest.version else ""
    sample = "SAMPLE · " if manifest.sample else ""
    rows = count_words(manifest.rows, "picture", "pictures")
    return f"{sample}{manifest.dataset}{version}: {rows} listed\n{place.folder}"
