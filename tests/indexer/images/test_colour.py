"""From whatever a file holds to plain 8-bit pixels: what cannot be shown by opening a file."""

import numpy as np
import pytest
from PIL import Image

from indexer.images.colour import BLACK, WHITE, flatten, has_alpha, scale_to_eight_bits, srgb_rgba
from tests.helpers.pictures import draw
from tests.indexer.images.looking import difference, is_same

PICTURE = draw(1, (60, 40))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "La", "RGBa"])
def test_a_layer_may_be_see_through(mode: str) -> None:
    assert has_alpha(Image.new(mode, (2, 2)))


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "CMYK", "I;16", "F"])
def test_without_a_layer_nothing_is_see_through(mode: str) -> None:
    assert not has_alpha(Image.new(mode, (2, 2)))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_plain_picture_is_given_back_itself(mode: str) -> None:
    picture = PICTURE.convert(mode)
    assert flatten(picture, WHITE) is picture


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "RGBX", "RGBa", "PA"])
def test_odd_modes_become_colours(mode: str) -> None:
    before = {"PA": "P", "RGBa": "RGBA"}.get(mode, "RGB")
    picture = PICTURE.convert(before).convert(mode)
    made = flatten(picture, WHITE)
    assert made.mode == "RGB"
    assert difference(made, PICTURE.convert(before)) < 3


def test_black_and_white_becomes_grey() -> None:
    made = flatten(PICTURE.convert("1"), BLACK)
    assert made.mode == "L"
    assert set(np.unique(np.asarray(made))) == {0, 255}


@pytest.mark.parametrize(("value", "shown"), [(0, 0), (255, 1), (257, 1), (32768, 128), (65535, 255)])
@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L"])
def test_sixteen_bits_are_scaled_by_their_full_range(mode: str, value: int, shown: int) -> None:
    assert scale_to_eight_bits(Image.new(mode, (3, 2), value)).getpixel((0, 0)) == shown


@pytest.mark.parametrize(
    ("mode", "top", "value", "shown"),
    [
        ("I", 255, 128, 128),
        ("I", 60_000, 32_768, 128),
        ("I", 131_070, 65_535, 128),
        ("F", 1.0, 0.5, 128),
        ("F", 255.0, 128.0, 128),
        ("F", 510.0, 255.0, 128),
        ("I", 255, -9, 0),
        ("F", 1.0, -0.5, 0),
    ],
)
def test_other_numbers_are_scaled_by_what_is_there(mode: str, top: float, value: float, shown: int) -> None:
    picture = Image.new(mode, (2, 600), value)
    picture.putpixel((1, 599), top)
    made = scale_to_eight_bits(picture)
    assert made.mode == "L"
    assert made.getpixel((0, 0)) == shown
    assert made.getpixel((0, 599)) == shown


def test_every_row_of_a_tall_picture_is_scaled_into_its_place() -> None:
    values = np.arange(1000, dtype=np.uint16)[:, None].repeat(3, axis=1) * 65
    made = np.asarray(scale_to_eight_bits(Image.fromarray(values)))
    assert np.array_equal(made, np.floor(values / 257 + 0.5).astype(np.uint8))


def test_a_deep_picture_with_a_see_through_value_is_shown_as_it_is() -> None:
    picture = Image.new("I;16", (4, 4), 65535)
    picture.info["transparency"] = 65535
    assert flatten(picture, BLACK).getextrema() == (255, 255)
    assert srgb_rgba(picture).getextrema() == ((255, 255),) * 4


def test_a_picture_is_not_changed_by_looking_at_it() -> None:
    layer = PICTURE.convert("RGBA")
    before = layer.tobytes()
    flatten(layer, BLACK)
    srgb_rgba(layer)
    assert layer.tobytes() == before
    assert is_same(layer, PICTURE)
