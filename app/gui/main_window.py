# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of this version: looks at the case that a check left. Checks are started from the command line."""

from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QListView,
    QMainWindow,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.casefile.case import CASE_SUFFIX, Case
from app.documents.wording import comparison_words, count_words
from app.gui.models.finding_list import FindingList, ListedFinding
from app.gui.widgets.picture_pair import PicturePair
from indexer.core.errors import StorageProblem

_WELCOME = """<h2>Exhibit A</h2>
<p>Finds out whether your pictures are listed in the data sets that image generators were trained on.</p>
<p>This window shows the case that a check has left. A check is started from a terminal:</p>
<p><code>exhibit-a check FOLDER --source INDEX --case mine.exhibit</code></p>
<p>To see how that looks: <code>exhibit-a demo</code></p>"""


class MainWindow(QMainWindow):
    """A welcome until a case is open; then its findings, each with both pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Exhibit A")
        self.resize(1100, 700)
        self._findings = FindingList(self)
        self._case_file = Path()
        self._summary = QLabel()
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self._list = QListView()
        self._pictures = PicturePair()
        self._details = QLabel()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._make_welcome())
        self._pages.addWidget(self._make_review())
        self.setCentralWidget(self._pages)
        self.menuBar().addMenu("&Case").addAction("&Open…", "Ctrl+O", self._on_open)

    def open_case(self, path: Path) -> None:
        """Show a case, or one sentence about why it cannot be shown."""
        try:
            with Case.open(path) as case:
                self._findings.load(case)
                sample = "SAMPLE, not a real case · " if case.facts.is_sample else ""
        except StorageProblem as problem:
            self.statusBar().showMessage(f"{problem}.")
            return
        self._case_file = path
        count = self._findings.rowCount()
        self._summary.setText(f"{path.name} · {sample}{count_words(count, 'row', 'rows')} in the latest check")
        self._pages.setCurrentIndex(1)
        if count:
            self._list.setCurrentIndex(self._findings.index(0))

    def _make_welcome(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        words = QLabel(_WELCOME)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        button = QPushButton("Open a case…")
        button.clicked.connect(self._on_open)
        layout.addStretch()
        layout.addWidget(words)
        layout.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addStretch()
        layout.setContentsMargins(60, 0, 60, 0)
        return page

    def _make_review(self) -> QWidget:
        self._list.setModel(self._findings)
        self._list.setAccessibleName("Findings")
        self._list.setSpacing(3)
        self._list.setAlternatingRowColors(True)
        self._list.selectionModel().currentChanged.connect(self._on_chosen)
        self._details.setWordWrap(True)
        self._details.setTextFormat(Qt.TextFormat.PlainText)
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        right = QWidget()
        layout = QVBoxLayout(right)
        layout.addWidget(self._pictures, stretch=1)
        layout.addWidget(self._details)
        splitter = QSplitter()
        splitter.addWidget(self._list)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([340, 760])
        page = QWidget()
        whole = QVBoxLayout(page)
        whole.addWidget(self._summary)
        whole.addWidget(splitter, stretch=1)
        return page

    def _on_open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Open a case", "", f"Cases (*{CASE_SUFFIX});;All files (*)")
        if chosen:
            self.open_case(Path(chosen))

    def _on_chosen(self, current: QModelIndex) -> None:
        if current.isValid():
            listed = self._findings.at(current)
            self._details.setText(_describe(listed))
            self._pictures.show_pictures(*self._pictures_of(listed))

    def _pictures_of(self, listed: ListedFinding) -> tuple[bytes | None, bytes | None]:
        """Read when they are shown: a large case holds more pictures than memory should."""
        try:
            with Case.open(self._case_file) as case:
                finding = listed.finding
                return case.works.thumbnail(finding.match.artwork or ""), case.findings.thumbnail(finding.match_id)
        except StorageProblem as problem:
            self.statusBar().showMessage(f"{problem}.")
            return None, None


def _describe(listed: ListedFinding) -> str:
    """Everything about a finding in plain lines; the row's own words are shown as they are, never as markup."""
    match = listed.finding.match
    version = f", version {listed.finding.version}" if listed.finding.version else ""
    lines = [
        f"{listed.number}: {listed.grade}",
        f"Data set: {listed.finding.dataset}{version}",
        f"Row: {match.row}",
        f"Address: {match.url or 'none recorded'}",
        f"Compared: {comparison_words(match)}",
        *(f"– {reason}" for reason in match.reasons),
    ]
    return "\n".join(lines)
