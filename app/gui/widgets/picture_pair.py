# SPDX-License-Identifier: GPL-3.0-or-later
"""The own work beside the data set's picture. The latter stays blurred until it is clicked: it may be anything."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.gui.style.theme import GAP, SMALL_GAP, Role, label

_BLURRED_EDGE = 9
"""Pixels of a blurred picture's long edge: its colours can be seen, its content cannot."""
_LEAST_EDGE = 220
_NO_COPY = "No small copy of your picture is kept in this case."
_BY_WORDS = "None of your pictures was compared: this row was found by its address or its words."
_ONLY_FINGERPRINT = "The picture of this row was not seen: only its fingerprint was compared."
_NOT_SEEN = "The picture of this row was not seen."
_REVEAL_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class _Picture(QLabel):
    """One picture, scaled to the room there is, with words where there is none.

    Signals:
        revealed: it is blurred no longer.
    """

    revealed = Signal()

    def __init__(self, name: str, *, is_strange: bool) -> None:
        super().__init__()
        self._whole = QPixmap()
        self._is_strange = is_strange
        self._is_blurred = False
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMinimumSize(_LEAST_EDGE, _LEAST_EDGE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFrameShape(QLabel.Shape.StyledPanel)

    def set_picture(self, jpeg: bytes | None, otherwise: str) -> None:
        """Show a picture, or words."""
        self._whole = QPixmap()
        self.setText(otherwise)
        is_there = jpeg is not None and self._whole.loadFromData(jpeg)
        self.setMargin(0 if is_there else GAP)  # words stay off the edge, a picture takes all the room
        self._set_blurred(blurred=self._is_strange and is_there)

    def is_blurred(self) -> bool:
        """Whether the picture is still hidden."""
        return self._is_blurred

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Never the picture's own size: both pictures get the same room."""
        return QSize(_LEAST_EDGE, _LEAST_EDGE)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click shows what is blurred."""
        self._reveal()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """So does the space bar, for who uses no mouse."""
        if self.is_blurred() and event.key() in _REVEAL_KEYS:
            self._reveal()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Scale anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._whole.isNull():
            return
        ratio = self.devicePixelRatioF()
        fitted = _scaled(self._whole, self.contentsRect().size() * ratio)
        if self._is_blurred:
            few = _scaled(fitted, QSize(_BLURRED_EDGE, _BLURRED_EDGE))
            fitted = few.scaled(fitted.size(), mode=Qt.TransformationMode.SmoothTransformation)
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(fitted)

    def _reveal(self) -> None:
        self._set_blurred(blurred=False)
        self.revealed.emit()

    def _set_blurred(self, *, blurred: bool) -> None:
        self._is_blurred = blurred
        self._fit()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if blurred else Qt.FocusPolicy.NoFocus)
        self.setAccessibleDescription("Blurred. Click, or press the space bar, to see it." if blurred else "")
        self.setToolTip(self.accessibleDescription())


def _scaled(picture: QPixmap, room: QSize) -> QPixmap:
    return picture.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


class PicturePair(QWidget):
    """Two pictures side by side, each under its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.work = _Picture("Your picture", is_strange=False)
        self.candidate = _Picture("The data set’s picture", is_strange=True)
        self._hint = label("", Role.NOTE)
        self.candidate.revealed.connect(lambda: self._hint.setText(""))  # cleared, it would give up its room
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for picture, below in ((self.work, label("", Role.NOTE)), (self.candidate, self._hint)):
            column = QVBoxLayout()
            column.setSpacing(SMALL_GAP)
            column.addWidget(label(picture.accessibleName(), Role.HEADING))
            column.addWidget(picture, stretch=1)
            column.addWidget(below)
            layout.addLayout(column, stretch=1)

    def show_pictures(self, work: bytes | None, candidate: bytes | None, *, of_work: bool = True) -> None:
        """Show two JPEGs, or why there is none; a row that is not `of_work` was found without any picture."""
        self.work.set_picture(work, _NO_COPY if of_work else _BY_WORDS)
        self.candidate.set_picture(candidate, _ONLY_FINGERPRINT if of_work else _NOT_SEEN)
        self._hint.setText("Blurred until you click it: it may show anything." if self.candidate.is_blurred() else "")

    def clear(self) -> None:
        """Show nothing, while the next pictures are read."""
        self.work.set_picture(None, "")
        self.candidate.set_picture(None, "")
        self._hint.setText("")
