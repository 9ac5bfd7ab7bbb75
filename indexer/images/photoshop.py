# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the flattened picture at the end of a Photoshop document (PSD and PSB), as a plug-in of Pillow.

From Adobe's "Photoshop File Formats Specification". Pillow's own reader knows neither PSB nor more than 8 bits and
takes a saved selection for transparency; psd-tools holds the whole file with every layer in memory and gives black for
what is damaged. Here layers are stepped over, channels come one at a time, and Pillow's decoder unpacks them.
"""

import struct
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFile

if TYPE_CHECKING:
    from PIL._imaging import PixelAccess

NOT_MERGED = (
    "it is a Photoshop document that was saved without a flattened picture inside; save it again with “Maximize "
    "compatibility” turned on, or save a PNG or JPEG copy beside it, to have it checked"
)

_HEADER = struct.Struct(">4sH6xHIIHH")
_COLOURS: dict[int, tuple[str, tuple[int, ...]]] = {
    0: ("L", (1,)),  # bitmap
    1: ("L", (8, 16, 32)),
    2: ("P", (8,)),
    3: ("RGB", (8, 16, 32)),
    4: ("CMYK", (8, 16)),
    8: ("L", (8, 16)),  # duotone: the specification says to show it as grey
    9: ("LAB", (8, 16)),
}
"""Pillow's mode and the bits a channel may have, by Photoshop's number of the colour mode; multichannel is not read."""

_PROFILE, _TRANSPARENT_INDEX, _VERSION_INFO, _XMP = 1039, 1047, 1057, 1060
_LAYERS_OF_DEEP_FILES = (b"Lr16", b"Lr32")
_MERGED_IS_SEE_THROUGH = (b"Mtrn", b"Mt16", b"Mt32")
_LONG_BLOCKS_OF_PSB = (
    *(b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph"),
    *(b"FMsk", b"lnk2", b"FEid", b"FXid", b"PxSD"),
)
_RAW, _PACKBITS = 0, 1

Bytes: TypeAlias = NDArray[np.uint8]
"""A channel, shape (height, width)."""

Numbers: TypeAlias = NDArray[np.floating[Any]]

_STRIP_ROWS = 256
_ROUNDING = 4
_FEW = 0.001
"""How many steps, and what share of the pixels, may miss the bound of colours on white (see `off_white`)."""


class PhotoshopFile(ImageFile.ImageFile):
    """The flattened picture in 8 bits; `is_merged` is False when the file says that it holds none."""

    format = "PHOTOSHOP"
    format_description = "Photoshop document, flattened"
    is_merged = True

    def _open(self) -> None:
        self._end = self._stream.seek(0, 2)
        self._stream.seek(0)
        signature, version, channels, height, width, depth, colours = _HEADER.unpack(self._exactly(_HEADER.size))
        mode, depths = _COLOURS.get(colours, ("", ()))
        if signature != b"8BPS" or version not in (1, 2) or depth not in depths:
            raise SyntaxError("a version, a depth or colours that are not read here")
        if channels < Image.getmodebands(mode):
            raise SyntaxError("fewer channels than its colours need")
        self._is_large, self._channels, self._depth = version == 2, channels, depth
        self._size = width, height
        self._colour_table = self._exactly(self._number(4))
        self._read_resources()
        is_see_through = self._read_layers() and mode in ("L", "RGB") and channels > Image.getmodebands(mode)
        self._mode = mode + "A" if is_see_through else mode
        self._is_waiting = True

    def load(self) -> "PixelAccess | None":
        """Decode the channels, once."""
        if self._is_waiting:
            self._is_waiting = False
            picture = self._decoded()
            self.im, self.palette = picture.im, picture.palette
        return Image.Image.load(self)

    def _decoded(self) -> Image.Image:
        count = Image.getmodebands(self.mode)
        alpha_at = count - 1 if self.mode in ("LA", "RGBA") else None
        bands = [
            eight_bits(plane, self.width, self._depth, is_light=self._depth == 32 and number != alpha_at)
            for number, plane in enumerate(self._planes(count))
        ]
        if alpha_at is not None:
            bands[:alpha_at] = off_white(bands[:alpha_at], bands[alpha_at])
        images = [Image.fromarray(band) for band in bands]
        picture = images[0] if count == 1 else Image.merge(self.mode, images)
        if self.mode == "CMYK":  # stored as light, not as ink
            return ImageChops.invert(picture)
        if self.mode == "P":
            table = np.frombuffer(self._colour_table[:768].ljust(768, b"\0"), np.uint8)
            picture.putpalette(table.reshape(3, 256).T.tobytes())
        return picture

    def _planes(self, count: int) -> Iterator[Bytes]:
        """The first channels as they are stored, one array of the bytes of each row."""
        width, height = self.size
        shape = ((width * self._depth + 7) // 8, height)
        compression = self._number(2)
        if compression == _RAW:
            sizes, decoder = [shape[0] * height] * count, "raw"
        elif compression == _PACKBITS:
            kind = ">u4" if self._is_large else ">u2"
            rows = np.frombuffer(self._exactly(self._channels * height * int(kind[-1])), kind)
            sizes, decoder = rows.reshape(self._channels, height).sum(axis=1, dtype=np.int64).tolist(), "packbits"
        else:
            raise OSError("a compression that Photoshop does not use here")
        for size in sizes[:count]:
            try:
                yield np.asarray(Image.frombytes("L", shape, self._exactly(size), decoder, "L"))
            except ValueError as problem:
                raise OSError("a channel that ends too early") from problem

    def _read_resources(self) -> None:
        for number, data in self._resources():
            if number == _PROFILE and self._depth != 32:  # that of 32 bits speaks of linear light
                self.info["icc_profile"] = data
            elif number == _TRANSPARENT_INDEX and len(data) >= 2:
                self.info["transparency"] = data[1]
            elif number == _VERSION_INFO and len(data) >= 5:
                self.is_merged = bool(data[4])
            elif number == _XMP:
                self.info["xmp"] = data

    def _resources(self) -> Iterator[tuple[int, bytes]]:
        """Those resources that are of use here, by their number; leaves the stream behind all of them."""
        end = self._number(4) + self._stream.tell()
        while self._stream.tell() + 12 <= end:
            signature, number, name_length = struct.unpack(">4sHB", self._exactly(7))
            self._skip(name_length | 1)  # together with its length the name fills pairs of bytes
            size = self._number(4)
            if signature not in (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR") or self._stream.tell() + size > end:
                break
            if number in (_PROFILE, _TRANSPARENT_INDEX, _VERSION_INFO, _XMP):
                yield number, self._exactly(size)
                self._skip(size & 1)
            else:
                self._skip(size + (size & 1))
        self._stream.seek(end)

    def _read_layers(self) -> bool:
        """Whether the flattened picture is see-through; leaves the stream at its pixels."""
        end = self._number(self._long) + self._stream.tell()
        is_see_through = any(self._signs_of_transparency(end))
        self._stream.seek(end)
        return is_see_through

    def _signs_of_transparency(self, end: int) -> Iterator[bool]:
        """The number of layers is negative, here or in deep files in a block of its own, or an empty block says so."""
        if self._stream.tell() + self._long > end:
            return
        size = self._number(self._long)
        behind = self._stream.tell() + size
        if size >= 2:
            yield self._has_negative_count()
        self._stream.seek(behind)
        if behind + 4 <= end:
            self._skip(self._number(4))  # the mask of the whole document
        while self._stream.tell() + 12 <= end:
            signature, key = struct.unpack(">4s4s", self._exactly(8))
            if signature not in (b"8BIM", b"8B64"):
                return
            size = self._number(self._long if key in _LONG_BLOCKS_OF_PSB else 4)
            behind = self._stream.tell() + (size + 3) // 4 * 4
            if key in _MERGED_IS_SEE_THROUGH:
                yield True
            elif key in _LAYERS_OF_DEEP_FILES and size >= 2:
                yield self._has_negative_count()
            self._stream.seek(behind)

    def _has_negative_count(self) -> bool:
        return self._number(2) >= 0x8000

    @property
    def _long(self) -> int:
        """How many bytes tell a length that PSB keeps longer."""
        return 8 if self._is_large else 4

    @property
    def _stream(self) -> IO[bytes]:
        if self.fp is None:
            raise OSError("the file is closed")
        return self.fp

    def _number(self, size: int) -> int:
        return int.from_bytes(self._exactly(size), "big")

    def _skip(self, size: int) -> None:
        self._stream.seek(size, 1)

    def _exactly(self, size: int) -> bytes:
        """Read so many bytes; what claims more than the file has is not asked for."""
        if size > self._end - self._stream.tell():
            raise OSError("the file ends too early")
        return self._stream.read(size)


def eight_bits(stored: Bytes, width: int, depth: int, *, is_light: bool) -> Bytes:
    """A channel from its stored rows: bits are black where set, 16 bits go by their full range, 32 are floating point.

    With `is_light` the numbers are linear light.
    """
    if depth == 8:
        return stored
    result = np.empty((len(stored), width), np.uint8)
    values: Numbers
    for top in range(0, len(stored), _STRIP_ROWS):
        rows = stored[top : top + _STRIP_ROWS]
        if depth == 1:
            values = 1 - np.unpackbits(rows, axis=1, count=width).astype(np.float32)
        elif depth == 16:
            values = rows.view(">u2").astype(np.float32) / 65535
        else:
            values = np.nan_to_num(rows.view(">f4").astype(np.float32), posinf=1.0, neginf=0.0).clip(0, 1)
        values = _srgb_curve(values) if is_light else values
        result[top : top + _STRIP_ROWS] = values * 255 + 0.5
    return result


def off_white(colours: list[Bytes], alpha: Bytes) -> list[Bytes]:
    """The colours of a see-through picture as they were before they were laid on white.

    Photoshop stores colours already laid on white, other programs (Krita, seen) as they are. On white no colour can be
    darker than `255 - alpha`: where more than a few are, all are left as they are.
    """
    bound = 255 - _ROUNDING - np.minimum(alpha, 255 - _ROUNDING)
    darker = sum(int(np.count_nonzero(colour < bound)) for colour in colours)
    if darker > _FEW * alpha.size * len(colours):
        return colours
    before = _before_white()
    result = [colour.copy() for colour in colours]
    for top in range(0, len(alpha), _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        if alpha[rows].min() < 255:
            for colour in result:
                colour[rows] = before[alpha[rows], colour[rows]]
    return result


def _before_white() -> Bytes:
    """The colour before it was laid on white, by alpha and the colour on white; white where nothing is to be seen."""
    alpha, on_white = np.arange(256.0)[:, None], np.arange(256.0)[None, :]
    colour = 255 - (255 - on_white) * 255 / np.maximum(alpha, 1)
    return (np.where(alpha == 0, 255, colour).clip(0, 255) + 0.5).astype(np.uint8)


def _srgb_curve(light: Numbers) -> Numbers:
    """Linear light to sRGB values (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, light * np.float32(12.92), 1.055 * light ** np.float32(1 / 2.4) - 0.055)


Image.register_open(PhotoshopFile.format, PhotoshopFile)
