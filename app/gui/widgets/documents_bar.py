# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents of a case: a report, and a removal request from the rows that are yours. Nothing is sent."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from app.gui.background import Writable, list_writable, write_letter, write_report
from app.gui.job_relay import JobRelay
from app.gui.style.theme import label
from app.gui.widgets.letter_dialog import LetterDialog
from app.paths import Places

_NONE_YET = (
    "A removal request names only rows that you have called yours, and there is none yet. "
    "Answer “Mine” for a row first; a row that is only possible or similar never enters."
)


class DocumentsBar(QWidget):
    """Two buttons, and what became of them."""

    def __init__(self, relay: JobRelay, places: Places, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._relay, self._places = relay, places
        self._case_file = Path()
        self._written = Path()
        self._dialog = LetterDialog(self)
        self._dialog.accepted.connect(self._on_letter_agreed)
        self._said = label("")
        self._open = QPushButton("Open it")
        self._open.clicked.connect(self._on_open)
        report, self._letter = QPushButton("Save report…"), QPushButton("Write removal request…")
        report.clicked.connect(self._on_report)
        self._letter.clicked.connect(self._on_letter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for button in (report, self._letter):
            layout.addWidget(button)
        layout.addWidget(self._said, stretch=1)
        layout.addWidget(self._open)
        self._open.hide()

    def begin(self, case_file: Path, *, has_rows: bool) -> None:
        """Serve a case; one without rows offers no letter."""
        if case_file != self._case_file:
            self.say("")
        self._case_file = case_file
        self._letter.setVisible(has_rows)

    def say(self, sentence: str) -> None:
        """Say something beside the buttons."""
        self._said.setText(sentence)
        self._open.hide()

    def _on_report(self) -> None:
        output = self._ask_where("report")
        if output:
            self.say("Writing the report…")
            case_file, places = self._case_file, self._places
            self._relay.do(
                lambda watch: write_report(case_file, output, places, watch),
                lambda written: self._on_written("Report", written),
                lambda problem: self.say(str(problem)),
            )

    def _on_letter(self) -> None:
        case_file = self._case_file
        self._relay.do(lambda _: list_writable(case_file), self._on_writable, lambda problem: self.say(str(problem)))

    def _on_writable(self, writable: Writable) -> None:
        if not writable.by_dataset:
            self.say(_NONE_YET)
            return
        self._dialog.load(writable)
        self._dialog.open()

    def _on_letter_agreed(self) -> None:
        output = self._ask_where("removal request")
        if output:
            self.say("Writing the removal request…")
            case_file, places = self._case_file, self._places
            dataset, plan = self._dialog.dataset, self._dialog.plan
            self._relay.do(
                lambda watch: write_letter(case_file, dataset, plan, output, places=places, watch=watch),
                lambda written: self._on_written("Removal request", written),
                lambda problem: self.say(str(problem)),
            )

    def _ask_where(self, what: str) -> Path | None:
        suggested = self._case_file.with_name(f"{self._case_file.stem}, {what}.pdf")
        chosen, _ = QFileDialog.getSaveFileName(self, f"Save the {what}", str(suggested), "PDF (*.pdf)")
        if not chosen:
            return None
        return Path(chosen if Path(chosen).suffix else chosen + ".pdf")

    def _on_written(self, what: str, written: Path) -> None:
        self._written = written
        self.say(f"{what} saved: {written}. Nothing was sent.")
        self._open.show()

    def _on_open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written)))
