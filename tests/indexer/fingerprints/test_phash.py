"""pHash is that of ImageHash, exactly, through the whole way of a file."""

from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from indexer.fingerprints.intake import fingerprint_file
from indexer.fingerprints.phash import phash, phash_orientations, shrink
from indexer.fingerprints.quality import PHASH_LEAST_CONTRAST, phash_is_meaningful
from indexer.images.variants import Orientation, lay
from tests.helpers.pictures import draw, recompressed

FLAT = 0x8000000000000000


def drawn_at_random(seed: int) -> Image.Image:
    """Of any size and mode; every third is noise."""
    random = np.random.default_rng(seed)
    size = (int(random.integers(2, 260)), int(random.integers(2, 260)))
    noise = Image.fromarray(random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    picture = noise if seed % 3 == 0 else draw(seed, size)
    return picture.convert("L") if seed % 2 else picture


def by_imagehash(picture: Image.Image) -> int:
    return int(str(imagehash.phash(picture)), 16)


@pytest.mark.parametrize("hundred", range(3))
def test_the_value_of_a_file_is_that_of_imagehash(tmp_path: Path, hundred: int) -> None:
    place = tmp_path / "a.png"
    for seed in range(hundred * 100, hundred * 100 + 100):
        drawn_at_random(seed).save(place)
        with Image.open(place) as opened:
            expected = by_imagehash(opened)
        assert fingerprint_file(place, "a.png").pictures[0].phash[0] == expected, f"picture {seed}"


def test_the_most_significant_bit_comes_first() -> None:
    for seed in range(20):
        assert f"{phash(draw(seed)):016x}" == str(imagehash.phash(draw(seed)))


def test_the_shrunken_copy_has_the_value_of_the_picture() -> None:
    for seed in range(50):
        picture = drawn_at_random(seed)
        assert phash(shrink(picture)) == phash(picture)


def test_the_shrunken_copy_is_small_and_grey() -> None:
    assert (shrink(draw(1)).size, shrink(draw(1)).mode) == ((32, 32), "L")


@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_value_of_a_laid_picture_is_near_the_one_foretold(orientation: Orientation) -> None:
    for seed in range(20):
        picture = draw(seed, (480, 480))
        foretold = phash_orientations(shrink(picture))[list(Orientation).index(orientation)]
        assert (phash(lay(picture, orientation)) ^ foretold).bit_count() <= 6


def test_the_upright_value_is_the_first_of_eight() -> None:
    values = phash_orientations(shrink(draw(1)))
    assert values[0] == by_imagehash(draw(1))
    assert len(set(values)) == 8


def test_a_natural_picture_has_half_of_its_bits_set_and_is_searched_for() -> None:
    for seed in range(30):
        picture = draw(seed)
        value, contrast = phash(picture), float(np.asarray(shrink(picture), dtype=float).std())
        assert value.bit_count() == 32
        assert value >> 63 == 1, "the mean brightness is the largest of the 64"
        assert phash_is_meaningful(value, contrast)


@pytest.mark.parametrize("colour", ["white", "teal", "#010101"])
def test_a_flat_picture_has_a_degenerate_value_and_is_not_searched_for(colour: str) -> None:
    value = phash(Image.new("RGB", (200, 100), colour))
    assert value == FLAT
    assert not phash_is_meaningful(value, 100.0)


def test_a_pale_picture_is_not_searched_for() -> None:
    value = phash(draw(1))
    assert phash_is_meaningful(value, PHASH_LEAST_CONTRAST)
    assert not phash_is_meaningful(value, PHASH_LEAST_CONTRAST - 0.001)


@pytest.mark.parametrize("ones", [0, 1, 31, 33, 64])
def test_a_value_without_exactly_half_of_its_bits_is_not_searched_for(ones: int) -> None:
    assert not phash_is_meaningful((1 << ones) - 1, 50.0)


def test_a_recompressed_copy_is_near() -> None:
    for seed in range(20):
        assert (phash(recompressed(draw(seed), 60)) ^ phash(draw(seed))).bit_count() <= 6


def test_another_picture_is_far() -> None:
    values = [phash(draw(seed)) for seed in range(40)]
    assert min((one ^ other).bit_count() for at, one in enumerate(values) for other in values[:at]) > 8
