# SPDX-License-Identifier: GPL-3.0-or-later
"""While a check runs: what it is doing, how long that may take, what it has found so far, and a button to stop it."""

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.documents.wording import count_words
from app.gui.background import CheckNews
from app.gui.style.theme import GAP, PAGE_MARGIN, Role, as_role, centred, label
from indexer.core.progress import Progress

_EARLY_S = 2.0
"""Before this a guess at the time left would jump about."""


class RunningPage(QWidget):
    """Shows news as it comes.

    Signals:
        stop_asked: the user wants to stop.
    """

    stop_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label("", Role.TITLE)
        self._what = label("")
        self._stage = label("", Role.HEADING)
        self._bar = QProgressBar()
        self._bar.setAccessibleName("How far this step has come")
        self._left = label("", Role.NOTE)
        self._counts = label("")
        self._stop = QPushButton("Stop")
        as_role(self._stop, "main")
        self._stop.clicked.connect(self._on_stop)
        self._stage_began = 0.0
        self._stage_name = ""
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN)
        layout.setSpacing(GAP)
        layout.addStretch()
        for part in (self._title, self._what, self._stage, self._bar, self._left, self._counts):
            layout.addWidget(part)
        layout.addWidget(self._stop, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addStretch()
        QVBoxLayout(self).addWidget(centred(column))
        self.setFocusProxy(self._stop)

    def begin(self, title: str, what: str) -> None:
        """Show a new piece of work."""
        self._title.setText(title)
        self._what.setText(what)
        self._stage_name = ""
        self._stage.setText("Starting")
        self._bar.setRange(0, 0)
        self._left.setText("")
        self._counts.setText("")
        self._stop.setText("Stop")
        self._stop.setFocus()

    def show_news(self, news: CheckNews) -> None:
        """Show how far it has come."""
        progress = news.progress
        if progress.stage != self._stage_name:
            self._stage_name, self._stage_began = progress.stage, time.monotonic()
            self._stage.setText(progress.stage[:1].upper() + progress.stage[1:])
        self._bar.setRange(0, progress.total or 0)
        self._bar.setValue(progress.done)
        self._left.setText(_progress_words(progress, time.monotonic() - self._stage_began))
        self._counts.setText(_count_words(news))

    def _on_stop(self) -> None:
        self._stop.setText("Stopping…")
        self._left.setText("What was found so far is kept.")
        self.stop_asked.emit()


def time_left_words(done: int, total: int, elapsed_s: float) -> str:
    """How long a step may still take, at the pace so far; empty while that is only a guess."""
    if elapsed_s < _EARLY_S or done == 0 or done >= total:
        return ""
    left_s = elapsed_s * (total - done) / done
    if left_s < 60:
        return "less than a minute left in this step"
    if left_s < 3600:
        return f"about {count_words(round(left_s / 60), 'minute', 'minutes')} left in this step"
    return f"about {count_words(round(left_s / 3600), 'hour', 'hours')} left in this step"


def _progress_words(progress: Progress, elapsed_s: float) -> str:
    if not progress.total:
        return ""
    left = time_left_words(progress.done, progress.total, elapsed_s)
    return f"{progress.done:,} of {progress.total:,}" + (f" · {left}" if left else "")


def _count_words(news: CheckNews) -> str:
    if not news.looked_at + news.skipped:
        return ""
    skipped = f" · {count_words(news.skipped, 'file', 'files')} that could not be read" if news.skipped else ""
    found = count_words(news.found, "row", "rows")
    return (
        f"So far: {count_words(news.looked_at, 'picture', 'pictures')} read{skipped} · {found} found that may be yours"
    )
