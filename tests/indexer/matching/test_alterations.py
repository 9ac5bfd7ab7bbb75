"""What was done to a copy is named from its pixels; what saving, shrinking and a shift by a pixel do is not named."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from indexer.core.types import Edit, EditKind
from indexer.matching.alterations import name_alterations
from indexer.matching.planes import Pixels
from tests.helpers.pictures import draw, recompressed

Alter = Callable[[Image.Image], Image.Image]

ACROSS = 320
SIZE = (640, 480)


def laid(picture: Image.Image, shift: tuple[float, float] = (0, 0)) -> Pixels:
    """At the size of the comparison, moved by some pixels, as an alignment that is a little off leaves it."""
    small = picture.convert("RGB")
    small.thumbnail((ACROSS, ACROSS), Image.Resampling.LANCZOS)
    pixels = np.asarray(small, np.float32)
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    return cv2.warpAffine(pixels, move, small.size, borderMode=cv2.BORDER_REPLICATE)


def whole(pixels: Pixels) -> np.ndarray:
    return np.ones(pixels.shape[:2], np.bool_)


def named(work: Image.Image, copy: Image.Image, shift: tuple[float, float] = (0.6, -0.8)) -> tuple[Edit, ...]:
    """As the second look asks: the work laid over the copy, nearly right."""
    over, under = laid(work, shift), laid(copy)
    inside = whole(under)
    inside[:2], inside[-2:], inside[:, :2], inside[:, -2:] = False, False, False, False
    return name_alterations(over, under, inside, copy_scale=max(copy.size) / ACROSS)


def kinds(edits: tuple[Edit, ...]) -> set[EditKind]:
    return {edit.kind for edit in edits}


def amount(edits: tuple[Edit, ...], kind: EditKind) -> float | None:
    return {edit.kind: edit.amount for edit in edits}[kind]


WORKS = [draw(seed, SIZE) for seed in (1, 7)]
works = pytest.mark.parametrize("work", WORKS, ids=["first", "second"])


def turned_hue(picture: Image.Image, degrees: float) -> Image.Image:
    hue, strength, light = picture.convert("HSV").split()
    hue = hue.point(lambda value: (value + round(degrees / 360 * 256)) % 256)
    return Image.merge("HSV", (hue, strength, light)).convert("RGB")


def noisy(picture: Image.Image, deviation: float) -> Image.Image:
    pixels = np.asarray(picture, np.float32) + np.random.default_rng(2).normal(0, deviation, (480, 640, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def written(picture: Image.Image, opacity: float = 0.8) -> Image.Image:
    layer = Image.new("L", picture.size)
    font = ImageFont.load_default(picture.height // 7)
    ImageDraw.Draw(layer).text((30, 200), "SAMPLE © SOMEBODY", fill=round(255 * opacity), font=font)
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, layer)


def pasted(picture: Image.Image, share: float) -> Image.Image:
    """Another drawing over a part of this share of the area."""
    side = share**0.5
    size = (round(picture.width * side), round(picture.height * side))
    out = picture.copy()
    out.paste(draw(55, size), (60, 50))
    return out


def with_caption(picture: Image.Image) -> Image.Image:
    out = picture.copy()
    pen = ImageDraw.Draw(out)
    pen.rectangle((0, 400, 640, 480), fill="white")
    pen.text((50, 416), "when you see it", fill="black", font=ImageFont.load_default(40))
    return out


def resaved_as_gif(picture: Image.Image) -> Image.Image:
    return picture.quantize(256).convert("RGB")


def profile_lost(picture: Image.Image) -> Image.Image:
    """As colours look once a wide profile (Display P3) was dropped: a little paler."""
    to_wide = np.array([[0.8225, 0.1774, 0.0], [0.0332, 0.9669, 0.0], [0.0171, 0.0724, 0.9108]])
    linear = (np.asarray(picture, np.float64) / 255) ** 2.2 @ to_wide.T
    return Image.fromarray((np.clip(linear, 0, 1) ** (1 / 2.2) * 255).round().astype(np.uint8))


def thumbnail(picture: Image.Image) -> Image.Image:
    return picture.resize((320, 240), Image.Resampling.LANCZOS)


def darker_corners(picture: Image.Image) -> Image.Image:
    pixels = np.asarray(picture, np.float32)
    down, across = np.ogrid[-1:1:480j, -1:1:640j]
    return Image.fromarray((pixels * (1 - 0.3 * (down**2 + across**2) / 2)[..., None]).astype(np.uint8))


# What is not named


@works
@pytest.mark.parametrize(
    "saved",
    [
        lambda picture: picture,
        lambda picture: recompressed(picture, 75),
        lambda picture: recompressed(picture, 30),
        lambda picture: recompressed(recompressed(picture, 60), 60),
        thumbnail,
        resaved_as_gif,
        profile_lost,
    ],
    ids=["as it was", "JPEG 75", "JPEG 30", "JPEG twice", "smaller", "palette", "profile lost"],
)
@pytest.mark.parametrize("shift", [(0, 0), (-0.5, 1.0)])
def test_saving_and_shrinking_and_a_shift_by_a_pixel_are_not_named(
    work: Image.Image, saved: Alter, shift: tuple[float, float]
) -> None:
    assert named(work, saved(work), shift) == ()


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.tuples(st.integers(60, 400), st.integers(60, 400)),
    quality=st.integers(30, 95),
    shift=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_a_recompressed_copy_of_any_drawing_gets_no_name(
    seed: int, size: tuple[int, int], quality: int, shift: tuple[float, float]
) -> None:
    assert named(draw(seed, size), recompressed(draw(seed, size), quality), shift) == ()


@works
def test_an_uneven_light_is_no_cover(work: Image.Image) -> None:
    assert kinds(named(work, darker_corners(work))) <= {EditKind.TONED}


@works
def test_a_copy_that_was_shrunk_and_is_compared_at_its_own_size_is_not_blurred(work: Image.Image) -> None:
    tiny = work.resize((80, 60), Image.Resampling.LANCZOS)
    enlarged = np.asarray(tiny.resize((320, 240), Image.Resampling.BICUBIC), np.float32)
    assert kinds(name_alterations(laid(work), enlarged, whole(enlarged), copy_scale=0.25)) == set()
    assert EditKind.BLURRED in kinds(name_alterations(laid(work), enlarged, whole(enlarged)))


@works
def test_a_copy_made_from_a_better_original_is_not_sharpened(work: Image.Image) -> None:
    tiny = work.resize((160, 120), Image.Resampling.LANCZOS).resize((320, 240), Image.Resampling.BICUBIC)
    over, under = np.asarray(tiny, np.float32), laid(work)
    assert name_alterations(over, under, whole(under), work_scale=0.5) == ()


# Each kind


EDITS: dict[EditKind, tuple[Alter, set[EditKind]]] = {
    EditKind.INVERTED: (ImageOps.invert, set()),
    EditKind.GREYED: (lambda picture: picture.convert("L").convert("RGB"), set()),
    EditKind.RECOLOURED: (lambda picture: turned_hue(picture, 40), set()),
    EditKind.SATURATED: (lambda picture: ImageEnhance.Color(picture).enhance(0.3), set()),
    EditKind.TONED: (lambda picture: ImageEnhance.Contrast(picture).enhance(0.5), set()),
    EditKind.POSTERISED: (lambda picture: ImageOps.posterize(picture, 2), {EditKind.TONED}),
    EditKind.BLURRED: (lambda picture: picture.filter(ImageFilter.GaussianBlur(6)), set()),
    EditKind.SHARPENED: (lambda picture: picture.filter(ImageFilter.UnsharpMask(3, 200, 2)), {EditKind.TONED}),
    EditKind.GRAINY: (lambda picture: noisy(picture, 15), set()),
    EditKind.COVERED: (written, set()),
    EditKind.BLENDED: (lambda picture: Image.blend(picture, draw(77, SIZE), 0.35), set()),
}


@works
@pytest.mark.parametrize("kind", EDITS)
def test_the_edit_is_named_and_no_other(work: Image.Image, kind: EditKind) -> None:
    alter, besides = EDITS[kind]
    found = kinds(named(work, recompressed(alter(work), 85)))
    assert kind in found
    assert found <= {kind} | besides


@pytest.mark.parametrize("degrees", [30, 90, -60, 150])
def test_the_turn_of_the_hues_is_measured(degrees: float) -> None:
    assert amount(named(draw(1), turned_hue(draw(1), degrees)), EditKind.RECOLOURED) == pytest.approx(degrees, abs=6)


def test_half_a_turn_is_one_number_whichever_way_round() -> None:
    assert abs(amount(named(draw(1), turned_hue(draw(1), 180)), EditKind.RECOLOURED) or 0) == pytest.approx(180, abs=3)


def test_colours_that_no_one_turn_explains_are_named_without_an_angle() -> None:
    def sorted_out(picture: Image.Image) -> Image.Image:
        red, green, blue = picture.split()
        return Image.merge("RGB", (ImageChops.invert(red), green, blue))

    assert EditKind.RECOLOURED in kinds(named(draw(1), sorted_out(draw(1))))


@pytest.mark.parametrize("factor", [0.3, 0.5])
def test_the_strength_of_colours_is_measured(factor: float) -> None:
    paler = ImageEnhance.Color(draw(4)).enhance(factor)
    assert amount(named(draw(4), paler), EditKind.SATURATED) == pytest.approx(factor, abs=0.06)


def test_the_contrast_is_measured() -> None:
    flatter = ImageEnhance.Contrast(draw(4)).enhance(0.5)
    assert amount(named(draw(4), flatter), EditKind.TONED) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_a_gamma_is_a_change_of_tone(gamma: float) -> None:
    curved = draw(4).point(lambda value: round(255 * (value / 255) ** gamma))
    found = kinds(named(draw(4), curved))
    assert EditKind.TONED in found
    assert EditKind.COVERED not in found


@works
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_how_much_is_covered_is_measured(work: Image.Image, share: float) -> None:
    assert amount(named(work, pasted(work, share)), EditKind.COVERED) == pytest.approx(share, abs=0.4 * share)


@works
def test_a_caption_over_the_picture_is_a_cover_of_a_sixth(work: Image.Image) -> None:
    assert amount(named(work, with_caption(work)), EditKind.COVERED) == pytest.approx(1 / 6, abs=0.05)


@works
def test_half_covered_by_blocks_is_a_cover_and_nothing_else(work: Image.Image) -> None:
    blocks, random = work.copy(), np.random.default_rng(3)
    pen = ImageDraw.Draw(blocks)
    for place in random.permutation(24)[:12]:
        left, top = int(place % 6) * 640 / 6, int(place // 6) * 120
        pen.rectangle((left, top, left + 640 / 6, top + 120), fill=tuple(int(v) for v in random.integers(0, 256, 3)))
    edits = named(work, recompressed(blocks, 80))
    assert kinds(edits) == {EditKind.COVERED}
    assert amount(edits, EditKind.COVERED) == pytest.approx(0.5, abs=0.12)


@works
def test_the_share_of_another_picture_is_measured(work: Image.Image) -> None:
    mixed = Image.blend(work, draw(77, SIZE), 0.4)
    assert amount(named(work, mixed), EditKind.BLENDED) == pytest.approx(0.4, abs=0.15)


# Together


@works
@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        (lambda picture: ImageOps.invert(picture.convert("L").convert("RGB")), "inverted greyed"),
        (lambda picture: written(picture.convert("L").convert("RGB")), "greyed covered"),
        (lambda picture: with_caption(turned_hue(picture, 90)), "recoloured covered"),
        (lambda picture: pasted(ImageOps.invert(picture), 0.2), "inverted covered"),
        (lambda picture: written(ImageEnhance.Contrast(picture).enhance(0.5)), "toned covered"),
        (lambda picture: noisy(picture.filter(ImageFilter.GaussianBlur(6)), 15), "blurred grainy"),
    ],
    ids=["inverted grey", "grey marked", "recoloured captioned", "inverted pasted", "pale marked", "soft noisy"],
)
def test_edits_made_one_after_the_other_are_all_named(work: Image.Image, alter: Alter, expected: str) -> None:
    assert kinds(named(work, recompressed(alter(work), 85))) == {EditKind(word) for word in expected.split()}


def test_edits_stand_in_the_order_of_their_kinds() -> None:
    edits = named(draw(1, SIZE), written(ImageOps.invert(draw(1, SIZE).convert("L").convert("RGB"))))
    order = list(EditKind)
    assert [edit.kind for edit in edits] == sorted(kinds(edits), key=order.index)
    assert len(edits) == len(kinds(edits)) == 3


def test_red_is_taken_for_red() -> None:
    """Were the channels mixed up, the turn would come out the other way."""
    assert (amount(named(draw(1), turned_hue(draw(1), 40)), EditKind.RECOLOURED) or 0) > 0
    assert (amount(named(draw(1), turned_hue(draw(1), -40)), EditKind.RECOLOURED) or 0) < 0


# Next to nothing to see


@pytest.mark.parametrize("share", [0.0, 0.004], ids=["nothing", "a few pixels"])
def test_where_next_to_nothing_overlaps_nothing_is_named(share: float) -> None:
    over, under = laid(draw(1)), laid(ImageOps.invert(draw(1)))
    inside = np.zeros(under.shape[:2], np.bool_)
    inside[:20, : round(20 * share * 50)] = share > 0
    assert name_alterations(over, under, inside) == ()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (24, 24), (17, 90)])
def test_pictures_of_any_shape_can_be_asked_about(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    over, under = (random.uniform(0, 255, (*shape, 3)).astype(np.float32) for _ in range(2))
    for edit in name_alterations(over, under, np.ones(shape, np.bool_)):
        assert edit.kind in EditKind


@pytest.mark.parametrize("tones", [(0, 0), (0, 255), (128, 128), (255, 10)])
def test_flat_pictures_can_be_asked_about(tones: tuple[int, int]) -> None:
    over, under = (np.full((120, 160, 3), tone, np.float32) for tone in tones)
    assert kinds(name_alterations(over, under, whole(under))) <= {EditKind.TONED, EditKind.COVERED}


@settings(max_examples=15, deadline=None)
@given(seeds=st.tuples(st.integers(0, 500), st.integers(0, 500)))
def test_amounts_keep_to_their_units_even_between_strangers(seeds: tuple[int, int]) -> None:
    over, under = (laid(draw(seed, (240, 180))) for seed in seeds)
    for edit in name_alterations(over, under, whole(under)):
        match edit.kind:
            case EditKind.COVERED | EditKind.BLENDED:
                assert edit.amount is not None
                assert 0 < edit.amount <= 1
            case EditKind.SATURATED | EditKind.TONED:
                assert edit.amount is not None
                assert edit.amount >= 0
            case EditKind.RECOLOURED:
                assert edit.amount is None or -180 < edit.amount <= 180
            case _:
                assert edit.amount is None
