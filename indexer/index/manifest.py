# SPDX-License-Identifier: GPL-3.0-or-later
"""`index.json`: what an index folder holds, from where, made when and by what, and a checksum of every file.

A folder may come from a stranger: nothing in it is opened before its size and checksum agree with the manifest.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from indexer.core.errors import IndexDamaged, IndexOutdated, IndexProblem
from indexer.core.files import write_atomically
from indexer.core.hashing import sha256_of_file
from indexer.core.types import Lane

MANIFEST_NAME = "index.json"
FORMAT = 2
"""The newest that is known. 1 was of pictures only; 2 says what the rows were read from."""

_LARGEST_MANIFEST_BYTES = 16 << 20

Count = Annotated[int, msgspec.Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Size and SHA-256 of one file of the folder."""

    bytes: Count
    sha256: str


@dataclass(frozen=True, slots=True)
class NearPairs:
    """How near the codes of a kind come to each other, by pairs of a sample (`near_pairs.py`).

    Attributes:
        codes: how many different ones were drawn; equal ones count once, since the same picture listed twice is no
            chance.
        within: how many pairs are at most so many bits apart, by bits.
    """

    codes: Count
    within: Mapping[int, Count]

    @property
    def pairs(self) -> int:
        """All pairs of the codes drawn."""
        return self.codes * (self.codes - 1) // 2


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """One kind of fingerprint that can be searched here.

    Attributes:
        kind: as `fingerprints.base.Kind`; a string here, because this room does not know fingerprints.
        rows: how many rows have it; the others were too plain or have no such value.
        parameters: what a searcher must know: bits, dimension, recipe.
        near: how near its codes come to each other; None where nobody counted, and of kinds that are no hashes.
    """

    lane: Lane
    kind: str
    rows: Count
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    near: NearPairs | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """When and by what an index was made."""

    utc: str
    tool: str
    version: str


class BuiltFrom(StrEnum):
    """What an index was built from."""

    IMAGES = "images"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One file of a table whose rows are here; a row of the index is a row of these files, counted from the first on.

    Attributes:
        name: of the file within its set.
        rows, bytes: of the whole file, as it was when it was read; bytes None where nobody says so.
        place: path or address; None when left out by `--shareable`.
        sha256: of the file, as its publisher says; nobody compared it unless a note says so.
        validator: a mark of the server's that changes with the file, such as an ETag; None where it gives none.
        bytes_read: how much of a file on another computer was asked for; less than `bytes` when only a column was.
        empty, malformed, degenerate: values that are no fingerprints, summed over the columns: missing; of another
            form; a pHash without 32 ones.
    """

    name: str
    rows: Count
    bytes: Count | None = None
    place: str | None = None
    sha256: str | None = None
    validator: str | None = None
    bytes_read: Count = 0
    empty: Count = 0
    malformed: Count = 0
    degenerate: Count = 0

    @property
    def is_remote(self) -> bool:
        """Whether it lies on another computer."""
        return self.place is not None and "://" in self.place


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of `index.json`.

    Attributes:
        dataset, version: the set that the rows come from, by its own name and version.
        rows: all rows, with or without fingerprints.
        skipped: files that were not taken, each with its reason in `skipped.jsonl`.
        sample: made by the demo; its rows may never enter a real case.
        pictures_root: folder of the pictures on the machine that made it; None when left out by `--shareable`.
        base_url: address below which the pictures can be fetched, None when there is none.
        built_from: pictures, or the columns of a table.
        tables: the files of that table, in the order of the rows.
        columns: which column was read for which kind of fingerprint.
        column_names: all columns of the table.
        revision: of the set, as its publisher names it, such as a commit; None where it has none.
    """

    format: int
    dataset: str
    version: str
    rows: Count
    made: Made
    lanes: tuple[LaneRecord, ...]
    files: Mapping[str, FileRecord]
    skipped: Count = 0
    sample: bool = False
    pictures_root: str | None = None
    base_url: str | None = None
    built_from: BuiltFrom = BuiltFrom.IMAGES
    tables: tuple[TableRecord, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    column_names: tuple[str, ...] = ()
    revision: str | None = None

    def lane_of(self, kind: str) -> LaneRecord | None:
        """The record of a kind of fingerprint, None when the index has none of it."""
        return next((record for record in self.lanes if record.kind == kind), None)

    @property
    def identity(self) -> str:
        """SHA-256 over the checksums of all files: the same for the same content, whatever the folder is called."""
        lines = "".join(f"{self.files[name].sha256}  {name}\n" for name in sorted(self.files))
        return hashlib.sha256(lines.encode()).hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `index.json` into `folder`, readable by people."""
    write_atomically(folder / MANIFEST_NAME, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """Read `index.json` without looking at the other files.

    Raises:
        IndexProblem: there is none.
        IndexOutdated: it is of a newer or unknown format.
        IndexDamaged: it is not a manifest.
    """
    place = folder / MANIFEST_NAME
    try:
        if place.stat().st_size > _LARGEST_MANIFEST_BYTES:
            raise IndexDamaged(folder, f"its {MANIFEST_NAME} is far too large to be one")
        text = place.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise IndexProblem(folder, _why_no_manifest(folder)) from problem
    except OSError as problem:
        raise IndexProblem(folder, f"its {MANIFEST_NAME} cannot be read ({problem.strerror})") from problem
    _check_format(folder, text)
    with _nonsense_is_told(folder):
        return msgspec.json.decode(text, type=Manifest)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Hold every file against its recorded size and checksum.

    Raises:
        IndexDamaged: one is missing, shorter, longer or changed; it is named.
    """
    for name, record in manifest.files.items():
        if name != Path(name).name or name in ("", ".", ".."):
            raise IndexDamaged(folder, f"its {MANIFEST_NAME} names a file outside the folder ({name!r})")
        place = folder / name
        if not _is_file(place):
            raise IndexDamaged(folder, f"its file {name} is missing")
        if place.stat().st_size != record.bytes or sha256_of_file(place) != record.sha256:
            raise IndexDamaged(folder, f"its file {name} is damaged: it is not the one that was written")


def record_files(folder: Path, leave_out: str | None = None) -> dict[str, FileRecord]:
    """Size and checksum of every file now in `folder`, the manifest itself left out.

    Args:
        leave_out: the beginning of names that are left out too.
    """
    return {
        place.name: FileRecord(place.stat().st_size, sha256_of_file(place))
        for place in sorted(folder.iterdir())
        if place.is_file() and place.name != MANIFEST_NAME and not (leave_out and place.name.startswith(leave_out))
    }


def _check_format(folder: Path, text: bytes) -> None:
    class OnlyFormat(msgspec.Struct):
        format: int

    with _nonsense_is_told(folder):
        found = msgspec.json.decode(text, type=OnlyFormat).format
    if found > FORMAT:
        raise IndexOutdated(folder, f"it was made by a newer version of this program (format {found}, known: {FORMAT})")
    if found < 1:
        raise IndexDamaged(folder, f"its {MANIFEST_NAME} has an impossible format ({found})")


@contextmanager
def _nonsense_is_told(folder: Path) -> Iterator[None]:
    """JSON of a stranger's: of another shape, not even text, or nested deeper than can be read."""
    try:
        yield
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise IndexDamaged(folder, f"its {MANIFEST_NAME} is damaged ({problem})") from problem


def _is_file(place: Path) -> bool:
    """False also for a name that no file can have, such as one that is too long."""
    try:
        return place.is_file()
    except OSError:
        return False


def _why_no_manifest(folder: Path) -> str:
    if folder.exists() and not folder.is_dir():
        return "it is a file, not an index folder"
    if Path(f"{folder.absolute()}.partial").exists():
        return "it is not finished; start the same build again and it goes on"
    if not folder.exists():
        return "there is no such folder"
    made = "a folder of pictures becomes one by “exhibit-a index build FOLDER --from images --out INDEX”"
    return f"it is not an index folder (it has no {MANIFEST_NAME}); {made}"
