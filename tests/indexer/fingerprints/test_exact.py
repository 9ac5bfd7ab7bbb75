"""The pixel hash is the one that Danbooru publishes: MD5 over a PAM file of the decoded pixels."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.fingerprints.exact import pixel_hash
from indexer.images.loading import Limits
from tests.helpers.artist_files import clip, krita, psd
from tests.helpers.odd_files import animation, as_stored, cmyk_jpeg, png_claiming, swapped_profile, turned
from tests.helpers.pictures import as_bytes, draw

PICTURE = draw(1, (33, 21))
FILE_MD5 = "0" * 32


def hash_of(data: bytes) -> str:
    return pixel_hash(io.BytesIO(data), "a file", FILE_MD5)


def by_hand(pixels: np.ndarray) -> str:
    """As datasets.md §2.10 says, from an array of shape (height, width, 4)."""
    height, width, _ = pixels.shape
    pam = (
        b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n" % (width, height)
        + pixels.astype(np.uint8).tobytes()
    )
    return hashlib.md5(pam).hexdigest()


def opaque(picture: Image.Image) -> np.ndarray:
    colours = np.asarray(picture.convert("RGB"))
    return np.concatenate([colours, np.full((*colours.shape[:2], 1), 255)], axis=2)


def test_a_known_value() -> None:
    """Two pixels, red and half transparent green, computed with nothing but the definition."""
    pixels = np.array([[[255, 0, 0, 255], [0, 255, 0, 128]]], np.uint8)
    data = as_bytes(Image.fromarray(pixels), "PNG")
    assert hash_of(data) == by_hand(pixels) == "db41cbb6c2826aacb0d3fa7012dba52e"


def test_an_opaque_picture_gets_an_opaque_layer() -> None:
    assert hash_of(as_bytes(PICTURE)) == by_hand(opaque(PICTURE))


def test_a_see_through_picture_keeps_its_layer_and_the_colours_below() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 14, 4), dtype=np.uint8)
    assert hash_of(as_bytes(Image.fromarray(pixels))) == by_hand(pixels)


def test_grey_counts_as_three_equal_colours() -> None:
    assert hash_of(as_bytes(PICTURE.convert("L"))) == by_hand(opaque(PICTURE.convert("L")))


@pytest.mark.parametrize("compress_level", [0, 1, 9])
def test_it_survives_being_packed_again_without_loss(compress_level: int) -> None:
    assert hash_of(as_bytes(PICTURE, "PNG", compress_level=compress_level)) == hash_of(as_bytes(PICTURE, "BMP"))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_it_is_the_same_in_every_kind_of_file_without_loss(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    assert hash_of(as_bytes(PICTURE, kind, **options)) == by_hand(opaque(PICTURE))


def test_a_palette_counts_as_its_colours() -> None:
    few = PICTURE.quantize(16)
    assert hash_of(as_bytes(few)) == by_hand(opaque(few))


def test_it_survives_stripped_metadata() -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ann Artist"
    assert hash_of(as_bytes(PICTURE, "PNG", exif=exif, dpi=(300, 300))) == hash_of(as_bytes(PICTURE))


def test_one_changed_value_changes_it() -> None:
    other = PICTURE.copy()
    red, green, blue = other.getpixel((5, 5))
    other.putpixel((5, 5), (red ^ 1, green, blue))
    assert hash_of(as_bytes(other)) != hash_of(as_bytes(PICTURE))


def test_the_same_bytes_in_another_shape_are_another_picture() -> None:
    flat = np.zeros((4, 6, 3), np.uint8)
    assert hash_of(as_bytes(Image.fromarray(flat))) != hash_of(as_bytes(Image.fromarray(flat.reshape(6, 4, 3))))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_counts_as_it_is_seen(orientation: int) -> None:
    assert hash_of(turned(as_stored(PICTURE, orientation), orientation, "PNG")) == by_hand(opaque(PICTURE))


def test_a_profile_is_applied() -> None:
    data = as_bytes(PICTURE, "PNG", icc_profile=swapped_profile())
    assert hash_of(data) not in (FILE_MD5, hash_of(as_bytes(PICTURE)))


def test_a_jpeg_counts_as_its_decoded_pixels() -> None:
    data = as_bytes(PICTURE, "JPEG")
    assert hash_of(data) == by_hand(opaque(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_has_the_md5_of_its_file(kind: str) -> None:
    assert hash_of(animation(kind, 3)) == FILE_MD5


def test_a_picture_whose_profile_is_broken_has_the_md5_of_its_file() -> None:
    assert hash_of(as_bytes(PICTURE, "PNG", icc_profile=b"nonsense")) == FILE_MD5


def test_a_cmyk_jpeg_has_one() -> None:
    assert len(hash_of(cmyk_jpeg(PICTURE, adobe=True))) == 32


def test_a_picture_that_is_too_large_has_none() -> None:
    with pytest.raises(InputProblem, match="megapixels"):
        pixel_hash(io.BytesIO(png_claiming(60_000, 60_000)), "a file", FILE_MD5)
    with pytest.raises(InputProblem, match="megapixels"):
        pixel_hash(io.BytesIO(as_bytes(PICTURE)), "a file", FILE_MD5, Limits(max_pixels=100))


def test_a_damaged_picture_has_none() -> None:
    with pytest.raises(InputProblem, match="damaged or cut off"):
        hash_of(as_bytes(PICTURE, "JPEG")[:-80])


def test_a_document_has_that_of_the_picture_exported_from_it() -> None:
    exported = as_bytes(PICTURE)
    assert hash_of(krita(exported)) == hash_of(psd(PICTURE)) == hash_of(exported)


def test_a_document_of_which_only_a_preview_is_known_has_the_md5_of_its_file() -> None:
    assert hash_of(clip(as_bytes(PICTURE))) == FILE_MD5
