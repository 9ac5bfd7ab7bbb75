# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tones and colours of one picture became those of another that lies over it, whatever covers a part of it.

A robust linear map, which also tells an exchange of light and dark from a turn of the hues. `tone_map.py` adds what is
not linear, for a fair comparison.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.planes import (
    Mask,
    Pixels,
    Plane,
    Size,
    colour_cells,
    grey,
    largest,
    shrink,
    shrink_mask,
    size_within,
)
from indexer.matching.thresholds import (
    TONE_ALIKE,
    TONE_CELL_RESIDUAL,
    TONE_CELLS_ACROSS,
    TONE_CLIPPED,
    TONE_COVERED,
    TONE_DETAIL,
    TONE_DETAIL_ACROSS,
    TONE_QUANTILE,
    TONE_RIDGE,
    TONE_ROUNDS,
    TONE_SAMPLES_ACROSS,
    TONE_SAMPLES_LEAST,
    TONE_SCALE_LEAST,
    TONE_TABLE_ACROSS,
    TONE_UNLIKE,
)

Matrix = NDArray[np.float32]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_MID = 128.0


@dataclass(frozen=True, slots=True)
class Near:
    """Both pictures shrunk to about a third, float32 (h, w, 3): a shift by a pixel at full size would flatten tones."""

    work: Pixels
    other: Pixels


@dataclass(frozen=True, slots=True)
class Samples:
    """Both pictures shrunk until noise, blur and a shift by a pixel no longer show: float32 (n, 3), 0–255.

    Attributes:
        near: what they were taken from.
        places: bool (rows, columns), the cells of an even grid over the picture that these are, row by row.
        rarity: float32 (n,), sum 1; half of the work in one colour counts little more than a tenth.
    """

    work: Matrix
    other: Matrix
    near: Near
    places: Mask
    rarity: Matrix


@dataclass(frozen=True, slots=True)
class ToneMap:
    """other ≈ matrix · work + offset, clipped to 0–255.

    Attributes:
        matrix: float32 (3, 3), of RGB.
        offset: float32 (3,), levels of 0–255.
        samples: what it was fitted to.
        trust: float32 (n,), 0–1: how well each sample obeys it; what is covered does not.
    """

    matrix: Matrix
    offset: Matrix
    samples: Samples
    trust: Matrix

    def apply(self, work: Pixels) -> Pixels:
        """The work with these tones, not clipped."""
        full = np.column_stack([self.matrix, self.offset])
        mapped: Pixels = cv2.transform(work, full).astype(np.float32, copy=False)
        return mapped

    @property
    def misfit(self) -> float:
        """Mean distance of the samples from the map, 0–255; what is far off counts no more than a cover would."""
        away = _away(self.samples, self.matrix, self.offset)
        return float((self.samples.rarity * np.minimum(away, TONE_CELL_RESIDUAL)).sum())

    @property
    def gain(self) -> float:
        """How grey tones are stretched: 1 for none, under 0 where light and dark are exchanged."""
        return float(self.matrix.sum() / 3)


def fit_tones(work: Pixels, other: Pixels, mask: Mask | None = None) -> ToneMap | None:
    """The linear map that most of the picture obeys; None where too little lies inside the mask."""
    samples = _sample(work, other, mask)
    if samples is None:
        return None
    return _refined(samples, *_best_start(samples))


def without(tones: ToneMap, covered: Mask) -> ToneMap:
    """The map fitted again without what is covered; the same where that leaves too little.

    Args:
        covered: bool (h, w), of the pictures that the map was fitted to.
    """
    size = tones.samples.places.shape[::-1]
    share = shrink(covered.astype(np.float32), (size[0], size[1]))[tones.samples.places]
    free = share < TONE_COVERED
    if free.all() or free.sum() < TONE_SAMPLES_LEAST:
        return tones
    rarity = tones.samples.rarity * free
    samples = replace(tones.samples, rarity=rarity / rarity.sum())
    return _refined(samples, tones.matrix, tones.offset)


def _refined(samples: Samples, matrix: Matrix, offset: Matrix) -> ToneMap:
    for _ in range(TONE_ROUNDS):
        trust = _trust(samples, matrix, offset)
        matrix, offset = _solve(samples, trust, 1.0 if matrix.sum() >= 0 else -1.0)
    return ToneMap(matrix, offset, samples, _trust(samples, matrix, offset))


def _sample(work: Pixels, other: Pixels, mask: Mask | None) -> Samples | None:
    half = size_within(work.shape, TONE_DETAIL_ACROSS)
    work, other = shrink(work, half), shrink(other, half)
    table = size_within(work.shape, TONE_TABLE_ACROSS)
    near = Near(shrink(work, table), shrink(other, table))
    size = size_within(work.shape, TONE_SAMPLES_ACROSS)
    places = np.ones(size[::-1], np.bool_) if mask is None else shrink_mask(mask, size)
    a, b = (shrink(each, size)[places] for each in (work, other))
    if len(a) < TONE_SAMPLES_LEAST:
        return None
    cells = colour_cells(a, TONE_CELLS_ACROSS)
    often = np.bincount(cells, minlength=TONE_CELLS_ACROSS**3)[cells]
    rarity = 1 / np.sqrt(often).astype(np.float32) * _agreement(grey(work), grey(other), size)[places]
    return Samples(a, b, near, places, rarity / rarity.sum())


def _agreement(work: Plane, other: Plane, size: Size) -> Plane:
    """How well the details near each sample agree, whatever the tones are, 0.05–1; 1 where neither has any.

    A block of one colour over the only part that has detail would otherwise look like a change of its colours.
    """
    planes = (work, other, work * work, other * other, work * other)
    a, b, aa, bb, ab = (cv2.blur(shrink(each, size), (3, 3)) for each in planes)
    spread_a, spread_b = aa - a * a, bb - b * b
    likeness = np.abs(ab - a * b) / np.sqrt(np.maximum(spread_a * spread_b, 1e-3))
    agreement = np.clip((likeness - TONE_UNLIKE) / (TONE_ALIKE - TONE_UNLIKE), 0.05, 1).astype(np.float32)
    return np.where(np.maximum(spread_a, spread_b) > TONE_DETAIL**2, agreement, np.float32(1))


def _best_start(samples: Samples) -> tuple[Matrix, Matrix]:
    """Of the maps that people make most, and the plain least squares, the one that explains a good part best."""
    eye = np.eye(3, dtype=np.float32)
    greyed = np.tile(LUMA, (3, 1))
    plain = np.ones(len(samples.work), np.float32)
    starts: list[tuple[Matrix, Matrix]] = [
        (eye, np.zeros(3, np.float32)),
        (-eye, np.full(3, 255, np.float32)),
        (greyed, np.zeros(3, np.float32)),
        (-greyed, np.full(3, 255, np.float32)),
        _solve(samples, plain, 1.0),
        _solve(samples, plain, -1.0),
    ]
    return min(starts, key=lambda start: _scale(samples, _away(samples, *start)))


def _away(samples: Samples, matrix: Matrix, offset: Matrix) -> Matrix:
    predicted = np.clip(samples.work @ matrix.T + offset, 0, 255)
    return largest(np.abs(samples.other - predicted))


def _scale(samples: Samples, away: Matrix) -> float:
    """The residual below which that share of the colours lies, each colour counted by its rarity."""
    order = np.argsort(away)
    reached = np.searchsorted(np.cumsum(samples.rarity[order]), TONE_QUANTILE)
    return float(away[order[min(int(reached), len(order) - 1)]])


def _trust(samples: Samples, matrix: Matrix, offset: Matrix) -> Matrix:
    away = _away(samples, matrix, offset)
    scale = 2 * max(_scale(samples, away), TONE_SCALE_LEAST)
    trust: Matrix = (1 / (1 + (away / scale) ** 2) ** 2).astype(np.float32)
    return trust


def _solve(samples: Samples, trust: Matrix, sign: float) -> tuple[Matrix, Matrix]:
    """Weighted least squares, drawn a little towards a plain map where the colours leave it open."""
    cut = largest(np.abs(samples.other - 127.5)) > 127.5 - TONE_CLIPPED
    weights = samples.rarity * trust * np.where(cut, np.float32(0.05), np.float32(1))
    weights = weights / max(float(weights.sum()), 1e-9)
    inputs = np.column_stack([samples.work - _MID, np.full(len(samples.work), _MID, np.float32)])
    prior = np.vstack([sign * np.eye(3), np.zeros((1, 3))])
    gram: Any = (inputs * weights[:, None]).T @ inputs + np.diag([TONE_RIDGE] * 3 + [1e-3])
    right = (inputs * weights[:, None]).T @ (samples.other - _MID) + np.diag([TONE_RIDGE] * 3 + [0.0]) @ prior
    found = np.linalg.solve(gram, right).astype(np.float32)
    matrix: Matrix = np.ascontiguousarray(found[:3].T)
    offset: Matrix = (found[3] * _MID + _MID - matrix.sum(axis=1) * _MID).astype(np.float32)
    return matrix, offset
