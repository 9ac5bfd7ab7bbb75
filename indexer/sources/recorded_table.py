# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of a table as an index recorded it: opened when a row of it is asked for, and only while it is that file."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.index.manifest import TableRecord
from indexer.net.network import Network
from indexer.tables.asked_file import AskedFile, is_address
from indexer.tables.base import Block, Table
from indexer.tables.shelf import Shelf
from indexer.tables.table_set import with_missing


class RecordedTable(Table):
    """A file of the table that an index was built from.

    Args:
        number: which file of the table.
        record: what the index says of it.
        columns: of the table.
        root: folder in which the files lie, or the only file; None for the recorded places.
        shelf: where it is kept open.
        network: what may be asked of other computers; None for nothing at all.
    """

    def __init__(
        self,
        number: int,
        record: TableRecord,
        columns: Sequence[str],
        root: Path | None,
        shelf: Shelf,
        network: Network | None,
    ) -> None:
        self.name, self.columns = record.name, tuple(columns)
        self._number, self._record, self._shelf, self._network = number, record, shelf, network
        self.place = _place_in(root, record.name) if root else record.place
        self.address = self.place if self.place and is_address(self.place) else None

    def rows(self) -> int:
        """As recorded."""
        return self._record.rows

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Through the file itself; a column that this file lacks says nothing, but it must have one of them."""
        table = self._opened(monitor)
        present = [column for column in columns if column in table.columns]
        if not present:
            raise InputProblem(self.name, f"it has no column called {' or '.join(columns)}")
        for block in table.blocks(present, monitor, first):
            yield Block(block.first, with_missing(block.data, columns))

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """Through the file itself; a column that this file lacks says nothing."""
        table = self._opened()
        found = table.row(number, [column for column in columns if column in table.columns])
        return {column: found.get(column) for column in columns}

    def why_not(self, monitor: Monitor) -> str | None:
        """Why no row of it can be read, found out without reading one; None when nothing speaks against it.

        Raises:
            Cancelled: the user stopped.
        """
        try:
            self._recorded_file(monitor).close()
        except InputProblem as problem:
            return problem.because
        return None

    def close(self) -> None:
        """It is closed with all others."""

    def _opened(self, monitor: Monitor | None = None) -> Table:
        return self._shelf.opened(self._number, lambda watch: OpenedFile(self._recorded_file(watch)), monitor)

    def _recorded_file(self, monitor: Monitor) -> AskedFile:
        """The file, held against what is recorded of it; of one here the time of its last change may differ."""
        if self.place is None:
            raise InputProblem(self.name, "this index does not say where its table lies")
        file = AskedFile(self.place, self.name, self._network, monitor)
        marks = (file.state.validator, self._record.validator)
        is_other = self.is_remote and None not in marks and marks[0] != marks[1]
        if is_other or self._record.bytes not in (None, file.state.bytes):
            file.close()
            raise InputProblem(self.name, "the file is no longer the one that this index was built from")
        return file


class OpenedFile(Table):
    """The table in a file; closing it closes the file.

    Raises:
        InputProblem: it is no table that is read, or it is damaged.
    """

    def __init__(self, file: AskedFile) -> None:
        self._file = file
        try:
            self._table = file.open_table()
        except BaseException:
            file.close()
            raise
        self.name, self.columns = self._table.name, self._table.columns

    def rows(self) -> int | None:
        """Those of the table."""
        return self._table.rows()

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Those of the table."""
        return self._table.blocks(columns, monitor, first)

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """That of the table."""
        return self._table.row(number, columns)

    def close(self) -> None:
        """Close table and file."""
        self._file.close()


def _place_in(root: Path, name: str) -> str | None:
    """Where a file of this name lies below a folder; None where its name leads out of it."""
    path = PurePosixPath(name)
    if root.is_file():
        return str(root)
    if path.is_absolute() or ".." in path.parts:
        return None
    whole = root / path
    return str(whole if whole.exists() else root / path.name)
