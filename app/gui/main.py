# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the window: `exhibit-a-window [CASE]`, or `exhibit-a` without a command."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.gui.main_window import MainWindow
from indexer.core.about import this_tool


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window, with a case when one is named, and return when it is closed."""
    named = list(sys.argv[1:] if arguments is None else arguments)
    application = QApplication.instance() or QApplication([sys.argv[0]])
    application.setApplicationName("Exhibit A")
    application.setApplicationVersion(this_tool().version)
    window = MainWindow()
    window.show()
    if named and Path(named[0]).exists():
        window.open_case(Path(named[0]))
    return application.exec()
