# SPDX-License-Identifier: GPL-3.0-or-later
"""Safe access to an archive from a platform: what every kind offers, and the folder that one was unpacked to.

Members are only ever read, in bounded amounts, and written under names of our own: no name in an archive reaches the
disk.
"""

import os
import struct
import unicodedata
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from indexer.core.errors import InputProblem, StorageProblem
from indexer.core.types import Skipped
from indexer.images.scanning import FoundFile, scan

MANIFEST_BYTES = 256 << 20
"""Largest list of posts that is read; a list of 100,000 posts has some 100 MB."""

PICTURE_BYTES = 512 << 20
"""Largest picture that is taken out of an archive. What platforms publish stays below 50 MB."""

_CHUNK_BYTES = 1 << 20
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, NotImplementedError, RuntimeError, ValueError, OSError),
)


class Archive(ABC):
    """The files of an archive by name, with `/` on every system.

    Attributes:
        shown: what the user called it.
        path: where it lies; of a nested archive, where the outer one lies.
        skipped: files that cannot be reached at all, each with the reason.
    """

    def __init__(self, path: Path, shown: str) -> None:
        self.path, self.shown = path, shown
        self.skipped: list[Skipped] = []

    @property
    @abstractmethod
    def names(self) -> list[str]:
        """Every file, in the order of names."""

    def called(self, name: str) -> str:
        """What people are told that the file is called: the archive as given, joined with its name in it."""
        return os.path.join(self.shown, name)  # noqa: PTH118 - keeps "./" as given

    @abstractmethod
    def size(self, name: str) -> int:
        """Bytes that the file has, or claims to have."""

    @abstractmethod
    def local(self, name: str) -> Path | None:
        """Where the file lies on disk; None when it must be copied out first."""

    @abstractmethod
    def changed_ns(self, name: str) -> int:
        """When the file, or the archive that it is packed in, was last changed."""

    @abstractmethod
    def close(self) -> None:
        """Release what it holds."""

    @abstractmethod
    def _open(self, name: str) -> BinaryIO:
        """Raises `InputProblem` or one of `DAMAGE`."""

    def read(self, name: str, limit: int = MANIFEST_BYTES) -> bytes:
        """The whole file.

        Raises:
            InputProblem: larger than `limit` bytes, or damaged.
        """
        with self._reading(name, limit) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise InputProblem(name, _too_large(limit))
        return data

    def head(self, name: str, count: int) -> bytes:
        """The first bytes of a file, none when it cannot be read."""
        try:
            with self._open(name) as stream:
                return stream.read(count)
        except (InputProblem, *DAMAGE):
            return b""

    def copy_out(self, name: str, place: Path, limit: int = PICTURE_BYTES) -> None:
        """Write the file to `place`.

        Raises:
            InputProblem: larger than `limit` bytes, or damaged; nothing is left behind.
            StorageProblem: there is no room for it.
        """
        try:
            with self._reading(name, limit) as stream, _writing(place) as out:
                left = limit
                while chunk := stream.read(_CHUNK_BYTES):
                    left -= len(chunk)
                    if left < 0:
                        raise InputProblem(name, _too_large(limit))
                    out(chunk)
        except BaseException:
            place.unlink(missing_ok=True)
            raise

    @contextmanager
    def _reading(self, name: str, limit: int) -> Iterator[BinaryIO]:
        """Open a file; what goes wrong while it is read becomes one sentence."""
        if self.size(name) > limit:
            raise InputProblem(name, _too_large(limit))
        try:
            with self._open(name) as stream:
                yield stream
        except DAMAGE as problem:
            raise InputProblem(name, f"it is damaged in the archive ({problem})") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FolderArchive(Archive):
    """An archive that was unpacked.

    Raises:
        InputProblem: the folder cannot be read.
    """

    def __init__(self, path: Path, shown: str) -> None:
        super().__init__(path, shown)
        self._files: dict[str, FoundFile] = {}
        for entry in scan(path):
            if isinstance(entry, Skipped):
                self.skipped.append(entry)
            else:
                self._files[entry.name] = entry

    @property
    def names(self) -> list[str]:
        """Every ordinary file below the folder."""
        return list(self._files)

    def size(self, name: str) -> int:
        """As it was when the folder was opened."""
        return self._files[name].size_bytes

    def local(self, name: str) -> Path | None:
        """In the folder."""
        return self._files[name].path

    def changed_ns(self, name: str) -> int:
        """When this file was."""
        return self._files[name].mtime_ns

    def close(self) -> None:
        """Nothing is held."""

    def _open(self, name: str) -> BinaryIO:
        return self._files[name].path.open("rb")


def canonical(name: str) -> str:
    """The one spelling by which names are compared: as composed Unicode, with what archives do to it undone.

    Facebook and Instagram write UTF-8 as if each byte were a letter of Latin-1; a .zip without its flag for UTF-8 is
    read as if each byte were one of the IBM PC's.
    """
    for encoding in ("latin-1", "cp437"):
        try:
            name = name.encode(encoding).decode("utf-8")
            break
        except UnicodeError:
            continue
    return unicodedata.normalize("NFC", name)


def in_words(problem: Exception) -> str:
    """Why a file cannot be used, in one sentence."""
    reason = getattr(problem, "strerror", None) or str(problem)
    return f"it cannot be used ({reason})"


def _too_large(limit: int) -> str:
    return f"it is larger than {limit >> 20} MB"


@contextmanager
def _writing(place: Path) -> Iterator[Callable[[bytes], object]]:
    """Something that writes to `place`; what goes wrong with the disk is not taken for damage of the archive."""
    try:
        out = place.open("wb")
    except OSError as problem:
        raise StorageProblem(place, in_words(problem)) from problem

    def write(chunk: bytes) -> None:
        try:
            out.write(chunk)
            out.flush()
        except OSError as problem:
            raise StorageProblem(place, in_words(problem)) from problem

    with out:
        yield write
