"""What a record of fingerprints says may be searched for."""

from dataclasses import replace

import pytest

from indexer.core.types import Lane
from indexer.fingerprints.base import RECIPE, Kind, PictureFingerprints

HALF = 0xFFFFFFFF00000000

RICH = PictureFingerprints(
    frame=1,
    frames=1,
    width=100,
    height=80,
    phash=(HALF,) * 8,
    phash_other=(),
    pdq=(b"\x55" * 32,) * 8,
    pdq_quality=100,
    miniature=(bytes(1024),) * 8,
    contrast=40.0,
)


@pytest.mark.parametrize("kind", [Kind.SHA256, Kind.MD5, Kind.PIXEL_HASH])
def test_what_is_equal_or_not_belongs_to_the_exact_lane(kind: Kind) -> None:
    assert kind.lane is Lane.EXACT


@pytest.mark.parametrize("kind", [Kind.PHASH, Kind.PDQ, Kind.MINIATURE])
def test_what_is_near_or_far_belongs_to_the_perceptual_lane(kind: Kind) -> None:
    assert kind.lane is Lane.PERCEPTUAL


def test_the_names_are_those_that_indexes_keep() -> None:
    assert list(Kind) == ["sha256", "md5", "pixel_hash", "phash", "pdq", "miniature", "keypoints", "clip"]


def test_the_recipe_names_every_part_that_could_change() -> None:
    assert [part.split()[0] for part in RECIPE.split(", ")] == ["phash", "pdq", "miniature", "input"]


def test_a_rich_picture_is_searched_for_by_everything() -> None:
    assert (RICH.usable_phash, RICH.usable_pdq, RICH.is_too_plain) == (RICH.phash, RICH.pdq, False)


def test_a_picture_of_low_contrast_is_not_searched_for_by_phash() -> None:
    pale = replace(RICH, contrast=7.9)
    assert (pale.usable_phash, pale.usable_pdq) == ((), RICH.pdq)


def test_a_degenerate_value_is_not_searched_for() -> None:
    assert replace(RICH, phash=(1 << 63,) * 8).usable_phash == ()


def test_a_picture_of_low_quality_is_not_searched_for_by_pdq() -> None:
    assert replace(RICH, pdq_quality=49).usable_pdq == ()


def test_a_picture_is_too_plain_only_when_nothing_is_left() -> None:
    flat = replace(RICH, contrast=0.0, pdq_quality=0, miniature=())
    assert flat.is_too_plain
    assert (RICH.too_plain_for, flat.too_plain_for) == ((), (Kind.PHASH, Kind.PDQ, Kind.MINIATURE))
    for saved in ({"contrast": 40.0}, {"pdq_quality": 100}, {"miniature": RICH.miniature}):
        assert not replace(flat, **saved).is_too_plain


def test_a_picture_is_blank_only_when_its_pixels_take_next_to_no_room() -> None:
    flat = replace(RICH, contrast=0.0, pdq_quality=0, miniature=())
    assert not flat.is_blank, "nobody measured it"
    assert [replace(flat, packed=packed).is_blank for packed in (300, 2999, 3000, 10**6)] == [True, True, False, False]
