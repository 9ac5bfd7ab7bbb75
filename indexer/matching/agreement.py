# SPDX-License-Identifier: GPL-3.0-or-later
"""How much two pictures that lie over each other agree, whatever was done to tones and colours, block by block.

A block agrees when its light correlates, after its own slope is taken out, because any two shaded surfaces have the
same slope. Where the copy was painted over with something flat nothing is told either way. What agrees must be a large
part of one of the pictures with little inside it that contradicts: captions, frames, marks and pages that two pictures
share are no copies of each other.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from indexer.matching.overlap import GREY, Floats, Mask, Overlap, in_blocks
from indexer.matching.thresholds import (
    AGREE_ALIKE,
    AGREE_BLOCK,
    AGREE_CONTRADICTS,
    AGREE_ONE_SIDED,
    AGREE_TEXTURE,
    COPY_AGAINST,
    COPY_BLOCKS,
    COPY_EXTENT,
    COPY_PART,
    COPY_STRENGTH,
    HIDDEN_SPREAD,
)

_FULL = 0.95
_FILTER_CELL = 4
_FILTER_LEAST = 16


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the blocks of an overlap say together, within the rectangle that speaks most for a copy.

    Attributes:
        blocks: those in which one picture or both have something to see.
        alike: how many of them agree.
        strength: blocks that agree less those that contradict, the latter counted heavier.
        of_work, of_other: share of either picture's area that the rectangle stands for, plain parts beside it too, 0–1.
        extent: share of what the overlap shows of the work that lies in the rectangle, 0–1.
        against: for each block of the whole overlap that agrees, how many speak against a copy.
        inverted: whether light and dark are exchanged.
    """

    blocks: int
    alike: int
    strength: float
    of_work: float
    of_other: float
    extent: float = 0.0
    against: float = 0.0
    inverted: bool = False

    @property
    def share(self) -> float:
        """Share of the blocks that agree, 0–1."""
        return self.alike / self.blocks if self.blocks else 0.0

    @property
    def is_copy(self) -> bool:
        """Whether that is more than two other pictures show, even with the same caption or frame."""
        return (
            self.strength >= COPY_STRENGTH
            and self.alike >= COPY_BLOCKS
            and max(self.of_work, self.of_other) >= COPY_PART
            and self.extent >= COPY_EXTENT
            and self.against <= COPY_AGAINST
        )


_NOTHING = Agreement(0, 0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Blocks row by row, each array (down, across).

    Attributes:
        likeness: correlation of the light, -1 to 1.
        in_work, in_other: whether there is something to see.
        counts: whether both pictures are there, and nothing flat was laid over the work.
        area: share of the block that both pictures cover.
    """

    likeness: Floats
    in_work: Mask
    in_other: Mask
    counts: Mask
    area: Floats


def agreement(overlap: Overlap, left: float, cover: float) -> Agreement:
    """How much both pictures of an overlap agree.

    Args:
        left, cover: share of the work and of the other picture that the overlap is.
    """
    if min(overlap.mask.shape) < AGREE_BLOCK:
        return _NOTHING
    grid = _compare(overlap)
    seen = grid.counts & (grid.in_work | grid.in_other)
    inverted = bool(grid.likeness[seen & grid.in_work].sum() < 0)
    likeness = -grid.likeness if inverted else grid.likeness
    weights = _weights(grid, seen, likeness)
    rows, columns, strength = _best_rectangle(weights)
    agrees = seen & (likeness >= AGREE_ALIKE)
    contradicting = -float(weights[~agrees].sum()) / AGREE_CONTRADICTS
    there, alike = int(seen[rows, columns].sum()), int(agrees[rows, columns].sum())
    against = contradicting / max(int(agrees.sum()), 1)
    shown = grid.in_work & (grid.area >= _FULL)
    extent = float(shown[rows, columns].sum() / max(int(shown.sum()), 1))
    return Agreement(there, alike, strength, extent * left, extent * cover, extent, against, inverted)


def _compare(overlap: Overlap) -> _Grid:
    theirs = overlap.other @ GREY
    mine = overlap.work @ _filter(overlap, theirs)
    edge, shape = AGREE_BLOCK, tuple(side // AGREE_BLOCK for side in overlap.mask.shape)
    area = in_blocks(overlap.mask.astype(np.float32), edge).mean(axis=1)
    hidden = in_blocks(_hidden(overlap.work @ GREY, theirs).astype(np.float32), edge).mean(axis=1)
    a, b = _level(in_blocks(mine, edge)), _level(in_blocks(theirs, edge))
    spread = np.maximum(a.std(axis=1), _level(in_blocks(overlap.work @ GREY, edge)).std(axis=1))
    flat = (
        _correlation(a, b),
        spread >= AGREE_TEXTURE,
        b.std(axis=1) >= AGREE_TEXTURE,
        (area >= _FULL) & (hidden <= 1 - _FULL),
        area,
    )
    return _Grid(*(each.reshape(shape) for each in flat))


def _weights(grid: _Grid, seen: Mask, likeness: Floats) -> Floats:
    """What each block says: 1 that it is a copy, less than 0 that it is none, 0 nothing."""
    contradicts = -AGREE_CONTRADICTS * np.clip((AGREE_ALIKE - likeness) / (AGREE_ALIKE - 0.2), 0, 1)
    both = grid.in_work & grid.in_other
    told = np.where(likeness >= AGREE_ALIKE, 1.0, np.where(both, contradicts, -AGREE_ONE_SIDED))
    weights: Floats = np.where(seen, told, 0.0)
    return weights


def _hidden(mine: Floats, theirs: Floats) -> Mask:
    """Where the other picture is flat over more than a block and the work is not, and a block's rim about that."""
    window = (AGREE_BLOCK, AGREE_BLOCK)
    covered = (_spread(theirs, window) < HIDDEN_SPREAD) & (_spread(mine, window) >= AGREE_TEXTURE)
    rim = np.ones((AGREE_BLOCK + 3, AGREE_BLOCK + 3), np.uint8)
    hidden: Mask = cv2.dilate(covered.astype(np.uint8), rim) > 0
    return hidden


def _spread(plane: Floats, window: tuple[int, int]) -> Floats:
    mean = cv2.blur(plane, window)
    spread: Floats = np.sqrt(np.maximum(cv2.blur(plane * plane, window) - mean * mean, 0))
    return spread


def _best_rectangle(weights: Floats) -> tuple[slice, slice, float]:
    """The rectangle of blocks with the largest sum (Kadane's algorithm over all pairs of rows)."""
    down, across = weights.shape
    summed = np.zeros((down + 1, across + 1))
    summed[1:, 1:] = weights.cumsum(axis=0).cumsum(axis=1)
    best, found = -np.inf, (slice(0, 0), slice(0, 0))
    for top in range(down):
        strips = summed[top + 1 :] - summed[top]
        gains = strips[:, 1:] - np.minimum.accumulate(strips, axis=1)[:, :-1]
        at = np.unravel_index(int(gains.argmax()), gains.shape)
        if gains[at] > best + 1e-9:
            right = int(at[1]) + 1
            first = int(strips[at[0], :right].argmin())
            best, found = float(gains[at]), (slice(top, top + 1 + int(at[0])), slice(first, right))
    return (*found, float(best))


def _filter(overlap: Overlap, theirs: Floats) -> Floats:
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


def _level(blocks: Floats) -> Floats:
    """Blocks without their mean and their slope."""
    ramp = np.linspace(-1, 1, AGREE_BLOCK, dtype=np.float32)
    basis = np.stack([np.ones((AGREE_BLOCK, AGREE_BLOCK), np.float32), *np.meshgrid(ramp, ramp)]).reshape(3, -1)
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    level: Floats = (blocks - (blocks @ basis.T) @ basis).astype(np.float32)
    return level


def _correlation(a: Floats, b: Floats) -> Floats:
    lengths = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    result: Floats = (a * b).sum(axis=1) / np.maximum(lengths, 1e-3)
    return result
