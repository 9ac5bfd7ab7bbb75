# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a copy was reduced to few tones: whether its tones, over those of the work, climb one of the known stairs.

Texture and shrinking smooth the steps until few pixels lie on one, so what is compared is the mean tone of the copy for
each tone of the work, beside a smooth curve: steps leave a saw there, of a shape that no curve of tones has.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.planes import Mask, Pixels, largest
from indexer.matching.thresholds import (
    STAIR_CALM,
    STAIR_CALM_LEAST,
    STAIR_CURVE_OFF,
    STAIR_DEPTH,
    STAIR_LEAST_PIXELS,
    STAIR_LIKENESS,
    STAIR_OFF,
    STAIR_PIXELS,
    STAIR_SAW,
    STAIR_TONES_LEAST,
    STAIR_UNEXPLAINED,
)

Curves = NDArray[np.float64]

_STEPS = 128
_TONES: Curves = np.arange(1, 2 * _STEPS, 2).astype(np.float64)
_SMOOTH: Curves = np.exp(-(((np.arange(_STEPS)[:, None] - np.arange(_STEPS)[None]) / 10.0) ** 2) / 2)


def _stairs() -> Curves:
    """Steps as programs make them: bits cut off (Pillow, ImageMagick), equal shares (Photoshop), rounding (GIMP)."""
    two = [np.where(_TONES >= 128, 255.0, 0.0), np.where(_TONES >= 128, 128.0, 0.0)]
    bits = [np.floor(_TONES / step) * step for step in (64, 32)]
    shares = [np.floor(_TONES * count / 256) * 255 / (count - 1) for count in (3, 4, 5, 6, 8)]
    rounded = [np.rint(_TONES / 255 * (count - 1)) / (count - 1) * 255 for count in (3, 4, 5, 6, 8)]
    return np.stack([*two, *bits, *shares, *rounded])


_STAIRS = _stairs()
_OF_TWO = 2
"""Stairs of one step come first: strong contrast, too, brings most tones near black and white."""


@dataclass(frozen=True, slots=True)
class Climb:
    """How well one stair, the best, explains the copy's tones.

    Attributes:
        likeness: correlation of the saws, -1 to 1.
        depth: the copy's saw as a share of the stair's.
        saw: root mean square of the copy's saw, levels of 0–255.
        off: root mean square distance from a stair of three steps and more.
        curve_off: the same from a straight line.
    """

    likeness: float
    depth: float
    saw: float
    off: float
    curve_off: float

    @property
    def is_stair(self) -> bool:
        """Whether steps show as a saw, or all tones lie on the steps where a drawing has too few for a saw."""
        saws = self.likeness > STAIR_LIKENESS and self.depth > STAIR_DEPTH and self.saw > STAIR_SAW
        return saws or self.off < STAIR_OFF * self.curve_off


def is_posterised(work: Pixels, other: Pixels, clear: Mask, misfit: float) -> bool:
    """Whether the copy's tones climb a stair over the work's, and no change of all colours alike explains that better.

    A drawing in few colours lies on some stair once they were exchanged or turned.

    Args:
        work, other: float32 (h, w, 3), 0–255; the work inverted or grey where the copy is.
        clear: where neither is covered.
        misfit: what the linear map of colours leaves (`ToneMap.misfit`), 0–255.
    """
    climb = best_climb(work, other, clear)
    return climb is not None and climb.is_stair and misfit >= STAIR_UNEXPLAINED * climb.curve_off


def best_climb(work: Pixels, other: Pixels, clear: Mask) -> Climb | None:
    """The stair that explains the copy's tones best; None where there are too few, or a line explains them."""
    before, after = _calm(work, other, clear)
    if len(before) < STAIR_CALM_LEAST:
        return None
    channels = [_mean_tones(before[:, channel], after[:, channel]) for channel in range(3)]
    counted = sum(float(weights.sum()) for weights, _ in channels)
    if sum(np.count_nonzero(weights) for weights, _ in channels) < STAIR_TONES_LEAST:
        return None
    curve_off = sum(_beside_a_line(mean, weights) for weights, mean in channels) / counted
    if curve_off < STAIR_CURVE_OFF**2:
        return None
    saws, off = np.zeros((3, len(_STAIRS))), np.zeros(len(_STAIRS))
    for weights, mean in channels:
        beside = _beside_a_curve(np.vstack([mean, _STAIRS]), weights)
        own, stairs = beside[:1], beside[1:]
        saws += [
            (each * weights).sum(axis=1) for each in (stairs * own, stairs**2, np.broadcast_to(own**2, stairs.shape))
        ]
        off += ((_STAIRS - mean) ** 2 * weights).sum(axis=1)
    together, stair, saw = saws / counted
    likeness = together / np.sqrt(np.maximum(stair * saw, 1e-9))
    best = int(likeness.argmax())
    return Climb(
        float(likeness[best]),
        float(together[best] / max(stair[best], 1e-9)),
        float(np.sqrt(saw[best])),
        float(np.sqrt(off[_OF_TWO:].min() / counted)),
        float(np.sqrt(curve_off)),
    )


def _calm(work: Pixels, other: Pixels, clear: Mask) -> tuple[Pixels, Pixels]:
    """Pixels (n, 3) of both, away from edges of the work, at which a shift by a pixel mixes tones."""
    edges = cv2.morphologyEx(cv2.convertScaleAbs(work), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    calm = np.flatnonzero(clear & (largest(edges) < STAIR_CALM))
    calm = calm[:: max(1, len(calm) // STAIR_PIXELS)]
    return work.reshape(-1, 3)[calm], other.reshape(-1, 3)[calm]


def _mean_tones(before: NDArray[np.float32], after: NDArray[np.float32]) -> tuple[Curves, Curves]:
    """How much each tone of the work counts, none more than a fortieth of all, and the copy's mean tone there."""
    place = np.minimum(before * 0.5, _STEPS - 1).astype(np.int64)
    counts = np.bincount(place, minlength=_STEPS)
    mean = np.bincount(place, after, minlength=_STEPS) / np.maximum(counts, 1)
    weights = np.where(counts >= STAIR_LEAST_PIXELS, np.minimum(counts, max(len(before) / 40, 1)), 0.0)
    return weights, mean


def _beside_a_curve(curves: Curves, weights: Curves) -> Curves:
    """What of each curve (n, steps) a line fitted to its surroundings leaves."""
    x = np.arange(_STEPS, dtype=np.float64)
    s0, s1, s2 = (_SMOOTH @ (weights * x**power) for power in (0, 1, 2))
    t0, t1 = (curves * weights) @ _SMOOTH, (curves * weights * x) @ _SMOOTH
    spread = s0 * s2 - s1**2
    slope = np.where(spread > 1e-3 * s0**2, (s0 * t1 - s1 * t0) / np.maximum(spread, 1e-6), 0)
    rest: Curves = curves - ((t0 - slope * s1) / np.maximum(s0, 1e-6) + slope * x)
    return rest


def _beside_a_line(mean: Curves, weights: Curves) -> float:
    """Weighted sum of squares that a straight line leaves of the mean tones."""
    root = np.sqrt(weights)
    terms = np.stack([_TONES, np.ones(_STEPS)], axis=1)
    line = terms @ np.linalg.lstsq(terms * root[:, None], mean * root, rcond=None)[0]
    return float((weights * (mean - line) ** 2).sum())
