# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives as platforms hand them out: .zip files, and how any archive is opened."""

import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from indexer.core.errors import InputProblem
from indexer.exports.archive import DAMAGE, MANIFEST_BYTES, Archive, FolderArchive, in_words

MOST_MEMBERS = 2_000_000
UNPACKED_SHARE, UNPACKED_FREE = 100, 1 << 30
"""An archive may unpack to this many times its size and this many bytes; lists of posts shrink to a twentieth."""

_ENCRYPTED = 0x1
_RARELY_PACKED = (
    "it is packed in a way that this program does not read; unpack the archive yourself and name the folder instead"
)


class ZipArchive(Archive):
    """A .zip file, or one within another.

    Raises:
        InputProblem: protected by a password, damaged, or made to fill the disk.
    """

    def __init__(self, stream: BinaryIO, path: Path, shown: str) -> None:
        super().__init__(path, shown)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (*DAMAGE, UnicodeDecodeError) as problem:
            raise InputProblem(shown, f"the .zip archive is damaged or cut off ({problem})") from problem
        self._stream = stream
        self._members = {info.filename: info for info in self._zip.infolist() if _is_wanted(info)}
        self._names = sorted(self._members)
        self._refuse_traps(stream)

    @property
    def names(self) -> list[str]:
        """Every file in it, without folders and what macOS adds."""
        return self._names

    def size(self, name: str) -> int:
        """As the archive's own list claims."""
        return self._members[name].file_size

    def local(self, name: str) -> Path | None:  # noqa: ARG002 - none of them lies anywhere
        """Never: it is packed."""
        return None

    def changed_ns(self, name: str) -> int:  # noqa: ARG002 - all of them are as old as the archive
        """When the .zip file was changed."""
        return self.path.stat().st_mtime_ns

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._stream.close()

    def _open(self, name: str) -> BinaryIO:
        member = self._members[name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputProblem(name, _RARELY_PACKED)
        opened: BinaryIO = self._zip.open(member)  # type: ignore[assignment]
        return opened

    def _refuse_traps(self, stream: BinaryIO) -> None:
        because = None
        if any(info.flag_bits & _ENCRYPTED for info in self._members.values()):
            because = "it is protected by a password; unpack it yourself and name the folder instead"
        elif len(self._members) > MOST_MEMBERS:
            because = f"it lists {len(self._members):,} files, more than any account has"
        else:
            packed = stream.seek(0, os.SEEK_END)
            unpacked = sum(info.file_size for info in self._members.values())
            if unpacked > packed * UNPACKED_SHARE + UNPACKED_FREE:
                because = "it would unpack to far more than an archive of its size can hold"
        if because:
            self._zip.close()
            raise InputProblem(self.shown, because)


def open_archive(path: Path, shown: str) -> Archive:
    """Open a folder or a .zip file.

    Raises:
        InputProblem: it is neither, or cannot be read.
    """
    try:
        if path.is_dir():
            return FolderArchive(path, shown)
        stream = path.open("rb")
    except (OSError, ValueError) as problem:
        gone = isinstance(problem, FileNotFoundError)
        raise InputProblem(shown, "there is no such file or folder" if gone else in_words(problem)) from problem
    return _guarded(stream, lambda: _opened_zip(stream, path, shown))


@contextmanager
def open_nested(archive: Archive, name: str, room: Path) -> Iterator[Archive]:
    """Open a .zip file that lies within an archive, by way of a copy in the folder `room`.

    Raises:
        InputProblem: larger than `MANIFEST_BYTES`, damaged, or otherwise not usable.
    """
    copy = room / "nested.zip"
    archive.copy_out(name, copy, MANIFEST_BYTES)
    try:
        stream = copy.open("rb")
        with _guarded(stream, lambda: ZipArchive(stream, archive.path, name)) as inner:
            yield inner
    finally:
        copy.unlink(missing_ok=True)


def _opened_zip(stream: BinaryIO, path: Path, shown: str) -> Archive:
    if not zipfile.is_zipfile(stream):
        raise InputProblem(shown, "it is neither a folder nor a .zip archive")
    stream.seek(0)
    return ZipArchive(stream, path, shown)


def _guarded(stream: BinaryIO, opening: Callable[[], Archive]) -> Archive:
    """Close the file again when it does not open as an archive."""
    try:
        return opening()
    except BaseException:
        stream.close()
        raise


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    return not info.is_dir() and not info.filename.startswith("__MACOSX/")
