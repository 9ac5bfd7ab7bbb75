# SPDX-License-Identifier: GPL-3.0-or-later
"""One version of a table that is compared with another: opened, gone through file by file, and told apart for good.

A file that is damaged ends where the damage is; what it lists behind that is not known, and no row of it is called
gone.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from indexer.core.errors import InputProblem, SourceProblem
from indexer.core.hashing import CHUNK_BYTES
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Skipped
from indexer.sources.diff_contract import FileCompared, ListedAt, Version
from indexer.sources.opening import SourceOptions, open_source
from indexer.sources.provenance import read_provenance
from indexer.sources.table_files import TableFiles
from indexer.sources.table_source import TableSource
from indexer.tables.base import Block
from indexer.tables.columns import Columns
from indexer.tables.opening import TABLE_MARK
from indexer.tables.row_keys import Key, key_of

Choose = Callable[[Block], Iterable[int]]
"""Which rows of a block are meant, by their number in it."""


@dataclass(frozen=True, slots=True)
class TableVersion:
    """One version.

    Attributes:
        written: how it was asked for.
        files, columns: what it consists of, and what its columns say.
        damaged: files that could not be read to their end; filled while it is gone through.
    """

    written: str
    files: TableFiles
    columns: Columns
    damaged: dict[str, Skipped] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """The picture's address, and the text beside it where there is one: what is the same in all versions."""
        return (*self.columns.url[:1], *self.columns.caption[:1])

    @property
    def unread(self) -> tuple[Skipped, ...]:
        """Files that could not be opened, or not be read to their end."""
        return (*self.files.unread, *self.damaged.values())

    def keys(self, columns: Sequence[str], choose: Choose, monitor: Monitor) -> set[Key]:
        """The keys of all rows that are meant."""
        return {key_of(block.data, row, self.key) for _, block, row in self._rows(columns, choose, monitor)}

    def places(self, choose: Choose, monitor: Monitor) -> dict[Key, ListedAt]:
        """Where the rows are listed that are meant, by their keys."""
        found: dict[Key, ListedAt] = {}
        for file, block, row in self._rows((), choose, monitor):
            key = key_of(block.data, row, self.key)
            known = found.get(key)
            number = block.first + row - self.files.tables.start_of(file)
            here = ListedAt(self.files.files[file].name, number, 1)
            found[key] = replace(known, times=known.times + 1) if known else here
        return found

    def identify(self, monitor: Monitor, *, checksums: bool) -> Version:
        """What it is, so that somebody else can tell whether they have the same.

        Args:
            monitor: is told how far the checksums have come, and asked whether to stop.
            checksums: read every file of this machine whole, and hold it against what its publisher stated.
        """
        files, revision = [], ""
        for number, place in enumerate(self.files.places):
            monitor.progress(Progress("computing checksums", number, len(self.files.places)))
            name, stamp = self.files.files[number].name, self.files.files[number].stamp
            size, _, mark = stamp.partition("-")
            rows = self.files.tables.start_of(number + 1) - self.files.tables.start_of(number)
            one = FileCompared(name, str(place), int(size), rows)
            if "://" in one.place:
                one = replace(one, server_mark=mark if mark != "None" else None)
            else:
                one, of_set = _with_checksums(one, monitor, checksums=checksums)
                revision = revision or of_set
            files.append(one)
        return Version(self.written, revision, self.files.tables.rows(), self.key, tuple(files), self.unread)

    def _rows(self, columns: Sequence[str], choose: Choose, monitor: Monitor) -> Iterator[tuple[int, Block, int]]:
        wanted = list(dict.fromkeys((*columns, *self.key)))
        for file, table in enumerate(self.files.files):
            missing = next((name for name in self.key if name not in table.columns), None)
            if missing:
                because = f"it has no column {missing}, by which its rows would be known again"
                self.damaged[table.name] = Skipped(table.name, because)
                continue
            try:
                for block in self.files.tables.blocks_of(file, wanted, monitor):
                    monitor.progress(Progress("comparing versions", block.first, self.files.tables.rows()))
                    yield from ((file, block, row) for row in choose(block))
            except InputProblem as problem:
                self.damaged[table.name] = Skipped(table.name, problem.because)


def open_version(
    written: str, options: SourceOptions, close: Callable[[Callable[[], None]], object], monitor: Monitor
) -> TableVersion:
    """Open whatever `--source` would open, if it is a table.

    Args:
        close: is handed what has to be called in the end.

    Raises:
        SourceProblem: it cannot be opened, is no table, or lists no addresses.
        Cancelled: the user stopped.
    """
    with monitor.attempt(written):
        source = open_source(written, options, monitor)
    close(source.close)
    if not isinstance(source, TableSource):
        because = "it is no table of links; only the published tables themselves can be compared row by row"
        raise SourceProblem(written, because)
    version = TableVersion(written, source.files, source.columns)
    missing = next((name for name in version.key if name not in source.files.tables.columns), None)
    if not version.columns.url or missing:
        raise SourceProblem(written, "it lists no addresses, by which its rows would be known again")
    return version


def _with_checksums(file: FileCompared, monitor: Monitor, *, checksums: bool) -> tuple[FileCompared, str]:
    """With what is known of a file of this machine; and the revision of the set that it was fetched from."""
    sha256 = _sha256(Path(file.place.partition(TABLE_MARK)[0]), monitor) if checksums else None
    folder = Path(file.place).absolute().parents[file.name.count("/")]
    made = read_provenance(folder.parent)
    read = made.files.get(file.name) if made else None
    if made is None or read is None:
        return replace(file, sha256=sha256), ""
    known = replace(file, sha256=sha256, publisher_sha256=read.publisher_sha256, is_copy=not read.is_whole)
    return known, made.revision


def _sha256(place: Path, monitor: Monitor) -> str | None:
    """None for a file that is no longer there."""
    digest = hashlib.sha256()
    try:
        with place.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                monitor.check()
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()
