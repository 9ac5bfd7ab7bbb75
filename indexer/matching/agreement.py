# SPDX-License-Identifier: GPL-3.0-or-later
"""How much two pictures that lie over each other agree, whatever was done to tones and colours, block by block.

A block agrees when its light correlates, after all that goes along its rows and columns is taken out, because any two
shaded surfaces have the same slope, and any two pages the same lines. Where the copy was painted over with something
flat nothing is told either way. What agrees must be a large part of one of the pictures with little inside it that
contradicts: captions, frames, marks and pages that two pictures share are no copies of each other.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from indexer.matching.alignment import Alignment
from indexer.matching.appearance import level
from indexer.matching.light import colour_filter, hidden, is_soft
from indexer.matching.overlap import GREY, Floats, Mask, Overlap, halved, in_blocks
from indexer.matching.thresholds_look import (
    AGREE_ALIKE,
    AGREE_BLOCK,
    AGREE_CONTRADICTS,
    AGREE_OFF_TONE,
    AGREE_ONE_SIDED,
    AGREE_RICH,
    AGREE_TEXTURE,
    AGREE_UNLIKE,
    CENTRE_LEAST,
    CENTRE_SURE,
    COPY_AGAINST,
    COPY_BARE,
    COPY_BLOCKS,
    COPY_CENTRE,
    COPY_ECHO,
    COPY_EXTENT,
    COPY_PART,
    COPY_STRENGTH,
    COVERED_BARE,
    COVERED_COLOURS,
    INLIERS_SURE,
    OFF_TONE,
    OPEN_STRENGTH,
    SHARE_SURE,
    SIMPLE_BLOCKS,
    SIMPLE_COLOURS,
    SOFT_LEAST_EDGE,
)

_FULL = 0.95


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the blocks of an overlap say together, within the rectangle that speaks most for a copy.

    Attributes:
        blocks: those that tell anything.
        alike: how many of them agree.
        strength: blocks that agree less those that contradict, the latter counted heavier.
        of_work, of_other: share of either picture's area that the rectangle stands for, plain parts beside it too, 0–1.
        extent: share of what the overlap shows of the work that lies in the rectangle, 0–1.
        bare: share of what the overlap shows of the work that nothing flat was laid over, 0–1.
        against: for each block of the whole overlap that agrees, how many speak against a copy.
        centre: what the blocks of the overlap's inner half say on average, 1 for a copy; 1 where hardly any does.
        echo: how much both agree when one is moved elsewhere, by how much they agree as they lie.
        recoloured: how far colours of what agrees are apart on average, 0–255.
        inverted: whether light and dark are exchanged.
        inliers: keypoints that agree with the placement.
    """

    blocks: int
    alike: int
    strength: float
    of_work: float
    of_other: float
    extent: float = 0.0
    bare: float = 0.0
    against: float = 0.0
    centre: float = 1.0
    echo: float = 0.0
    recoloured: float = 0.0
    inverted: bool = False
    inliers: int = 0

    @property
    def share(self) -> float:
        """Share of the blocks that agree, 0–1."""
        return self.alike / self.blocks if self.blocks else 0.0

    @property
    def is_open(self) -> bool:
        """Whether something speaks for a copy, too little to tell, and not much against it."""
        return not self.is_copy and self.strength >= OPEN_STRENGTH and self.against <= COPY_AGAINST

    @property
    def is_copy(self) -> bool:
        """Whether that is more than two other pictures show, even with the same caption or frame."""
        return (
            self.strength >= COPY_STRENGTH
            and self.alike >= COPY_BLOCKS
            and max(self.of_work, self.of_other) >= COPY_PART
            and self.extent >= COPY_EXTENT
            and self.bare >= COPY_BARE
            and self.against <= COPY_AGAINST
            and self.centre >= COPY_CENTRE
            and (self.share >= SHARE_SURE or self.centre >= CENTRE_SURE or self.inliers >= INLIERS_SURE)
            and self.echo <= COPY_ECHO
            and (self.alike >= SIMPLE_BLOCKS or self.recoloured <= SIMPLE_COLOURS)
            and (self.bare >= COVERED_BARE or self.recoloured <= COVERED_COLOURS or self.inliers >= INLIERS_SURE)
        )


_NOTHING = Agreement(0, 0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Blocks row by row, each array (down, across).

    Attributes:
        likeness: correlation of the light, -1 to 1, with nothing but the mean and the slope taken out.
        telling: the same of what does not go all along rows or columns.
        in_work, in_other: whether there is something to see.
        is_rich: whether there is something in either that does not go all along rows or columns.
        counts: whether both pictures are there, and nothing flat was laid over the work.
        whole: whether both pictures are there.
        off_tone: whether the mean light is not what it becomes elsewhere.
    """

    likeness: Floats
    telling: Floats
    in_work: Mask
    in_other: Mask
    is_rich: Mask
    counts: Mask
    whole: Mask
    off_tone: Mask


def agreement(overlap: Overlap, alignment: Alignment) -> Agreement:
    """How much both pictures of an overlap agree.

    Args:
        alignment: how the pictures were laid over each other.
    """
    if min(overlap.mask.shape) < AGREE_BLOCK:
        return _NOTHING
    theirs = overlap.other @ GREY
    if min(overlap.mask.shape) >= SOFT_LEAST_EDGE and is_soft(theirs):
        overlap = halved(overlap)
        theirs = overlap.other @ GREY
    mine = overlap.work @ colour_filter(overlap, theirs)
    grid = _compare(overlap, mine, theirs)
    sign = -1.0 if (grid.likeness * (grid.counts & grid.in_work)).sum() < 0 else 1.0
    seen = grid.counts & (grid.in_work | grid.in_other)
    agrees = seen & grid.is_rich & (sign * grid.telling >= AGREE_ALIKE)
    weights = _weights(grid, seen, agrees, sign * grid.likeness)
    rows, columns, strength = _best_rectangle(weights)
    there, alike = int((weights != 0)[rows, columns].sum()), int(agrees[rows, columns].sum())
    shown = (grid.in_work | agrees) & grid.counts
    extent = float(shown[rows, columns].sum() / max(int(shown.sum()), 1))
    bare = float(shown.sum() / max(int((grid.in_work & grid.whole).sum()), 1))
    against = -float(weights[~agrees].sum()) / AGREE_CONTRADICTS / max(int(agrees.sum()), 1)
    inner = tuple(slice(side // 4, side - side // 4) for side in agrees.shape)
    told = weights[inner][weights[inner] != 0]
    centre = float(told.mean()) if told.size >= CENTRE_LEAST else 1.0
    return Agreement(
        blocks=there,
        alike=alike,
        strength=strength,
        of_work=extent * alignment.left,
        of_other=extent * alignment.cover,
        extent=extent,
        bare=bare,
        against=against,
        centre=centre,
        echo=_echo(mine, theirs, overlap.mask),
        recoloured=_recoloured(overlap, agrees),
        inverted=sign < 0,
        inliers=alignment.inliers,
    )


def _recoloured(overlap: Overlap, agrees: Mask) -> float:
    apart = np.abs(overlap.work - overlap.other).mean(axis=2)
    there = in_blocks(apart, AGREE_BLOCK).mean(axis=1)[agrees.ravel()]
    return float(there.mean()) if there.size else 0.0


def _compare(overlap: Overlap, mine: Floats, theirs: Floats) -> _Grid:
    edge, shape = AGREE_BLOCK, tuple(side // AGREE_BLOCK for side in overlap.mask.shape)
    own, off = overlap.work @ GREY, theirs - mine
    off_tone = np.abs(off - np.median(off[overlap.mask])) > OFF_TONE if overlap.mask.any() else overlap.mask
    unknown = hidden(own, theirs, off_tone) | ~overlap.mask
    a, b, owned, strange, out = (in_blocks(each, edge) for each in (mine, theirs, own, off_tone, unknown))
    level_a, level_b = _level(a), _level(b)
    rich_a, rich_b = _without_lines(a), _without_lines(b)
    counts = out.mean(axis=1) <= 1 - _FULL
    flat = (
        _correlation(level_a, level_b),
        _correlation(rich_a, rich_b),
        np.maximum(level_a.std(axis=1), _level(owned).std(axis=1)) >= AGREE_TEXTURE,
        level_b.std(axis=1) >= AGREE_TEXTURE,
        np.maximum(rich_a.std(axis=1), rich_b.std(axis=1)) >= AGREE_RICH,
        counts,
        in_blocks(~overlap.mask, edge).mean(axis=1) <= 1 - _FULL,
        counts & (strange.mean(axis=1) > 0.5),
    )
    return _Grid(*(each.reshape(shape) for each in flat))


def _weights(grid: _Grid, seen: Mask, agrees: Mask, likeness: Floats) -> Floats:
    """What each block says: 1 that it is a copy, less than 0 that it is none, 0 nothing."""
    contradicts = -AGREE_CONTRADICTS * np.clip((AGREE_UNLIKE[1] - likeness) / (AGREE_UNLIKE[1] - AGREE_UNLIKE[0]), 0, 1)
    both = grid.in_work & grid.in_other
    told = np.where(agrees, 1.0, np.where(both, contradicts, -AGREE_ONE_SIDED))
    weights: Floats = np.where(seen & (told != 0), told, np.where(grid.off_tone & ~agrees, -AGREE_OFF_TONE, 0.0))
    return weights


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


def _level(blocks: Floats) -> Floats:
    return level(blocks.reshape(-1, AGREE_BLOCK, AGREE_BLOCK))


def _without_lines(blocks: Floats) -> Floats:
    """Blocks without what is the same all along their rows or columns: slopes, upright and level edges, lines of text.

    Pages, forms, windows, flags and frames share these by design, and pictures have enough besides.
    """
    cut = blocks.reshape(-1, AGREE_BLOCK, AGREE_BLOCK)
    mean = cut.mean(axis=(1, 2), keepdims=True)
    rest: Floats = cut - cut.mean(axis=1, keepdims=True) - cut.mean(axis=2, keepdims=True) + mean
    return rest.reshape(blocks.shape)


def _echo(mine: Floats, theirs: Floats, mask: Mask) -> float:
    """How much the pictures agree when one is moved by a block or more, by how much they agree as they lie.

    Chain mail, feathers, flags, bricks and lines of text agree with themselves in many places.
    """
    a, b = (np.where(mask, each - cv2.blur(each, (AGREE_BLOCK, AGREE_BLOCK)), 0) for each in (mine, theirs))
    size = tuple(cv2.getOptimalDFTSize(2 * side) for side in mask.shape)
    margin = [(0, longer - side) for longer, side in zip(size, mask.shape, strict=True)]
    mine_told, theirs_told = (cv2.dft(np.pad(each, margin)) for each in (a, b))
    found = cv2.dft(cv2.mulSpectrums(mine_told, theirs_told, 0, conjB=True), flags=cv2.DFT_INVERSE)
    near = AGREE_BLOCK // 2
    here = np.abs(np.roll(found, (near, near), (0, 1))[: 2 * near + 1, : 2 * near + 1]).max()
    far = np.abs(found)
    rows, columns = (np.minimum(np.arange(side), side - np.arange(side)) for side in size)
    far[np.ix_(rows <= near, columns <= near)] = 0
    return float(far.max() / max(float(here), 1e-6))


def _correlation(a: Floats, b: Floats) -> Floats:
    lengths = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    result: Floats = (a * b).sum(axis=1) / np.maximum(lengths, 1e-3)
    return result
