"""Tones fitted from work to copy: what is left between them is no matter of tone, and a cover misleads nobody."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from indexer.matching.lighting import lit_as
from indexer.matching.planes import Pixels
from indexer.matching.tone_map import tone_map
from indexer.matching.tones import fit_tones, without
from tests.helpers.pictures import draw, recompressed

SIZE = (320, 240)


def pixels(picture: Image.Image) -> Pixels:
    return np.asarray(picture.convert("RGB"), np.float32)


def apart(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a - b).mean())


def half_covered(picture: Image.Image) -> Image.Image:
    out = picture.copy()
    ImageDraw.Draw(out).rectangle((0, 0, 150, 240), fill=(200, 30, 60))
    return out


@pytest.mark.parametrize(
    "alter",
    [
        ImageOps.invert,
        lambda picture: picture.convert("L").convert("RGB"),
        lambda picture: ImageEnhance.Color(picture).enhance(0.4),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.6),
        lambda picture: ImageEnhance.Contrast(picture).enhance(0.5),
        lambda picture: picture.point(lambda value: round(255 * (value / 255) ** 2)),
        lambda picture: Image.merge("RGB", picture.split()[::-1]),
    ],
    ids=["inverted", "grey", "paler", "darker", "flatter", "gamma", "channels exchanged"],
)
@pytest.mark.parametrize("seed", [1, 6])
def test_the_work_takes_on_the_tones_of_its_copy(seed: int, alter: Callable[[Image.Image], Image.Image]) -> None:
    work, copy = pixels(draw(seed, SIZE)), pixels(recompressed(alter(draw(seed, SIZE)), 90))
    assert apart(tone_map(work, copy), copy) < 4 < apart(work, copy)


def test_another_picture_does_not_become_alike() -> None:
    work, other = pixels(draw(1, SIZE)), pixels(draw(2, SIZE))
    assert apart(tone_map(work, other), other) > 20


@pytest.mark.parametrize("inverted", [False, True])
def test_what_covers_half_of_a_copy_does_not_mislead(inverted: bool) -> None:
    picture = ImageOps.invert(draw(1, SIZE)) if inverted else draw(1, SIZE)
    tones = fit_tones(pixels(draw(1, SIZE)), pixels(half_covered(picture)))
    assert tones is not None
    assert tones.gain == pytest.approx(-1 if inverted else 1, abs=0.05)


def test_what_is_known_to_be_covered_is_left_out() -> None:
    work, copy = pixels(draw(1, SIZE)), pixels(half_covered(ImageEnhance.Contrast(draw(1, SIZE)).enhance(0.5)))
    tones = fit_tones(work, copy)
    covered = np.zeros(SIZE[::-1], np.bool_)
    covered[:, :156] = True
    assert tones is not None
    assert without(tones, covered).gain == pytest.approx(0.5, abs=0.02)
    assert without(tones, np.ones_like(covered)) is tones


def test_only_what_lies_inside_the_mask_counts() -> None:
    work, copy = pixels(draw(1, SIZE)), pixels(half_covered(ImageOps.invert(draw(1, SIZE))))
    inside = np.zeros(SIZE[::-1], np.bool_)
    inside[:, 160:] = True
    assert apart(tone_map(work, copy, inside)[inside], copy[inside]) < 2


def test_without_a_place_in_common_the_work_stays_as_it_is() -> None:
    work, copy = pixels(draw(1, SIZE)), pixels(draw(2, SIZE))
    nowhere = np.zeros(SIZE[::-1], np.bool_)
    assert tone_map(work, copy, nowhere) is work
    assert lit_as(work, copy, nowhere) is work


def test_a_light_from_one_side_is_followed() -> None:
    work = pixels(draw(1, SIZE))
    lit = work * np.linspace(0.7, 1.0, SIZE[0], dtype=np.float32)[None, :, None]
    assert apart(lit_as(work, lit), lit) < 1 < apart(work, lit)


@settings(max_examples=20, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 99),
    flat=st.booleans(),
)
def test_any_two_pictures_of_one_shape_can_be_fitted(shape: tuple[int, int], seed: int, flat: bool) -> None:
    random = np.random.default_rng(seed)
    work = random.uniform(0, 255, (*shape, 3)).astype(np.float32)
    other = np.full_like(work, 37) if flat else random.uniform(0, 255, (*shape, 3)).astype(np.float32)
    mapped = tone_map(work, other)
    assert mapped.shape == work.shape
    assert np.isfinite(mapped).all()
    assert mapped.min() >= 0
    assert mapped.max() <= 255
