# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks who writes to whom about which data set, and shows the rows that the letter will name. Sends nothing."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.documents.facts import Recipient, Sender
from app.documents.wording import count_words
from app.gui.background import Writable
from app.gui.style.theme import GAP, SMALL_GAP, Role, as_role, label
from app.writing import LetterPlan

_PURPOSE = (
    "A removal request to whoever publishes the data set. It is a draft for you to read, sign and send: this program "
    "sends nothing. Whoever receives it reads the name and the addresses that you put here, and some publish them."
)
_LINES_HEIGHT = 66
_ROWS_HEIGHT = 92


class LetterDialog(QDialog):
    """One letter. What was typed stays for the next one while the program runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Removal request")
        self.setModal(True)
        self._writable = Writable({})
        self._dataset = QComboBox()
        self._dataset.currentIndexChanged.connect(self._show_rows)
        self._rows = _lines("Rows that the letter names", _ROWS_HEIGHT)
        self._rows.setReadOnly(True)
        self._rows.setTabChangesFocus(True)
        self._version = QLineEdit()
        self._name, self._email, self._town = QLineEdit(), QLineEdit(), QLineEdit()
        self._address = _lines("Your postal address", _LINES_HEIGHT)
        self._to = QLineEdit()
        self._to_address = _lines("Their address", _LINES_HEIGHT)
        self._form = QFormLayout()
        self._said = label("", Role.WARNING)
        self._said.hide()
        self._count = label("", Role.NOTE)
        self._arrange()
        self.resize(620, 640)

    def load(self, writable: Writable) -> None:
        """Offer the data sets that a letter can be about."""
        self._writable = writable
        self._dataset.clear()
        for name, version in writable.by_dataset:
            self._dataset.addItem(f"{name}, version {version}" if version else name, (name, version))
        self._said.hide()
        empty = (field for field in (self._name, self._email, self._to) if not field.text().strip())
        next(empty, self._name).setFocus()
        self._make_room()

    @property
    def dataset(self) -> tuple[str, str]:
        """Name and version of the data set that was chosen."""
        name, version = self._dataset.currentData()
        return name, version

    @property
    def plan(self) -> LetterPlan:
        """What was asked for; the rows are read when the letter is written."""
        return LetterPlan(
            rows=(),
            sender=Sender(self._name.text().strip(), self._email.text().strip(), _split(self._address)),
            recipient=Recipient(self._to.text().strip(), _split(self._to_address)),
            place=self._town.text().strip(),
            version=self._version.text().strip(),
        )

    def accept(self) -> None:
        """Say what is missing, or go on."""
        if missing := self._what_is_missing():
            self._said.setText(missing)
            self._said.show()
            self._make_room()
        else:
            super().accept()

    def _arrange(self) -> None:
        fields = (
            ("Data set", self._dataset),
            ("Its version", self._version),
            ("Rows", self._rows),
            ("Your name", self._name),
            ("Your e-mail", self._email),
            ("Your address (may stay empty)", self._address),
            ("Town (may stay empty)", self._town),
            ("Who receives it", self._to),
            ("Their address (may stay empty)", self._to_address),
        )
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setVerticalSpacing(SMALL_GAP)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for words, field in fields:
            field.setAccessibleName(words.partition(" (")[0])
            self._form.addRow(words, field)
        buttons = QDialogButtonBox()
        save = buttons.addButton("Save letter…", QDialogButtonBox.ButtonRole.AcceptRole)
        as_role(save, "main")
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(GAP)
        for part in (label("Removal request", Role.TITLE), label(_PURPOSE)):
            layout.addWidget(part)
        layout.addLayout(self._form)
        for part in (self._count, self._said):
            layout.addWidget(part)
        layout.addWidget(buttons)

    def _make_room(self) -> None:
        """Grow by what the sentence needs, so that no field is squeezed."""
        layout = self.layout()
        if layout:
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _show_rows(self) -> None:
        if self._dataset.currentIndex() < 0:
            return
        rows = self._writable.by_dataset[self.dataset]
        self._rows.setPlainText("\n".join(f"{number}  {row}" for number, row in rows.items()))
        self._count.setText(f"{count_words(len(rows), 'row', 'rows')} that you have called yours will be named.")
        self._form.setRowVisible(self._version, not self.dataset[1])

    def _what_is_missing(self) -> str:
        needed = [(self._name, "your name"), (self._email, "your e-mail"), (self._to, "who receives it")]
        if not self.dataset[1]:
            needed.insert(0, (self._version, "the version of the data set"))
        missing = [(field, words) for field, words in needed if not field.text().strip()]
        if not missing:
            return ""
        missing[0][0].setFocus()
        return f"Still missing: {', '.join(words for _, words in missing)}."


def _lines(name: str, height: int) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setAccessibleName(name)
    made.setFixedHeight(height)
    made.setTabChangesFocus(True)
    return made


def _split(field: QPlainTextEdit) -> tuple[str, ...]:
    return tuple(line.strip() for line in field.toPlainText().splitlines() if line.strip())
