"""A HEIC, as telephones write it, gives its main picture, the right way up, once."""

import io
import struct
import subprocess
import sys

import pytest
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.images.loading import Limits, open_view, srgb_pixels
from tests.helpers.artist_files import heic
from tests.helpers.odd_files import as_stored, swapped_profile
from tests.helpers.pictures import as_bytes, draw
from tests.indexer.images.looking import difference, on_white, open_all, open_one

PICTURE = draw(7, (96, 64))


def test_the_picture_comes_back() -> None:
    opened = open_one(heic(PICTURE))
    assert (opened.width, opened.height, opened.frames, opened.is_preview) == (96, 64, 1, False)
    assert difference(on_white(heic(PICTURE)), PICTURE) < 2


def test_a_grey_one_and_a_see_through_one_come_back() -> None:
    assert difference(on_white(heic(PICTURE.convert("L"))), PICTURE.convert("L")) < 2
    see_through = PICTURE.convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize(PICTURE.size))
    opened = open_one(heic(see_through))
    expected = Image.new("RGB", PICTURE.size, "white")
    expected.paste(see_through, mask=see_through.getchannel("A"))
    assert opened.is_see_through
    assert difference(opened.on((255, 255, 255)), expected) < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_once(orientation: int) -> None:
    """The file says it twice, by its own means and by EXIF, as a telephone's does."""
    data = heic(as_stored(PICTURE, orientation), orientation=orientation)
    opened = open_one(data)
    assert (opened.width, opened.height) == PICTURE.size
    assert difference(on_white(data), PICTURE) < 2


@pytest.mark.parametrize("main", [0, 1, 2])
def test_of_several_pictures_the_main_one_is_taken(main: int) -> None:
    pictures = [draw(number, (96, 64)) for number in range(3)]
    data = heic(*pictures, primary=main)
    assert difference(on_white(data), pictures[main]) < 2
    view = open_view(io.BytesIO(data), "a file", 1, 96)
    assert difference(view.image, pictures[main]) < 4


def test_its_colour_profile_reaches_the_pixel_hash() -> None:
    picture = PICTURE.copy()
    picture.info["icc_profile"] = swapped_profile()
    pixels = srgb_pixels(io.BytesIO(heic(picture)), "a file")
    assert pixels is not None
    assert difference(pixels.getchannel("R"), PICTURE.getchannel("G")) < 14


def test_its_size_is_held_against_the_limit() -> None:
    with pytest.raises(InputProblem, match=r"\(96 × 64\); the most is 0"):
        open_all(heic(PICTURE), Limits(max_pixels=1000))


def test_a_claimed_size_is_held_against_the_limit() -> None:
    data = bytearray(heic(PICTURE))
    at = data.index(b"ispe")
    struct.pack_into(">II", data, at + 8, 60_000, 60_000)
    with pytest.raises(InputProblem) as caught:
        open_all(bytes(data))
    assert "megapixels" in caught.value.because or "HEIC" in caught.value.because


def test_its_decoder_is_loaded_only_where_there_is_such_a_file_and_takes_no_other_kind() -> None:
    """In a process of its own, since this one has it loaded."""
    script = f"""
import io, sys
from indexer.images.loading import open_pictures
list(open_pictures(io.BytesIO({as_bytes(PICTURE, "AVIF")!r}), "a"))
assert "pillow_heif" not in sys.modules
(opened,) = open_pictures(io.BytesIO({heic(PICTURE)!r}), "a")
(again,) = open_pictures(io.BytesIO({as_bytes(PICTURE, "AVIF")!r}), "a")
print(opened.original.format, again.original.format)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["HEIF", "AVIF"], done.stderr


@pytest.mark.parametrize("tenths", range(1, 10))
def test_one_that_is_cut_off_is_not_shown_as_if_it_were_whole(tenths: int) -> None:
    data = heic(PICTURE)
    with pytest.raises(InputProblem, match=r"HEIC.* damaged"):
        open_all(data[: len(data) * tenths // 10])
