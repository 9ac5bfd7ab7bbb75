"""PDQ is bit for bit that of its reference, in all eight orientations."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from indexer.fingerprints.pdq import SMALLEST_EDGE, pdq_orientations
from indexer.fingerprints.quality import pdq_is_meaningful
from indexer.images.variants import Orientation, lay
from tests.helpers.pictures import draw, recompressed
from tests.indexer.fingerprints.make_pdq_golden import CASES, GOLDEN, Case, by_reference

RECORDS: list[dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
NOT_INSTALLED = "the reference, pdqhash, is not installed: only its recorded answers are compared"


def case_of(record: dict[str, Any]) -> Case:
    return Case(**{name: record[name] for name in ("drawing", "seed", "width", "height", "mode")})


def ours(picture: Image.Image) -> tuple[tuple[str, ...], int]:
    hashes, quality = pdq_orientations(picture)
    return tuple(one.hex() for one in hashes), quality


def bits_between(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


@pytest.mark.parametrize(
    "record", RECORDS, ids=lambda record: "{drawing} {seed} {width}x{height} {mode}".format(**record)
)
def test_the_hashes_are_those_that_the_reference_gave(record: dict[str, Any]) -> None:
    hashes, quality = ours(Image.fromarray(case_of(record).pixels()))
    assert (hashes[0], list(hashes[1:]), quality) == (record["pdq"], record["laid"], record["quality"])


def test_the_recorded_answers_are_to_the_questions_that_are_asked() -> None:
    assert [case_of(record) for record in RECORDS] == list(CASES)


@pytest.mark.parametrize("seed", range(60))
def test_the_hashes_are_those_that_the_reference_gives_today(seed: int) -> None:
    pytest.importorskip("pdqhash", reason=NOT_INSTALLED)
    random = np.random.default_rng(seed)
    size = (int(random.integers(5, 500)), int(random.integers(5, 400)))
    picture = draw(seed, size)
    pixels = np.asarray(picture.convert("L") if seed % 4 == 0 else picture)
    assert ours(Image.fromarray(pixels)) == by_reference(pixels)


@given(
    some.integers(1, 140),
    some.integers(1, 140),
    some.integers(0, 2**32 - 1),
    some.sampled_from(["shapes", "noise", "mirrored", "mirrored_twice", "clip_art", "gradient"]),
)
@settings(deadline=None)
def test_the_reference_agrees_at_every_small_size(width: int, height: int, seed: int, drawing: str) -> None:
    pytest.importorskip("pdqhash", reason=NOT_INSTALLED)
    pixels = Case(drawing, seed, width, height, "RGB").pixels()
    assert ours(Image.fromarray(pixels)) == by_reference(pixels)


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (4, 900), (900, 4)])
def test_a_tiny_picture_has_an_empty_hash_of_no_quality(size: tuple[int, int]) -> None:
    assert min(size) < SMALLEST_EDGE
    assert pdq_orientations(draw(1, size)) == ((bytes(32),) * 8, 0)


def test_a_flat_picture_has_no_quality() -> None:
    assert pdq_orientations(Image.new("RGB", (200, 200), "teal"))[1] == 0


def test_a_hash_has_as_many_ones_as_noughts() -> None:
    for seed in range(20):
        for one in pdq_orientations(draw(seed))[0]:
            assert int.from_bytes(one, "big").bit_count() == 128


@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_hash_of_a_laid_picture_is_near_the_one_foretold(orientation: Orientation) -> None:
    for seed in range(12):
        picture = draw(seed, (640, 480))
        truly = pdq_orientations(lay(picture, orientation))[0][0]
        distances = [bits_between(truly, foretold) for foretold in pdq_orientations(picture)[0]]
        assert min(distances) == distances[list(Orientation).index(orientation)] <= 20


def test_the_eight_hashes_of_a_picture_are_far_from_each_other() -> None:
    hashes = pdq_orientations(draw(3))[0]
    others = [bits_between(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]
    assert min(others) > 60


def test_a_recompressed_and_resized_copy_is_near() -> None:
    for seed in range(12):
        picture = draw(seed, (640, 480))
        copy = recompressed(picture.resize((320, 240), Image.Resampling.LANCZOS), 60)
        assert bits_between(pdq_orientations(copy)[0][0], pdq_orientations(picture)[0][0]) <= 20


def test_another_picture_is_far() -> None:
    hashes = [pdq_orientations(draw(seed))[0][0] for seed in range(30)]
    assert min(bits_between(one, other) for at, one in enumerate(hashes) for other in hashes[:at]) > 60


@pytest.mark.parametrize(("quality", "is_meaningful"), [(0, False), (49, False), (50, True), (100, True)])
def test_a_hash_of_low_quality_may_not_be_searched_for(quality: int, is_meaningful: bool) -> None:
    assert pdq_is_meaningful(quality) is is_meaningful


def test_grey_and_colour_of_the_same_picture_agree() -> None:
    grey = draw(2).convert("L")
    assert pdq_orientations(grey) == pdq_orientations(grey.convert("RGB"))
