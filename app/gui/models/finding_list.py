# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of a case's latest run as a list, strongest first, numbered as in its documents."""

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.casefile.case import Case
from app.casefile.findings import Finding
from app.documents.gather import numbered_findings
from app.documents.wording import GRADE_WORDS

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """One line of the list."""

    number: str
    finding: Finding

    @property
    def title(self) -> str:
        """The work's file name."""
        return (self.finding.match.artwork or "").replace("\\", "/").rpartition("/")[2]

    @property
    def grade(self) -> str:
        """The grade in words, with what was done to the copy."""
        match = self.finding.match
        return GRADE_WORDS[match.grade] + (f" ({match.edit})" if match.edit else "")


class FindingList(QAbstractListModel):
    """Reads a case once, without its pictures; a list view shows it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._findings: list[ListedFinding] = []

    def load(self, case: Case) -> None:
        """Show the findings of the latest run."""
        runs = case.runs.all()
        numbered = numbered_findings(case, runs[-1]) if runs else {}
        self.beginResetModel()
        self._findings = [ListedFinding(number, finding) for number, finding in numbered.items()]
        self.endResetModel()

    def at(self, index: Index) -> ListedFinding:
        """The finding of a line."""
        return self._findings[index.row()]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's own signature
        """How many lines there are."""
        return 0 if parent.isValid() else len(self._findings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a line."""
        if not index.isValid() or role != Qt.ItemDataRole.DisplayRole:
            return None
        listed = self._findings[index.row()]
        return f"{listed.number}  {listed.title}\n{listed.grade}"
