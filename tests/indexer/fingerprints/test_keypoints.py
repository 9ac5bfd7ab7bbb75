"""Keypoints: found again in mirrored and inverted pictures without looking again."""

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.fingerprints.keypoints import Keypoints, find_keypoints, unit
from tests.helpers.pictures import draw

Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def grey() -> Grey:
    return np.asarray(draw(7, (420, 300)).convert("L"))


def found_again(mine: Keypoints, theirs: Keypoints) -> float:
    """Share of keypoints whose likeliest partner lies within two pixels and points the same way."""
    nearest = (unit(mine.descriptors) @ unit(theirs.descriptors).T).argmax(axis=1)
    apart = np.linalg.norm(mine.points - theirs.points[nearest], axis=1)
    turned = np.abs((mine.angles - theirs.angles[nearest] + 180) % 360 - 180)
    return float(((apart < 2) & (turned < 10)).mean())


def test_keypoints_of_a_mirrored_picture_are_known_without_looking_again(grey: Grey) -> None:
    mirrored = np.ascontiguousarray(grey[:, ::-1])
    known = find_keypoints(grey, 300).mirrored(grey.shape[1])
    assert found_again(known, find_keypoints(mirrored, 300)) > 0.85
    assert found_again(find_keypoints(grey, 300), find_keypoints(mirrored, 300)) < 0.2


def test_keypoints_of_an_inverted_picture_are_known_without_looking_again(grey: Grey) -> None:
    known = find_keypoints(grey, 300).inverted()
    assert found_again(known, find_keypoints(255 - grey, 300)) > 0.95
    assert found_again(find_keypoints(grey, 300), find_keypoints(255 - grey, 300)) < 0.2


def test_mirrored_twice_is_as_it_was(grey: Grey) -> None:
    once = find_keypoints(grey, 50)
    twice = once.mirrored(420).mirrored(420).inverted().inverted()
    assert np.allclose(twice.points, once.points)
    assert (twice.descriptors == once.descriptors).all()


def test_the_strongest_are_kept_and_no_more_than_asked(grey: Grey) -> None:
    few, many = find_keypoints(grey, 40), find_keypoints(grey, 400)
    assert len(few) == 40 < len(many) <= 400
    assert {tuple(point) for point in few.points} <= {tuple(point) for point in many.points}


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (64, 64)])
def test_a_flat_picture_has_none(shape: tuple[int, int]) -> None:
    assert len(find_keypoints(np.full(shape, 128, np.uint8), 100)) == 0
