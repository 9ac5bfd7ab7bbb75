"""Files as painting programs and telephones write them, made here: HEIC, Photoshop, Krita, OpenRaster, Procreate, Clip.

The structure is that of the formats' specifications, and for Krita and OpenRaster that of files which Krita 5.1 wrote.
"""

import io
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from tests.helpers.odd_files import ORIENTATION
from tests.helpers.pictures import as_bytes, draw

GREY, INDEXED, RGB, CMYK, MULTICHANNEL, DUOTONE, LAB, BITMAP = 1, 2, 3, 4, 7, 8, 9, 0
"""Photoshop's numbers of its colour modes."""

_EMPTY_LAYER = struct.pack(">16xH4s4s4BI", 0, b"8BIM", b"norm", 255, 0, 0, 0, 12) + bytes(12)
"""A layer of no size and without a channel."""

KRITA_TYPE, OPENRASTER_TYPE = "application/x-krita", "image/openraster"


def heic(
    picture: Image.Image, *others: Image.Image, orientation: int = 1, primary: int = 0, **options: object
) -> bytes:
    """A HEIC of one picture, or of several of which one is the main one; turned by its own means and by EXIF."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = pillow_heif.from_pillow(picture)
    for other in others:
        file.add_from_pillow(other)
    for image in file:
        image.info["exif"] = exif.tobytes()
    out = io.BytesIO()
    file.save(out, quality=95, chroma=444, primary_index=primary, **options)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Photoshop:
    """A Photoshop document without any layer's pixels: what stands in it beside the flattened picture.

    Attributes:
        colours, depth: its colour mode and the bits of a channel.
        is_large: PSB instead of PSD.
        is_packed: rows packed by run lengths.
        layers: their number, negative when the flattened picture is see-through; None for no layers at all.
        in_deep_block: the number of layers stands in a block of its own, as in files of 16 and 32 bits.
        is_merged: what the file says of itself; None when it says nothing.
    """

    colours: int = RGB
    depth: int = 8
    is_large: bool = False
    is_packed: bool = True
    layers: int | None = None
    in_deep_block: bool = False
    is_merged: bool | None = True
    profile: bytes = b""
    colour_table: bytes = b""
    transparent_index: int | None = None

    def of(self, *channels: np.ndarray) -> bytes:
        """The file with these channels: rows of bytes, of 16-bit numbers, of floats, or of booleans."""
        height, width = channels[0].shape
        head = struct.pack(
            ">4sH6xHIIHH", b"8BPS", 1 + self.is_large, len(channels), height, width, self.depth, self.colours
        )
        parts = (self.colour_table, self._resources())
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return head + framed + self._long(self._layers()) + self._pixels(channels)

    def _long(self, part: bytes) -> bytes:
        return len(part).to_bytes(8 if self.is_large else 4, "big") + part

    def _resources(self) -> bytes:
        texts = struct.pack(">III", 0, 0, 1)  # who wrote it, who can read it, and the version
        held = {1005: bytes(16), 1028: b"odd"}
        if self.profile:
            held[1039] = self.profile
        if self.transparent_index is not None:
            held[1047] = struct.pack(">H", self.transparent_index)
        if self.is_merged is not None:
            held[1057] = struct.pack(">I?", 1, self.is_merged) + texts
        blocks = []
        for number, (resource, data) in enumerate(held.items()):
            name = b"a name"[: number % 4]
            framed_name = bytes([len(name)]) + name + bytes((len(name) + 1) % 2)
            blocks.append(
                b"8BIM"
                + struct.pack(">H", resource)
                + framed_name
                + struct.pack(">I", len(data))
                + data
                + bytes(len(data) % 2)
            )
        return b"".join(blocks)

    def _layers(self) -> bytes:
        if self.layers is None:
            return b""
        info = struct.pack(">h", self.layers) + _EMPTY_LAYER * abs(self.layers)
        if not self.in_deep_block:
            return self._long(info) + bytes(4)
        key = b"Lr16" if self.depth == 16 else b"Lr32"
        other = b"8BIM" + b"Patt" + bytes(4)
        return self._long(b"") + bytes(4) + other + b"8BIM" + key + self._long(info + bytes(-len(info) % 4))

    def _pixels(self, channels: Sequence[np.ndarray]) -> bytes:
        rows = [row for channel in channels for row in self._rows(channel)]
        if not self.is_packed:
            return struct.pack(">H", 0) + b"".join(rows)
        packed = [pack_bits(row) for row in rows]
        sizes = np.array([len(row) for row in packed], ">u4" if self.is_large else ">u2")
        return struct.pack(">H", 1) + sizes.tobytes() + b"".join(packed)

    def _rows(self, channel: np.ndarray) -> list[bytes]:
        if self.depth == 1:
            return [np.packbits(row).tobytes() for row in channel]
        return [row.tobytes() for row in channel.astype({8: ">u1", 16: ">u2", 32: ">f4"}[self.depth])]


def pack_bits(row: bytes) -> bytes:
    """A row of bytes packed by run lengths (Apple's PackBits)."""
    packed, literal = bytearray(), bytearray()

    def put_literal() -> None:
        for at in range(0, len(literal), 128):
            part = literal[at : at + 128]
            packed.extend((len(part) - 1, *part))
        literal.clear()

    for value, run in groupby(row):
        left = len(list(run))
        while left >= 3:
            put_literal()
            length = min(left, 128)
            packed.extend((257 - length, value))
            left -= length
        literal.extend([value] * left)
    put_literal()
    return bytes(packed)


def channels_of(picture: Image.Image) -> list[np.ndarray]:
    """A picture's channels."""
    return [np.asarray(band) for band in picture.split()]


def psd(picture: Image.Image, **facts: object) -> bytes:
    """A plain Photoshop document of an `RGB` or `L` picture."""
    return Photoshop(RGB if picture.mode == "RGB" else GREY, **facts).of(*channels_of(picture))


def laid_on_white(see_through: Image.Image) -> list[np.ndarray]:
    """The channels of a see-through picture as Photoshop stores them: colours on white, and alpha beside them."""
    *colours, alpha = (np.asarray(band, np.float64) for band in see_through.split())
    on_white = [np.round(colour * alpha / 255 + 255 - alpha) for colour in colours]
    return [*on_white, alpha]


def lab_channels(picture: Image.Image) -> list[np.ndarray]:
    """The channels of an `RGB` picture in CIE Lab."""
    lab = ImageCms.profileToProfile(
        picture, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    return channels_of(lab)


def zipped(members: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these members in this order; a `mimetype` is stored as it is, as the formats ask for."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, data in members.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else packing)
    return out.getvalue()


def krita(merged: bytes | None, preview: bytes | None = None) -> bytes:
    """A Krita document with these pictures of itself."""
    parts = {
        "mimetype": KRITA_TYPE.encode(),
        "maindoc.xml": b"<?xml version='1.0'?><DOC/>",
        "preview.png": preview,
        "Unnamed/layers/layer2": bytes(5000),
        "mergedimage.png": merged,
    }
    return zipped({name: data for name, data in parts.items() if data is not None})


def openraster(merged: bytes | None, thumbnail: bytes | None = None) -> bytes:
    """An OpenRaster document with these pictures of itself."""
    parts = {
        "mimetype": OPENRASTER_TYPE.encode(),
        "stack.xml": b"<?xml version='1.0'?><image/>",
        "data/layer0.png": as_bytes(draw(99, (20, 20))),
        "Thumbnails/thumbnail.png": thumbnail,
        "mergedimage.png": merged,
    }
    return zipped({name: data for name, data in parts.items() if data is not None})


def procreate(thumbnail: bytes) -> bytes:
    """A Procreate document; its layers are in a form of its own."""
    return zipped(
        {"A1B2/0~0.lz4": bytes(5000), "Document.archive": b"bplist00" + bytes(90), "QuickLook/Thumbnail.png": thumbnail}
    )


def clip(preview: bytes | None, change: Callable[[sqlite3.Connection], object] | None = None) -> bytes:
    """A Clip Studio document; `change` may do anything to its database."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE Canvas (MainId INTEGER, CanvasWidth REAL, CanvasHeight REAL)")
        database.execute(
            "CREATE TABLE CanvasPreview (_PW_ID INTEGER PRIMARY KEY, ImageType INTEGER, ImageWidth INTEGER,"
            " ImageHeight INTEGER, ImageData BLOB)"
        )
        if preview is not None:
            database.execute("INSERT INTO CanvasPreview (ImageType, ImageData) VALUES (1, ?)", (preview,))
        if change:
            change(database)
        database.commit()
        return clip_around(database.serialize())


def clip_around(database: bytes) -> bytes:
    """A Clip Studio document with this database."""
    chunks = {b"CHNKHead": bytes(40), b"CHNKExta": bytes(3000), b"CHNKSQLi": database, b"CHNKFoot": b""}
    body = b"".join(struct.pack(">8sQ", name, len(data)) + data for name, data in chunks.items())
    return struct.pack(">8sQQ", b"CSFCHUNK", 24 + len(body), 24) + body


@cache
def one_of_each_document(size: tuple[int, int] = (96, 64)) -> dict[str, bytes]:
    """A small file of every kind that artists' own programs write, all of the picture `draw(7, size)`."""
    picture = draw(7, size)
    as_png = as_bytes(picture)
    deep = [channel.astype(np.uint16) * 257 for channel in channels_of(picture)]
    see_through = picture.convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize(size))
    return {
        "heic": heic(picture),
        "psd": psd(picture),
        "unpacked psd": psd(picture, is_packed=False),
        "see-through psd": Photoshop(layers=-1).of(*laid_on_white(see_through)),
        "deep psd": Photoshop(depth=16, layers=1, in_deep_block=True).of(*deep),
        "psb": psd(picture, is_large=True),
        "kra": krita(as_png, as_bytes(picture.resize((24, 16)))),
        "ora": openraster(as_png),
        "procreate": procreate(as_png),
        "clip": clip(as_png),
    }
