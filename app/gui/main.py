# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the window: `exhibit-a-window [CASE]`, or `exhibit-a` without a command."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtWidgets import QApplication

from app.gui.main_window import MainWindow
from app.gui.style.theme import apply_theme
from app.paths import places
from indexer.core.about import this_tool


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window, with a case when one is named, and return when it is closed."""
    named = list(sys.argv[1:] if arguments is None else arguments)
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication([sys.argv[0]])
    application.setApplicationName("Exhibit A")
    application.setApplicationVersion(this_tool().version)
    apply_theme(application)
    _keep_a_log(places().log)
    window = MainWindow(places())
    window.show()
    if named:
        window.open_case(Path(named[0]))
    return application.exec()


def _keep_a_log(log: Path) -> None:
    """Our own mistakes go where job processes write; nothing else of the window's is logged."""
    log.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=log, level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    sys.excepthook = _note_mistake


def _note_mistake(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A mistake in a slot must not end the program: answers may wait to be written."""
    logging.getLogger("window").error("unforeseen error", exc_info=(kind, error, trace))
