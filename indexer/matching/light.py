# SPDX-License-Identifier: GPL-3.0-or-later
"""The light of two pictures laid over each other, made comparable: under one colour filter, without what covers it."""

import cv2
import numpy as np

from indexer.matching.overlap import GREY, Floats, Mask, Overlap, in_blocks
from indexer.matching.thresholds_look import (
    AGREE_TEXTURE,
    HIDDEN_BORDERED,
    HIDDEN_LEAST,
    HIDDEN_SPREAD,
    HIDDEN_WINDOW,
    SOFT_SHARE,
)

_FILTER_CELL = 4
_FILTER_LEAST = 16


def colour_filter(overlap: Overlap, theirs: Floats) -> Floats:
    """Weights of red, green and blue by which the other's light follows from the work's colours, outliers set aside.

    Exchanged colours and turned hues change which of two colours is the lighter one.
    """
    held = in_blocks(overlap.mask.astype(np.float32), _FILTER_CELL).min(axis=1) > 0
    small = [in_blocks(overlap.work[..., at], _FILTER_CELL).mean(axis=1)[held] for at in range(3)]
    light = in_blocks(theirs, _FILTER_CELL).mean(axis=1)[held]
    if len(light) < _FILTER_LEAST:
        return GREY
    colours = np.stack(small, axis=1)
    colours, light = colours - np.median(colours, axis=0), light - np.median(light)
    ridge = np.eye(3) * len(light)
    weights, trust = GREY.astype(np.float64), np.ones(len(light))
    for _ in range(4):
        weighted = colours * trust[:, None]
        weights = np.linalg.solve(weighted.T @ colours + ridge, weighted.T @ light + ridge @ GREY)
        off = np.abs(light - colours @ weights)
        trust = np.asarray(1 / (1 + (off / max(float(np.median(off)), 4.0)) ** 2), np.float64)
    return weights.astype(np.float32)


def is_soft(plane: Floats) -> bool:
    """Whether a picture keeps all that it has when it is made half as large: blurred, enlarged."""
    size = (plane.shape[1] // 2, plane.shape[0] // 2)
    again = cv2.resize(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), plane.shape[1::-1])
    return float((plane - again).var()) < SOFT_SHARE * float(plane.var())


def hidden(mine: Floats, theirs: Floats, off_tone: Mask) -> Mask:
    """Where something flat and not tiny was laid over the work, and a rim about that.

    A cover has a border; where the ground just goes on, something of the work is not there.
    """
    window = (HIDDEN_WINDOW, HIDDEN_WINDOW)
    differs = (_spread(mine, window) >= AGREE_TEXTURE) | off_tone
    covered = (_spread(theirs, window) < HIDDEN_SPREAD) & differs
    count, numbered, facts, _ = cv2.connectedComponentsWithStats(covered.astype(np.uint8))
    edges = _spread(theirs, (3, 3)) >= AGREE_TEXTURE
    around = cv2.dilate(numbered.astype(np.float32), np.ones((2 * HIDDEN_WINDOW + 1,) * 2, np.uint8))
    rims = (around.astype(np.int32) * (numbered == 0)).ravel()
    bordered = np.bincount(rims, edges.ravel(), count) / np.maximum(np.bincount(rims, minlength=count), 1)
    is_cover = (facts[:, cv2.CC_STAT_AREA] >= HIDDEN_LEAST) & (bordered >= HIDDEN_BORDERED)
    is_cover[0] = False  # what is not covered
    rim = np.ones((HIDDEN_WINDOW + 4, HIDDEN_WINDOW + 4), np.uint8)
    laid_over: Mask = cv2.dilate(is_cover[numbered].astype(np.uint8), rim) > 0
    return laid_over


def _spread(plane: Floats, window: tuple[int, int]) -> Floats:
    mean = cv2.blur(plane, window)
    spread: Floats = np.sqrt(np.maximum(cv2.blur(plane * plane, window) - mean * mean, 0))
    return spread
