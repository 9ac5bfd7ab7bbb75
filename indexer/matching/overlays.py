# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies over a copy: writing and pasting in places, or another picture mixed in everywhere."""

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.planes import Mask, Pixels, Plane, Size, grey, shrink, shrink_mask
from indexer.matching.texture import Texture
from indexer.matching.thresholds import (
    BLEND_ALIKE,
    BLEND_ALIKE_SHARE,
    BLEND_BLOCK,
    BLEND_BLOCKS_LEAST,
    BLEND_CONTRAST,
    BLEND_GAIN,
    BLEND_LEVELS,
    BLEND_LEVELS_WEAK,
    BLEND_SPARSE_ALIKE,
    BLEND_SPARSE_BLOCK,
    BLEND_SPARSE_COVER,
    BLEND_SPARSE_GAIN,
    BLEND_TEXTURE,
    BLEND_WEAK_GAIN,
    COVER_COLOUR,
    COVER_EDGE,
    COVER_GRAIN,
    COVER_PEAK,
    COVER_PEAK_CHANGED,
    COVER_RINGING,
    COVER_RINGING_SHARP,
    COVER_SPOT,
)

Bytes = NDArray[np.uint8]

_SHIFT = np.ones((5, 5), np.uint8)
"""Tones of the work within two pixels are no difference: so far may both be off each other."""

_FAR = np.ones((9, 9), np.uint8)
_GAP = np.ones((11, 11), np.uint8)


def rough_cover(fitted: Pixels, other: Pixels) -> Mask:
    """Where the copy surely has other tones than the work; generous, to be left out of measurements of texture."""
    excess = _excess(fitted, other, _SHIFT, COVER_RINGING, 0.0)
    places = cv2.morphologyEx((excess > COVER_PEAK).astype(np.uint8), cv2.MORPH_CLOSE, _GAP)
    return cv2.dilate(places, _SHIFT) > 0


def covered_places(fitted: Pixels, other: Pixels, inside: Mask, texture: Texture) -> Mask:
    """Where the copy was written or pasted over: tones that the work has nowhere near, in spots large enough to see.

    Args:
        fitted: the work under the copy's tones, and as soft as the copy.
        inside: where both have pixels.
    """
    changed = texture.is_sharpened or texture.is_blurred
    near, peak = (_FAR, COVER_PEAK_CHANGED) if changed else (_SHIFT, COVER_PEAK)
    ringing = COVER_RINGING_SHARP if texture.is_sharpened else COVER_RINGING
    excess = _excess(fitted, other, near, ringing, COVER_GRAIN * texture.grain)
    places = ((excess > COVER_EDGE) & inside).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(places, connectivity=8)
    plain = np.zeros(count, np.bool_)
    plain[np.unique(labels[excess >= peak])] = True
    kept = plain & (stats[:, cv2.CC_STAT_AREA] >= COVER_SPOT)
    kept[0] = False
    closed: Mask = (cv2.morphologyEx(kept[labels].astype(np.uint8), cv2.MORPH_CLOSE, _SHIFT) > 0) & inside
    return closed


def _excess(fitted: Pixels, other: Pixels, near: Bytes, ringing: float, grain: float) -> Bytes:
    """By how much light or colour lies outside what the work has close by; colour counts less, since JPEG smears it."""
    work, copy = (cv2.cvtColor(cv2.convertScaleAbs(each), cv2.COLOR_RGB2YCrCb) for each in (fitted, other))
    calm = cv2.GaussianBlur(copy, (0, 0), 0.7)
    low, high = cv2.erode(work, near), cv2.dilate(work, near)
    outside = cv2.max(cv2.subtract(calm, high), cv2.subtract(low, calm))
    slack = cv2.convertScaleAbs(cv2.subtract(high, low), alpha=ringing, beta=grain)
    light, *colours = cv2.split(cv2.subtract(outside, slack))
    colour = cv2.convertScaleAbs(cv2.max(*colours), alpha=COVER_COLOUR)
    result: Bytes = cv2.max(light, colour).astype(np.uint8, copy=False)
    return result


def blended_share(fitted: Pixels, other: Pixels, inside: Mask, covered: Mask, gain: float) -> float:
    """Share of another picture mixed in, 0–1; 0 for none.

    The work still shows everywhere, weaker, and beside it tones that follow something else: everywhere, or, where that
    is a drawing on an even ground, in places that look covered and yet let the work's details through.
    """
    size = (fitted.shape[1] // BLEND_BLOCK, fitted.shape[0] // BLEND_BLOCK)
    if abs(gain) > BLEND_GAIN or min(size) < 1:
        return 0.0
    whole = np.s_[: size[1] * BLEND_BLOCK, : size[0] * BLEND_BLOCK]
    usable = shrink_mask(inside[whole], size)
    textured, likeness = _block_likeness(grey(fitted[whole]), grey(other[whole]), size)
    detailed, alike = usable & textured, usable & textured & (likeness > BLEND_ALIKE)
    if alike.sum() < max(BLEND_BLOCKS_LEAST, BLEND_ALIKE_SHARE * detailed.sum()):
        return 0.0
    rest = _beside_a_slope(shrink(other[whole] - fitted[whole], size), alike)
    strength = np.sqrt((rest**2).mean(axis=1))
    most, nearly_all = np.percentile(strength, (40, 20))
    least = BLEND_LEVELS if abs(gain) > BLEND_WEAK_GAIN else BLEND_LEVELS_WEAK
    everywhere = most >= least and nearly_all >= least / 2
    over = detailed & (shrink(covered[whole].astype(np.float32), size) > BLEND_SPARSE_BLOCK)
    in_places = abs(gain) < BLEND_SPARSE_GAIN and covered.sum() > BLEND_SPARSE_COVER * inside.sum()
    if not everywhere and not (in_places and (alike & over).sum() > max(1, BLEND_SPARSE_ALIKE * over.sum())):
        return 0.0
    return float(np.clip((1 - abs(gain) + strength.mean() / BLEND_CONTRAST) / 2, 0, 1))


def _block_likeness(a: Plane, b: Plane, size: Size) -> tuple[Mask, Plane]:
    """Which blocks have texture in the work, and how the two correlate in each."""
    mean_a, mean_b = shrink(a, size), shrink(b, size)
    var_a, var_b = shrink(a * a, size) - mean_a**2, shrink(b * b, size) - mean_b**2
    together = shrink(a * b, size) - mean_a * mean_b
    likeness: Plane = (together / np.sqrt(np.maximum(var_a * var_b, 1e-6))).astype(np.float32)
    return var_a > BLEND_TEXTURE**2, likeness


def _beside_a_slope(blocks: Pixels, chosen: Mask) -> Pixels:
    """Values (n, 3) of the chosen blocks without what an uneven light explains, a curved slope over the picture."""
    down, across = np.nonzero(chosen)
    y, x = down / max(chosen.shape[0], 1) - 0.5, across / max(chosen.shape[1], 1) - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    values = blocks[chosen]
    line = terms @ np.linalg.lstsq(terms, values, rcond=None)[0]
    rest: Pixels = (values - line).astype(np.float32)
    return rest
