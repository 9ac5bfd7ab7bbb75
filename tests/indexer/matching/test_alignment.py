"""What a transform says was done to a picture, and which transforms nobody could have made."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.matching.alignment import Alignment, Matrix, describe, mirror
from indexer.matching.thresholds_look import (
    LARGEST_STRETCH,
    SMALLEST_AREA,
)

SIZE = (480, 360)


def similarity(degrees: float, scale: float, shift: tuple[float, float] = (0.0, 0.0)) -> Matrix:
    """Turn clockwise and scale about the middle of the picture, then shift."""
    turn = cv2.getRotationMatrix2D(((SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2), -degrees, scale)
    turn[:, 2] += shift
    return np.vstack([turn, [0, 0, 1]])


def described(matrix: Matrix) -> Alignment:
    found = describe(matrix, 20, SIZE, SIZE)
    assert found is not None
    return found


def through(matrix: Matrix, points: Any) -> np.ndarray:
    return cv2.perspectiveTransform(np.asarray(points, np.float64).reshape(-1, 1, 2), matrix).reshape(-1, 2)


def share_seen(matrix: Matrix) -> tuple[float, float]:
    """How much of the work lies in the frame, and how much of the frame the work covers, counted point by point."""
    x, y = np.meshgrid(np.arange(0.0, SIZE[0], 2), np.arange(0.0, SIZE[1], 2))
    grid = np.stack([x.ravel(), y.ravel()], axis=1)

    def inside(points: np.ndarray) -> float:
        return float(((points >= -0.5) & (points < np.array(SIZE) - 0.5)).all(axis=1).mean())

    return inside(through(matrix, grid)), inside(through(np.linalg.inv(matrix), grid))


@settings(max_examples=50, deadline=None)
@given(
    degrees=st.floats(-180, 180),
    scale=st.floats(0.3, 3),
    shift=st.tuples(st.floats(-70, 70), st.floats(-50, 50)),
    mirrored=st.booleans(),
)
def test_what_was_made_is_told_back(degrees: float, scale: float, shift: tuple[float, float], mirrored: bool) -> None:
    made = similarity(degrees, scale, shift) @ (mirror(SIZE[0]) if mirrored else np.eye(3))
    told = described(made)
    assert told.scale == pytest.approx(scale, rel=1e-3)
    assert abs((told.degrees - degrees + 180) % 360 - 180) < 0.1
    assert told.mirrored is mirrored
    assert (told.stretch, told.tilt) == (pytest.approx(1, abs=1e-3), pytest.approx(0, abs=1e-3))
    left, cover = share_seen(made)
    assert (told.left, told.cover) == (pytest.approx(left, abs=0.02), pytest.approx(cover, abs=0.02))


def test_a_picture_lies_on_itself() -> None:
    told = described(np.eye(3))
    assert (told.left, told.cover, told.scale, told.stretch) == pytest.approx((1, 1, 1, 1), abs=1e-3)
    assert (told.degrees, told.tilt, told.mirrored) == (pytest.approx(0, abs=1e-3), pytest.approx(0, abs=1e-3), False)


def test_wider_than_tall_is_stretched_and_not_tilted() -> None:
    told = described(np.diag([0.8, 0.5, 1.0]))
    assert told.stretch == pytest.approx(1.6, abs=1e-3)
    assert told.tilt == pytest.approx(0, abs=1e-3)


def test_seen_at_an_angle_or_slanted_is_tilted() -> None:
    slanted = np.array([[1.0, 0.2, 0], [0, 1.0, 0], [0, 0, 1.0]])
    narrowing = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 3e-4, 1.0]])
    assert described(slanted).tilt > 0.15
    assert described(narrowing).tilt > 0.08


def test_what_is_outside_the_copy_says_nothing_of_a_tilt() -> None:
    """A transform known from a tenth of a picture is wild where nothing of it is seen."""
    bent = np.array([[1.0, 0, 0], [0, 1.0, 0], [2e-4, 1e-4, 1.0]])
    corner = np.diag([4.0, 4.0, 1.0]) @ bent
    assert described(corner).tilt < described(bent).tilt / 2


def test_a_squeezed_picture_is_one_and_a_line_is_none() -> None:
    assert describe(np.diag([1.0, 1 / (LARGEST_STRETCH * 0.9), 1.0]), 20, SIZE, SIZE) is not None
    assert describe(np.diag([1.0, 1 / (LARGEST_STRETCH * 1.1), 1.0]), 20, SIZE, SIZE) is None


def test_a_speck_is_no_copy() -> None:
    edge = SMALLEST_AREA**0.5
    assert describe(np.diag([edge * 0.8, edge * 0.8, 1.0]), 20, SIZE, SIZE) is None


def test_a_picture_folded_over_itself_is_no_copy() -> None:
    """The horizon of such a view runs through the work."""
    assert describe(np.array([[1.0, 0, 0], [0, 1.0, 0], [-1 / 400, 0, 1.0]]), 20, SIZE, SIZE) is None


def test_a_picture_beside_the_other_shares_nothing() -> None:
    assert describe(similarity(0, 1, (2000, 0)), 20, SIZE, SIZE) is None
