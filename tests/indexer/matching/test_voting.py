"""Where one picture lies in the other: a transform that was made is found again, and where there is none, none is."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from indexer.fingerprints.keypoints import Keypoints, find_keypoints
from indexer.matching.alignment import Matrix
from indexer.matching.thresholds_look import (
    CELL_PIXELS,
    LEAST_VOTES,
)
from indexer.matching.voting import Described, Placement, place, vote
from tests.helpers.pictures import draw

SIZE = (480, 360)
TOLERANCE_PIXELS = 2.5


def described(picture: np.ndarray) -> Described:
    return Described.of(find_keypoints(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), 500))


def similarity(degrees: float, scale: float, shift: tuple[float, float]) -> Matrix:
    """Turn clockwise and scale about the middle of the picture, then shift."""
    turn = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), -degrees, scale)
    turn[:, 2] += shift
    return np.vstack([turn, [0, 0, 1]])


def transformed(work: np.ndarray, matrix: Matrix) -> np.ndarray:
    return cv2.warpPerspective(work, matrix, SIZE, flags=cv2.INTER_AREA, borderValue=(255, 255, 255))


def placed(work: Described, other: Described) -> Placement | None:
    voted = vote(work, other)
    return place(voted) if voted else None


def through(matrix: Matrix, points: Any) -> np.ndarray:
    return cv2.perspectiveTransform(np.asarray(points, np.float64).reshape(-1, 1, 2), matrix).reshape(-1, 2)


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 5),
    degrees=st.floats(-180, 180),
    scale=st.floats(0.6, 1.5),
    shift=st.tuples(st.floats(-70, 70), st.floats(-50, 50)),
)
def test_turned_scaled_and_shifted_by_any_amount_it_is_found_again(
    seed: int, degrees: float, scale: float, shift: tuple[float, float]
) -> None:
    work, made = np.asarray(draw(seed)), similarity(degrees, scale, shift)
    found = placed(described(work), described(transformed(work, made)))
    assert found is not None
    visible = [(x, y) for x in (180, 300) for y in (130, 230)]
    assert np.abs(through(found.homography, visible) - through(made, visible)).max() < TOLERANCE_PIXELS


def test_a_picture_lies_on_itself() -> None:
    work = described(np.asarray(draw(1)))
    found = placed(work, work)
    assert found is not None
    assert np.allclose(found.homography, np.eye(3), atol=1e-2)
    assert found.inliers > 100


@pytest.mark.parametrize("pair", [(1, 2), (3, 4), (5, 6), (7, 8)])
def test_different_pictures_lie_nowhere_in_each_other(pair: tuple[int, int]) -> None:
    assert placed(*(described(np.asarray(draw(seed))) for seed in pair)) is None


@pytest.mark.parametrize("colour", ["white", "black"])
def test_a_flat_picture_lies_nowhere(colour: str) -> None:
    flat, drawn = described(np.asarray(Image.new("RGB", SIZE, colour))), described(np.asarray(draw(1)))
    assert len(flat) == 0
    assert placed(flat, drawn) is None
    assert placed(drawn, flat) is None


@pytest.mark.parametrize("seed", [0, 1, 4711])
def test_the_same_pictures_give_the_same_transform_whatever_chance_did_before(seed: int) -> None:
    work = np.asarray(draw(1))
    both = described(work), described(transformed(work, similarity(17, 0.8, (20, 10))))
    first = placed(*both)
    cv2.setRNGSeed(seed)
    again = placed(*both)
    assert first is not None
    assert again is not None
    assert np.array_equal(first.homography, again.homography)
    assert first.inliers == again.inliers


# Keypoints made by hand


def keypoints(points: np.ndarray, vectors: np.ndarray, size: float = 4.0, angle: float = 0.0) -> Described:
    count = len(points)
    at = Keypoints(
        points.astype(np.float32),
        np.full(count, size, np.float32),
        np.full(count, angle, np.float32),
        (vectors * 255).astype(np.uint8),
    )
    return Described.of(at)


def spread(count: int) -> np.ndarray:
    return np.random.default_rng(3).uniform((0, 0), SIZE, (count, 2))


def agreed(matrix: Matrix, points: np.ndarray, **theirs: float) -> Placement | None:
    """Each point with a descriptor of its own, so that every match is right."""
    own = np.eye(len(points), 128)
    return placed(keypoints(points, own), keypoints(through(matrix, points), own, **theirs))


def test_a_handful_of_points_that_agree_is_enough() -> None:
    found = agreed(similarity(30, 0.7, (0, 0)), spread(LEAST_VOTES + 2), size=2.8, angle=30)
    assert found is not None
    assert np.allclose(found.homography, similarity(30, 0.7, (0, 0)), atol=1e-2)


@pytest.mark.parametrize("count", [1, 3, LEAST_VOTES - 1])
def test_too_few_points_are_no_witnesses(count: int) -> None:
    assert agreed(np.eye(3), spread(60)[:count]) is None


def test_one_busy_spot_is_one_witness() -> None:
    """Sixty points within a few pixels count as few; the same number all over the picture does not."""
    spot = 6 * CELL_PIXELS + np.random.default_rng(3).uniform(0, CELL_PIXELS * 0.9, (60, 2))
    assert agreed(np.eye(3), spot) is None
    assert agreed(np.eye(3), spread(60)) is not None


def test_points_whose_directions_contradict_where_they_went_do_not_agree() -> None:
    assert agreed(similarity(90, 1.0, (0, 0)), spread(40), angle=0) is None


def test_points_that_went_anywhere_do_not_agree() -> None:
    own = np.eye(60, 128)
    elsewhere = np.random.default_rng(4).uniform((0, 0), SIZE, (60, 2))
    assert placed(keypoints(spread(60), own), keypoints(elsewhere, own)) is None
