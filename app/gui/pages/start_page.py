# SPDX-License-Identifier: GPL-3.0-or-later
"""The first page: which folder, where to look, where the case is kept, and the button that starts the check."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.gui.background import CheckPlan
from app.gui.style.theme import GAP, PAGE_MARGIN, SMALL_GAP, Role, as_role, centred, label
from app.gui.widgets.case_field import CaseField
from app.gui.widgets.folder_field import FolderField, dropped_folder
from app.gui.widgets.place_list import Place, PlaceList
from indexer.matching.contract import CheckSettings

_PURPOSE = (
    "Find out whether your pictures are listed in the data sets that image generators were trained on. "
    "The search runs on this computer, and your pictures stay on it."
)


class StartPage(QScrollArea):
    """Asks what a check needs. Its button always answers: with a check, or with what is missing.

    Signals:
        check_asked: with a `CheckPlan`.
        open_asked, samples_asked: the user wants to see a case, or the samples.
    """

    check_asked = Signal(object)
    open_asked = Signal()
    samples_asked = Signal()

    def __init__(self, cases: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = FolderField("Folder with your pictures")
        self.place_list = PlaceList()
        self._case = CaseField(cases)
        self._check = QPushButton("Check")
        as_role(self._check, "main")
        self._said = label("", Role.WARNING)
        self._said.hide()
        self._folder.changed.connect(self._on_changed)
        self.place_list.changed.connect(self._on_changed)
        self._check.clicked.connect(self._on_check)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidget(self._make_column())
        self.setAcceptDrops(True)
        self.setFocusProxy(self._folder)

    def say(self, sentence: str) -> None:
        """Say one thing beside the button; empty for nothing."""
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))
        if sentence:
            self.ensureWidgetVisible(self._said)

    def begin_again(self) -> None:
        """Another check may follow: folder and places stay as they are."""
        self.say("")
        self._case.refresh()
        self._folder.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """A folder may be dropped anywhere on the page."""
        if dropped_folder(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Take the folder."""
        if folder := dropped_folder(event.mimeData()):
            self._folder.set_folder(str(folder))
            event.acceptProposedAction()

    def _make_column(self) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(label("Is your work listed?", Role.TITLE))
        layout.addWidget(label(_PURPOSE))
        steps = ("1  Your pictures", self._folder), ("2  Where to look", self.place_list), ("3  Your case", self._case)
        for heading, step in steps:
            part = QVBoxLayout()
            part.setSpacing(SMALL_GAP)
            part.addWidget(label(heading, Role.HEADING))
            part.addWidget(step)
            layout.addLayout(part)
        layout.addWidget(self._said)
        layout.addWidget(self._check, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(self._make_other_ways())
        layout.addStretch()
        return centred(column)

    def _make_other_ways(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for words, signal in (("Open a case…", self.open_asked), ("See it with samples", self.samples_asked)):
            button = QPushButton(words)
            button.clicked.connect(signal)
            row.addWidget(button)
        row.addStretch()
        return row

    def _on_changed(self) -> None:
        self.say("")
        self._case.suggest(self._folder.folder, sample=_has_sample(self.place_list.places))

    def _on_check(self) -> None:
        missing = self._what_is_missing()
        self.say(missing)
        case_file = self._case.case_file
        if missing or case_file is None:
            return
        places = self.place_list.places
        settings = CheckSettings(
            folder=self._folder.folder,
            sources=tuple(place.folder for place in places),
            pictures=places[0].pictures if len(places) == 1 else None,
            offline=True,
        )
        self.check_asked.emit(CheckPlan(settings, case_file))

    def _what_is_missing(self) -> str:
        """One sentence, empty when nothing is."""
        folder, places = self._folder.folder, self.place_list.places
        if not folder:
            return "Choose the folder with your pictures first."
        if not Path(folder).is_dir():
            return f"There is no folder {folder}. Choose another one."
        if not places:
            return "Add at least one place to search."
        if _has_sample(places) and not all(place.manifest.sample for place in places):
            return "The sample data set is never searched together with real ones. Remove one or the other."
        if self._case.case_file is None:
            return "Say where the case shall be kept."
        return ""


def _has_sample(places: list[Place]) -> bool:
    return any(place.manifest.sample for place in places)
