# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a copy is softer, sharper, grainier, or has fewer tones than the work, its tones apart.

By bands of detail, each about an octave. The finest suffers most from laying one picture over another, so it is
believed only where the next agrees.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.appearance import Pixels
from indexer.matching.thresholds import (
    BLURRED_FINE,
    BLURRED_MIDDLE,
    BLURRED_MIDDLE_AGREES,
    DETAIL_LEAST,
    GRAIN_BLOCK,
    GRAIN_BLOCKS_LEAST,
    GRAIN_FLAT_SHARE,
    GRAIN_LEVELS,
    GRID_LEAST,
    GRID_NEAR,
    GRID_STEPS,
    GRID_WORK_MOST,
    SHARPENED_COARSE,
    SHARPENED_MIDDLE,
    STAIRS_LEVELS,
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
        grain: standard deviation of noise that the work has not, levels of 0–255.
    """

    fine: float
    middle: float
    coarse: float
    grain: float

    @property
    def is_blurred(self) -> bool:
        """Softer than laying one over the other explains."""
        return self.middle < BLURRED_MIDDLE or (self.fine < BLURRED_FINE and self.middle < BLURRED_MIDDLE_AGREES)

    @property
    def is_sharpened(self) -> bool:
        """Sharper likewise."""
        return self.middle > SHARPENED_MIDDLE and self.coarse > SHARPENED_COARSE and not self.is_grainy

    @property
    def is_grainy(self) -> bool:
        """Noise that can be seen."""
        return self.grain > GRAIN_LEVELS


def measure_texture(work: Plane, other: Plane, clear: Mask) -> Texture:
    """Compare two grey planes (float32, 0–255) of one size where `clear`: inside both, and not covered."""
    factors = [_strength(a, b, clear) for a, b in zip(_bands(work), _bands(other), strict=True)]
    return Texture(*factors, grain=_grain(work, other, clear))


def _bands(plane: Plane) -> tuple[Plane, Plane, Plane]:
    soft, softer = cv2.GaussianBlur(plane, (0, 0), 1), cv2.GaussianBlur(plane, (0, 0), 2)
    softest = cv2.GaussianBlur(softer, (0, 0), np.sqrt(12))
    return plane - soft, soft - softer, softer - softest


def _strength(work: Plane, other: Plane, clear: Mask) -> float:
    a, b = work[clear], other[clear]
    had = float(a @ a) / max(len(a), 1)
    return float(np.sqrt(float(b @ b) / max(len(b), 1) / had)) if had > DETAIL_LEAST**2 else 1.0


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


def is_posterised(straight: Pixels, other: Pixels, clear: Mask) -> bool:
    """Whether the copy keeps only a few of the tones that the work has under a map without steps (`straight`)."""
    before, after = straight[clear], other[clear]
    return _stairs(before, after) > STAIRS_LEVELS or _on_a_grid(before, after)


def _stairs(before: Pixels, after: Pixels) -> float:
    """How far the tones of the copy, over those of the work, lie beside a smooth curve: a stair does, by its steps."""
    levels = 128
    rises = []
    for channel in range(3):
        place = np.minimum(before[:, channel] / 2, levels - 1).astype(np.int64)
        counts = np.bincount(place, minlength=levels).astype(np.float32)
        sums = np.bincount(place, after[:, channel], minlength=levels).astype(np.float32)
        tone = np.arange(levels, dtype=np.float32) * 2
        away = np.where(counts > 0, sums / np.maximum(counts, 1) - tone, 0)
        weights = np.minimum(counts, len(before) / levels)
        level = _smooth(away * weights) / np.maximum(_smooth(weights), 1e-6)
        rises.append(float(np.sqrt((weights * (away - level) ** 2).sum() / max(float(weights.sum()), 1.0))))
    return float(np.median(rises))


def _smooth(values: Plane) -> Plane:
    smooth: Plane = cv2.GaussianBlur(values[None].astype(np.float32), (0, 0), 10, borderType=cv2.BORDER_CONSTANT)[0]
    return smooth


def _on_a_grid(before: Pixels, after: Pixels) -> bool:
    """Whether nearly all tones between black and white lie on even steps, as programs choose them."""
    between = ((after > GRID_NEAR) & (after < 255 - GRID_NEAR)).ravel()
    if between.mean() < 1 - GRID_LEAST:
        return False
    had, has = before.ravel()[between], after.ravel()[between]
    return any(_near(has, step) > GRID_LEAST and _near(had, step) < GRID_WORK_MOST for step in GRID_STEPS)


def _near(tones: Plane, step: float) -> float:
    return float((np.abs(tones / step - np.rint(tones / step)) * step <= GRID_NEAR).mean())
