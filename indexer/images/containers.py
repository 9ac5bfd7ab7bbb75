# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes out the picture that a painting program put inside its own document, as PNG or JPEG.

Krita, OpenRaster and Procreate documents are ZIP archives, seen so in files of Krita 5.1; OpenRaster has a
specification (openraster.org). A Clip Studio document is a row of chunks, one of which is an SQLite database; that
form is not published and known from what others found. Nothing is unpacked to disk, and of a stranger's database one
column of one table is read, in memory.
"""

import io
import shutil
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from indexer.core.errors import InputProblem
from indexer.images.formats import (
    CLIP_STUDIO,
    HEAD_BYTES,
    JPEG,
    KRITA,
    OPENRASTER,
    PNG,
    PROCREATE,
    SAVE_A_COPY,
    ZIP,
    Format,
    recognise,
)

_BY_MIMETYPE = {b"application/x-krita": KRITA, b"image/openraster": OPENRASTER}
_MERGED = {KRITA: "mergedimage.png", OPENRASTER: "mergedimage.png"}
_PREVIEW = {KRITA: "preview.png", OPENRASTER: "Thumbnails/thumbnail.png", PROCREATE: "QuickLook/Thumbnail.png"}
_MARK_OF_PROCREATE = "Document.archive"
_ENCRYPTED = 1  # bit 0 of a member's flags

_CHUNK = struct.Struct(">8sQ")
_FIRST_CHUNK = 24
_MOST_CHUNKS = 200_000
_MOST_DATABASE_BYTES = 256 << 20
_MOST_STEPS = 1_000_000
"""Of SQLite's machine; one row of one table takes some dozens."""

_DAMAGE = (
    *(EOFError, KeyError, NotImplementedError, OverflowError, RuntimeError, ValueError),
    *(sqlite3.Error, struct.error, zipfile.BadZipFile, zlib.error),
)


@dataclass(frozen=True, slots=True)
class InnerPicture:
    """A PNG or JPEG from inside a document; `is_preview` when it may be smaller than the document is."""

    stream: BinaryIO
    kind: Format
    is_preview: bool


def recognise_archive(stream: BinaryIO) -> Format:
    """Which document a ZIP archive is, also where its first bytes do not tell; `ZIP` when none that is known.

    Raises:
        OSError: it is damaged or cut off.
    """
    with _damage_told(), zipfile.ZipFile(stream) as archive:
        members = set(archive.namelist())
        if "mimetype" in members:
            with archive.open("mimetype") as member:
                return _BY_MIMETYPE.get(member.read(HEAD_BYTES).strip(), ZIP)
        return PROCREATE if {_MARK_OF_PROCREATE, _PREVIEW[PROCREATE]} <= members else ZIP


def picture_inside(stream: BinaryIO, kind: Format, name: str, max_bytes: int) -> InnerPicture:
    """The picture that a document holds of itself: the merged one, else a preview.

    Args:
        kind: what the document is; `KRITA`, `OPENRASTER`, `PROCREATE` or `CLIP_STUDIO`.
        name: what to call it in a reason.
        max_bytes: a picture above this is not unpacked.

    Raises:
        InputProblem: it holds none, or one that may not or cannot be unpacked.
        OSError: it is damaged or cut off.
    """
    with _damage_told():
        if kind is CLIP_STUDIO:
            data, is_preview = _preview_of_clip(_database_of_clip(stream)), True
        else:
            data, is_preview = _from_archive(stream, kind, name, max_bytes)
    if data is None:
        raise InputProblem(name, f"the {kind.name} document holds no picture of itself; {SAVE_A_COPY}")
    inner = recognise(bytes(data.getbuffer()[:HEAD_BYTES]))
    if inner is None or inner not in (PNG, JPEG):
        raise InputProblem(name, f"the picture inside the {kind.name} file is neither a PNG nor a JPEG; {SAVE_A_COPY}")
    return InnerPicture(data, inner, is_preview)


def _from_archive(stream: BinaryIO, kind: Format, name: str, max_bytes: int) -> tuple[io.BytesIO | None, bool]:
    with zipfile.ZipFile(stream) as archive:
        members = set(archive.namelist())
        for member, is_preview in ((_MERGED.get(kind), False), (_PREVIEW[kind], True)):
            if member in members:
                return _unpacked(archive, archive.getinfo(member), name, max_bytes), is_preview
    return None, False


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, max_bytes: int) -> io.BytesIO:
    """A member's bytes; only its head when that is no picture, so that nothing else is worth packing tightly."""
    if member.flag_bits & _ENCRYPTED:
        raise InputProblem(name, f"it is protected with a password; {SAVE_A_COPY}")
    if member.file_size > max_bytes:
        size, most = member.file_size / 2**30, max_bytes >> 30
        raise InputProblem(name, f"the picture inside it is larger than {most} GB ({size:.1f} GB)")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.header_offset < 0:
        raise zipfile.BadZipFile("packed in a way that no painting program uses")
    with archive.open(member) as packed:
        data = io.BytesIO(packed.read(HEAD_BYTES))
        if recognise(data.getvalue()) in (PNG, JPEG):
            data.seek(0, io.SEEK_END)
            shutil.copyfileobj(packed, data)
    data.seek(0)
    return data


def _database_of_clip(stream: BinaryIO) -> bytes:
    end = stream.seek(0, io.SEEK_END)
    at = _FIRST_CHUNK
    for _ in range(_MOST_CHUNKS):
        stream.seek(at)
        kind, size = _CHUNK.unpack(stream.read(_CHUNK.size))
        at += _CHUNK.size
        if size > end - at:
            break
        if kind == b"CHNKSQLi" and size <= _MOST_DATABASE_BYTES:
            return stream.read(size)
        at += size
    raise EOFError("no database")


def _preview_of_clip(database: bytes) -> io.BytesIO | None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        # Bytes 18 and 19 say whether a write-ahead log lies beside the file, which one in memory cannot have.
        connection.deserialize(database[:18] + b"\1\1" + database[20:])
        connection.set_authorizer(_allow_previews)
        connection.set_progress_handler(lambda: 1, _MOST_STEPS)
        row = connection.execute("SELECT ImageData FROM CanvasPreview WHERE ImageData IS NOT NULL LIMIT 1").fetchone()
    return io.BytesIO(row[0]) if row and isinstance(row[0], bytes) else None


def _allow_previews(action: int, table: str | None, *_: object) -> int:
    """Let a query read the table of previews and call nothing, whatever the stranger's schema makes of it."""
    is_harmless = action == sqlite3.SQLITE_SELECT or (action == sqlite3.SQLITE_READ and table == "CanvasPreview")
    return sqlite3.SQLITE_OK if is_harmless else sqlite3.SQLITE_DENY


@contextmanager
def _damage_told() -> Iterator[None]:
    """Whatever the parsers throw at a damaged file, as the error that a decoder raises for one."""
    try:
        yield
    except _DAMAGE as problem:
        raise OSError("the document is damaged or cut off") from problem
