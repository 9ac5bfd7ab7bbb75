# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole frames laid on each other in the eight orientations: strictly for the same, roughly for a guess."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from indexer.images.variants import Orientation, lay_array
from indexer.matching.alignment import Matrix, Size
from indexer.matching.appearance import Likeness, compare
from indexer.matching.planes import Pixels
from indexer.matching.thresholds import (
    ASPECT_GAP,
    SYMMETRY_NOISE,
    SYMMETRY_SLACK,
    WORTH_COMPARING,
)
from indexer.matching.thresholds_look import (
    FRAME_GUESS,
    FRAMES_GUESSED,
)

_FRAME_EDGE = 256
_COARSE_EDGE = 16


def coarse(image: Image.Image) -> Pixels:
    """A small grey square without mean, of length 1, to find the likely orientations fast; all 0 for a flat picture."""
    small = image.convert("L").resize((_COARSE_EDGE, _COARSE_EDGE), Image.Resampling.BOX)
    grey = np.asarray(small, np.float32)
    grey = grey - grey.mean()
    unit: Pixels = grey / max(float(np.linalg.norm(grey)), 1e-6)
    return unit


def likely_orientations(work: Pixels, other: Pixels, work_size: Size, other_size: Size) -> list[Orientation]:
    """Orientations in which the shapes of the frames and their rough tones (`coarse`) agree."""
    return [
        orientation
        for orientation in Orientation
        if _same_shape(laid_size(work_size, orientation), other_size)
        and float((lay_array(work, orientation) * other).sum()) >= WORTH_COMPARING
    ]


def best_orientation(same: dict[Orientation, Likeness]) -> Orientation:
    """The one with the least difference; upright where a symmetric picture leaves the choice to compression noise."""
    best = min(same, key=lambda orientation: same[orientation].residual)
    upright = same.get(Orientation.UPRIGHT)
    if upright and upright.residual <= same[best].residual * SYMMETRY_SLACK + SYMMETRY_NOISE:
        return Orientation.UPRIGHT
    return best


def laid_size(size: Size, orientation: Orientation) -> Size:
    """Width and height once a picture lies so."""
    return size if orientation.degrees % 180 == 0 else (size[1], size[0])


def compared_size(work: Size, other: Size) -> Size:
    """The size at which a work is held against another frame: no larger than either, so that thumbnails can be too."""
    scale = min(_FRAME_EDGE, max(work), max(other)) / max(work)
    return max(1, round(work[0] * scale)), max(1, round(work[1] * scale))


def compare_frames(work: Pixels, other: Pixels, orientation: Orientation) -> Likeness:
    """The work laid so, compared with another picture; of both what `compared_size` says, the other as it then lies."""
    return compare(np.ascontiguousarray(lay_array(work, orientation)), other)


def guessed_frames(work: Pixels, other: Pixels, work_size: Size, other_size: Size) -> Iterator[tuple[float, Matrix]]:
    """Transforms that lay the whole work on the whole other picture, in the orientations in which they look most alike.

    Shapes need not agree, and light and dark may be exchanged: heavily blurred, tiny and stretched copies have too few
    keypoints, but their frame is the work's.

    Args:
        work, other: the `coarse` squares; sizes in the pixels that the transforms are for.
    """
    ways = list(Orientation)
    alike = [abs(float((lay_array(work, way) * other).sum())) for way in ways]
    for at in np.argsort(-np.array(alike), kind="stable")[:FRAMES_GUESSED]:
        if alike[at] >= FRAME_GUESS:
            yield alike[at], frame_placement(work_size, other_size, ways[at])


def frame_placement(work: Size, other: Size, way: Orientation) -> Matrix:
    """From the work's pixels to the other's, corner on corner; middles of pixels lie at whole numbers."""
    unit = np.array([[1 / work[0], 0, 0.5 / work[0] - 0.5], [0, 1 / work[1], 0.5 / work[1] - 0.5], [0, 0, 1]])
    flip = np.diag([-1.0 if way.is_mirrored else 1.0, 1.0, 1.0])
    turn = np.radians(way.degrees)
    cosine, sine = round(float(np.cos(turn))), round(float(np.sin(turn)))
    turned = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])
    back = np.array([[other[0], 0, (other[0] - 1) / 2], [0, other[1], (other[1] - 1) / 2], [0, 0, 1.0]])
    matrix: Matrix = back @ turned @ flip @ unit
    return matrix


def _same_shape(a: Size, b: Size) -> bool:
    rounding = 1 / min(*a, *b)
    return bool(abs(np.log((a[0] / a[1]) / (b[0] / b[1]))) <= ASPECT_GAP + rounding)
