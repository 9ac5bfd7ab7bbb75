"""From files to fingerprints: in the folder's order, each file read once, with no short cut that could be noticed."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import Skipped
from indexer.fingerprints.cache import FingerprintCache
from indexer.fingerprints.intake import FingerprintedFile, fingerprint_file, fingerprint_files
from indexer.fingerprints.pdq import pdq_orientations
from indexer.fingerprints.phash import phash
from indexer.fingerprints.records import fingerprint_records
from indexer.images.loading import REDUCED_EDGE
from indexer.images.scanning import scan
from tests.helpers.odd_files import tiff_pages
from tests.helpers.pictures import as_bytes, draw, save_all

STRIP_OFFSETS = 273
DECODER_BITS = 10
"""PDQ's own documentation calls hashes of the same picture by different decoders the same up to here."""


def textured(seed: int, size: tuple[int, int]) -> Image.Image:
    """A drawing with the grain of a photo, so that shrinking has something to lose."""
    drawing = np.asarray(draw(seed, size), np.int16)
    grain = np.random.default_rng(seed).normal(0, 12, drawing.shape)
    return Image.fromarray(np.clip(drawing + grain, 0, 255).astype(np.uint8))


def saved(folder: Path, data: bytes, name: str = "a.jpg") -> Path:
    place = folder / name
    place.write_bytes(data)
    return place


def bits_between(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


@pytest.mark.parametrize("size", [(300, 200), (1600, 1000), (2 * REDUCED_EDGE - 1, 700)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_that_is_not_decoded_smaller_has_exactly_the_hashes_of_its_full_pixels(
    tmp_path: Path, size: tuple[int, int], mode: str
) -> None:
    data = as_bytes(textured(1, size).convert(mode), "JPEG", quality=85)
    made = fingerprint_file(saved(tmp_path, data), "a.jpg").pictures[0]
    full = Image.open(io.BytesIO(data))
    assert (made.pdq, made.pdq_quality) == pdq_orientations(full)
    assert made.phash[0] == phash(full)


@pytest.mark.parametrize("seed", range(4))
def test_a_large_photo_has_the_hashes_of_its_full_pixels_but_for_what_decoders_differ_in(
    tmp_path: Path, seed: int
) -> None:
    data = as_bytes(textured(seed, (4000, 3000)), "JPEG", quality=90)
    made = fingerprint_file(saved(tmp_path, data), "a.jpg").pictures[0]
    full = Image.open(io.BytesIO(data)).convert("RGB")
    hashes, quality = pdq_orientations(full)
    assert (made.width, made.height) == full.size
    assert max(map(bits_between, made.pdq, hashes)) <= DECODER_BITS
    assert made.pdq_quality == quality
    assert (made.phash[0] ^ phash(full)).bit_count() <= 2


def test_files_come_out_in_the_order_of_the_folder_with_a_reason_for_each_that_is_skipped(tmp_path: Path) -> None:
    save_all(tmp_path, {"a.png": draw(1), "c.png": draw(2), "e.png": draw(3)})
    saved(tmp_path, b"dear diary", "b.png")
    saved(tmp_path, as_bytes(draw(4))[:900], "d.png")
    outcomes = list(fingerprint_files(scan(tmp_path), workers=2))
    assert [one.file.name if isinstance(one, FingerprintedFile) else one for one in outcomes] == [
        "a.png",
        Skipped("b.png", "it is a text file, not a picture"),
        "c.png",
        Skipped("d.png", "the PNG file is damaged or cut off"),
        "e.png",
    ]


def test_a_known_file_is_not_opened_again(tmp_path: Path) -> None:
    works = save_all(tmp_path / "works", {"a.png": draw(1)})
    with FingerprintCache(tmp_path / "store.sqlite") as cache:
        first = list(fingerprint_files(scan(works), cache=cache, workers=1))
        found = list(scan(works))
        (works / "a.png").unlink()
        assert list(fingerprint_files(found, cache=cache, workers=1)) == first


def test_pages_before_a_damaged_one_are_kept_and_the_rest_is_said(tmp_path: Path) -> None:
    data = bytearray(tiff_pages([draw(number) for number in range(3)], compression="tiff_adobe_deflate"))
    with Image.open(io.BytesIO(bytes(data))) as tiff:
        tiff.seek(1)
        start = tiff.tag_v2[STRIP_OFFSETS][0]
    data[start : start + 64] = b"\xff" * 64
    made = fingerprint_file(saved(tmp_path, bytes(data), "pages.tif"), "pages.tif")
    assert [one.frame for one in made.pictures] == [1]
    assert made.cut_short == "the TIFF file is damaged or cut off"


def test_a_file_without_one_good_picture_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="the file is empty"):
        fingerprint_file(saved(tmp_path, b""), "a.jpg")


def test_a_turned_photo_is_fingerprinted_upright(tmp_path: Path) -> None:
    upright = textured(5, (640, 480))
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = as_bytes(upright.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)
    made = fingerprint_file(saved(tmp_path, lying, "a.png"), "a.png").pictures[0]
    assert (made.width, made.height) == upright.size
    assert made.pdq == pdq_orientations(upright)[0]
    assert phash(upright.transpose(Image.Transpose.ROTATE_90)) in made.phash_other, "as a crawler may have hashed it"


def test_a_see_through_drawing_is_also_known_on_black(tmp_path: Path) -> None:
    drawing = draw(6).convert("RGBA")
    drawing.putalpha(Image.linear_gradient("L").resize(drawing.size))
    made = fingerprint_file(saved(tmp_path, as_bytes(drawing), "a.png"), "a.png").pictures[0]
    black = Image.new("RGBA", drawing.size, "black")
    assert phash(Image.alpha_composite(black, drawing).convert("RGB")) in made.phash_other


@pytest.mark.parametrize(("colour", "blank"), [("white", True), ("teal", True), (None, False)])
def test_a_picture_of_one_colour_is_blank_at_any_size_and_fine_noise_is_not(
    tmp_path: Path, colour: str | None, *, blank: bool
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (2000, 2000, 3), dtype=np.uint8)
    picture = Image.new("RGB", (3900, 3900), colour) if colour else Image.fromarray(noise)
    made = fingerprint_file(saved(tmp_path, as_bytes(picture), "a.png"), "a.png").pictures[0]
    assert (made.is_too_plain, made.is_blank) == (True, blank)


def test_a_white_drawing_on_nothing_is_not_blank(tmp_path: Path) -> None:
    drawing = Image.new("RGBA", (300, 200), "white")
    drawing.putalpha(draw(6, (300, 200)).convert("L"))
    made = fingerprint_file(saved(tmp_path, as_bytes(drawing), "a.png"), "a.png").pictures[0]
    assert (made.is_too_plain, made.is_blank) == (True, False)


def test_records_are_printed_in_hex_and_name_what_is_too_plain(tmp_path: Path) -> None:
    save_all(tmp_path, {"flat.png": Image.new("RGB", (90, 90), "teal"), "rich.png": draw(7)})
    flat, rich = fingerprint_records([str(tmp_path)], Monitor())
    assert (flat.pdq_quality, flat.too_plain) == (0, ("phash", "pdq", "miniature"))
    assert rich.too_plain == ()
    assert [len(text or "") for text in (rich.sha256, rich.md5, rich.pixel_hash, rich.phash, rich.pdq)] == [
        64,
        32,
        32,
        16,
        64,
    ]


def test_a_record_of_a_place_that_is_not_there_is_a_reason(tmp_path: Path) -> None:
    (record,) = fingerprint_records([str(tmp_path / "nowhere")], Monitor())
    assert record.skipped == "there is no such folder"
