# SPDX-License-Identifier: GPL-3.0-or-later
"""The eight ways to lay a picture down: turned by quarter turns, and the same mirrored.

A copy in a data set may be any of them, and no perceptual hash survives one, so a work is asked for in all eight.
"""

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Orientation(StrEnum):
    """What was done to the work: first mirrored left to right (or not), then turned clockwise."""

    UPRIGHT = "upright"
    TURNED_90 = "turned_90"
    TURNED_180 = "turned_180"
    TURNED_270 = "turned_270"
    MIRRORED = "mirrored"
    MIRRORED_90 = "mirrored_90"
    MIRRORED_180 = "mirrored_180"
    MIRRORED_270 = "mirrored_270"

    @property
    def is_mirrored(self) -> bool:
        """Whether left and right are exchanged before the turn."""
        return self.value.startswith("mirrored")

    @property
    def degrees(self) -> int:
        """Quarter turns clockwise, in degrees."""
        tail = self.value.rpartition("_")[2]
        return int(tail) if tail.isdigit() else 0


_TRANSPOSES: dict[Orientation, Image.Transpose] = {
    Orientation.TURNED_90: Image.Transpose.ROTATE_270,  # Pillow turns counter-clockwise
    Orientation.TURNED_180: Image.Transpose.ROTATE_180,
    Orientation.TURNED_270: Image.Transpose.ROTATE_90,
    Orientation.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT,
    Orientation.MIRRORED_90: Image.Transpose.TRANSVERSE,
    Orientation.MIRRORED_180: Image.Transpose.FLIP_TOP_BOTTOM,
    Orientation.MIRRORED_270: Image.Transpose.TRANSPOSE,
}


def lay(image: Image.Image, orientation: Orientation) -> Image.Image:
    """`image` mirrored and turned; the very same object when it is upright."""
    if orientation is Orientation.UPRIGHT:
        return image
    return image.transpose(_TRANSPOSES[orientation])


def lay_array(pixels: NDArray[Any], orientation: Orientation) -> NDArray[Any]:
    """The same for an array of shape (height, width, …)."""
    laid = pixels[:, ::-1] if orientation.is_mirrored else pixels
    return np.rot90(laid, k=-(orientation.degrees // 90), axes=(0, 1))
