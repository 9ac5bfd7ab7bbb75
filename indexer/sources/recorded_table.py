# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of a table as an index recorded it: opened when a row of it is asked for, and only while it is that file."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.index.manifest import TableRecord
from indexer.net.network import Network
from indexer.tables.base import Block, Table
from indexer.tables.file_state import is_address, state_of
from indexer.tables.opening import open_table

_OPEN_AT_ONCE = 16


class OpenTables:
    """The files that are open at the moment; of too many, the one that was asked longest ago is closed."""

    def __init__(self, network: Network | None) -> None:
        self._network = network
        self._open: OrderedDict[str, Table] = OrderedDict()

    def open(self, place: str, record: TableRecord, monitor: Monitor) -> Table:
        """The file, once it has been seen to be the recorded one.

        Raises:
            InputProblem: it is not there, not the same any more, or no table.
            Cancelled: the user stopped.
        """
        if place not in self._open:
            self.check(place, record, monitor)
            while len(self._open) >= _OPEN_AT_ONCE:
                self._open.popitem(last=False)[1].close()
            self._open[place] = open_table(place, self._network, monitor, record.name)
        self._open.move_to_end(place)
        return self._open[place]

    def check(self, place: str, record: TableRecord, monitor: Monitor) -> None:
        """Hold a file against what is recorded of it; of a file here the time of its last change may differ.

        Raises:
            InputProblem, Cancelled: as for opening it.
        """
        state = state_of(place, self._network, monitor)
        marks = (state.validator, record.validator)
        is_other = is_address(place) and None not in marks and marks[0] != marks[1]
        if is_other or (None not in (state.bytes, record.bytes) and state.bytes != record.bytes):
            raise InputProblem(record.name, "the file is no longer the one that this index was built from")

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._open.popitem()[1].close()


class RecordedTable(Table):
    """A file of the table that an index was built from.

    Args:
        record: what the index says of it.
        columns: of the table.
        root: folder in which the files lie, or the only file; None for the recorded places.
        tables: where it is kept open.
    """

    def __init__(self, record: TableRecord, columns: Sequence[str], root: Path | None, tables: OpenTables) -> None:
        self.name, self.columns = record.name, tuple(columns)
        self._record, self._tables = record, tables
        self.place = _place_in(root, record.name) if root else record.place
        self.is_remote = self.place is not None and is_address(self.place)

    def rows(self) -> int:
        """As recorded."""
        return self._record.rows

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Through the file itself."""
        yield from self._opened(monitor).blocks(columns, monitor, first)

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """Through the file itself; a column that this file lacks says nothing."""
        table = self._opened(Monitor())
        found = table.row(number, [column for column in columns if column in table.columns])
        return {column: found.get(column) for column in columns}

    def why_not(self, monitor: Monitor) -> str | None:
        """Why no row of it can be read, found out without reading one; None when nothing speaks against it."""
        try:
            self._tables.check(self._place(), self._record, monitor)
        except InputProblem as problem:
            return problem.because
        return None

    def close(self) -> None:
        """It is closed with all others."""

    def _opened(self, monitor: Monitor) -> Table:
        return self._tables.open(self._place(), self._record, monitor)

    def _place(self) -> str:
        if self.place is None:
            raise InputProblem(self.name, "this index does not say where its table lies")
        return self.place


def _place_in(root: Path, name: str) -> str | None:
    """Where a file of this name lies below a folder; None where its name leads out of it."""
    path = PurePosixPath(name)
    if root.is_file():
        return str(root)
    if path.is_absolute() or ".." in path.parts:
        return None
    whole = root / path
    return str(whole if whole.exists() else root / path.name)
