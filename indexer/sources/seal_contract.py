# SPDX-License-Identifier: GPL-3.0-or-later
"""What sealing a file is asked, and what comes of it. Imports nothing heavy: the program's own process uses it."""

from dataclasses import dataclass
from pathlib import Path

RECORD_ENDING = ".seal.json"
"""Follows the name of a sealed file, for the record beside it."""

Ranges = tuple[tuple[int, int], ...]
"""Parts of a file: first byte and the byte after the last, in order."""


@dataclass(frozen=True, slots=True)
class SealAsked:
    """Which file is to be fetched.

    Attributes:
        address: of the file on the web.
        registry: file of the data sets that were set up here, which may know what was read of the file before.
        ledger, offline, allow_private_hosts: as for `Network`.
    """

    address: str
    registry: Path
    ledger: Path
    offline: bool = False
    allow_private_hosts: bool = False


@dataclass(frozen=True, slots=True)
class FileToSeal:
    """A published file.

    Attributes:
        revision: of the set, as a commit; None where the address does not belong to one.
        size, sha256: as the publisher states them; None where they are not stated.
        ranges_read: what had been read of it before.
    """

    url: str
    revision: str | None = None
    size: int | None = None
    sha256: str | None = None
    ranges_read: Ranges = ()


@dataclass(frozen=True, slots=True)
class SealOffered:
    """What would be fetched. `download` is in bytes; None where neither publisher nor server says it."""

    file: FileToSeal
    download: int | None


@dataclass(frozen=True, slots=True)
class Seal:
    """What was fetched, and whether it is what its publisher states.

    Attributes:
        file: what was asked for, with what the publisher states.
        size, sha256: of what came.
        validator: the server's own mark of the file's version, None if it gives none.
        fetched_utc: when the last of it came.
    """

    file: FileToSeal
    size: int
    sha256: str
    validator: str | None
    fetched_utc: str

    @property
    def agrees(self) -> bool | None:
        """Whether checksum and size are those that the publisher states; None when it states no checksum."""
        if self.file.sha256 is None:
            return None
        return self.sha256 == self.file.sha256 and self.file.size in (None, self.size)

    @property
    def words(self) -> str:
        """All of it in one plain sentence."""
        at = f", revision {self.file.revision}" if self.file.revision else ""
        came = f"The whole file {self.file.url}{at} was fetched at {self.fetched_utc}: {self.size:,} bytes"
        verdict = {
            True: "which is what its publisher states",
            False: f"which is not what its publisher states ({_stated(self.file)})",
            None: "for which its publisher states no checksum",
        }[self.agrees]
        return f"{came}, SHA-256 {self.sha256}, {verdict}."


def _stated(file: FileToSeal) -> str:
    size = "" if file.size is None else f"{file.size:,} bytes, "
    return f"{size}SHA-256 {file.sha256}"
