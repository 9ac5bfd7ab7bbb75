# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a table that somebody chose: opened, counted, and what cannot be read among them said."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from indexer.core.errors import InputProblem, SourceProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Skipped
from indexer.net.network import Network
from indexer.tables.base import Table
from indexer.tables.opening import find_tables, open_table
from indexer.tables.shelf import Shelf, ShelvedTable
from indexer.tables.table_set import TableSet

_TOLD = 3
"""So many of the files that cannot be read are named."""


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The readable files of a table, in the order of their names.

    Attributes:
        places: path or address of each.
        unread: files that could not be opened, and why.
    """

    shelf: Shelf
    files: tuple[ShelvedTable, ...]
    places: tuple[str | Path, ...]
    tables: TableSet
    unread: tuple[Skipped, ...]

    @property
    def identity(self) -> str:
        """Changes when a file does."""
        content = [[table.name, table.stamp, self.tables.start_of(number)] for number, table in enumerate(self.files)]
        return hashlib.sha256(msgspec.json.encode([self.tables.rows(), content])).hexdigest()


def open_files(written: str, places: Sequence[str | Path], network: Network | None, monitor: Monitor) -> TableFiles:
    """Open the files; a folder stands for all tables below it. Files of text are gone through to count their rows.

    Raises:
        SourceProblem: none of them can be read.
        Cancelled: the user stopped.
    """
    shelf, files, opened, counts, unread = Shelf(), [], [], [], []
    try:
        named = _named(written, places)
        for done, (name, place) in enumerate(named):
            monitor.check()
            monitor.progress(Progress("opening tables", done, len(named)))
            try:
                file = shelf.keep(partial(_open_file, place, network, name), monitor)
                counts.append(file.count(monitor))
                files.append(file)
                opened.append(place)
            except InputProblem as problem:
                unread.append(Skipped(name, problem.because))
        if not files:
            raise SourceProblem(written, _why_none(unread))
    except BaseException:
        shelf.close()
        raise
    return TableFiles(shelf, tuple(files), tuple(opened), TableSet(files, counts), tuple(unread))


def _open_file(place: str | Path, network: Network | None, name: str, monitor: Monitor) -> Table:
    return open_table(place, network, monitor, name)


def unread_words(unread: Sequence[Skipped], whole: int) -> str | None:
    """Which files could not be read and why, in words that follow "searched only in part, because"; None for none."""
    if not unread:
        return None
    told = "; ".join(f"{one.path}: {one.because}" for one in unread[:_TOLD])
    more = f"; and {len(unread) - _TOLD:,} more" if len(unread) > _TOLD else ""
    return f"{len(unread):,} of its {whole:,} files could not be read to the end ({told}{more})"


def _named(written: str, places: Sequence[str | Path]) -> list[tuple[str, str | Path]]:
    """Every file with what it is called: its path below the folder, or the last part of it; sorted by that."""
    named: list[tuple[str, str | Path]] = []
    for place in places:
        if "://" not in str(place) and Path(place).is_dir():
            try:
                found = find_tables(Path(place))
            except InputProblem as problem:
                raise SourceProblem(written, problem.because) from problem
            named += [(path.relative_to(place).as_posix(), path) for path in found]
        else:
            named.append((str(place).partition("?")[0].replace("\\", "/").rstrip("/").rpartition("/")[2], place))
    if not named:
        raise SourceProblem(written, "there is no table in it")
    return sorted(named, key=lambda one: (one[0], str(one[1])))


def _why_none(unread: Sequence[Skipped]) -> str:
    if len(unread) == 1:
        return unread[0].because
    return f"none of its {len(unread):,} files can be read ({unread[0].path}: {unread[0].because})"
