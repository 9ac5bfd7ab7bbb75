"""What any transform says was done keeps to its bounds, and is what was done where that is known."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis.extra import numpy as arrays

from indexer.core.types import EditKind
from indexer.matching.alignment import Alignment, Matrix, Size, describe, mirror
from indexer.matching.geometry import placed_edits
from indexer.matching.thresholds_look import (
    LARGEST_AREA,
    LARGEST_STRETCH,
    SMALLEST_AREA,
)

WORK: Size = (480, 360)
SIZES = st.tuples(st.integers(16, 2000), st.integers(16, 2000))
SIDES = st.floats(0.3, 1.0)


def moved(across: float, down: float, scale: float = 1.0) -> Matrix:
    """Scaled about the picture's corner, then shifted; pixels' middles lie at whole numbers."""
    return np.array([[scale, 0, across + (scale - 1) / 2], [0, scale, down + (scale - 1) / 2], [0, 0, 1]])


def turned(size: Size, degrees: float) -> tuple[Matrix, Size]:
    """Turned clockwise about the middle, and the size of a picture that holds all of it."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    width = math.ceil(abs(size[0] * cos) + abs(size[1] * sin)) + 1
    height = math.ceil(abs(size[0] * sin) + abs(size[1] * cos)) + 1
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return moved((width - 1) / 2, (height - 1) / 2) @ turn @ moved(-(size[0] - 1) / 2, -(size[1] - 1) / 2), (
        width,
        height,
    )


def described(homography: Matrix, other: Size, work: Size = WORK) -> Alignment:
    alignment = describe(homography, 0, work, other)
    assert alignment
    return alignment


@settings(deadline=None, max_examples=100)
@given(arrays.arrays(np.float64, (3, 3), elements=st.floats(-1e6, 1e6)), SIZES, SIZES)
def test_any_nine_numbers_are_refused_or_say_something_possible(numbers: Matrix, work: Size, other: Size) -> None:
    assert_possible(describe(numbers, 0, work, other))


@settings(deadline=None, max_examples=100)
@given(
    arrays.arrays(np.float64, (2, 2), elements=st.floats(-2, 2)),
    arrays.arrays(np.float64, 2, elements=st.floats(-600, 600)),
    arrays.arrays(np.float64, 2, elements=st.floats(-1e-3, 1e-3)),
    SIZES,
)
def test_any_view_of_a_picture_says_something_possible(turn: Matrix, shift: Matrix, depth: Matrix, other: Size) -> None:
    assert_possible(describe(np.vstack([np.column_stack([turn, shift]), [*depth, 1.0]]), 0, WORK, other))


def assert_possible(alignment: Alignment | None) -> None:
    """Shares are shares, angles angles, and nothing is not a number."""
    if alignment is None:
        return
    assert 0 <= alignment.left <= 1
    assert 0 <= alignment.cover <= 1
    assert -180 <= alignment.degrees <= 180
    assert math.isfinite(alignment.scale)
    assert alignment.scale > 0
    assert math.isfinite(alignment.stretch)
    assert alignment.stretch > 0
    assert alignment.tilt >= 0
    for edit in placed_edits(alignment, alignment.scale):
        if edit.kind in (EditKind.CROPPED, EditKind.EMBEDDED):
            assert edit.amount is not None
            assert 0 <= edit.amount <= 1
        if edit.kind is EditKind.TURNED:
            assert edit.amount is not None
            assert 0 <= edit.amount <= 360


@settings(deadline=None, max_examples=50)
@given(SIDES, SIDES, st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_crop_leaves_the_share_that_was_cut_out(
    wide: float, tall: float, across: float, down: float, mirrored: bool
) -> None:
    width, height = round(WORK[0] * wide), round(WORK[1] * tall)
    left, top = round((WORK[0] - width) * across), round((WORK[1] - height) * down)
    homography = moved(-left, -top) @ (mirror(WORK[0]) if mirrored else np.eye(3))
    alignment = described(homography, (width, height))
    assert alignment.left == pytest.approx(width * height / (WORK[0] * WORK[1]), abs=1e-3)
    assert alignment.cover == pytest.approx(1, abs=1e-3)
    assert alignment.mirrored is mirrored


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.floats(0.3, 2))
def test_what_was_set_into_another_picture_covers_the_share_that_it_takes(
    before: int, above: int, after: int, below: int, scale: float
) -> None:
    other = (round(WORK[0] * scale) + before + after, round(WORK[1] * scale) + above + below)
    alignment = described(moved(before, above, scale), other)
    taken = (WORK[0] * scale) * (WORK[1] * scale) / (other[0] * other[1])
    assert alignment.left == pytest.approx(1, abs=0.01)
    assert alignment.cover == pytest.approx(taken, abs=0.01)
    assert alignment.scale == pytest.approx(scale, rel=1e-3)


@settings(deadline=None, max_examples=50)
@given(st.floats(-179.9, 179.9), st.booleans(), SIZES)
def test_a_turn_is_told_in_degrees_clockwise_after_any_mirror(degrees: float, mirrored: bool, work: Size) -> None:
    assume(max(work) < LARGEST_STRETCH * min(work))
    homography, other = turned(work, degrees)
    alignment = described(homography @ (mirror(work[0]) if mirrored else np.eye(3)), other, work)
    assert alignment.degrees == pytest.approx(degrees, abs=0.05)
    assert alignment.mirrored is mirrored
    assert alignment.left == pytest.approx(1, abs=0.01)
    assert alignment.tilt == pytest.approx(0, abs=1e-3)
    assert alignment.stretch == pytest.approx(1, abs=1e-3)


@settings(deadline=None, max_examples=50)
@given(st.floats(0.05, 20), st.floats(0.05, 20))
def test_what_nobody_would_do_to_a_picture_is_refused(across: float, down: float) -> None:
    other = (max(1, round(WORK[0] * across)), max(1, round(WORK[1] * down)))
    stretch, area = across / down, across * down
    assume(
        abs(math.log(stretch) / math.log(LARGEST_STRETCH)) < 0.99
        or abs(math.log(stretch) / math.log(LARGEST_STRETCH)) > 1.01
    )
    assume(not any(0.98 < area / bound < 1.02 for bound in (SMALLEST_AREA, LARGEST_AREA)))
    alignment = describe(np.diag([across, down, 1.0]), 0, WORK, other)
    could_be = 1 / LARGEST_STRETCH < stretch < LARGEST_STRETCH and SMALLEST_AREA < area < LARGEST_AREA
    assert (alignment is not None) is could_be
