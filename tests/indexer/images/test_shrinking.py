"""Smaller copies show the same picture and carry nothing else."""

import io

import numpy as np
import pytest
from PIL import Image

from indexer.images.shrinking import THUMBNAIL_EDGE, average_blocks, jpeg_thumbnail
from tests.helpers.odd_files import ORIENTATION, swapped_profile
from tests.helpers.pictures import as_bytes, draw
from tests.indexer.images.looking import difference, is_same

PICTURE = draw(1, (960, 640))


def opened(jpeg: bytes) -> Image.Image:
    made = Image.open(io.BytesIO(jpeg))
    assert made.format == "JPEG"
    return made


@pytest.mark.parametrize(
    ("size", "expected"), [((960, 640), (320, 213)), ((640, 960), (213, 320)), ((2000, 3), (320, 1)), ((5, 7), (5, 7))]
)
def test_a_thumbnail_keeps_the_shape_and_is_never_larger_than_the_picture(size, expected) -> None:
    assert opened(jpeg_thumbnail(Image.new("RGB", size))).size == expected


def test_a_thumbnail_looks_like_the_picture() -> None:
    small = PICTURE.resize((320, 213), Image.Resampling.LANCZOS)
    assert difference(opened(jpeg_thumbnail(PICTURE)), small) < 3


def test_a_thumbnail_may_be_of_another_size() -> None:
    assert max(opened(jpeg_thumbnail(PICTURE, 64)).size) == 64
    assert THUMBNAIL_EDGE == 320


def test_a_thumbnail_tells_nothing_but_the_picture() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x013B] = "Ann Artist"
    told = Image.open(io.BytesIO(as_bytes(PICTURE, "JPEG", exif=exif, icc_profile=swapped_profile(), comment=b"home")))
    thumbnail = jpeg_thumbnail(told)
    made = opened(thumbnail)
    assert not made.getexif()
    assert {"exif", "icc_profile", "comment", "xmp"}.isdisjoint(made.info)
    assert b"Ann Artist" not in thumbnail


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "CMYK"])
def test_a_thumbnail_can_be_made_of_any_colours(mode: str) -> None:
    assert opened(jpeg_thumbnail(PICTURE.convert(mode))).size == (320, 213)


def test_making_a_thumbnail_leaves_the_picture_as_it_was() -> None:
    picture = PICTURE.copy()
    jpeg_thumbnail(picture)
    assert is_same(picture, PICTURE)


def test_a_picture_that_is_small_enough_is_given_back_itself() -> None:
    assert average_blocks(PICTURE, 960 * 640) is PICTURE


@pytest.mark.parametrize("size", [(960, 640), (961, 641), (959, 1), (1, 999), (64 * 3 + 1, 200)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_an_average_is_that_of_whole_blocks(size, mode: str) -> None:
    picture = draw(2, size).convert(mode)
    small = average_blocks(picture, size[0] * size[1] // 5)
    assert small.mode == mode
    assert small.width * small.height <= size[0] * size[1]
    assert is_same(small, picture.reduce(3))


def test_an_average_has_at_most_as_many_pixels_as_asked_for() -> None:
    small = average_blocks(PICTURE, 100_000)
    assert small.size == (320, 214)
    assert small.width * small.height <= 100_000


@pytest.mark.parametrize("mode", ["1", "P", "YCbCr", "CMYK", "I", "F", "LAB"])
def test_other_colours_are_averaged_as_colours(mode: str) -> None:
    grey = PICTURE.convert("L")
    picture = grey.convert(mode) if mode in ("1", "P", "I", "F") else PICTURE
    picture = picture if mode in ("1", "P", "I", "F") else _in(picture, mode)
    small = average_blocks(picture, 960 * 640 // 4)
    assert small.size == (480, 320)
    if mode in ("I", "F"):
        assert np.abs(np.asarray(small) - np.asarray(grey.reduce(2)).astype(float)).max() <= 1


def _in(picture: Image.Image, mode: str) -> Image.Image:
    return Image.merge("LAB", picture.split()) if mode == "LAB" else picture.convert(mode)


def test_grey_of_sixteen_bits_is_averaged_in_eight() -> None:
    grey = np.asarray(PICTURE.convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    small = average_blocks(deep, 960 * 640 // 4)
    assert small.mode == "L"
    assert is_same(small, Image.fromarray(grey).reduce(2))


def test_what_cannot_be_seen_does_not_colour_the_average() -> None:
    layer = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    layer.paste((0, 0, 255, 255), (0, 0, 200, 101))
    small = average_blocks(layer, 10_000)
    assert small.mode == "RGBA"
    red, _, blue, alpha = np.asarray(small)[50, 50].tolist()
    assert (red, blue) == (0, 255)
    assert alpha == pytest.approx(128, abs=1)


def test_a_see_through_colour_of_a_palette_stays_see_through() -> None:
    few = PICTURE.quantize(4)
    few.info["transparency"] = 1
    small = average_blocks(few, 960 * 640 // 4)
    assert small.mode == "RGBA"
    clear = np.asarray(few.convert("RGBA").getchannel("A")).reshape(320, 2, 480, 2).mean(axis=(1, 3))
    assert np.abs(np.asarray(small.getchannel("A")) - clear).max() <= 1
