"""A file is known by its first bytes, never by its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from indexer.images.formats import (
    AVIF,
    BMP,
    CLIP_STUDIO,
    GIF,
    HEAD_BYTES,
    HEIC,
    JPEG,
    KRITA,
    OPENRASTER,
    PHOTOSHOP,
    PNG,
    TIFF,
    WEBP,
    ZIP,
    Format,
    recognise,
    why_not_read,
)
from tests.helpers.artist_files import one_of_each_document
from tests.helpers.odd_files import animation, one_of_each_kind
from tests.helpers.pictures import as_bytes, draw

READ = {
    "jpeg": JPEG,
    "progressive jpeg": JPEG,
    "grey jpeg": JPEG,
    "cmyk jpeg": JPEG,
    "png": PNG,
    "see-through png": PNG,
    "palette png": PNG,
    "apng": PNG,
    "gif": GIF,
    "animated gif": GIF,
    "webp": WEBP,
    "lossless webp": WEBP,
    "animated webp": WEBP,
    "bmp": BMP,
    "tiff": TIFF,
    "packed tiff": TIFF,
    "pages of tiff": TIFF,
    "deep tiff": TIFF,
    "big tiff": TIFF,
    "lab tiff": TIFF,
    "avif": AVIF,
    "heic": HEIC,
    "psd": PHOTOSHOP,
    "unpacked psd": PHOTOSHOP,
    "see-through psd": PHOTOSHOP,
    "deep psd": PHOTOSHOP,
    "psb": PHOTOSHOP,
    "kra": KRITA,
    "ora": OPENRASTER,
    "procreate": ZIP,  # which document it is stands deeper inside
    "clip": CLIP_STUDIO,
}
KINDS = one_of_each_kind() | one_of_each_document()

SAVE_A_COPY = "which this version does not read; save a PNG or JPEG copy beside it to have it checked"


def box(main: bytes, *compatible: bytes) -> bytes:
    """The head of an ISO media file with these brands."""
    body = b"ftyp" + main + bytes(4) + b"".join(compatible)
    return (len(body) + 4).to_bytes(4, "big") + body


NOT_READ = {
    b"\x00\xffKA)\x00": "an Affinity document",
    b"SAI-CANVAS-TYPE0": "a PaintTool SAI document",
    b"mdipack\x00": "a MediBang or FireAlpaca document",
    b"BLENDER-v300": "a Blender scene",
    b"v/1\x01\x02\x00": "an OpenEXR picture",
    b"II*\x00\x10\x00\x00\x00CR\x02\x00": "a camera's raw file",
    b"IIU\x00\x18": "a camera's raw file",
    b"IIRO\x08": "a camera's raw file",
    b"gimp xcf v011": "a GIMP document",
    b"\xff\x0a\xfa": "a JPEG XL picture",
    b"\x00\x00\x00\x0cJXL \r\n\x87\n": "a JPEG XL picture",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": "a JPEG 2000 picture",
    b"FUJIFILMCCD-RAW 0201": "a camera's raw file",
    b"<svg xmlns=": "an SVG drawing",
    b'<?xml version="1.0"?>': "an XML or SVG file",
    box(b"crx "): "a camera's raw file",
}

NO_PICTURE = {
    b"%PDF-1.7\n": "a PDF document",
    b"PK\x03\x04\x14\x00": "an archive or layered document",
    b"Rar!\x1a\x07\x01": "an archive",
    b"7z\xbc\xaf\x27\x1c\x00": "an archive",
    b"\x1f\x8b\x08": "an archive",
    b"SQLite format 3\x00": "a database",
    b"\x1aE\xdf\xa3\x00": "a video",
    b"ID3\x03": "a sound file",
    b"OggS\x00": "a sound or video file",
    b"RIFF\x00\x00\x00\x00WAVEfmt ": "a sound or video file",
    b"<!DOCTYPE html>": "a web page",
    b"<html>\n": "a web page",
    "Grüße an alle,\n".encode(): "a text file",
    box(b"isom", b"mp42"): "a video",
}


@pytest.mark.parametrize("kind", READ)
def test_what_is_read_is_recognised(kind: str) -> None:
    assert recognise(KINDS[kind][:HEAD_BYTES]) is READ[kind]


def test_every_kind_that_is_tried_elsewhere_is_named_here() -> None:
    assert KINDS.keys() == READ.keys()


def test_an_animated_avif_is_recognised() -> None:
    assert recognise(animation("AVIF", 2)[:HEAD_BYTES]) is AVIF


def test_an_avif_that_names_itself_second_is_recognised() -> None:
    assert recognise(box(b"mif1", b"miaf", b"avif")) is AVIF


@pytest.mark.parametrize("head", [box(b"heic", b"mif1"), box(b"mif1", b"heic"), box(b"heix"), box(b"msf1", b"hevc")])
def test_a_heic_of_any_brand_is_recognised(head: bytes) -> None:
    assert recognise(head) is HEIC


def test_an_older_gif_is_recognised() -> None:
    assert recognise(b"GIF87a" + as_bytes(draw(1), "GIF")[6:HEAD_BYTES]) is GIF


@pytest.mark.parametrize("head", [b"MM\x00*\x00\x00\x00\x08", b"MM\x00+\x00\x08\x00\x00"])
def test_a_tiff_of_the_other_byte_order_is_recognised(head: bytes) -> None:
    assert recognise(head) is TIFF


@pytest.mark.parametrize(("head", "name"), NOT_READ.items())
def test_a_picture_that_is_not_read_is_named_with_what_to_do(head: bytes, name: str) -> None:
    assert why_not_read(recognise(head)) == f"it is {name}, {SAVE_A_COPY}"


@pytest.mark.parametrize(("head", "name"), NO_PICTURE.items())
def test_what_is_no_picture_is_named(head: bytes, name: str) -> None:
    assert why_not_read(recognise(head)) == f"it is {name}, not a picture"


@pytest.mark.parametrize("head", [bytes(64), b"\x00\x01\x02", b"a\x00text"])
def test_what_nobody_knows_is_said_to_be_unknown(head: bytes) -> None:
    assert recognise(head) is None
    assert why_not_read(None) == "it is not a picture in a format that this program knows"


def test_nothing_is_nothing() -> None:
    assert recognise(b"") is None


@given(some.binary(max_size=HEAD_BYTES))
def test_any_bytes_are_recognised_or_not_without_a_fault(head: bytes) -> None:
    kind = recognise(head)
    assert kind is None or isinstance(kind, Format)


@given(some.text(some.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f"), min_size=1, max_size=60))
def test_any_text_that_is_no_other_format_is_called_a_text(text: str) -> None:
    kind = recognise(text.encode()[:HEAD_BYTES])
    assert kind is not None
    assert not kind.is_read or text.startswith("BM")
