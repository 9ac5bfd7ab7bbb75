# SPDX-License-Identifier: GPL-3.0-or-later
"""Keypoints: places of a picture that are found again in crops, collages and screenshots, each with a description.

Scale-invariant keypoints (SIFT, Lowe 2004) by OpenCV, descriptions as RootSIFT (Arandjelović and Zisserman 2012). A
small view is enough, because SIFT doubles it before it looks: measured on paintings, 320 pixels with 500 keypoints find
the same copies as 512 with 800, in a third of the time.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

KEYPOINT_RECIPE = "keypoints 1"
"""Changes whenever the same pixels could give other keypoints."""

CONTRAST = 0.02
"""Half of OpenCV's default: soft paintings and line art have weak extrema, and the strongest are taken anyway."""

LARGEST = 512
"""RootSIFT times this is kept in a byte: entries above a half, which are rare, are cut."""

_CELLS, _BINS = 4, 8
_DIMENSION = _CELLS * _CELLS * _BINS
_LAYOUT = np.arange(_DIMENSION).reshape(_CELLS, _CELLS, _BINS)
_INVERTED = _LAYOUT[::-1, ::-1, :].ravel()
_MIRRORED = _LAYOUT[::-1, :, -np.arange(_BINS) % _BINS].ravel()


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Keypoints of one picture, the strongest first.

    Attributes:
        points: (n, 2) float32, x and y in pixels of the picture looked at.
        sizes: (n,) float32, diameter of what is described.
        angles: (n,) float32, degrees of the dominant gradient.
        descriptors: (n, 128) uint8, RootSIFT × `LARGEST`.
    """

    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)

    def mirrored(self, width: float) -> "Keypoints":
        """What the picture of this width would have, mirrored left to right, without looking again.

        A mirror reverses one side of the cells in a keypoint's own frame, and the sense in which bins are counted.
        """
        points = np.stack([np.float32(width - 1) - self.points[:, 0], self.points[:, 1]], axis=1)
        return Keypoints(points, self.sizes, (180 - self.angles) % 360, self.descriptors[:, _MIRRORED])

    def inverted(self) -> "Keypoints":
        """What the picture would have with light and dark exchanged.

        Every gradient points the other way: a keypoint's own frame turns by half a turn, and its cells with it.
        """
        return Keypoints(self.points, self.sizes, (self.angles + 180) % 360, self.descriptors[:, _INVERTED])

    def strongest(self, most: int) -> "Keypoints":
        """The first `most`."""
        return Keypoints(self.points[:most], self.sizes[:most], self.angles[:most], self.descriptors[:most])

    def scaled(self, factor: float) -> "Keypoints":
        """The same in a picture `factor` times as large; middles of pixels lie at whole numbers."""
        half, times = np.float32(0.5), np.float32(factor)
        return Keypoints((self.points + half) * times - half, self.sizes * times, self.angles, self.descriptors)

    def and_also(self, more: "Keypoints") -> "Keypoints":
        """These and others of the same picture, found at another size."""
        return Keypoints(
            np.concatenate([self.points, more.points]),
            np.concatenate([self.sizes, more.sizes]),
            np.concatenate([self.angles, more.angles]),
            np.concatenate([self.descriptors, more.descriptors]),
        )


def find_keypoints(grey: NDArray[np.uint8], most: int) -> Keypoints:
    """The strongest keypoints of a grey picture (height, width); none in a flat one."""
    cv2.setNumThreads(1)
    detector: Any = cv2.SIFT_create(nfeatures=most, contrastThreshold=CONTRAST)  # type: ignore[attr-defined]
    found, descriptors = detector.detectAndCompute(grey, None)
    if descriptors is None or not len(found):
        nothing = np.empty(0, np.float32)
        return Keypoints(np.empty((0, 2), np.float32), nothing, nothing, np.empty((0, _DIMENSION), np.uint8))
    order = np.argsort([-one.response for one in found], kind="stable")[:most]
    rows = np.array([(*one.pt, one.size, one.angle) for one in found], np.float32)[order]
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6))[order]
    codes = np.minimum(np.rint(rooted * LARGEST), 255).astype(np.uint8)
    return Keypoints(rows[:, :2], rows[:, 2], rows[:, 3], codes)


def unit(descriptors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Descriptors as float32 vectors of length 1."""
    vectors = descriptors.astype(np.float32)
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.maximum(lengths, 1e-6)
    return vectors
