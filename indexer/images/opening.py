# SPDX-License-Identifier: GPL-3.0-or-later
"""From an open file to an image whose pixels can be decoded: its kind by content, then the one decoder of that kind."""

from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from indexer.core.errors import InputProblem
from indexer.images.containers import picture_inside
from indexer.images.formats import HEAD_BYTES, HEIC, Format, recognise, why_not_read
from indexer.images.photoshop import NOT_MERGED, PhotoshopFile


@dataclass(frozen=True, slots=True)
class Source:
    """An image of which nothing but the head was read; `is_preview` when it is a document's small copy of itself."""

    image: Image.Image
    is_preview: bool = False


def recognise_stream(stream: BinaryIO, name: str, max_bytes: int) -> Format:
    """The format of an open file, told by its first bytes; leaves the stream at its start.

    Raises:
        InputProblem: empty, too large in bytes, or not of a kind that is read here.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    if size == 0:
        raise InputProblem(name, "the file is empty")
    if size > max_bytes:
        raise InputProblem(name, f"it is larger than {max_bytes >> 30} GB ({size / 2**30:.1f} GB)")
    kind = recognise(stream.read(HEAD_BYTES))
    stream.seek(0)
    if kind is None or not kind.is_read:
        raise InputProblem(name, why_not_read(kind))
    return kind


def open_source(stream: BinaryIO, kind: Format, name: str, max_bytes: int) -> Source:
    """The image in a file of this kind, or in the document that it is.

    Raises:
        InputProblem: a document without a picture of itself.
        Exception: whatever a decoder throws at a damaged file.
    """
    if kind.is_document:
        inner = picture_inside(stream, kind, name, max_bytes)
        return Source(_open_image(inner.stream, inner.kind), inner.is_preview)
    image = _open_image(stream, kind)
    if isinstance(image, PhotoshopFile) and not image.is_merged:
        raise InputProblem(name, NOT_MERGED)
    return Source(image)


def _open_image(stream: BinaryIO, kind: Format) -> Image.Image:
    if kind is HEIC:
        from pillow_heif import register_heif_opener  # 25 MB of libraries, only where there is such a file

        register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    return Image.open(stream, formats=[kind.decoder or ""])
