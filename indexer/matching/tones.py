# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tones and colours of one picture became those of another that lies over it, whatever covers a part of it.

A robust linear map first, which also tells an exchange of light and dark from a turn of the hues; then, for a fair
comparison, a small table of colours on top, which follows curves, few tones and other maps that are not linear.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.appearance import Pixels
from indexer.matching.lighting import lit_as
from indexer.matching.planes import Mask, Plane, Size, grey, largest, shrink, shrink_mask, size_within
from indexer.matching.thresholds import (
    TONE_ALIKE,
    TONE_CELL_LEAST,
    TONE_CELL_RESIDUAL,
    TONE_CELLS_ACROSS,
    TONE_CLIPPED,
    TONE_COVERED,
    TONE_CURVE_BIN,
    TONE_CURVE_ROUNDS,
    TONE_DETAIL,
    TONE_DETAIL_ACROSS,
    TONE_FINE_CELLS,
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
class Samples:
    """Both pictures shrunk until noise, blur and a shift by a pixel no longer show: float32 (n, 3), 0–255.

    Attributes:
        places: bool (rows, columns), the cells of an even grid over the picture that these are, row by row.
        rarity: float32 (n,), sum 1; half of the work in one colour counts little more than a tenth.
    """

    work: Matrix
    other: Matrix
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


def tone_map(work: Pixels, other: Pixels, mask: Mask | None = None) -> Pixels:
    """The work with the tones and colours that the other has: what remains between them is not a matter of tone.

    Follows inversion, grey, turned hues, strength of colours, brightness, contrast, gamma, colour tables and few tones;
    a part that is covered, up to about half, does not mislead it. It makes *any* two pictures more alike, unrelated
    ones too: their low tones are then explained, their details are not. A verdict should rest on details (correlation
    of blocks), and on the map being one that a person would make (`ToneMap.gain` not near 0).

    Args:
        work, other: float32 (h, w, 3), 0–255, laid over each other; off by up to two pixels is no harm.
        mask: where both have pixels; None for everywhere.

    Returns:
        float32 (h, w, 3), 0–255; the work itself where too little lies inside the mask.
    """
    tones = fit_tones(work, other, mask)
    return work if tones is None else lit_as(fitted(tones, work, other, mask), other, mask)


def fitted(tones: ToneMap, work: Pixels, other: Pixels, mask: Mask | None = None) -> Pixels:
    """The work under the linear map, a curve of each channel, and then each colour moved to where the other has it."""
    straight = cv2.convertScaleAbs(np.maximum(tones.apply(work), 0)).astype(np.uint8, copy=False)
    small, goal = _small(straight, other, mask)
    curves = _curves(small, goal)
    curved = cv2.LUT(straight, curves).astype(np.float32, copy=False)
    table = _table(cv2.LUT(small[None], curves)[0].astype(np.float32, copy=False), goal)
    result: Pixels = np.clip(curved + np.take(table, _cells(curved, TONE_FINE_CELLS), axis=0), 0, 255)
    return result


def _table(before: Pixels, goal: Pixels) -> Pixels:
    """How far colours have yet to move, for each of a cube of fine cells: float32 (cells, 3).

    Averages of coarse cells, drawn out between their middles: else a soft slope of colour would fall into steps.
    """
    away = goal - before
    near = largest(np.abs(away)) < TONE_CELL_RESIDUAL
    picked, away = _cells(before[near], TONE_CELLS_ACROSS), away[near]
    counts = np.bincount(picked, minlength=TONE_CELLS_ACROSS**3)
    sums = [np.bincount(picked, away[:, channel], minlength=len(counts)) for channel in range(3)]
    coarse = np.stack([*sums, counts], axis=1) / np.maximum(counts, 1)[:, None]
    coarse[counts < TONE_CELL_LEAST] = 0
    fine = coarse.reshape(TONE_CELLS_ACROSS, TONE_CELLS_ACROSS, TONE_CELLS_ACROSS, 4)
    for _ in range(3):
        fine = np.tensordot(fine, _BETWEEN, axes=(0, 0))  # the axis done comes last, so that three turns do all
    drawn = np.moveaxis(fine, 0, -1).reshape(-1, 4)
    return (drawn[:, :3] / np.maximum(drawn[:, 3:], 1e-6)).astype(np.float32)


def _between() -> NDArray[np.float64]:
    """Weights (coarse cells, fine cells) of linear interpolation between the middles of coarse cells."""
    places = (np.arange(TONE_FINE_CELLS) + 0.5) * TONE_CELLS_ACROSS / TONE_FINE_CELLS - 0.5
    places = np.clip(places, 0, TONE_CELLS_ACROSS - 1)
    weights: NDArray[np.float64] = np.maximum(0, 1 - np.abs(np.arange(TONE_CELLS_ACROSS)[:, None] - places[None]))
    return weights


_BETWEEN = _between()


def _small(straight: NDArray[np.uint8], other: Pixels, mask: Mask | None) -> tuple[NDArray[np.uint8], Pixels]:
    """Pixels (n, 3) of both, shrunk: at full size a shift of a pixel would make the tones of the other seem flatter."""
    size = size_within(straight.shape, TONE_TABLE_ACROSS)
    a, b = shrink(straight, size).reshape(-1, 3).astype(np.uint8), shrink(other, size).reshape(-1, 3)
    if mask is None:
        return a, b
    inside = shrink_mask(mask, size).ravel()
    return a[inside], b[inside]


def _curves(before: NDArray[np.uint8], goal: Pixels) -> Pixels:
    """For each of 256 tones and each channel the mean tone of the other, of pixels near the curve found so far."""
    tones = np.arange(256, dtype=np.float32)
    curves = np.repeat(tones[:, None], 3, axis=1)
    for _ in range(TONE_CURVE_ROUNDS):
        away = goal - np.stack([curves[before[:, channel], channel] for channel in range(3)], axis=1)
        chosen = largest(np.abs(away)) < TONE_CELL_RESIDUAL
        for channel in range(3):
            bins = before[chosen, channel] // TONE_CURVE_BIN
            counts = np.bincount(bins, minlength=256 // TONE_CURVE_BIN)
            known = counts >= TONE_CELL_LEAST
            if known.any():
                shift = np.bincount(bins, away[chosen, channel], minlength=len(counts))[known] / counts[known]
                middle = (np.flatnonzero(known) + 0.5) * TONE_CURVE_BIN
                curves[:, channel] += np.interp(tones, middle, shift).astype(np.float32)
    return np.clip(curves, 0, 255)[None]


def _cells(pixels: Pixels, across: int) -> NDArray[np.int32]:
    """Number of the cell of the colour cube, of so many along an edge, in which each pixel lies."""
    steps = (pixels * (across / 256)).astype(np.int32)  # 255 lies in the last one
    number: NDArray[np.int32] = (steps[..., 0] * across + steps[..., 1]) * across + steps[..., 2]
    return number


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
    size = size_within(work.shape, TONE_SAMPLES_ACROSS)
    places = np.ones(size[::-1], np.bool_) if mask is None else shrink_mask(mask, size)
    a, b = (shrink(each, size)[places] for each in (work, other))
    if len(a) < TONE_SAMPLES_LEAST:
        return None
    cells = _cells(a, TONE_CELLS_ACROSS)
    often = np.bincount(cells, minlength=TONE_CELLS_ACROSS**3)[cells]
    rarity = 1 / np.sqrt(often).astype(np.float32) * _agreement(grey(work), grey(other), size)[places]
    return Samples(a, b, places, rarity / rarity.sum())


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
    seen = ((samples.other > TONE_CLIPPED) & (samples.other < 255 - TONE_CLIPPED)).all(axis=1)
    weights = samples.rarity * trust * np.where(seen, 1.0, 0.05)
    weights = weights / max(float(weights.sum()), 1e-9)
    inputs = np.column_stack([samples.work - _MID, np.full(len(samples.work), _MID, np.float32)])
    prior = np.vstack([sign * np.eye(3), np.zeros((1, 3))])
    gram: Any = (inputs * weights[:, None]).T @ inputs + np.diag([TONE_RIDGE] * 3 + [1e-3])
    right = (inputs * weights[:, None]).T @ (samples.other - _MID) + np.diag([TONE_RIDGE] * 3 + [0.0]) @ prior
    found = np.linalg.solve(gram, right).astype(np.float32)
    matrix: Matrix = np.ascontiguousarray(found[:3].T)
    offset: Matrix = (found[3] * _MID + _MID - matrix.sum(axis=1) * _MID).astype(np.float32)
    return matrix, offset
