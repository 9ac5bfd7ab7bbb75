# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two pictures of the same frame show the same thing, told from their pixels.

Block by block: what correlates, how far colours are apart, how much of the work's contrast the difference holds.
Correlation alone is fooled by two drawings of the same outline, colour alone by two dark ones; together they are not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.matching.thresholds import (
    BLOCK_ALIKE,
    BLOCK_EDGE,
    BLOCK_TEXTURE,
    BLOCKS_ACROSS,
    FRAME_BLOCKS_ALIKE,
    FRAME_COLOUR_STEP,
    FRAME_RESIDUAL,
    FRAME_WORST_SPOT,
    LEAST_BLOCKS,
    SMALLEST_BLOCK_EDGE,
    SPOT_EDGE,
)

Pixels = NDArray[np.float32]
"""Shape (height, width, 3), values 0–255."""

_GREY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two pictures of one size are.

    Attributes:
        blocks: textured blocks that could be compared.
        blocks_alike: share of them that correlate, 0–1.
        colour_step: largest difference of a block's mean colour, 0–255.
        residual: energy of the difference by energy of the first picture's contrast.
        worst_spot: largest root mean square difference within a spot of `SPOT_EDGE` pixels, 0–255.
    """

    blocks: int
    blocks_alike: float
    colour_step: float
    residual: float
    worst_spot: float

    @property
    def is_too_plain(self) -> bool:
        """Whether there is too little to see for any verdict."""
        return self.blocks < LEAST_BLOCKS

    @property
    def is_same_frame(self) -> bool:
        """Whether both show the same picture, but for size and compression."""
        return (
            not self.is_too_plain
            and self.blocks_alike >= FRAME_BLOCKS_ALIKE
            and self.colour_step <= FRAME_COLOUR_STEP
            and self.residual <= FRAME_RESIDUAL
            and self.worst_spot <= FRAME_WORST_SPOT
        )


def compare(work: Pixels, other: Pixels, mask: NDArray[np.bool_] | None = None) -> Likeness:
    """Compare two pictures of the same shape; with a `mask`, only blocks that lie wholly inside it."""
    edge = max(SMALLEST_BLOCK_EDGE, min(BLOCK_EDGE, min(work.shape[:2]) // BLOCKS_ACROSS))
    a, b = _within(work, other, mask, edge)
    if not len(a):
        return Likeness(0, 0.0, 0.0, 0.0, 0.0)
    correlations = _correlations(a @ _GREY, b @ _GREY)
    contrast = float(((a - a.mean(axis=(0, 1, 2))) ** 2).sum())
    spot_a, spot_b = _within(work, other, mask, min(SPOT_EDGE, edge))
    return Likeness(
        blocks=len(correlations),
        blocks_alike=float((correlations > BLOCK_ALIKE).mean()) if len(correlations) else 0.0,
        colour_step=float(np.abs(a.mean(axis=(1, 2)) - b.mean(axis=(1, 2))).max()),
        residual=float(((a - b) ** 2).sum()) / max(contrast, 1.0),
        worst_spot=float(np.sqrt(((spot_a - spot_b) ** 2).mean(axis=(1, 2, 3)).max())),
    )


def _within(work: Pixels, other: Pixels, mask: NDArray[np.bool_] | None, edge: int) -> tuple[Pixels, Pixels]:
    """Both pictures in blocks, without those that reach outside the mask."""
    a, b = _blocks(work, edge), _blocks(other, edge)
    if mask is None:
        return a, b
    inside = _blocks(mask[..., None].astype(np.float32), edge).min(axis=(1, 2, 3)) > 0
    return a[inside], b[inside]


def _blocks(pixels: NDArray[Any], edge: int) -> Pixels:
    """Cut into squares: shape (blocks, edge, edge, channels); a margin that fills none is left out.

    A side shorter than one block makes blocks of its own length.
    """
    height, width, channels = pixels.shape
    tall, wide = min(edge, height), min(edge, width)
    down, across = height // tall, width // wide
    cut = pixels[: down * tall, : across * wide].reshape(down, tall, across, wide, channels)
    blocks: Pixels = cut.swapaxes(1, 2).reshape(down * across, tall, wide, channels).astype(np.float32)
    return blocks


def level(blocks: Pixels) -> Pixels:
    """Blocks (n, height, width) without their mean and their slope, as (n, height · width)."""
    down, across = np.meshgrid(
        *(np.linspace(-1, 1, side, dtype=np.float32) for side in blocks.shape[1:]), indexing="ij"
    )
    terms = np.stack([np.ones_like(down), down, across]).reshape(3, -1)
    terms /= np.maximum(np.linalg.norm(terms, axis=1, keepdims=True), 1e-6)
    flat = blocks.reshape(len(blocks), -1)
    levelled: Pixels = (flat - (flat @ terms.T) @ terms).astype(np.float32)
    return levelled


def _correlations(a: Pixels, b: Pixels) -> Pixels:
    """Correlation of each pair of grey blocks of which at least one has texture; -1 to 1.

    Slopes are no texture: those of any two gradients agree.
    """
    a, b = level(a), level(b)
    textured = np.maximum(a.std(axis=1), b.std(axis=1)) >= BLOCK_TEXTURE
    a, b = a[textured], b[textured]
    norms = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    result: Pixels = (a * b).sum(axis=1) / np.maximum(norms, 1e-6)
    return result
