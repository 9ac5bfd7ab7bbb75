# SPDX-License-Identifier: GPL-3.0-or-later
"""What was fetched, in which version, from where, and what of it was read: `provenance.json` beside what was made.

It is written when the fetching begins, so that one that is gone on with stays with the version that it began with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from indexer.core.about import this_tool
from indexer.core.errors import StorageProblem
from indexer.core.files import write_atomically
from indexer.core.wire import from_json, to_json

FORMAT = 1
PROVENANCE_NAME = "provenance.json"
_LARGEST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file of the set.

    Attributes:
        size: as its place says; None when it does not.
        publisher_sha256: None when its publisher states none.
        sha256: of what came here, None while it is not here whole.
        is_whole: the whole file was fetched; else only columns of it, by ranges.
        ranges: what of it was read so, first byte and the byte after the last; empty for an index, whose own list of
            files says how many bytes of each were read.
    """

    url: str
    size: int | None
    publisher_sha256: str | None
    sha256: str | None = None
    is_whole: bool = False
    ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where it comes from.

    Attributes:
        dataset, recipe: of the catalogue.
        place: the repository, or the address below which the files lie.
        revision: the commit to which every address is pinned, empty where the place knows no versions.
        columns: those that were read, empty for all.
        files: by path within the set.
        begun_utc, finished_utc: the second is empty until all of it is here.
    """

    format: int
    dataset: str
    recipe: str
    place: str
    revision: str
    columns: tuple[str, ...]
    begun_utc: str
    program: str
    files: Mapping[str, FileRead] = field(default_factory=dict)
    finished_utc: str = ""

    def with_file(self, path: str, read: FileRead) -> "Provenance":
        """The same, with one file more, or another word of one."""
        return replace(self, files={**self.files, path: read})


def program_words() -> str:
    """Which program fetched it."""
    tool = this_tool()
    return f"{tool.name} {tool.version}"


def read_provenance(folder: Path) -> Provenance | None:
    """What stands in a folder; None when nothing does, or nothing that can be read."""
    place = folder / PROVENANCE_NAME
    try:
        if place.stat().st_size > _LARGEST_BYTES:
            return None
        found = from_json(place.read_bytes(), Provenance)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def copied_from(folder: Path) -> Mapping[str, str]:
    """Of a fetched folder whose files hold some columns only: the address of each published file, by its path in it."""
    made = read_provenance(folder.parent)
    return {path: read.url for path, read in made.files.items() if not read.is_whole} if made else {}


def write_provenance(folder: Path, provenance: Provenance) -> None:
    """Put it there.

    Raises:
        StorageProblem: it cannot be written.
    """
    place = folder / PROVENANCE_NAME
    try:
        write_atomically(place, msgspec.json.format(to_json(provenance), indent=2) + b"\n")
    except OSError as problem:
        raise StorageProblem(place, f"it cannot be written ({problem.strerror or problem})") from problem
