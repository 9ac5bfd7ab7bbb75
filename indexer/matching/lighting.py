# SPDX-License-Identifier: GPL-3.0-or-later
"""Uneven light over a copy: darker corners, a lamp at one side, as a vignette or a photograph of paper leave it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.planes import Mask, Pixels, Size, grey, shrink, shrink_mask, size_within
from indexer.matching.thresholds import (
    LIGHT_ACROSS,
    LIGHT_BETTER,
    LIGHT_LEAST,
    LIGHT_LEVELS,
    LIGHT_PERCENT,
    LIGHT_ROUNDS,
    LIGHT_SCALE,
)


def lit_as(work: Pixels, other: Pixels, mask: Mask | None = None) -> Pixels:
    """The work under the other's light: brightness times a curved slope over the picture, where one explains much.

    Args:
        work: float32 (h, w, 3), 0–255, under the other's tones already.
        other: float32 (h, w, 3), of the same size; a part of it may be covered.
        mask: where both have pixels.

    Returns:
        float32 (h, w, 3), 0–255; the work itself where the light is even.
    """
    size = size_within(work.shape, LIGHT_ACROSS)
    a, b = (shrink(grey(each), size).ravel() for each in (work, other))
    inside = np.ones(len(a), np.bool_) if mask is None else shrink_mask(mask, size).ravel()
    terms = _terms(size)
    if inside.sum() < LIGHT_LEAST:
        return work
    a, b, slopes = a[inside], b[inside], terms[inside]
    if float(np.percentile(np.abs(b - a), LIGHT_PERCENT)) < LIGHT_LEVELS:
        return work
    slope: NDArray[np.floating] = np.zeros(terms.shape[1])
    trust: NDArray[np.floating] = np.ones(len(a))
    for _ in range(LIGHT_ROUNDS):
        lit = slopes * a[:, None]
        gram = (lit * trust[:, None]).T @ lit + np.eye(len(slope)) * 1e-3 * len(a)
        slope = np.linalg.solve(gram, (lit * trust[:, None]).T @ (b - a))
        trust = 1 / (1 + ((b - a - lit @ slope) / LIGHT_SCALE) ** 2) ** 2
    gaps = np.abs(b - a), np.abs(b - a - slopes @ slope * a)
    before, after = (float(np.percentile(gap, LIGHT_PERCENT)) for gap in gaps)
    if before < LIGHT_BETTER * after:
        return work
    field = (1 + terms @ slope).astype(np.float32).reshape(size[::-1])
    wide = cv2.resize(field, work.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    result: Pixels = np.clip(work * wide[..., None], 0, 255)
    return result


def _terms(size: Size) -> NDArray[np.float64]:
    """1, x, y, x², xy, y² of each place of a grid, row by row; x and y from -0.5 to 0.5."""
    y, x = (each.ravel() for each in np.mgrid[-0.5 : 0.5 : size[1] * 1j, -0.5 : 0.5 : size[0] * 1j])
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
