# SPDX-License-Identifier: GPL-3.0-or-later
"""What two pictures both show, laid over each other at one size: the work warped, the other cut to the same frame.

Keypoints place a picture to a pixel or two, which is too coarse to compare what is fine: the placement is moved until
the light of both agrees, block by block, so that what covers a part of the copy does not pull at the rest.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.thresholds_look import (
    NUDGE_BLOCK,
    NUDGE_LIKENESS,
    NUDGE_MOST,
)

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SMALLEST = 12
GREY = np.array([0.299, 0.587, 0.114], np.float32)
_FINER, _AS_IT_IS = 2, 1.15


@dataclass(frozen=True, slots=True)
class Overlap:
    """Both pictures in the frame of their overlap.

    Attributes:
        work, other: float32 (h, w, 3), 0–255.
        mask: bool (h, w), where both have pixels.
        into: 3 × 3, from the other picture's pixels to this frame.
        work_scale, other_scale: how many pixels of its own each has for a pixel here, along a side.
    """

    work: Floats
    other: Floats
    mask: Mask
    into: Matrix
    work_scale: float
    other_scale: float


class Pyramid:
    """A picture, and the same again and again half as large, so that laying it down small costs little.

    Args:
        pixels: (height, width, 3).
    """

    def __init__(self, pixels: Bytes) -> None:
        self._levels = [pixels]
        while min(self._levels[-1].shape[:2]) >= 2 * _SMALLEST:
            height, width = self._levels[-1].shape[:2]
            half = cv2.resize(self._levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            self._levels.append(half.astype(np.uint8, copy=False))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self._levels[0].shape[:2]
        return width, height

    def laid(self, matrix: Matrix, size: tuple[int, int]) -> Bytes:
        """The picture in a frame of `size` (width, height); beyond its edges its last pixels go on.

        Where the picture shrinks, the frame is filled finer than it is and then averaged, so that any size comes out as
        soft.

        Args:
            matrix: from the picture's pixels to the frame's.
        """
        shrink = _local_scale(np.linalg.inv(matrix).astype(np.float64), (size[0] / 2, size[1] / 2))
        finer = 1 if shrink <= _AS_IT_IS else _FINER
        fine, filled = _scaling(finer, finer) @ matrix, (size[0] * finer, size[1] * finer)
        halvings = int(np.clip(np.floor(np.log2(max(shrink / finer, 1.0))), 0, len(self._levels) - 1))
        level = self._levels[halvings]
        from_level = _scaling(self.size[0] / level.shape[1], self.size[1] / level.shape[0])
        laid = _warped(level, fine @ from_level, filled)
        return cv2.resize(laid, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _warped(pixels: Bytes, matrix: Matrix, size: tuple[int, int]) -> Bytes:
    """Seen through the transform; one that keeps what is parallel costs half as much (measured)."""
    linear, last_go_on = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    if (matrix[2, :2] == 0).all():
        laid = cv2.warpAffine(pixels, matrix[:2] / matrix[2, 2], size, flags=linear, borderMode=last_go_on)
    else:
        laid = cv2.warpPerspective(pixels, matrix, size, flags=linear, borderMode=last_go_on)
    return laid.astype(np.uint8, copy=False)


def lay(work: Pyramid, other: Pyramid, homography: Matrix, edge: int) -> Overlap | None:
    """Lay the work over the part of the other picture that it covers; None where hardly anything is shared.

    Args:
        homography: from the work's pixels to the other's.
        edge: long edge of the frame in pixels; it is smaller where the coarser of the two has no more detail.
    """
    box = _shared_box(work.size, other.size, homography)
    if box is None:
        return None
    left, top, right, bottom = box
    long = max(right - left, bottom - top)
    enlarged = scale_at(homography, work.size, other.size)
    zoom = float(np.clip(long / max(enlarged, 1.0), _SMALLEST, edge)) / long
    size = (max(_SMALLEST, round((right - left) * zoom)), max(_SMALLEST, round((bottom - top) * zoom)))
    into = _scaling(size[0] / (right - left), size[1] / (bottom - top)) @ _shift(-left, -top)
    laid, theirs = work.laid(into @ homography, size), other.laid(into, size)
    mask = _covered(work.size, into @ homography, size)
    return Overlap(laid.astype(np.float32), theirs.astype(np.float32), mask, into, 1 / (zoom * enlarged), 1 / zoom)


def _covered(work: tuple[int, int], matrix: Matrix, size: tuple[int, int]) -> Mask:
    """Where in the frame the work has pixels."""
    outline = cv2.perspectiveTransform(_outline(work), matrix)[0]
    drawn = np.zeros((size[1], size[0]), np.uint8)
    fixed = np.clip(np.rint(outline * 16), -(2**30), 2**30).astype(np.int32)  # sixteenths of a pixel
    return cv2.fillConvexPoly(drawn, fixed, 1, shift=4) > 0


def nudged(overlap: Overlap, homography: Matrix) -> Matrix | None:
    """The placement moved by what each block of the work is off by; None where no block tells.

    One step of Gauss and Newton in every block (Lucas and Kanade 1981), then one affine move that most blocks share.
    """
    a, b = (cv2.GaussianBlur(each @ GREY, (0, 0), 1.0) for each in (overlap.work, overlap.other))
    across, down = cv2.Scharr(a, cv2.CV_32F, 1, 0, scale=1 / 32), cv2.Scharr(a, cv2.CV_32F, 0, 1, scale=1 / 32)
    inside = in_blocks(overlap.mask.astype(np.float32), NUDGE_BLOCK).min(axis=1) > 0
    a, b, across, down = (in_blocks(np.asarray(each), NUDGE_BLOCK)[inside] for each in (a, b, across, down))
    if len(a) < 4:
        return None
    off, weight = _block_moves(a, b, across, down)
    told = weight > 0
    if told.sum() < 4:
        return None
    middles = block_middles(overlap.mask.shape, NUDGE_BLOCK)[inside]
    move = _shared_move(middles[told], off[told], weight[told])
    moved = np.linalg.inv(overlap.into) @ move @ overlap.into @ homography
    result: Matrix = moved / moved[2, 2]
    return result


def _block_moves(a: Floats, b: Floats, across: Floats, down: Floats) -> tuple[Floats, Floats]:
    """How far each block of the first must move to lie on the second, and how much to trust that; 0 for not at all."""
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    energy = (a * a).sum(axis=1)
    gain = (a * b).sum(axis=1) / np.maximum(energy, 1e-3)
    alike = (a * b).sum(axis=1) / np.maximum(np.sqrt(energy * (b * b).sum(axis=1)), 1e-3)
    left = a - b / np.where(np.abs(gain) < 1e-2, 1e-2, gain)[:, None]
    xx, xy, yy = (across * across).sum(axis=1), (across * down).sum(axis=1), (down * down).sum(axis=1)
    x, y = (across * left).sum(axis=1), (down * left).sum(axis=1)
    ridge = 1e-2 * (xx + yy) + 1.0
    determinant = (xx + ridge) * (yy + ridge) - xy * xy
    off = np.stack([(yy + ridge) * x - xy * y, (xx + ridge) * y - xy * x], axis=1) / determinant[:, None]
    weak = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    fair = (np.abs(alike) >= NUDGE_LIKENESS) & (np.abs(off).max(axis=1) <= NUDGE_MOST)
    return off.astype(np.float32), np.where(fair, np.sqrt(np.maximum(weak, 0)) * np.abs(alike), 0).astype(np.float32)


def _shared_move(middles: Floats, off: Floats, weight: Floats) -> Matrix:
    """The affine move that most blocks share; a mere shift where they are too few or lie in a line."""
    mean = np.average(middles, axis=0, weights=weight)
    design = np.column_stack([(middles - mean) / 32, np.ones(len(middles))])
    ridge = np.diag([1.0, 1.0, 1e-3]) * weight.sum() * 0.02
    trust, solved = weight.astype(np.float64), np.zeros((3, 2))
    for _ in range(4):
        weighted = design * trust[:, None]
        solved = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ off)
        trust = weight / (1 + (np.linalg.norm(off - design @ solved, axis=1) / 0.5) ** 2)
    move = np.eye(3)
    move[:2, :2] += solved[:2].T / 32
    move[:2, 2] = solved[2] - solved[:2].T @ mean / 32
    return move


def halved(overlap: Overlap) -> Overlap:
    """The same at half the size."""
    size = (overlap.mask.shape[1] // 2, overlap.mask.shape[0] // 2)
    work, other = (
        cv2.resize(each, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
        for each in (overlap.work, overlap.other)
    )
    mask = cv2.resize(overlap.mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
    into = _scaling(size[0] / overlap.mask.shape[1], size[1] / overlap.mask.shape[0]) @ overlap.into
    return Overlap(
        np.asarray(work, np.float32),
        np.asarray(other, np.float32),
        mask,
        into,
        overlap.work_scale * 2,
        overlap.other_scale * 2,
    )


def in_blocks(plane: NDArray[Any], edge: int) -> Floats:
    """A plane (h, w) as (blocks, edge · edge), row by row; a margin that fills no block is left out."""
    down, across = plane.shape[0] // edge, plane.shape[1] // edge
    cut = plane[: down * edge, : across * edge].reshape(down, edge, across, edge)
    return np.ascontiguousarray(cut.swapaxes(1, 2), np.float32).reshape(down * across, edge * edge)


def block_middles(shape: tuple[int, ...], edge: int) -> Floats:
    """Where the middles of the blocks lie, (blocks, 2), x and y."""
    down, across = shape[0] // edge, shape[1] // edge
    y, x = np.mgrid[:down, :across].astype(np.float32)
    return np.stack([x.ravel(), y.ravel()], axis=1) * edge + np.float32((edge - 1) / 2)


def scale_at(homography: Matrix, work: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How much the transform enlarges the work, along a side, in the middle of what both share."""
    inverse = np.linalg.inv(homography).astype(np.float64)
    box = _shared_box(work, other, homography)
    middle = (other[0] / 2, other[1] / 2) if box is None else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return 1 / max(_local_scale(inverse, middle), 1e-6)


def _local_scale(matrix: Matrix, at: tuple[float, float]) -> float:
    x, y, depth = matrix @ np.array([*at, 1.0])
    jacobian = (matrix[:2, :2] * depth - np.outer([x, y], matrix[2, :2])) / max(depth * depth, 1e-12)
    return float(np.sqrt(abs(np.linalg.det(jacobian))))


def _shared_box(work: tuple[int, ...], other: tuple[int, ...], homography: Matrix) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the overlap in the other picture."""
    outline = cv2.perspectiveTransform(_outline(work), homography)[0]
    left, top = np.maximum(np.floor(outline.min(axis=0) + 0.5), 0).astype(int)
    right, bottom = np.minimum(np.ceil(outline.max(axis=0) + 0.5), [other[0], other[1]]).astype(int)
    if right - left < _SMALLEST or bottom - top < _SMALLEST:
        return None
    return int(left), int(top), int(right), int(bottom)


def _outline(size: tuple[int, ...]) -> Matrix:
    """The corners of a picture, half a pixel outside the middles of its corner pixels, as OpenCV wants them."""
    width, height = size[0], size[1]
    return np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64) - 0.5


def _scaling(across: float, down: float) -> Matrix:
    """Pixels of a picture to those of one so many times as large; middles of pixels lie at whole numbers."""
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], np.float64)


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
