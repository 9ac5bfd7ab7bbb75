# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: leads from the start page over a running check to the case, and never waits for the work itself."""

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMainWindow, QStackedWidget, QWidget

from app.demo.journey import INDEX
from app.demo.truth import DATASET
from app.errors import Explained
from app.gui.background import CheckNews, CheckPlan, check, describe, make_sample
from app.gui.job_relay import JobRelay
from app.gui.models.case_view import CaseView, read_case
from app.gui.pages.case_page import CasePage
from app.gui.pages.running_page import RunningPage
from app.gui.pages.start_page import StartPage
from app.gui.widgets.case_field import CASE_FILES
from app.gui.widgets.place_list import Place
from app.paths import Places
from indexer.index.manifest import Manifest

_SAMPLE_FOLDER = "Samples"
_BUSY = "A check is running. Stop it first."
_CLOSING_PATIENCE_MS = 8000
"""A stop takes under a second; whatever takes longer than this will not end at all, and dies with the program."""


class MainWindow(QMainWindow):
    """One window, one case at a time."""

    def __init__(self, places: Places) -> None:
        super().__init__()
        self.setWindowTitle("Exhibit A")
        self.resize(1120, 780)
        self._places = places
        self.relay = JobRelay(places.log, self)
        self._start, self._running = StartPage(places.cases), RunningPage()
        self._case = CasePage(self.relay, places)
        self._pages = QStackedWidget()
        for page in (self._start, self._running, self._case):
            self._pages.addWidget(page)
        self.setCentralWidget(self._pages)
        self._is_closing = self._is_patience_over = False
        self._make_menu()
        self._listen()
        self._go_to(self._start)

    def open_case(self, path: Path) -> None:
        """Show a case, or one sentence about why it cannot be shown."""
        if self._may_begin():
            self.statusBar().showMessage(f"Opening {path.name}…")
            self.relay.do(lambda _: read_case(path), self._on_case, self._on_problem)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop what runs and wait for it without standing still; then close."""
        if self.relay.is_busy and not self._is_patience_over:
            event.ignore()
            self._begin_to_close()
            return
        if not self.relay.is_busy:
            self.relay.close()
        super().closeEvent(event)

    def _begin_to_close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self.relay.stop()
            self.relay.ended.connect(self.close)
            QTimer.singleShot(_CLOSING_PATIENCE_MS, self, self._on_patience_over)
        self.statusBar().showMessage("Stopping. What was found so far is kept.")

    def _on_patience_over(self) -> None:
        self._is_patience_over = True
        self.close()

    def _make_menu(self) -> None:
        menu = self.menuBar().addMenu("&Case")
        menu.addAction("&New check", QKeySequence(QKeySequence.StandardKey.New), self._on_new)
        menu.addAction("&Open…", QKeySequence(QKeySequence.StandardKey.Open), self._on_open)
        menu.addSeparator()
        menu.addAction("&Close", QKeySequence(QKeySequence.StandardKey.Quit), self.close)

    def _listen(self) -> None:
        self._start.check_asked.connect(self._on_check)
        self._start.open_asked.connect(self._on_open)
        self._start.samples_asked.connect(self._on_samples)
        self._start.place_list.asked_for.connect(self._on_place)
        self._start.place_list.sample_asked_for.connect(self._on_sample_place)
        self._running.stop_asked.connect(self.relay.stop)
        self._case.check_asked.connect(self._on_check)
        self.relay.reported.connect(self._on_news)

    def _go_to(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self._start.place_list.offer_sample(is_there=self._sample_index.is_dir())
        page.setFocus()

    def _may_begin(self) -> bool:
        """One check at a time; the case that it writes is nobody else's meanwhile."""
        is_running = self._pages.currentWidget() is self._running
        self.statusBar().showMessage(_BUSY if is_running else "")
        return not is_running

    @property
    def _sample_folder(self) -> Path:
        return self._places.cases / _SAMPLE_FOLDER

    @property
    def _sample_index(self) -> Path:
        return self._sample_folder / INDEX

    def _on_new(self) -> None:
        if self._may_begin():
            self._start.begin_again()
            self._go_to(self._start)

    def _on_open(self) -> None:
        if self._may_begin():
            chosen, _ = QFileDialog.getOpenFileName(self, "Open a case", str(self._places.cases), CASE_FILES)
            if chosen:
                self.open_case(Path(chosen))

    def _on_check(self, plan: CheckPlan) -> None:
        places = self._places
        self._running.begin("Checking your pictures", f"{plan.settings.folder}\nThey stay on this computer.")
        self._go_to(self._running)
        self.relay.do(lambda watch: check(plan, places, watch), self._on_case, self._on_problem)

    def _on_samples(self) -> None:
        folder = self._sample_folder
        self._running.begin("Making the samples", "Invented pictures and an invented data set, made on this computer.")
        self._go_to(self._running)
        self.relay.do(lambda watch: make_sample(folder, watch), self._on_case, self._on_problem)

    def _on_place(self, folder: str, pictures: str | None = None) -> None:
        def take(manifest: Manifest) -> None:
            self._start.place_list.add(Place(folder, manifest, pictures))

        def refuse(problem: Explained) -> None:
            self._start.place_list.say(f"Not added. {problem}")

        self.relay.do(lambda _: describe(Path(folder)), take, refuse)

    def _on_sample_place(self) -> None:
        self._on_place(str(self._sample_index), str(self._sample_folder / DATASET))

    def _on_news(self, news: CheckNews) -> None:
        self._running.show_news(news)

    def _on_case(self, view: CaseView) -> None:
        self._case.show_case(view)
        self.setWindowTitle(f"{view.path.name} – Exhibit A")
        self.statusBar().clearMessage()
        self._go_to(self._case)

    def _on_problem(self, problem: Explained) -> None:
        """A case that is shown stays; a check that came to nothing leads back to the start."""
        self.statusBar().clearMessage()
        if self._pages.currentWidget() is self._case:
            self._case.say(str(problem))
            return
        self._start.begin_again()
        self._go_to(self._start)
        self._start.say(str(problem))
