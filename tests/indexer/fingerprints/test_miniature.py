"""The miniature: numbers of length 1 without their mean, whose product is the likeness of two pictures."""

import numpy as np
import pytest
from PIL import Image

from indexer.fingerprints.miniature import DIMENSION, EDGE, FLAT_CONTRAST, miniature_orientations
from indexer.fingerprints.phash import shrink
from indexer.images.variants import Orientation, lay, lay_array
from tests.helpers.pictures import draw, recompressed


def miniatures(picture: Image.Image) -> list[np.ndarray]:
    return [np.frombuffer(one, np.float32) for one in miniature_orientations(shrink(picture))]


@pytest.mark.parametrize("seed", range(10))
def test_each_has_length_one_and_no_mean(seed: int) -> None:
    for one in miniatures(draw(seed)):
        assert one.shape == (DIMENSION,)
        assert np.linalg.norm(one) == pytest.approx(1, abs=1e-6)
        assert one.mean() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("orientation", list(Orientation))
def test_an_orientation_is_the_upright_one_laid(orientation: Orientation) -> None:
    upright, *_ = made = miniatures(draw(4))
    laid = made[list(Orientation).index(orientation)].reshape(EDGE, EDGE)
    assert np.array_equal(laid, lay_array(upright.reshape(EDGE, EDGE), orientation))
    assert sorted(laid.ravel()) == sorted(upright)


@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_miniature_of_a_laid_picture_is_the_one_foretold(orientation: Orientation) -> None:
    picture = draw(4, (480, 480))
    foretold = miniatures(picture)[list(Orientation).index(orientation)]
    assert float(miniatures(lay(picture, orientation))[0] @ foretold) > 0.999


def test_a_copy_is_like_its_original_and_others_are_not() -> None:
    originals = np.array([miniatures(draw(seed))[0] for seed in range(20)])
    copies = np.array([miniatures(recompressed(draw(seed).resize((200, 150)), 50))[0] for seed in range(20)])
    likeness = copies @ originals.T
    assert likeness.diagonal().min() > 0.99
    assert np.array_equal(likeness.argmax(axis=1), np.arange(20))


def test_brighter_and_paler_copies_are_as_like() -> None:
    picture = draw(5).convert("L")
    paler = picture.point(lambda value: value // 2 + 100)
    assert float(miniatures(picture)[0] @ miniatures(paler)[0]) > 0.999


@pytest.mark.parametrize("colour", ["white", "black", "teal"])
def test_a_flat_picture_has_none(colour: str) -> None:
    assert miniature_orientations(shrink(Image.new("RGB", (99, 99), colour))) == ()


def test_what_is_left_of_a_flat_picture_by_compression_is_nothing() -> None:
    noise = np.random.default_rng(1).normal(128, FLAT_CONTRAST, (480, 480)).clip(0, 255).astype(np.uint8)
    assert miniature_orientations(shrink(Image.fromarray(noise))) == ()


def test_a_very_pale_drawing_still_has_one() -> None:
    paper = Image.new("L", (300, 300), 250)
    paper.paste(235, (60, 60, 150, 240))
    assert len(miniature_orientations(shrink(paper))) == 8
