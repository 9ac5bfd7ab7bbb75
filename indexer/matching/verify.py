# SPDX-License-Identifier: GPL-3.0-or-later
"""The second look: both pictures at hand, compared pixel by pixel, and what was done to the copy.

First as whole frames in all eight orientations; then, where that fails, by keypoints, with the aligned pixels compared.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from PIL import Image

from indexer.core.types import Edit, EditKind
from indexer.images.variants import Orientation, lay_array
from indexer.matching.alignment import Alignment, Features, align, find_features, warp
from indexer.matching.appearance import Likeness, Pixels, compare
from indexer.matching.thresholds import (
    ALIGNED_LEAST_COVER,
    ASPECT_GAP,
    SYMMETRY_NOISE,
    SYMMETRY_SLACK,
    TURN_DEGREES,
    WHOLE,
    WORTH_COMPARING,
)

VIEW_EDGE = 512
"""Long edge of the pictures compared: keypoints and blocks gain little above it (`matching.md` §2.2)."""

_FRAME_EDGE = 256
_COARSE_EDGE = 16


class Verdict(StrEnum):
    """What the second look saw."""

    SAME = "same"
    EDITED = "edited"
    DIFFERENT = "different"
    TOO_PLAIN = "too_plain"


@dataclass(frozen=True, slots=True)
class SecondLook:
    """The verdict with its measurements.

    Attributes:
        edits: what was done to the work, in the order: mirrored, turned, cropped, embedded, resized.
        likeness: of the frames, or of the aligned overlap.
        alignment: None when whole frames were compared.
    """

    verdict: Verdict
    edits: tuple[Edit, ...] = ()
    likeness: Likeness | None = None
    alignment: Alignment | None = None


class View:
    """A picture prepared for comparison.

    Args:
        image: upright, mode `RGB`, long edge at most `VIEW_EDGE`.
        full_size: width and height of the picture itself.
    """

    def __init__(self, image: Image.Image, full_size: tuple[int, int]) -> None:
        self.image = image
        self.full_size = full_size

    @cached_property
    def pixels(self) -> Pixels:
        """Float pixels of the view."""
        return np.asarray(self.image, np.float32)

    @cached_property
    def coarse(self) -> Pixels:
        """A small grey square without mean, of length 1, to find the likely orientations fast."""
        small = self.image.convert("L").resize((_COARSE_EDGE, _COARSE_EDGE), Image.Resampling.BOX)
        grey = np.asarray(small, np.float32)
        grey = grey - grey.mean()
        unit: Pixels = grey / max(float(np.linalg.norm(grey)), 1e-6)
        return unit

    @cached_property
    def features(self) -> Features:
        """Keypoints as the picture is."""
        return find_features(self.pixels)

    @cached_property
    def mirrored_features(self) -> Features:
        """Keypoints of the picture mirrored left to right; descriptors do not survive a mirror."""
        return find_features(np.ascontiguousarray(self.pixels[:, ::-1]))


def second_look(work: View, other: View, *, parts: bool = True) -> SecondLook:
    """Compare a work with a candidate's picture; without `parts` as whole frames only, in a tenth of the time."""
    frames = {way: _compare_frames(work, other, way) for way in _likely_orientations(work, other)}
    same = {way: likeness for way, likeness in frames.items() if likeness.is_same_frame}
    if same:
        orientation = _best_orientation(same)
        turned = _orientation_edits(orientation)
        edits = (*turned, *_resize_edit(work, other, orientation))
        return SecondLook(Verdict.EDITED if turned else Verdict.SAME, edits, same[orientation])
    both_flat = not (work.coarse.any() or other.coarse.any())
    too_plain = both_flat or any(likeness.is_too_plain for likeness in frames.values())
    aligned = _compare_aligned(work, other) if parts else None
    return aligned or SecondLook(Verdict.TOO_PLAIN if too_plain else Verdict.DIFFERENT)


def _likely_orientations(work: View, other: View) -> list[Orientation]:
    """Orientations in which the shapes of the frames and their rough tones agree."""
    return [
        orientation
        for orientation in Orientation
        if _same_shape(_laid_size(work.full_size, orientation), other.full_size)
        and float((lay_array(work.coarse, orientation) * other.coarse).sum()) >= WORTH_COMPARING
    ]


def _best_orientation(same: dict[Orientation, Likeness]) -> Orientation:
    """The one with the least difference; upright where a symmetric picture leaves the choice to compression noise."""
    best = min(same, key=lambda orientation: same[orientation].residual)
    upright = same.get(Orientation.UPRIGHT)
    if upright and upright.residual <= same[best].residual * SYMMETRY_SLACK + SYMMETRY_NOISE:
        return Orientation.UPRIGHT
    return best


def _laid_size(size: tuple[int, int], orientation: Orientation) -> tuple[int, int]:
    return size if orientation.degrees % 180 == 0 else (size[1], size[0])


def _same_shape(a: tuple[int, int], b: tuple[int, int]) -> bool:
    rounding = 1 / min(*a, *b)
    return bool(abs(np.log((a[0] / a[1]) / (b[0] / b[1]))) <= ASPECT_GAP + rounding)


def _compare_frames(work: View, other: View, orientation: Orientation) -> Likeness:
    """Both shrunk to one size, no larger than the smaller of them, so that a thumbnail can be compared."""
    laid = Image.fromarray(np.ascontiguousarray(lay_array(work.pixels, orientation)).astype(np.uint8))
    edge = min(_FRAME_EDGE, max(laid.size), max(other.image.size))
    scale = edge / max(laid.size)
    size = (max(1, round(laid.width * scale)), max(1, round(laid.height * scale)))
    return compare(_shrunk(laid, size), _shrunk(other.image, size))


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Pixels:
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS), np.float32)


def _compare_aligned(work: View, other: View) -> SecondLook | None:
    """The best alignment, mirrored or not, whose overlap shows the same; None when there is none."""
    best: SecondLook | None = None
    for mirrored in (False, True):
        features = work.mirrored_features if mirrored else work.features
        alignment = align(features, other.features, work.image.size, other.image.size)
        if alignment is None or alignment.cover < ALIGNED_LEAST_COVER:
            continue
        pixels = np.ascontiguousarray(work.pixels[:, ::-1]) if mirrored else work.pixels
        laid, mask = warp(pixels, alignment, other.image.size)
        likeness = compare(laid, other.pixels, mask)
        if not likeness.is_same_part:
            continue
        if best is None or (best.likeness and likeness.residual < best.likeness.residual):
            edits = _aligned_edits(alignment, mirrored=mirrored)
            best = SecondLook(Verdict.EDITED if edits else Verdict.SAME, edits, likeness, alignment)
    return best


def _orientation_edits(orientation: Orientation) -> tuple[Edit, ...]:
    edits = []
    if orientation.is_mirrored:
        edits.append(Edit(EditKind.MIRRORED))
    if orientation.degrees:
        edits.append(Edit(EditKind.TURNED, float(orientation.degrees)))
    return tuple(edits)


def _resize_edit(work: View, other: View, orientation: Orientation) -> tuple[Edit, ...]:
    laid = _laid_size(work.full_size, orientation)
    scale = max(other.full_size) / max(laid)
    return () if laid == other.full_size else (Edit(EditKind.RESIZED, round(scale, 3)),)


def _aligned_edits(alignment: Alignment, *, mirrored: bool) -> tuple[Edit, ...]:
    edits = [Edit(EditKind.MIRRORED)] if mirrored else []
    if abs(alignment.degrees) >= TURN_DEGREES:
        edits.append(Edit(EditKind.TURNED, round(alignment.degrees % 360, 1)))
    if alignment.left < WHOLE:
        edits.append(Edit(EditKind.CROPPED, round(alignment.left, 3)))
    if alignment.cover < WHOLE:
        edits.append(Edit(EditKind.EMBEDDED, round(alignment.cover, 3)))
    return tuple(edits)
