# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a keypoint lies, in one number of 63 bits, which FAISS keeps beside each code and gives back with each hit.

So a hit says at once which row it is of and how the pictures would lie over each other; nothing has to be looked up.
From the highest bit: row 27 · x 10 · y 10 · size 8 · angle 8. Places and sizes are shares of the row's long edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]

_ROW_BITS, _POINT_BITS, _SIZE_BITS, _ANGLE_BITS = 27, 10, 8, 8
MOST_ROWS = 1 << _ROW_BITS

_STEPS_AN_OCTAVE, _SMALLEST = 20, -11.0
"""Sizes from 2⁻¹¹ of the long edge on, in steps of 3.5 %."""


@dataclass(frozen=True, slots=True)
class Places:
    """Places of keypoints, arrays of one length.

    Attributes:
        row: of the index, int64.
        x, y, size: float32, shares of the long edge of the picture.
        angle: float32, degrees of the dominant gradient, clockwise as the picture's y goes down.
    """

    row: Numbers
    x: Floats
    y: Floats
    size: Floats
    angle: Floats

    @classmethod
    def of(cls, row: int, points: Floats, sizes: Floats, angles: Floats, long_edge: int) -> "Places":
        """Of one picture, whose points (n, 2) and sizes are in pixels of a view with this long edge."""
        shares = (points + np.float32(0.5)) / np.float32(long_edge)
        return cls(np.full(len(points), row), shares[:, 0], shares[:, 1], sizes / np.float32(long_edge), angles)

    @classmethod
    def together(cls, parts: "Sequence[Places]") -> "Places":
        """All of them, in their order."""
        columns = ([getattr(part, field.name) for part in parts] for field in fields(cls))
        return cls(*(np.concatenate(column) for column in columns))

    def only(self, chosen: Numbers | NDArray[np.bool_]) -> "Places":
        """Some of them, by number or by whether."""
        return Places(*(getattr(self, field.name)[chosen] for field in fields(self)))


def pack_places(places: Places) -> Numbers:
    """One number for each keypoint.

    Raises:
        ValueError: there is no room for the number of a row: it would wrap, and its keypoints be another row's.
    """
    if len(places.row) and not 0 <= places.row.min() <= places.row.max() < MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS:,} pictures can be searched by their parts")
    steps = _scaled(
        np.log2(np.maximum(places.size, np.float32(1e-9))) - np.float32(_SMALLEST), _STEPS_AN_OCTAVE, _SIZE_BITS
    )
    turned = np.rint(places.angle / 360 * (1 << _ANGLE_BITS)).astype(np.int64) % (1 << _ANGLE_BITS)
    packed: Numbers = places.row.astype(np.int64)
    for value, bits in (
        (_scaled(places.x, 1 << _POINT_BITS, _POINT_BITS), _POINT_BITS),
        (_scaled(places.y, 1 << _POINT_BITS, _POINT_BITS), _POINT_BITS),
        (steps, _SIZE_BITS),
        (turned, _ANGLE_BITS),
    ):
        packed = (packed << bits) | value
    return packed


def unpack_places(packed: Numbers) -> Places:
    """What the numbers say; a stranger's may say anything, but no field leaves its range."""
    angle = packed & ((1 << _ANGLE_BITS) - 1)
    packed = packed >> _ANGLE_BITS
    steps = packed & ((1 << _SIZE_BITS) - 1)
    packed = packed >> _SIZE_BITS
    y = packed & ((1 << _POINT_BITS) - 1)
    x = (packed >> _POINT_BITS) & ((1 << _POINT_BITS) - 1)
    return Places(
        packed >> 2 * _POINT_BITS,
        _middle(x, 1 << _POINT_BITS),
        _middle(y, 1 << _POINT_BITS),
        np.exp2(steps.astype(np.float32) / _STEPS_AN_OCTAVE + _SMALLEST).astype(np.float32),
        (angle.astype(np.float32) * (360 / (1 << _ANGLE_BITS))).astype(np.float32),
    )


def _scaled(values: Floats, times: int, bits: int) -> Numbers:
    steps: Numbers = np.clip(np.floor(values * times), 0, (1 << bits) - 1).astype(np.int64)
    return steps


def _middle(steps: Numbers, times: int) -> Floats:
    middle: Floats = ((steps.astype(np.float32) + 0.5) / times).astype(np.float32)
    return middle
