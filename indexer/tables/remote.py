# SPDX-License-Identifier: GPL-3.0-or-later
"""A file on another computer as the origin of a table: every reader gets a stream of its own over one connection."""

import io
from typing import IO, TYPE_CHECKING, cast

from indexer.net.remote_file import RemoteFile
from indexer.tables.origin import Origin

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class RemoteStream(io.RawIOBase):
    """A place in a remote file, beside other places in it. Closing it leaves the file open."""

    def __init__(self, file: RemoteFile) -> None:
        super().__init__()
        self._file, self._at = file, 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        if base + offset < 0:
            raise ValueError("there is nothing before the beginning of a file")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer, as far as the file goes."""
        view = memoryview(buffer).cast("B")
        data = self._file.read_whole_range(min(self._at, self._file.size), min(self._at + len(view), self._file.size))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def origin_of(file: RemoteFile, name: str) -> Origin:
    """The file as a table's origin. It stays open until whoever opened it closes it."""
    return Origin(
        name,
        lambda: cast("IO[bytes]", io.BufferedReader(RemoteStream(file))),
        f"{file.size}-{file.validator}",
        address=file.name,
    )
