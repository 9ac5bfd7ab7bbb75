# SPDX-License-Identifier: GPL-3.0-or-later
"""Where one picture lies in the other: keypoints, a robust homography, and what the homography says was done.

Steps and first values: `matching.md` §2.1. Geometry alone accuses nobody: shared captions and templates pass it, so
`verify.py` compares the aligned pixels afterwards.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.matching.appearance import Pixels
from indexer.matching.thresholds import (
    CELL_PIXELS,
    KEYPOINT_CONTRAST,
    KEYPOINT_RATIO,
    KEYPOINTS,
    LARGEST_AREA,
    LARGEST_STRETCH,
    LEAST_INLIERS,
    RANSAC_CONFIDENCE,
    RANSAC_PIXELS,
    RANSAC_ROUNDS,
    SMALLEST_AREA,
)

Matrix = NDArray[np.float64]
_LEAST_FOR_HOMOGRAPHY = 4


@dataclass(frozen=True, slots=True)
class Features:
    """Keypoints (n, 2) in pixels and RootSIFT descriptors (n, 128) of one picture."""

    points: NDArray[np.float32]
    descriptors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Alignment:
    """A transform from the work's pixels to the other picture's.

    Attributes:
        homography: 3 × 3.
        inliers: matched points that agree with it, near ones counted once.
        left: share of the work's area that lies inside the other picture, 0–1.
        cover: share of the other picture's area that the work covers, 0–1.
        degrees: how far the work was turned clockwise, -180 to 180.
        scale: linear size of the work in the other picture, in the pixels given.
    """

    homography: Matrix
    inliers: int
    left: float
    cover: float
    degrees: float
    scale: float


def find_features(picture: Pixels) -> Features:
    """The strongest keypoints of a picture."""
    grey = cv2.cvtColor(picture.astype(np.uint8), cv2.COLOR_RGB2GRAY)
    found, descriptors = _detector().detectAndCompute(grey, None)
    if descriptors is None or len(found) == 0:
        return Features(np.empty((0, 2), np.float32), np.empty((0, 128), np.float32))
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6))
    return Features(np.array([point.pt for point in found], np.float32), rooted)


def align(work: Features, other: Features, work_size: tuple[int, int], other_size: tuple[int, int]) -> Alignment | None:
    """The transform that most one-to-one matches agree with, None when there is none that a person could have made.

    Args:
        work_size, other_size: width and height of the pictures that the features come from.
    """
    pairs = _mutual_matches(work.descriptors, other.descriptors)
    if len(pairs) < LEAST_INLIERS:
        return None
    source, target = work.points[pairs[:, 0]], other.points[pairs[:, 1]]
    cv2.setRNGSeed(0)  # the same pictures must always give the same grade
    result: Any = cv2.findHomography(
        source, target, cv2.USAC_MAGSAC, RANSAC_PIXELS, maxIters=RANSAC_ROUNDS, confidence=RANSAC_CONFIDENCE
    )
    if result[0] is None:
        return None
    homography: Matrix = result[0].astype(np.float64)
    agree = result[1].ravel().astype(bool)
    inliers = min(_distinct(source[agree]), _distinct(target[agree]))
    outline = _outline_in_other(homography, work_size)
    if inliers < LEAST_INLIERS or outline is None or not _is_plausible(outline, work_size):
        return None
    return _describe(homography, inliers, outline, work_size, other_size)


def warp(work: Pixels, alignment: Alignment, size: tuple[int, int]) -> tuple[Pixels, NDArray[np.bool_]]:
    """The work laid into a frame of `size` (width, height), and where in it the work has pixels."""
    laid: Pixels = cv2.warpPerspective(work, alignment.homography, size, flags=cv2.INTER_AREA).astype(np.float32)
    ones = np.ones(work.shape[:2], np.uint8)
    mask = cv2.warpPerspective(ones, alignment.homography, size, flags=cv2.INTER_NEAREST) > 0
    return laid, mask


@lru_cache(maxsize=1)
def _detector() -> Any:  # noqa: ANN401 - OpenCV has no types
    cv2.setNumThreads(1)
    return cv2.SIFT_create(  # type: ignore[attr-defined]
        nfeatures=KEYPOINTS, contrastThreshold=KEYPOINT_CONTRAST
    )


def _mutual_matches(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.int64]:
    """Pairs of row numbers that are each other's nearest, and clearly nearer than the second."""
    if len(a) < _LEAST_FOR_HOMOGRAPHY or len(b) < _LEAST_FOR_HOMOGRAPHY:
        return np.empty((0, 2), np.int64)
    likeness = a @ b.T
    order = np.argpartition(-likeness, 1, axis=1)[:, :2]
    two = np.take_along_axis(likeness, order, axis=1)
    best, second = two.max(axis=1), two.min(axis=1)
    nearest = np.take_along_axis(order, two.argmax(axis=1)[:, None], axis=1)[:, 0]
    clear = np.sqrt(np.maximum(2 - 2 * best, 0)) < KEYPOINT_RATIO * np.sqrt(np.maximum(2 - 2 * second, 0))
    mutual = likeness.argmax(axis=0)[nearest] == np.arange(len(a))
    kept = np.flatnonzero(clear & mutual)
    return np.stack([kept, nearest[kept]], axis=1)


def _distinct(points: NDArray[np.float32]) -> int:
    return len(np.unique((points // CELL_PIXELS).astype(np.int64), axis=0)) if len(points) else 0


def _outline_in_other(homography: Matrix, size: tuple[int, int]) -> NDArray[np.float32] | None:
    """The work's four corners in the other picture; None when the transform tears the picture."""
    width, height = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    mapped = corners @ homography.T
    if not np.isfinite(mapped).all() or (mapped[:, 2] <= 0).any():
        return None
    outline = (mapped[:, :2] / mapped[:, 2:]).astype(np.float32)
    return outline if cv2.isContourConvex(outline) else None


def _is_plausible(outline: NDArray[np.float32], size: tuple[int, int]) -> bool:
    area = abs(cv2.contourArea(outline)) / (size[0] * size[1])
    top, right = float(np.linalg.norm(outline[1] - outline[0])), float(np.linalg.norm(outline[2] - outline[1]))
    stretch = (top / size[0]) / max(right / size[1], 1e-6)
    return SMALLEST_AREA <= area <= LARGEST_AREA and 1 / LARGEST_STRETCH <= stretch <= LARGEST_STRETCH


def _describe(
    homography: Matrix,
    inliers: int,
    outline: NDArray[np.float32],
    work_size: tuple[int, int],
    other_size: tuple[int, int],
) -> Alignment:
    width, height = other_size
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    area = abs(cv2.contourArea(outline))
    shared = float(cv2.intersectConvexConvex(outline, frame)[0])
    edge = outline[1] - outline[0]
    return Alignment(
        homography,
        inliers,
        left=min(1.0, shared / max(area, 1e-6)),
        cover=min(1.0, shared / (width * height)),
        degrees=float(np.degrees(np.arctan2(edge[1], edge[0]))),
        scale=float(np.sqrt(area / (work_size[0] * work_size[1]))),
    )
