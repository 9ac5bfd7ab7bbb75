# SPDX-License-Identifier: GPL-3.0-or-later
"""The own work beside the data set's picture. The latter stays blurred until it is clicked: it may be anything."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import QGraphicsBlurEffect, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

_BLUR_PIXELS = 24
_LEAST_EDGE = 260


class _Picture(QLabel):
    """One picture, scaled down to fit, with words where there is none."""

    def __init__(self, name: str, *, is_strange: bool) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self._is_strange = is_strange
        self._blur: QGraphicsBlurEffect | None = None
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(_LEAST_EDGE, _LEAST_EDGE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFrameShape(QLabel.Shape.StyledPanel)

    def set_picture(self, jpeg: bytes | None, otherwise: str) -> None:
        """Show a picture, or words."""
        self._pixmap = QPixmap()
        if jpeg and self._pixmap.loadFromData(jpeg):
            self.setPixmap(self._pixmap)
        else:
            self.setText(otherwise)
        self._set_blurred(blurred=self._is_strange and not self._pixmap.isNull())

    def is_blurred(self) -> bool:
        """Whether the picture is still hidden."""
        return self._blur is not None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click shows what is blurred."""
        self._set_blurred(blurred=False)
        super().mousePressEvent(event)

    def _set_blurred(self, *, blurred: bool) -> None:
        self._blur = QGraphicsBlurEffect(self) if blurred else None
        if self._blur:
            self._blur.setBlurRadius(_BLUR_PIXELS)
        self.setGraphicsEffect(self._blur)  # type: ignore[arg-type]  # None takes the effect away
        self.setToolTip("Click to see the picture" if blurred else "")


class PicturePair(QWidget):
    """Two pictures side by side, each with its caption."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.work = _Picture("Your picture", is_strange=False)
        self.candidate = _Picture("The data set’s picture", is_strange=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for picture in (self.work, self.candidate):
            column = QVBoxLayout()
            column.addWidget(QLabel(picture.accessibleName()))
            column.addWidget(picture, stretch=1)
            layout.addLayout(column)

    def show_pictures(self, work: bytes | None, candidate: bytes | None) -> None:
        """Show two JPEGs, or why there is none."""
        self.work.set_picture(work, "no small copy of your picture")
        self.candidate.set_picture(candidate, "picture not seen")
