# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture prepared for the second look: all that is worked out of its pixels once, when it is first asked for."""

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexer.fingerprints.keypoints import Keypoints, find_keypoints
from indexer.matching.alignment import Size
from indexer.matching.frames import coarse
from indexer.matching.overlap import Pyramid
from indexer.matching.planes import Pixels
from indexer.matching.thresholds_look import KEYPOINT_EDGE, KEYPOINTS, KEYPOINTS_FINE
from indexer.matching.voting import Described

VIEW_EDGE = 512
"""Long edge of the pictures compared: keypoints and blocks gain little above it (`matching.md` §2.2)."""

_KEPT_SIZES = 4
"""Of each view: candidates of one shape are compared at one size."""


class View:
    """A picture prepared for comparison.

    Args:
        image: upright, mode `RGB`, long edge at most `VIEW_EDGE`.
        full_size: width and height of the picture itself.
    """

    def __init__(self, image: Image.Image, full_size: Size) -> None:
        self.image = image
        self.full_size = full_size
        self._shrunk: dict[Size, Pixels] = {}

    @property
    def size(self) -> Size:
        """Width and height of the view."""
        return self.image.size

    @property
    def reduced(self) -> float:
        """How many pixels of the full picture one of the view stands for, along a side."""
        return max(self.full_size) / max(self.size)

    @cached_property
    def array(self) -> NDArray[np.uint8]:
        """Bytes of the view, shape (height, width, 3)."""
        return np.asarray(self.image)

    @cached_property
    def pyramid(self) -> Pyramid:
        """To be laid over another."""
        return Pyramid(self.array)

    def shrunk(self, size: Size) -> Pixels:
        """The view at another size; the last ones are kept, since most pictures are compared at the same."""
        if size not in self._shrunk:
            if len(self._shrunk) == _KEPT_SIZES:
                self._shrunk.clear()
            self._shrunk[size] = np.asarray(self.image.resize(size, Image.Resampling.HAMMING), np.float32)
        return self._shrunk[size]

    @cached_property
    def coarse(self) -> Pixels:
        """A small grey square without mean, of length 1, to find the likely orientations fast."""
        return coarse(self.image)

    @cached_property
    def keypoints(self) -> Described:
        """Keypoints as a candidate has them: found in a small copy, which shows those that survive edits."""
        return Described.of(self._found_at(KEYPOINT_EDGE, KEYPOINTS))

    @cached_property
    def variants(self) -> tuple[Described, ...]:
        """Keypoints as a work has them, fine ones too: as it is, mirrored, inverted, and both."""
        fine = max(self.size)
        found = self._found_at(KEYPOINT_EDGE, KEYPOINTS_FINE)
        if fine > KEYPOINT_EDGE:
            found = found.and_also(self._found_at(fine, KEYPOINTS_FINE))
        mirrored = found.mirrored(self.image.width)
        forms = (found, mirrored, found.inverted(), mirrored.inverted())
        return tuple(Described.of(form) for form in forms)

    def _found_at(self, edge: int, most: int) -> Keypoints:
        """Keypoints of a copy with this long edge, in pixels of the view; a small view is enlarged first."""
        grey = np.asarray(self.image.convert("L"))
        scale = edge / max(grey.shape)
        if scale != 1:
            size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            grey = cv2.resize(grey, size, interpolation=how).astype(np.uint8)
        return find_keypoints(grey, most).scaled(1 / scale)
