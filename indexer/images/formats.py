# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are pictures, told by their first bytes and never by their name.

The signatures are those of the formats' own specifications. A format that is recognised but not read gets a name,
so that the reason for skipping it can say what it is.
"""

from dataclasses import dataclass

SAVE_A_COPY = "save a PNG or JPEG copy beside it to have it checked"
"""How a reason ends where the artist can help."""

HEAD_BYTES = 64
"""How much of a file `recognise` needs to see."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Attributes:
        name: as it stands in a sentence, "the … file is damaged"; with an article for what is not read.
        decoder: Pillow's name of the one decoder that may open it, None when there is none.
        is_document: read by taking out the picture of itself that a painting program put inside.
    """

    name: str
    decoder: str | None = None
    is_document: bool = False

    @property
    def is_read(self) -> bool:
        """Whether this program opens such files."""
        return self.decoder is not None or self.is_document


JPEG = Format("JPEG", "JPEG")
PNG = Format("PNG", "PNG")
GIF = Format("GIF", "GIF")
BMP = Format("BMP", "BMP")
TIFF = Format("TIFF", "TIFF")
WEBP = Format("WebP", "WEBP")
AVIF = Format("AVIF", "AVIF")
HEIC = Format("HEIC", "HEIF")
PHOTOSHOP = Format("Photoshop", "PHOTOSHOP")

KRITA = Format("Krita", is_document=True)
OPENRASTER = Format("OpenRaster", is_document=True)
PROCREATE = Format("Procreate", is_document=True)
CLIP_STUDIO = Format("Clip Studio", is_document=True)

ZIP = Format("archive or layered document", is_document=True)
"""Krita, OpenRaster and Procreate keep their documents as ZIP archives; which one it is may stand deeper inside."""

_ZIP_TYPES = {b"mimetypeapplication/x-krita": KRITA, b"mimetypeimage/openraster": OPENRASTER}

_PREFIXES: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"II*\x00\x10\x00\x00\x00CR", Format("a camera's raw file")),  # Canon's CR2 is a TIFF of a small copy, and more
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),  # BigTIFF
    (b"MM\x00+", TIFF),
    (b"8BPS", PHOTOSHOP),
    (b"CSFCHUNK", CLIP_STUDIO),
    (b"\xff\x0a", Format("a JPEG XL picture")),
    (b"\x00\x00\x00\x0cJXL ", Format("a JPEG XL picture")),
    (b"\x00\x00\x00\x0cjP  ", Format("a JPEG 2000 picture")),
    (b"gimp xcf", Format("a GIMP document")),
    (b"\x00\xffKA", Format("an Affinity document")),
    (b"SAI-CANVAS", Format("a PaintTool SAI document")),
    (b"mdipack", Format("a MediBang or FireAlpaca document")),
    (b"BLENDER", Format("a Blender scene")),
    (b"v/1\x01", Format("an OpenEXR picture")),
    (b"FUJIFILMCCD-RAW", Format("a camera's raw file")),
    (b"IIU\x00", Format("a camera's raw file")),  # Panasonic
    (b"IIRO", Format("a camera's raw file")),  # Olympus
    (b"IIRS", Format("a camera's raw file")),
    (b"MMOR", Format("a camera's raw file")),
    (b"%PDF-", Format("a PDF document")),
    (b"PK\x03\x04", ZIP),
    (b"Rar!\x1a\x07", Format("an archive")),
    (b"7z\xbc\xaf\x27\x1c", Format("an archive")),
    (b"\x1f\x8b", Format("an archive")),
    (b"SQLite format 3\x00", Format("a database")),
    (b"\x1aE\xdf\xa3", Format("a video")),
    (b"ID3", Format("a sound file")),
    (b"OggS", Format("a sound or video file")),
    (b"<!DOCTYPE html", Format("a web page")),
    (b"<html", Format("a web page")),
    (b"<svg", Format("an SVG drawing")),
    (b"<?xml", Format("an XML or SVG file")),
)

_ISO_BRANDS: dict[bytes, Format] = {
    b"avif": AVIF,
    b"avis": AVIF,
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"), HEIC),
    b"crx ": Format("a camera's raw file"),
}

_TEXT_BYTES = frozenset(b"\t\n\r\f\x1b" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)))


def recognise(head: bytes) -> Format | None:
    """The format of a file that begins with `head` (its first `HEAD_BYTES` bytes), None when it is not known."""
    for prefix, kind in _PREFIXES:
        if head.startswith(prefix):
            return _recognise_zip(head) if kind is ZIP else kind
    if head[:4] == b"RIFF":
        return WEBP if head[8:12] == b"WEBP" else Format("a sound or video file")
    if head[4:8] == b"ftyp":
        return _recognise_iso(head)
    if head and set(head) <= _TEXT_BYTES:
        return Format("a text file")
    return None


def _recognise_zip(head: bytes) -> Format:
    """By a first member named `mimetype`, stored as it is; its name is at byte 30, where the fixed part ends."""
    return next((kind for mark, kind in _ZIP_TYPES.items() if head.startswith(mark, 30)), ZIP)


def _recognise_iso(head: bytes) -> Format:
    """ISO base media files name themselves by a main brand at byte 8 and compatible brands from byte 16 on."""
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, len(head) - 3, 4))]
    if b"avif" in brands or b"avis" in brands:
        return AVIF
    return next((_ISO_BRANDS[brand] for brand in brands if brand in _ISO_BRANDS), Format("a video"))


def why_not_read(kind: Format | None) -> str:
    """The reason, in one sentence, for skipping a file of this kind."""
    if kind is None:
        return "it is not a picture in a format that this program knows"
    if kind is ZIP:
        return f"it is an {kind.name}, not a picture"
    if kind.name.startswith(("a text", "a web", "a database", "an archive", "a sound", "a video", "a PDF")):
        return f"it is {kind.name}, not a picture"
    return f"it is {kind.name}, which this version does not read; {SAVE_A_COPY}"
