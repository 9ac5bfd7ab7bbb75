# SPDX-License-Identifier: GPL-3.0-or-later
"""A work under the tones and colours of its copy, closely enough that what then differs is no matter of tone.

On the linear map (`tones.py`): a curve of each channel, a small table of colours for what no curve explains, few tones
and other maps that are not linear among it, and the light over the picture (`lighting.py`).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.lighting import lit_as
from indexer.matching.planes import Mask, Pixels, Plane, colour_cells, largest, shrink_mask
from indexer.matching.thresholds import (
    TONE_CELL_LEAST,
    TONE_CELL_RESIDUAL,
    TONE_CELLS_ACROSS,
    TONE_CURVE_BIN,
    TONE_CURVE_ROUNDS,
    TONE_CURVE_SETTLED,
    TONE_FINE_CELLS,
)
from indexer.matching.tones import ToneMap, fit_tones


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
    return work if tones is None else lit_as(fitted(tones, work, mask), other, mask)


def fitted(tones: ToneMap, work: Pixels, mask: Mask | None = None) -> Pixels:
    """The work under the linear map, a curve of each channel, and then each colour moved to where the other has it."""
    straight = _bytes(tones.apply(work))
    near = tones.samples.near
    inside = np.ones(near.work.shape[:2], np.bool_) if mask is None else shrink_mask(mask, near.work.shape[1::-1])
    small, goal = _bytes(tones.apply(near.work))[inside], near.other[inside]
    curves = _curves(small, goal)
    curved = cv2.LUT(straight, curves).astype(np.float32, copy=False)
    table = _table(cv2.LUT(small[None], curves)[0].astype(np.float32, copy=False), goal)
    result: Pixels = np.clip(curved + np.take(table, _fine_cells(straight, curves), axis=0), 0, 255)
    return result


def _fine_cells(straight: NDArray[np.uint8], curves: Pixels) -> NDArray[np.int32]:
    """In which fine cell each pixel lies under the curves: `colour_cells`, looked up, in a third of its time."""
    steps = (curves[0] * (TONE_FINE_CELLS / 256)).astype(np.int32)
    weighted = steps * np.array([TONE_FINE_CELLS**2, TONE_FINE_CELLS, 1], np.int32)
    parts = cv2.LUT(straight, weighted[None]).astype(np.int32, copy=False)
    cells: NDArray[np.int32] = parts[..., 0] + parts[..., 1] + parts[..., 2]
    return cells


def _table(before: Pixels, goal: Pixels) -> Pixels:
    """How far colours have yet to move, for each of a cube of fine cells: float32 (cells, 3).

    Averages of coarse cells, drawn out between their middles: else a soft slope of colour would fall into steps.
    """
    away = goal - before
    near = largest(np.abs(away)) < TONE_CELL_RESIDUAL
    picked, away = colour_cells(before[near], TONE_CELLS_ACROSS), away[near]
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


def _bytes(pixels: Pixels) -> NDArray[np.uint8]:
    whole: NDArray[np.uint8] = cv2.convertScaleAbs(np.maximum(pixels, 0)).astype(np.uint8, copy=False)
    return whole


def _curves(before: NDArray[np.uint8], goal: Pixels) -> Pixels:
    """For each of 256 tones and each channel the mean tone of the other, of pixels near the curve found so far."""
    tones = np.arange(256, dtype=np.float32)
    curves = np.repeat(tones[:, None], 3, axis=1)
    for _ in range(TONE_CURVE_ROUNDS):
        away = goal - cv2.LUT(before[None], curves[None])[0]
        chosen = largest(np.abs(away)) < TONE_CELL_RESIDUAL
        moved = np.stack([_moved(before[chosen, channel], away[chosen, channel]) for channel in range(3)], axis=1)
        curves += moved
        if np.abs(moved).max() < TONE_CURVE_SETTLED:
            break
    return np.clip(curves, 0, 255)[None]


def _moved(before: NDArray[np.uint8], away: Plane) -> Plane:
    """For each of 256 tones of one channel how far it lies off on average, drawn out between bins."""
    bins = before // TONE_CURVE_BIN
    counts = np.bincount(bins, minlength=256 // TONE_CURVE_BIN)
    known = counts >= TONE_CELL_LEAST
    if not known.any():
        return np.zeros(256, np.float32)
    shift = np.bincount(bins, away, minlength=len(counts))[known] / counts[known]
    return np.interp(np.arange(256), (np.flatnonzero(known) + 0.5) * TONE_CURVE_BIN, shift).astype(np.float32)
