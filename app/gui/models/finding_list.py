# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of a case as a list, strongest first: those to answer, those answered, or all."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.casefile.decisions import Answers, Pair
from app.documents.gather import MINE_WORDS, PAGE_WORDS
from app.gui.models.rows import Row, Rows, Shown, find

LINES_A_ROW = 3

Index = QModelIndex | QPersistentModelIndex


class FindingList(QAbstractListModel):
    """Shows the rows of one kind. A row whose answer changes stays in sight until `drop` is called."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = Rows([])
        self.kind = Shown.ALL
        self._shown: list[int] = []

    def load(self, rows: Rows, kind: Shown) -> None:
        """Show these rows, as far as they are of a kind."""
        self.beginResetModel()
        self.rows, self.kind = rows, kind
        self._shown = rows.places(kind)
        self.endResetModel()

    def set_answers(self, pair: Pair, answers: Answers) -> None:
        """Note the answers that now stand for a work and a row of a data set."""
        self.rows.set_answers(pair, answers)
        for line in self.lines_about(pair):
            self.dataChanged.emit(self.index(line), self.index(line))

    def drop(self, pair: Pair) -> None:
        """Take out the lines about this work and row, if they are no longer of the kind that is shown."""
        for line in reversed(self.lines_about(pair)):
            if not self.kind.has(self.rows[self._shown[line]]):
                self.beginRemoveRows(QModelIndex(), line, line)
                del self._shown[line]
                self.endRemoveRows()

    def lines_about(self, pair: Pair) -> list[int]:
        """The lines about this work and row, as far as they are shown."""
        lines = (find(self._shown, place) for place in self.rows.about(pair))
        return [line for line in lines if line is not None]

    def at(self, index: Index) -> Row:
        """The finding of a line."""
        return self.rows[self._shown[index.row()]]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's own signature
        """How many lines there are."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a line: number and work, how it counts, what was answered."""
        if not index.isValid() or role != Qt.ItemDataRole.DisplayRole:
            return None
        row = self.at(index)
        doubt = " · needs a careful look" if row.is_doubtful else ""
        return f"{row.number}  {row.title}\n{row.grade_words}\n{answer_words(row.answers)}{doubt}"


def answer_words(answers: Answers) -> str:
    """What was answered, in a line."""
    mine = MINE_WORDS[answers.mine] if answers.mine else "not answered yet"
    return f"{mine}; page: {PAGE_WORDS[answers.page]}" if answers.page else mine
