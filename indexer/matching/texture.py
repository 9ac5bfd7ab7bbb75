# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a copy is softer, sharper or grainier than the work, its tones apart.

By bands of detail, each about an octave. The finest suffers most from laying one picture over another, so it is
believed only where the next agrees.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.thresholds import (
    BLURRED_FINE,
    BLURRED_MIDDLE,
    BLURRED_MIDDLE_AGREES,
    DETAIL_LEAST,
    GRAIN_BLOCK,
    GRAIN_BLOCKS_LEAST,
    GRAIN_FLAT_SHARE,
    GRAIN_LEVELS,
    SHARPENED_CONTRAST,
    SHARPENED_MIDDLE,
    SHARPENED_OVERSHOOT,
)

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

_GRAIN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Blind to flats, slopes and straight edges; noise of standard deviation 1 gives 1 (Immerkær's estimate)."""


@dataclass(frozen=True, slots=True)
class Texture:
    """How the copy's details compare with the work's.

    Attributes:
        fine, middle, coarse: strength of detail of about 2–4, 4–8 and 8–16 pixels, as a factor of the work's.
        overshoot: how far light goes beyond what the work has close by, as a share of the contrast there.
        grain: standard deviation of noise that the work has not, levels of 0–255.
    """

    fine: float
    middle: float
    coarse: float
    overshoot: float
    grain: float

    @property
    def is_blurred(self) -> bool:
        """Softer than laying one over the other explains."""
        return self.middle < BLURRED_MIDDLE or (self.fine < BLURRED_FINE and self.middle < BLURRED_MIDDLE_AGREES)

    @property
    def is_sharpened(self) -> bool:
        """Sharper likewise, with the seams of light that sharpening draws along edges."""
        return self.middle > SHARPENED_MIDDLE and self.overshoot > SHARPENED_OVERSHOOT and not self.is_grainy

    @property
    def is_grainy(self) -> bool:
        """Noise that can be seen."""
        return self.grain > GRAIN_LEVELS


def measure_texture(work: Plane, other: Plane, clear: Mask) -> Texture:
    """Compare two grey planes (float32, 0–255) of one size where `clear`: inside both, and not covered."""
    factors = [_strength(a, b, clear) for a, b in zip(_bands(work), _bands(other), strict=True)]
    return Texture(*factors, overshoot=_overshoot(work, other, clear), grain=_grain(work, other, clear))


def _bands(plane: Plane) -> tuple[Plane, Plane, Plane]:
    soft, softer = cv2.GaussianBlur(plane, (0, 0), 1), cv2.GaussianBlur(plane, (0, 0), 2)
    softest = cv2.GaussianBlur(softer, (0, 0), np.sqrt(12))
    return plane - soft, soft - softer, softer - softest


def _strength(work: Plane, other: Plane, clear: Mask) -> float:
    a, b = work[clear], other[clear]
    had = float(a @ a) / max(len(a), 1)
    return float(np.sqrt(float(b @ b) / max(len(b), 1) / had)) if had > DETAIL_LEAST**2 else 1.0


def _overshoot(work: Plane, other: Plane, clear: Mask) -> float:
    near = np.ones((5, 5), np.uint8)
    low, high = cv2.erode(work, near), cv2.dilate(work, near)
    edges = clear & (high - low > SHARPENED_CONTRAST)
    contrast = float((high - low)[edges].sum())
    beyond = np.maximum(np.maximum(other - high, low - other)[edges], 0)
    return float(beyond.sum()) / contrast if contrast else 0.0


def _grain(work: Plane, other: Plane, clear: Mask) -> float:
    """By the calmest blocks of the work: what trembles there in the copy and not in the work."""
    size = (work.shape[1] // GRAIN_BLOCK, work.shape[0] // GRAIN_BLOCK)
    if min(size) < 1:
        return 0.0
    whole = np.s_[: size[1] * GRAIN_BLOCK, : size[0] * GRAIN_BLOCK]
    had, has = (
        cv2.resize(cv2.filter2D(plane, -1, _GRAIN)[whole] ** 2, size, interpolation=cv2.INTER_AREA).ravel()
        for plane in (work, other)
    )
    usable = cv2.resize(clear[whole].astype(np.float32), size, interpolation=cv2.INTER_AREA).ravel() > 1 - 1e-3
    had, has = had[usable], has[usable]
    if len(had) < GRAIN_BLOCKS_LEAST:
        return 0.0
    calm = np.argsort(had)[: max(GRAIN_BLOCKS_LEAST, int(len(had) * GRAIN_FLAT_SHARE))]
    return float(np.sqrt(max(0.0, float(np.median(has[calm]) - np.median(had[calm])))))
