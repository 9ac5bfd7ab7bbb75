# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and masks as arrays: made smaller by area, and told by one number a pixel."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
"""Shape (height, width, 3), values 0–255."""

Plane = NDArray[np.float32]
"""Shape (height, width): one number a pixel."""

Mask = NDArray[np.bool_]
"""Shape (height, width)."""

Size = tuple[int, int]
"""Width and height."""


def size_within(shape: tuple[int, ...], across: float) -> Size:
    """The size of a picture of this shape with its long edge at most `across`."""
    scale = min(1.0, across / max(shape[:2]))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def shrink(pixels: NDArray[Any], size: Size) -> Pixels:
    """The mean over each cell of a grid of `size`: float32 (height, width), or with channels (height, width, 3)."""
    small: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
    return small


def shrink_mask(mask: Mask, size: Size) -> Mask:
    """Which cells of a grid lie wholly inside: bool (height, width)."""
    return shrink(mask.astype(np.float32), size) > 1 - 1e-3


def blur(pixels: Pixels, sigma: float) -> Pixels:
    """Softened by a Gaussian of this standard deviation in pixels."""
    soft: Pixels = cv2.GaussianBlur(pixels, (0, 0), sigma).astype(np.float32, copy=False)
    return soft


def grey(pixels: Pixels) -> Plane:
    """Light alone, 0–255."""
    plane: Plane = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32, copy=False)
    return plane


def largest(pixels: NDArray[Any]) -> NDArray[Any]:
    """The largest of the three channels; several times as fast as asking NumPy along the last axis."""
    result: NDArray[Any] = np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    return result


def colour_cells(pixels: Pixels, across: int) -> NDArray[np.int32]:
    """Number of the cell of the colour cube, of so many along an edge, in which each pixel lies."""
    steps = (pixels * (across / 256)).astype(np.int32)  # 255 lies in the last one
    number: NDArray[np.int32] = (steps[..., 0] * across + steps[..., 1]) * across + steps[..., 2]
    return number
