# SPDX-License-Identifier: GPL-3.0-or-later
"""How many places of a work fit one affine placement in one row's picture: what stored keypoints alone can say.

Coarse votes find the row; this looks closer. Every pair says by itself where all others should lie, the pair that most
agree with is grown into an affine transform, and what lies where that says is counted. Nothing is drawn by lot.
"""

import numpy as np
from numpy.typing import NDArray

from indexer.index.keypoint_places import Places

Floats = NDArray[np.float32]
Which = NDArray[np.bool_]

MOST_PAIRS = 240
"""So many pairs of a row are looked at, evenly drawn: the work grows with their square, and this is 2 ms."""

_SLACK, _LEVER = 0.02, 0.15
"""How far from where one pair says may another lie, in shares of the placed work's long edge: rounding of places, and
what an error of size and direction makes of their distance; squared and added."""

_OCTAVE, _TURN = 0.8, 30.0
"""How far sizes (log₂) and directions (degrees) may differ between pairs of one placement."""

_FITTED = 0.015
"""How far from where the affine transform says, likewise."""

_ROUNDS, _LEAST = 3, 4
"""Three pairs fit an affine transform in any case."""

_PLACES_ACROSS = 64
"""Keypoints within one 64th of the long edge are one place, of the row's where that shows the work enlarged."""


def count_fitted(work: Places, other: Places) -> int:
    """Places that fit, apart from each other in both pictures; 0 when no placement holds more than three pairs."""
    if len(work.x) > MOST_PAIRS:
        drawn = np.linspace(0, len(work.x) - 1, MOST_PAIRS).astype(np.int64)
        work, other = work.only(drawn), other.only(drawn)
    source, target = (np.stack([places.x, places.y], axis=1).astype(np.float32) for places in (work, other))
    times = (other.size / work.size).astype(np.float32)
    turn = np.deg2rad((other.angle - work.angle).astype(np.float32))
    agree = _agreeing(source, target, times, turn)
    best = agree[agree.sum(axis=1).argmax()]
    scale = float(np.median(times[best]))
    for _ in range(_ROUNDS):
        if best.sum() < _LEAST:
            return 0
        best = _fitting(source, target, best, scale) & agree.any(axis=0)
    finer = max(1.0, scale)
    return min(_apart(source[best] * finer), _apart(target[best] * (finer / scale)))


def _agreeing(source: Floats, target: Floats, times: Floats, turn: Floats) -> Which:
    """(n, n): whether each pair lies where each other says."""
    apart = (source[:, None, 0] - source[None, :, 0], source[:, None, 1] - source[None, :, 1])
    cosine, sine = times * np.cos(turn), times * np.sin(turn)
    across = target[:, None, 0] - target[None, :, 0] - cosine * apart[0] + sine * apart[1]
    down = target[:, None, 1] - target[None, :, 1] - sine * apart[0] - cosine * apart[1]
    off = (across * across + down * down) / (times * times)
    allowed = _SLACK * _SLACK + _LEVER * _LEVER * (apart[0] * apart[0] + apart[1] * apart[1])
    octave = np.log2(times)
    sizes = np.abs(octave[:, None] - octave[None]) <= _OCTAVE
    turned = np.abs((turn[:, None] - turn[None] + np.pi) % (2 * np.pi) - np.pi) <= np.deg2rad(_TURN)
    agree: Which = (off <= allowed) & sizes & turned
    return agree.T


def _fitting(source: Floats, target: Floats, chosen: Which, scale: float) -> Which:
    """Pairs that lie where the affine transform of the chosen ones says."""
    homogeneous = np.concatenate([source, np.ones((len(source), 1), np.float32)], axis=1)
    affine, *_ = np.linalg.lstsq(homogeneous[chosen], target[chosen], rcond=None)
    off = np.linalg.norm(homogeneous @ affine - target, axis=1)
    fitting: Which = off <= _FITTED * scale
    return fitting


def _apart(points: Floats) -> int:
    return len(np.unique((points * _PLACES_ACROSS).astype(np.int64), axis=0))
