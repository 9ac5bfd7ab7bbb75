"""What is measured block by block is what looking at each block by hand gives, and tells copies from look-alikes."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from indexer.matching.appearance import Likeness, compare
from indexer.matching.planes import Pixels
from indexer.matching.thresholds import BLOCK_EDGE, LEAST_BLOCKS
from tests.helpers.pictures import draw, recompressed

SIZES = st.tuples(st.integers(1, 150), st.integers(1, 150))


def pixels(picture: Image.Image) -> Pixels:
    return np.asarray(picture, np.float32)


def noise(seed: int, shape: tuple[int, int]) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3)).astype(np.float32)


def changed(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The picture with something else in a box."""
    copy = picture.copy()
    copy.paste(draw(99).crop(box), box)
    return copy


def squares(picture: Pixels, edge: int) -> list[Pixels]:
    tall, wide = min(edge, picture.shape[0]), min(edge, picture.shape[1])
    return [
        picture[top : top + tall, left : left + wide]
        for top, left in product(
            range(0, picture.shape[0] - tall + 1, tall), range(0, picture.shape[1] - wide + 1, wide)
        )
    ]


@settings(deadline=None)
@given(size=SIZES, seed=st.integers(0, 1000))
def test_it_measures_what_looking_at_each_block_gives(size: tuple[int, int], seed: int) -> None:
    work, other = noise(seed, size), noise(seed + 1, size)
    measured = compare(work, other)
    edge = max(4, min(BLOCK_EDGE, min(size) // 4))
    a, b = squares(work, edge), squares(other, edge)
    steps = [np.abs(x.mean(axis=(0, 1)) - y.mean(axis=(0, 1))).max() for x, y in zip(a, b, strict=True)]
    assert measured.colour_step == pytest.approx(max(steps), rel=1e-3)
    everything = np.concatenate([x.reshape(-1, 3) for x in a])
    contrast = ((everything - everything.mean(axis=0)) ** 2).sum()
    difference = sum(((x - y) ** 2).sum() for x, y in zip(a, b, strict=True))
    assert measured.residual == pytest.approx(difference / max(contrast, 1.0), rel=1e-3)
    spots = zip(squares(work, min(8, edge)), squares(other, min(8, edge)), strict=True)
    assert measured.worst_spot == pytest.approx(max(np.sqrt(((x - y) ** 2).mean()) for x, y in spots), rel=1e-3)
    assert 0 <= measured.blocks <= len(a)
    assert 0 <= measured.blocks_alike <= 1


@settings(deadline=None)
@given(size=SIZES, seed=st.integers(0, 1000))
def test_a_picture_is_like_itself(size: tuple[int, int], seed: int) -> None:
    work = noise(seed, size)
    measured = compare(work, work)
    assert (measured.colour_step, measured.residual, measured.worst_spot) == (0, 0, 0)
    assert measured.blocks_alike == (1.0 if measured.blocks else 0.0)


@pytest.mark.parametrize("quality", [40, 70, 90])
def test_a_recompressed_copy_is_the_same_frame(quality: int) -> None:
    assert all(
        compare(pixels(draw(seed)), pixels(recompressed(draw(seed), quality))).is_same_frame for seed in range(6)
    )


@pytest.mark.parametrize(
    "other",
    [
        draw(2),
        Image.eval(draw(1), lambda value: 255 - value),
        changed(draw(1), (200, 120, 264, 184)),
        draw(1).convert("L").convert("RGB"),
        draw(1).rotate(8),
    ],
    ids=["another", "inverted", "a detail changed", "without colours", "turned a little"],
)
def test_what_differs_to_the_eye_is_not_the_same_frame(other: Image.Image) -> None:
    measured = compare(pixels(draw(1)), pixels(other))
    assert not measured.is_too_plain
    assert not measured.is_same_frame


def test_the_same_outline_in_other_colours_is_not_the_same_frame() -> None:
    """Correlation alone is fooled by it."""
    red, blue = (Image.new("RGB", (256, 192), "white") for _ in range(2))
    for picture, colour in ((red, (200, 40, 40)), (blue, (40, 40, 200))):
        pen = ImageDraw.Draw(picture)
        for number in range(12):
            pen.ellipse((20 * number, 15 * number, 20 * number + 40, 15 * number + 30), fill=colour, outline="black")
    measured = compare(pixels(red), pixels(blue))
    assert measured.blocks_alike > 0.85
    assert not measured.is_same_frame


@pytest.mark.parametrize("other", ["white", "grey", "black"])
def test_flat_pictures_are_too_plain(other: str) -> None:
    measured = compare(pixels(Image.new("RGB", (200, 150), "white")), pixels(Image.new("RGB", (200, 150), other)))
    assert measured.is_too_plain
    assert not measured.is_same_frame


def test_a_soft_slope_is_too_plain() -> None:
    slope = Image.linear_gradient("L").resize((256, 256)).convert("RGB").point(lambda value: 100 + value // 4)
    assert compare(pixels(slope), pixels(slope)).is_too_plain


def test_only_blocks_wholly_inside_the_mask_count() -> None:
    work, other = pixels(draw(1)), pixels(changed(draw(1), (0, 0, 160, 360)))
    mask = np.ones(work.shape[:2], bool)
    mask[:, :153] = False  # the blocks that begin at 144 reach outside
    assert compare(work, other, mask) != compare(work, other)
    assert compare(work, other, mask).residual == 0
    mask[:, 143:] = True
    assert compare(work, other, mask).residual > 0


@pytest.mark.parametrize("size", [(480, 360), (20, 12)])
def test_with_nothing_inside_the_mask_there_is_no_verdict(size: tuple[int, int]) -> None:
    work = pixels(draw(1, size))
    measured = compare(work, work, np.zeros(work.shape[:2], bool))
    assert measured == Likeness(0, 0.0, 0.0, 0.0, 0.0)
    assert measured.is_too_plain


@pytest.mark.parametrize(
    "worse",
    [
        {"blocks": LEAST_BLOCKS - 1},
        {"blocks_alike": 0.5},
        {"colour_step": 90.0},
        {"residual": 0.9},
        {"worst_spot": 99.0},
    ],
    ids=str,
)
def test_each_measure_alone_can_refuse(worse: dict[str, float]) -> None:
    good = {"blocks": 100, "blocks_alike": 1.0, "colour_step": 0.0, "residual": 0.0, "worst_spot": 0.0}
    assert Likeness(**good).is_same_frame
    assert not Likeness(**good | worse).is_same_frame
