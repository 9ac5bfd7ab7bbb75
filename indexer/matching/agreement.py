# SPDX-License-Identifier: GPL-3.0-or-later
"""How much two pictures that lie over each other agree, whatever was done to tones and colours, block by block.

Each block's light is compared after its own slope is taken out, because any two shaded surfaces have the same slope.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.matching.overlap import Floats, Overlap, block_middles, in_blocks
from indexer.matching.thresholds import (
    AGREE_ALIKE,
    AGREE_BLOCK,
    AGREE_TEXTURE,
    COPY_BLOCKS,
    COPY_SHARE,
    COPY_STRENGTH,
    EVIDENCE,
)

_GREY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of the overlap in which at least one picture has something to see.

    Attributes:
        likeness: (n,) float32, correlation of each, -1 to 1; negative throughout where light and dark are exchanged.
        elsewhere: (n,) float32, the same with the other picture moved by about a block: the mean over all sides.
        of_work: (n,) bool, where the work itself has something to see.
        middles: (n, 2) float32, in pixels of the overlap.
    """

    likeness: Floats
    elsewhere: Floats
    of_work: NDArray[np.bool_]
    middles: Floats


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the blocks of an overlap say together.

    Attributes:
        blocks: how many were compared.
        alike: how many of them agree.
        share: by how many, weighted by whether the work has something to see there, 0–1.
        strength: logarithm of how much likelier these blocks are in a copy, half covered at worst, than by chance.
        central: share of those in the inner half of the overlap that agree; 1 where there are none.
        inverted: whether light and dark are exchanged.
    """

    blocks: int
    alike: int
    share: float
    strength: float
    central: float
    inverted: bool

    @property
    def is_copy(self) -> bool:
        """Whether that is more than another picture ever showed."""
        return self.alike >= COPY_BLOCKS and self.share >= COPY_SHARE and self.strength >= COPY_STRENGTH


def agreement(overlap: Overlap) -> Agreement:
    """How much both pictures of an overlap agree."""
    blocks = compare_blocks(overlap)
    if not len(blocks.likeness):
        return Agreement(0, 0, 0.0, 0.0, 1.0, inverted=False)
    weight = np.where(blocks.of_work, 1.0, 0.5)
    inverted = bool((blocks.likeness * weight).sum() < 0)
    likeness = -blocks.likeness if inverted else blocks.likeness
    alike = likeness >= AGREE_ALIKE
    height, width = overlap.mask.shape
    inner = (np.abs(blocks.middles / np.float32([width, height]) - 0.5) < 0.35).all(axis=1)
    gain = np.interp(likeness, *zip(*EVIDENCE, strict=True)) * weight
    return Agreement(
        blocks=len(likeness),
        alike=int(alike.sum()),
        share=float((alike * weight).sum() / weight.sum()),
        strength=float(gain.sum()),
        central=float((alike * weight)[inner].sum() / weight[inner].sum()) if inner.any() else 1.0,
        inverted=inverted,
    )


def compare_blocks(overlap: Overlap) -> Blocks:
    """Compare every block that both pictures cover."""
    mine, theirs = _lights(overlap)
    edge = AGREE_BLOCK
    inside = in_blocks(overlap.mask.astype(np.float32), edge).mean(axis=1) > 0.95
    a, b = _level(in_blocks(mine, edge)[inside]), _level(in_blocks(theirs, edge)[inside])
    spread_a, spread_b = a.std(axis=1), b.std(axis=1)
    seen = np.maximum(spread_a, spread_b) >= AGREE_TEXTURE
    a = a[seen]
    likeness = _correlation(a, b[seen])
    step = edge * 3 // 4
    moved = [
        _correlation(a, _level(in_blocks(np.roll(theirs, (dy, dx), (0, 1)), edge)[inside][seen]))
        for dy, dx in (
            (0, step),
            (0, -step),
            (step, 0),
            (-step, 0),
            (step, step),
            (-step, -step),
            (step, -step),
            (-step, step),
        )
    ]
    elsewhere: Floats = np.mean(moved, axis=0)
    middles = block_middles(overlap.mask.shape, edge)[inside][seen]
    return Blocks(likeness, elsewhere, spread_a[seen] >= AGREE_TEXTURE, middles)


def _lights(overlap: Overlap) -> tuple[Floats, Floats]:
    """The light of both pictures; that of the work through the colour filter under which it is most like the other."""
    theirs = overlap.other @ _GREY
    return overlap.work @ _filter(overlap, theirs), theirs


def _filter(overlap: Overlap, theirs: Floats) -> Floats:
    """Weights of red, green and blue by which the other's light follows from the work's colours, outliers set aside.

    Exchanged colours and turned hues change which of two colours is the lighter one.
    """
    cell = 4
    held = in_blocks(overlap.mask.astype(np.float32), cell).min(axis=1) > 0
    colours = np.stack([in_blocks(overlap.work[..., at], cell).mean(axis=1)[held] for at in range(3)], axis=1)
    light = in_blocks(theirs, cell).mean(axis=1)[held]
    if len(light) < 16:
        return _GREY
    colours, light = colours - np.median(colours, axis=0), light - np.median(light)
    weights, trust = _GREY.astype(np.float64), np.ones(len(light))
    ridge = np.eye(3) * (25.0 * len(light) * 0.05)
    prior = ridge @ _GREY
    for _ in range(4):
        weighted = colours * trust[:, None]
        weights = np.linalg.solve(weighted.T @ colours + ridge, weighted.T @ light + prior)
        off = np.abs(light - colours @ weights)
        trust = 1 / (1 + (off / max(float(np.median(off)), 4.0)) ** 2)
    return weights.astype(np.float32)


def _level(blocks: Floats) -> Floats:
    """Blocks without their mean and their slope."""
    edge = round(blocks.shape[1] ** 0.5) if blocks.size else AGREE_BLOCK
    ramp = np.linspace(-1, 1, edge, dtype=np.float32)
    basis = np.stack([np.ones((edge, edge), np.float32), *np.meshgrid(ramp, ramp)]).reshape(3, -1)
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    level: Floats = blocks - (blocks @ basis.T) @ basis
    return level


def _correlation(a: Floats, b: Floats) -> Floats:
    lengths = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    result: Floats = (a * b).sum(axis=1) / np.maximum(lengths, 1e-3)
    return result
