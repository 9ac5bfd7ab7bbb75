# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings one below the other. A table of one column: a list view asks each of 100,000 rows where it stands."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.gui.models.finding_list import LINES_A_ROW, FindingList

_PADDING = 14


class FindingView(QTableView):
    """Shows a `FindingList`; one row is chosen at a time."""

    def __init__(self, findings: FindingList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(findings)
        self.setAccessibleName("Findings")
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(LINES_A_ROW * self.fontMetrics().lineSpacing() + _PADDING)
