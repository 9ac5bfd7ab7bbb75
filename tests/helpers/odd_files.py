"""Picture files that ordinary drawing does not give: odd colours, many pages, turned, lying about their size."""

import io
import struct
import zlib
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import AppendingTiffWriter

from tests.helpers.pictures import as_bytes, draw

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
ORIENTATION = 0x0112
REDUCED_RESOLUTION = {254: 1}
"""TIFF's mark of a page that is a small copy of another."""


def png_chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG file, with a right checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_claiming(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims this size; there are no such pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG_HEAD + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")


def black_png(width: int, height: int) -> bytes:
    """A true PNG of one bit a pixel, all black: very small for its size."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return PNG_HEAD + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def turned(stored: Image.Image, orientation: int, kind: str, **options: object) -> bytes:
    """A file of these pixels whose EXIF says how they are to be held."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return as_bytes(stored, kind, exif=exif, **options)


def as_stored(upright: Image.Image, orientation: int) -> Image.Image:
    """The pixels as a camera stores them for this EXIF orientation.

    From the EXIF specification, which says where the stored row 0 and the stored column 0 belong: 1 top and left,
    2 top and right, 3 bottom and right, 4 bottom and left, 5 left and top, 6 right and top, 7 right and bottom,
    8 left and bottom.
    """
    seen = np.asarray(upright)
    if orientation in (2, 3, 6, 7):  # counted from the right
        seen = seen[:, ::-1]
    if orientation in (3, 4, 7, 8):  # counted from the bottom
        seen = seen[::-1]
    if orientation >= 5:  # rows are stored as columns
        seen = seen.swapaxes(0, 1)
    return Image.fromarray(np.ascontiguousarray(seen))


def cmyk_jpeg(picture: Image.Image, *, adobe: bool, **options: object) -> bytes:
    """A CMYK JPEG: as Photoshop writes it, inverted and with Adobe's marker, or plain and without."""
    layers = picture.convert("CMYK")
    if adobe:
        return as_bytes(layers, "JPEG", quality=95, **options)
    upside_down = Image.eval(layers, lambda value: 255 - value)
    return without_adobe_marker(as_bytes(upside_down, "JPEG", quality=95, **options))


def without_adobe_marker(jpeg: bytes) -> bytes:
    """The same JPEG less its APP14 segment."""
    at = jpeg.index(b"\xff\xee")
    (length,) = struct.unpack(">H", jpeg[at + 2 : at + 4])
    assert jpeg[at + 4 : at + 9] == b"Adobe"
    return jpeg[:at] + jpeg[at + 2 + length :]


def tiff_pages(pages: Sequence[Image.Image], small_copies: Sequence[int] = (), **options: object) -> bytes:
    """A TIFF of several pages; those whose numbers (from 1) are given are marked as small copies of another."""
    out = io.BytesIO()
    with AppendingTiffWriter(out) as writer:
        for number, page in enumerate(pages, start=1):
            page.save(writer, "TIFF", tiffinfo=REDUCED_RESOLUTION if number in small_copies else {}, **options)
            writer.newFrame()
    return out.getvalue()


def deep_tiff(values: np.ndarray) -> bytes:
    """A TIFF of these numbers, of 16 or 32 bits each; colours in the order red, green, blue."""
    if values.ndim == 3:
        values = values[..., ::-1]
    good, data = cv2.imencode(".tif", values)
    assert good
    return data.tobytes()


def lab_tiff(picture: Image.Image) -> bytes:
    """A TIFF in CIE Lab colours."""
    lab = ImageCms.profileToProfile(
        picture, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    return as_bytes(lab, "TIFF")


def animation(kind: str, frames: int, size: tuple[int, int] = (96, 64)) -> bytes:
    """Different pictures one after another, as GIF, WebP, PNG (that is, APNG) or AVIF."""
    first, *others = (draw(number, size) for number in range(1, frames + 1))
    return as_bytes(first, kind, save_all=True, append_images=others, duration=50, loop=0)


def swapped_profile() -> bytes:
    """A colour profile that takes red for green and green for red, so that nobody can overlook it."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@cache
def one_of_each_kind(size: tuple[int, int] = (96, 64)) -> dict[str, bytes]:
    """A small file of every kind that is read, under a name that tells which."""
    picture = draw(7, size)
    see_through = picture.convert("RGBA")
    see_through.putalpha(draw(8, size).convert("L"))
    return {
        "jpeg": as_bytes(picture, "JPEG", quality=85),
        "progressive jpeg": as_bytes(picture, "JPEG", quality=85, progressive=True),
        "grey jpeg": as_bytes(picture.convert("L"), "JPEG"),
        "cmyk jpeg": cmyk_jpeg(picture, adobe=True),
        "png": as_bytes(picture, "PNG"),
        "see-through png": as_bytes(see_through, "PNG"),
        "palette png": as_bytes(picture.convert("P"), "PNG"),
        "apng": animation("PNG", 4, size),
        "gif": as_bytes(picture, "GIF"),
        "animated gif": animation("GIF", 4, size),
        "webp": as_bytes(picture, "WEBP"),
        "lossless webp": as_bytes(see_through, "WEBP", lossless=True),
        "animated webp": animation("WEBP", 4, size),
        "bmp": as_bytes(picture, "BMP"),
        "tiff": as_bytes(picture, "TIFF"),
        "packed tiff": as_bytes(picture, "TIFF", compression="tiff_lzw"),
        "pages of tiff": tiff_pages([picture, draw(9, size)]),
        "deep tiff": deep_tiff(np.asarray(picture).astype(np.uint16) * 257),
        "big tiff": as_bytes(picture, "TIFF", big_tiff=True),
        "lab tiff": lab_tiff(picture),
        "avif": as_bytes(picture, "AVIF"),
    }
