# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison of two versions of a table is asked, and what it gives. Imports nothing heavy."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from indexer.core.types import Skipped


@dataclass(frozen=True, slots=True)
class DiffAsked:
    """Two versions, and whose rows are meant.

    Attributes:
        old, new: as after `--source`.
        names, sites: as for `Person`.
        addresses: of pictures that are known to be the person's, letter by letter as the tables write them.
        checksums: files on this machine are read whole once more for their checksums.
        registry: file of the data sets that were set up here.
        ledger, offline, allow_private_hosts: as for `Network`.
    """

    old: str
    new: str
    names: tuple[str, ...]
    sites: tuple[str, ...]
    addresses: tuple[str, ...]
    registry: Path
    ledger: Path
    checksums: bool = True
    offline: bool = False
    allow_private_hosts: bool = False


class Change(StrEnum):
    """What became of a row. Why is never known.

    came: only the new version lists it. went: only the old one. unknown: one version does not list it as far as it
    could be read, and not all of that version could.
    """

    IN_BOTH = "in_both"
    CAME = "came"
    WENT = "went"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ListedAt:
    """Where a version lists a row: the file and the row's number in it, from 0, of the first of so many `times`."""

    file: str
    row: int
    times: int


@dataclass(frozen=True, slots=True)
class RowCompared:
    """A row that speaks of the person, known again by its address and the text beside it.

    Attributes:
        text: empty where the versions have no texts, or the row has none.
        old, new: where each version lists it; None where it was not found.
        is_address_elsewhere: the version that does not list this row lists its address with another text.
    """

    address: str
    text: str
    change: Change
    old: ListedAt | None
    new: ListedAt | None
    is_address_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class FileCompared:
    """A file of a version.

    Attributes:
        name: as row numbers are counted in it.
        place: its path or address.
        size: in bytes.
        sha256: of a file on this machine; None where it was not computed, as of one that was read in parts from afar.
        server_mark: of one that was read from afar: the server's own mark of its version, if it gives one.
        publisher_sha256: as stated when it was fetched; None where nothing is known of that.
        is_copy: it holds some columns of the published file, not all of it.
    """

    name: str
    place: str
    size: int
    rows: int
    sha256: str | None = None
    server_mark: str | None = None
    publisher_sha256: str | None = None
    is_copy: bool = False

    @property
    def agrees(self) -> bool | None:
        """Whether it is what its publisher states; None where that was not compared."""
        if self.sha256 is None or self.publisher_sha256 is None or self.is_copy:
            return None
        return self.sha256 == self.publisher_sha256


@dataclass(frozen=True, slots=True)
class Version:
    """One of the two.

    Attributes:
        written: how it was asked for.
        revision: of the set, as far as that is known; empty where it is not.
        key: the columns by which rows are known again.
        unread: files, or the rest of them, that could not be read; what they list is not known.
    """

    written: str
    revision: str
    rows: int
    key: tuple[str, ...]
    files: tuple[FileCompared, ...]
    unread: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class VersionsCompared:
    """Both versions, and when they had been compared."""

    old: Version
    new: Version
    compared_utc: str
