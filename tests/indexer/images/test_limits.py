"""A picture that is too large, or no picture at all, is refused in a sentence before a pixel of it is decoded."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.images.loading import (
    Limits,
    open_file,
    open_pictures,
    open_view,
    srgb_pixels,
    why_not_opened,
)
from indexer.images.opening import recognise_stream
from tests.helpers.odd_files import animation, black_png, deep_tiff, png_claiming
from tests.helpers.permissions import CANNOT_FORBID, WHY, folder_for_everybody, ordinary_user
from tests.helpers.pictures import as_bytes, draw
from tests.indexer.images.looking import open_all

SAVE_A_COPY = "which this version does not read; save a PNG or JPEG copy beside it to have it checked"
PICTURE = draw(1, (96, 64))
OPENERS = {
    "fingerprints": lambda stream, limits: list(open_pictures(stream, "big.png", limits=limits)),
    "view": lambda stream, limits: open_view(stream, "big.png", 1, 600, limits),
    "pixel hash": lambda stream, limits: srgb_pixels(stream, "big.png", limits),
}


def refused(data: bytes, limits: Limits | None = None) -> str:
    """Why these bytes are not opened."""
    with pytest.raises(InputProblem) as caught:
        open_all(data, limits or Limits())
    assert caught.value.path == "a file"
    return caught.value.because


def test_the_limits_are_those_of_the_design() -> None:
    assert (Limits().max_pixels, Limits().max_bytes, Limits().decode_s) == (200_000_000, 2 << 30, 10)


def test_a_png_that_claims_to_be_huge_is_refused_by_its_claim() -> None:
    assert refused(png_claiming(60_000, 60_000)) == "it has 3600 megapixels (60000 × 60000); the most is 200"


def test_a_true_small_file_of_huge_size_is_refused_with_its_size() -> None:
    data = black_png(20_000, 15_000)
    assert len(data) < 100_000
    assert refused(data) == "it has 300 megapixels (20000 × 15000); the most is 200"


@pytest.mark.parametrize("opener", OPENERS)
def test_whoever_opens_it_is_told_the_same(opener: str) -> None:
    with pytest.raises(InputProblem, match="the most is 200"):
        OPENERS[opener](io.BytesIO(png_claiming(60_000, 60_000)), Limits())


def test_a_picture_at_the_limit_is_opened() -> None:
    data = as_bytes(PICTURE)
    assert len(open_all(data, Limits(max_pixels=96 * 64))) == 1
    assert "megapixels" in refused(data, Limits(max_pixels=96 * 64 - 1))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_every_kind_keeps_to_the_limit(kind: str) -> None:
    assert "(96 × 64)" in refused(as_bytes(PICTURE, kind), Limits(max_pixels=1000))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_keeps_to_the_limit(kind: str) -> None:
    assert "(96 × 64)" in refused(animation(kind, 3), Limits(max_pixels=1000))


@pytest.mark.full
def test_a_picture_of_almost_the_largest_size_is_opened() -> None:
    (opened,) = open_all(black_png(20_000, 9_900), may_reduce=True)
    assert (opened.width, opened.height) == (20_000, 9_900)


def test_a_file_of_more_bytes_than_allowed_is_refused_with_its_size() -> None:
    data = as_bytes(PICTURE)
    assert len(open_all(data, Limits(max_bytes=len(data)))) == 1
    assert refused(data, Limits(max_bytes=len(data) - 1)).startswith("it is larger than ")


def test_the_size_of_a_file_above_the_limit_is_said_in_gigabytes(tmp_path) -> None:
    place = tmp_path / "huge.png"
    with place.open("wb") as stream:
        stream.write(as_bytes(PICTURE))
        stream.truncate(5 << 30)  # takes no room on the disk
    with place.open("rb") as stream, pytest.raises(InputProblem) as caught:
        list(open_pictures(stream, "huge.png"))
    assert caught.value.because == "it is larger than 2 GB (5.0 GB)"


def test_an_empty_file_is_refused() -> None:
    assert refused(b"") == "the file is empty"


def test_what_lies_about_its_ending_is_judged_by_its_content(tmp_path) -> None:
    contents = {
        "png called jpg.jpg": as_bytes(PICTURE, "PNG"),
        "jpg called png.png": as_bytes(PICTURE, "JPEG"),
        "without an ending": as_bytes(PICTURE, "WEBP"),
        "gif called text.txt": as_bytes(PICTURE, "GIF"),
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
        with open_file(tmp_path / name, name) as stream:
            assert len(list(open_pictures(stream, name))) == 1


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"Dear gallery,\nthis is only a letter.\n", "it is a text file, not a picture"),
        (b"<!DOCTYPE html>\n<html><body>404</body></html>", "it is a web page, not a picture"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "it is a PDF document, not a picture"),
        (b"PK\x03\x04" + bytes(60), "the archive or layered document file is damaged or cut off"),
        (b"gimp xcf v011" + bytes(60), f"it is a GIMP document, {SAVE_A_COPY}"),
        (bytes(200), "it is not a picture in a format that this program knows"),
        (b"BM and then a text about cars", "the BMP file is damaged or cut off"),
        (b"\xff\xd8\xff\xe0 and no more of a photo", "the JPEG file is damaged or cut off"),
        (
            deep_tiff(np.zeros((8, 8, 3), np.float32)),
            "it begins like TIFF, but is damaged or of a form that this program does not read",
        ),
    ],
    ids=[
        "text",
        "web page",
        "pdf",
        "zip",
        "gimp",
        "nothing known",
        "like a bmp",
        "like a jpeg",
        "an odd tiff",
    ],
)
def test_what_is_no_picture_is_named(data: bytes, because: str) -> None:
    assert refused(data) == because


def test_an_encapsulated_program_is_never_run() -> None:
    """Pillow could hand PostScript to another program; only the formats that are named here are opened."""
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n(x) print\n"
    assert refused(postscript) == "it is a text file, not a picture"


def test_a_picture_is_opened_by_the_one_decoder_of_its_kind() -> None:
    """A file that two decoders would take is read as what its first bytes say."""
    ppm = as_bytes(PICTURE, "PPM")
    assert refused(ppm) == "it is not a picture in a format that this program knows"


def test_recognising_leaves_the_stream_at_its_start() -> None:
    stream = io.BytesIO(as_bytes(PICTURE))
    recognise_stream(stream, "a file", 1 << 20)
    assert stream.tell() == 0


def test_a_file_that_vanished_is_said_so(tmp_path) -> None:
    with pytest.raises(InputProblem) as caught:
        open_file(tmp_path / "gone.png", "gone.png")
    assert (caught.value.path, caught.value.because) == (
        "gone.png",
        "it disappeared while the folder was being read",
    )


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_file_without_permission_is_said_so() -> None:
    with folder_for_everybody() as folder:
        (folder / "secret.png").write_bytes(as_bytes(PICTURE))
        (folder / "secret.png").chmod(0)
        with ordinary_user(), pytest.raises(InputProblem) as caught:
            open_file(folder / "secret.png", "secret.png")
    assert caught.value.because == "this program has no permission to read it"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows words it differently")
def test_a_folder_in_the_place_of_a_file_is_said_so(tmp_path) -> None:
    with pytest.raises(InputProblem) as caught:
        open_file(tmp_path, "x.png")
    assert caught.value.because == "the system cannot read it (is a directory)"


def test_a_reason_of_the_system_is_passed_on_in_its_words() -> None:
    assert why_not_opened(OSError(5, "Input/output error")) == "the system cannot read it (input/output error)"
    assert why_not_opened(OSError()) == "the system cannot read it (unknown reason)"


def test_a_disk_that_fails_while_a_picture_is_read_is_not_blamed_on_the_picture() -> None:
    class FailsLater(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 1000:
                raise OSError(5, "Input/output error")
            return super().read(size)

    with pytest.raises(InputProblem) as caught:
        list(open_pictures(FailsLater(as_bytes(draw(1))), "a file"))
    assert caught.value.because == "the system cannot read it (input/output error)"


def test_no_limit_of_another_library_comes_before_ours() -> None:
    assert Image.MAX_IMAGE_PIXELS is None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux shows the open files")
def test_a_refused_file_is_not_kept_open(tmp_path) -> None:
    place = tmp_path / "a.png"
    place.write_bytes(png_claiming(60_000, 60_000))
    with pytest.raises(InputProblem), open_file(place, "a.png") as stream:
        list(open_pictures(stream, "a.png"))
    held = [str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
    assert str(place) not in held
