# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether two pictures of the same frame show the same thing, told from their pixels.

Block by block: what correlates, how far colours are apart, how much of the work's contrast the difference holds.
Correlation alone is fooled by two drawings of the same outline, colour alone by two dark ones; together they are not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.matching.planes import Pixels, shrink
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
    inside, spots = (_inside(work.shape, mask, each) for each in (edge, min(SPOT_EDGE, edge)))
    if not inside.any():
        return Likeness(0, 0.0, 0.0, 0.0, 0.0)
    squares = (work - other) ** 2
    mean_a, mean_b, square, away = (_means(each, edge)[inside] for each in (work, other, work**2, squares))
    pixels = np.prod(_block_shape(work.shape, edge)) * len(mean_a) * 3
    contrast = float((square.mean(axis=0) - mean_a.mean(axis=0) ** 2).mean() * pixels)
    grey_a, grey_b = (_blocks(each @ _GREY, edge)[inside] for each in (work, other))
    correlations = _correlations(grey_a, grey_b)
    return Likeness(
        blocks=len(correlations),
        blocks_alike=float((correlations > BLOCK_ALIKE).mean()) if len(correlations) else 0.0,
        colour_step=float(np.abs(mean_a - mean_b).max()),
        residual=float(away.mean() * pixels) / max(contrast, 1.0),
        worst_spot=float(np.sqrt(_means(squares, min(SPOT_EDGE, edge))[spots].mean(axis=1).max())),
    )


def _inside(shape: tuple[int, ...], mask: NDArray[np.bool_] | None, edge: int) -> NDArray[np.bool_]:
    """Which blocks lie wholly inside the mask."""
    whole = np.ones(shape[:2], np.float32) if mask is None else mask.astype(np.float32)
    return _means(whole, edge).ravel() > 1 - 1e-3


def _block_shape(shape: tuple[int, ...], edge: int) -> tuple[int, int]:
    """Height and width of a block; a side shorter than one makes blocks of its own length."""
    return min(edge, shape[0]), min(edge, shape[1])


def _means(pixels: Pixels, edge: int) -> Pixels:
    """The mean of each block: (blocks, channels)."""
    tall, wide = _block_shape(pixels.shape, edge)
    down, across = pixels.shape[0] // tall, pixels.shape[1] // wide
    cut = pixels[: down * tall, : across * wide]
    return shrink(cut, (across, down)).reshape(down * across, -1)


def _blocks(plane: Pixels, edge: int) -> Pixels:
    """Cut into squares: shape (blocks, height, width); a margin that fills none is left out."""
    tall, wide = _block_shape(plane.shape, edge)
    down, across = plane.shape[0] // tall, plane.shape[1] // wide
    cut = plane[: down * tall, : across * wide].reshape(down, tall, across, wide)
    blocks: Pixels = cut.swapaxes(1, 2).reshape(down * across, tall, wide)
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
