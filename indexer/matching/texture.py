# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a copy is softer, sharper or grainier than the work, its tones apart.

By bands of detail, each about an octave. The finest suffers most from laying one picture over another, so it is
believed only where the next agrees.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from indexer.matching.planes import Mask, Plane, blur, shrink
from indexer.matching.thresholds import (
    BLURRED_FINE,
    BLURRED_MIDDLE,
    BLURRED_MIDDLE_AGREES,
    DETAIL_BLOCK,
    DETAIL_LEAST,
    GRAIN_BLOCK,
    GRAIN_BLOCKS_LEAST,
    GRAIN_CLIPPED,
    GRAIN_CRISPER,
    GRAIN_CUT,
    GRAIN_FLAT_SHARE,
    GRAIN_LEVELS,
    GRAIN_LEVELS_CRISPER,
    GRAIN_OVER_OWN,
    SHARPENED_CONTRAST,
    SHARPENED_MIDDLE,
    SHARPENED_MIDDLE_PLAIN,
    SHARPENED_OVERSHOOT,
    SHARPENED_OVERSHOOT_PLAIN,
)

_GRAIN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Blind to flats, slopes and straight edges; noise of standard deviation 1 gives 1 (Immerkær's estimate)."""


@dataclass(frozen=True, slots=True)
class Texture:
    """How the copy's details compare with the work's.

    Attributes:
        fine, middle: strength of detail of about 2–4 and 4–8 pixels, as a factor of the work's.
        overshoot: how far light goes beyond what the work has close by, as a share of the contrast there.
        grain: standard deviation of noise that the work has not, levels of 0–255.
        shrunk: pixels of the copy for each pixel where grain was measured, along a side: shrinking made it weaker.
    """

    fine: float
    middle: float
    overshoot: float
    grain: float = 0.0
    shrunk: float = 1.0

    @property
    def is_blurred(self) -> bool:
        """Softer than laying one over the other explains."""
        return self.middle < BLURRED_MIDDLE or (self.fine < BLURRED_FINE and self.middle < BLURRED_MIDDLE_AGREES)

    @property
    def is_sharpened(self) -> bool:
        """Sharper likewise, with the seams of light that sharpening draws along edges."""
        plainly = self.middle > SHARPENED_MIDDLE_PLAIN and self.overshoot > SHARPENED_OVERSHOOT_PLAIN
        seams = self.middle > SHARPENED_MIDDLE and self.overshoot > SHARPENED_OVERSHOOT
        return plainly or (seams and not self._trembles)

    @property
    def is_grainy(self) -> bool:
        """Noise that can be seen, in the copy at its own size, and is not grain of the work that was sharpened."""
        return self._trembles and not self.is_sharpened

    @property
    def _trembles(self) -> bool:
        least = GRAIN_LEVELS if self.fine < GRAIN_CRISPER else GRAIN_LEVELS_CRISPER
        return bool(self.grain * self.shrunk**0.5 > least)


def measure_texture(work: Plane, other: Plane, clear: Mask) -> Texture:
    """Compare two grey planes (float32, 0–255) of one size, but for grain, where `clear`: not covered."""
    factors = _strengths(work, other, clear)
    fine, middle = factors
    return Texture(fine, middle, _overshoot(work, other, clear))


def _bands(plane: Plane) -> tuple[Plane, Plane]:
    soft, softer = blur(plane, 1), blur(plane, 2)
    return plane - soft, soft - softer


def _strengths(work: Plane, other: Plane, clear: Mask) -> list[float]:
    """Detail as a factor of the work's in each band, of the typical block: a cover that went unseen counts little."""
    size = (work.shape[1] // DETAIL_BLOCK, work.shape[0] // DETAIL_BLOCK)
    if min(size) < 1:
        return [1.0, 1.0]
    whole = np.s_[: size[1] * DETAIL_BLOCK, : size[0] * DETAIL_BLOCK]
    counted = clear[whole].astype(np.float32)
    share = shrink(counted, size).ravel()
    energies = (
        [shrink(band[whole] ** 2 * counted, size).ravel() for band in bands]
        for bands in zip(_bands(work), _bands(other), strict=True)
    )
    return [_typical_factor(had, has, share) for had, has in energies]


def _typical_factor(had: Plane, has: Plane, share: Plane) -> float:
    textured = (share > 0.5) & (had > DETAIL_LEAST**2 * share)
    if not textured.any():
        return 1.0
    factors = np.sqrt(has[textured] / had[textured])
    order = np.argsort(factors)
    weights = np.cumsum(np.sqrt(had[textured][order]))
    return float(factors[order[np.searchsorted(weights, weights[-1] / 2)]])


def _overshoot(work: Plane, other: Plane, clear: Mask) -> float:
    near = np.ones((5, 5), np.uint8)
    low, high = cv2.erode(work, near), cv2.dilate(work, near)
    edges = clear & (high - low > SHARPENED_CONTRAST)
    contrast = float((high - low)[edges].sum())
    beyond = np.maximum(np.maximum(other - high, low - other)[edges], 0)
    return float(beyond.sum()) / contrast if contrast else 0.0


def measure_grain(work: Plane, other: Plane, clear: Mask, crisper: float) -> float:
    """By the calmest blocks of the work: what trembles there in the copy and not in the work.

    On white or black half of the noise is cut off. `crisper`: how much more energy the work's own detail has in the
    copy, since laying the work over it has softened it.
    """
    size = (work.shape[1] // GRAIN_BLOCK, work.shape[0] // GRAIN_BLOCK)
    if min(size) < 1:
        return 0.0
    whole = np.s_[: size[1] * GRAIN_BLOCK, : size[0] * GRAIN_BLOCK]
    trembling = (cv2.filter2D(plane, -1, _GRAIN)[whole] ** 2 for plane in (work, other))
    had, has, light, share = (
        shrink(each, size).ravel() for each in (*trembling, other[whole], clear[whole].astype(np.float32))
    )
    usable = share > 1 - 1e-3
    had, has, light = had[usable], has[usable], light[usable]
    if len(had) < GRAIN_BLOCKS_LEAST:
        return 0.0
    calm = np.argsort(had)[: max(GRAIN_BLOCKS_LEAST, int(len(had) * GRAIN_FLAT_SHARE))]
    own = float(np.median(had[calm]))
    more = float(np.median(has[calm])) - crisper * own
    if more < GRAIN_OVER_OWN * own:
        return 0.0
    grain = float(np.sqrt(more))
    clipped = float(np.median(np.abs(light[calm] - 127.5))) > 127.5 - GRAIN_CLIPPED
    return grain * GRAIN_CUT if clipped else grain
