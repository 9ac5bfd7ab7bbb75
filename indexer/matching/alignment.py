# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transform from one picture to another says was done: mirrored, turned, cropped, set into something, tilted.

Geometry alone accuses nobody: shared captions, templates and repeated texture pass it (`matching.md` §0.1), so what
`voting.py` proposes is laid over each other and compared in `agreement.py`.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.thresholds_look import (
    LARGEST_AREA,
    LARGEST_STRETCH,
    SMALLEST_AREA,
)

Matrix = NDArray[np.float64]
Outline = NDArray[np.float32]
Size = tuple[int, int]
"""Width and height."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A transform from the work's pixels to the other picture's.

    Attributes:
        homography: 3 × 3.
        inliers: keypoints that agree with it, near ones counted once; 0 where whole frames were laid on each other.
        left: share of the work's area that lies inside the other picture, 0–1.
        cover: share of the other picture's area that the work covers, 0–1.
        degrees: how far the work was turned clockwise after any mirror, -180 to 180.
        scale: linear size of the work in the other picture, in the pixels given.
        mirrored: whether left and right are exchanged.
        stretch: how many times wider by how many times taller the work became.
        tilt: how unequal opposite sides became, or how far corners are from right angles; 0 for not at all.
    """

    homography: Matrix
    inliers: int
    left: float
    cover: float
    degrees: float
    scale: float
    mirrored: bool = False
    stretch: float = 1.0
    tilt: float = 0.0


def describe(homography: Matrix, inliers: int, work: Size, other: Size) -> Alignment | None:
    """What a transform says was done; None where it tears the picture, or nobody could have done it.

    Args:
        work, other: sizes of both pictures in the pixels that the transform is for.
    """
    mirrored = _turns_over(homography, work)
    upright = homography @ mirror(work[0]) if mirrored else homography
    outline = _mapped(_corners(work), upright)
    if outline is None or not _is_plausible(outline, work):
        return None
    shared = _shared(outline, other)
    area = abs(cv2.contourArea(outline))
    seen = _seen_part(upright, shared, work)
    if seen is None:
        return None
    sides = _sides(seen[1])
    wide, tall = seen[0]
    top, right, bottom, left = (float(np.linalg.norm(side)) for side in sides)
    along = sides[0] - sides[2]
    overlap = abs(cv2.contourArea(shared))
    return Alignment(
        homography,
        inliers,
        left=min(1.0, overlap / max(area, 1e-6)),
        cover=min(1.0, overlap / (other[0] * other[1])),
        degrees=float(np.degrees(np.arctan2(along[1], along[0]))),
        scale=float(np.sqrt(abs(cv2.contourArea(seen[1])) / (wide * tall))),
        mirrored=mirrored,
        stretch=((top + bottom) / wide) / max((left + right) / tall, 1e-6),
        tilt=_tilt(sides, (top, right, bottom, left)),
    )


def mirror(width: int) -> Matrix:
    """Left and right exchanged in a picture of this width, of which pixels' middles lie at whole numbers."""
    return np.array([[-1.0, 0, width - 1.0], [0, 1, 0], [0, 0, 1]])


def _turns_over(homography: Matrix, size: Size) -> bool:
    """Whether the picture is seen from its back, in its middle."""
    x, y, depth = homography @ np.array([size[0] / 2, size[1] / 2, 1.0])
    jacobian = homography[:2, :2] * depth - np.outer([x, y], homography[2, :2])
    return bool(np.linalg.det(jacobian) < 0)


def _corners(size: Size) -> NDArray[np.float64]:
    """Left top, right top, right bottom, left bottom, half a pixel outside the middles of the corner pixels."""
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5


def _mapped(points: NDArray[np.float64], homography: Matrix) -> Outline | None:
    """An outline seen through the transform; None when it is torn, folded, or turned over."""
    mapped = points @ homography[:, :2].T + homography[:, 2]
    if not np.isfinite(mapped).all() or (mapped[:, 2] <= 1e-6).any():
        return None
    outline = (mapped[:, :2] / mapped[:, 2:]).astype(np.float32)
    return outline if cv2.isContourConvex(outline) and cv2.contourArea(outline, oriented=True) > 0 else None


def _shared(outline: Outline, other: Size) -> Outline:
    """The polygon of the other picture that the work covers."""
    frame = _corners(other).astype(np.float32)
    found: Any = cv2.intersectConvexConvex(outline, frame)  # no polygon where nothing is shared
    area, polygon = found
    shared: Outline = np.empty((0, 2), np.float32) if polygon is None or area <= 0 else polygon.reshape(-1, 2)
    return shared


def _seen_part(upright: Matrix, shared: Outline, work: Size) -> tuple[tuple[float, float], Outline] | None:
    """The smallest rectangle of the work that holds all that is seen: its size, and where its corners lie.

    What lies outside is extrapolated, and a transform known from a tenth of a picture says little of the rest.
    """
    if len(shared) < 3:
        return None
    inverse = np.linalg.inv(upright).astype(np.float64)
    back = _mapped_anyhow(shared, inverse)
    low = np.clip(back.min(axis=0), -0.5, np.array(work) - 0.5)
    high = np.clip(back.max(axis=0), -0.5, np.array(work) - 0.5)
    if not np.isfinite(back).all() or (high - low < 2).any():
        return None
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]], np.float64)
    outline = _mapped(corners, upright)
    return None if outline is None else ((float(high[0] - low[0]), float(high[1] - low[1])), outline)


def _mapped_anyhow(points: Outline, homography: Matrix) -> NDArray[np.float64]:
    mapped = points.astype(np.float64) @ homography[:, :2].T + homography[:, 2]
    return mapped[:, :2] / np.where(np.abs(mapped[:, 2:]) < 1e-9, 1e-9, mapped[:, 2:])


def _sides(outline: Outline) -> list[NDArray[np.float32]]:
    return [outline[(corner + 1) % 4] - outline[corner] for corner in range(4)]


def _is_plausible(outline: Outline, size: Size) -> bool:
    area = abs(cv2.contourArea(outline)) / (size[0] * size[1])
    top, right, bottom, left = (float(np.linalg.norm(side)) for side in _sides(outline))
    stretch = ((top + bottom) / size[0]) / max((right + left) / size[1], 1e-6)
    return SMALLEST_AREA <= area <= LARGEST_AREA and 1 / LARGEST_STRETCH <= stretch <= LARGEST_STRETCH


def _tilt(sides: list[NDArray[np.float32]], lengths: tuple[float, float, float, float]) -> float:
    top, right, bottom, left = lengths
    unequal = max(abs(np.log(top / max(bottom, 1e-6))), abs(np.log(right / max(left, 1e-6))))
    corners = (
        abs(float(sides[at] @ sides[(at + 1) % 4])) / max(lengths[at] * lengths[(at + 1) % 4], 1e-6) for at in range(4)
    )
    return float(max(unequal, *corners))
