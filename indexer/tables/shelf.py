# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of many files, of which only some are open: a system lets a program open a thousand files or so."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor, Progress
from indexer.tables.base import Block, Table

OPEN_AT_ONCE = 32
KEPT_BYTES = 512 << 20
"""What all open tables together may keep in memory for the next row."""

Opener = Callable[[Monitor], Table]


class _Relay(Monitor):
    """Speaks to the monitor of whoever asks at the moment: a file far away keeps the one that it was opened with."""

    def __init__(self) -> None:
        self.now = Monitor()

    def progress(self, progress: Progress) -> None:
        self.now.progress(progress)

    def check(self) -> None:
        self.now.check()


class Shelf:
    """The tables that are open at the moment; of too many, the one that was asked longest ago is closed.

    Attributes:
        watch: whoever asked last is asked whether to stop, by every read of every file.
    """

    def __init__(self) -> None:
        self.watch = _Relay()
        self._open: OrderedDict[int, Table] = OrderedDict()
        self._kept = 0

    def keep(self, opener: Opener, monitor: Monitor) -> "ShelvedTable":
        """Open a table and keep it, as one that is opened again when it has to be.

        Raises:
            InputProblem, Cancelled: as the opener.
        """
        self._kept += 1
        return ShelvedTable(self, self._kept, opener, self.opened(self._kept, opener, monitor))

    def opened(self, number: int, opener: Opener, monitor: Monitor | None = None) -> Table:
        """The table of this number, open.

        Args:
            monitor: of whoever asks; None for the one who asked last.

        Raises:
            InputProblem, Cancelled: as the opener.
        """
        self.watch.now = monitor or self.watch.now
        if number not in self._open:
            while len(self._open) >= OPEN_AT_ONCE:
                self._open.popitem(last=False)[1].close()
            self._open[number] = opener(self.watch)
        self._open.move_to_end(number)
        return self._open[number]

    def trim(self) -> None:
        """Keep no more in memory than may be: what was asked last stays."""
        kept = 0
        for table in reversed(self._open.values()):
            kept += table.kept_bytes
            if kept > KEPT_BYTES:
                table.forget()

    def close(self) -> None:
        """Close all tables."""
        while self._open:
            self._open.popitem()[1].close()


class ShelvedTable(Table):
    """A table on a shelf. Made by `Shelf.keep`; closed with all others."""

    def __init__(self, shelf: Shelf, number: int, opener: Opener, table: Table) -> None:
        self.name, self.columns, self.address, self.stamp = table.name, table.columns, table.address, table.stamp
        self._shelf, self._number, self._opener = shelf, number, opener
        self._rows = table.rows()

    def rows(self) -> int | None:
        """As it was known at first, or counted."""
        return self._rows

    def count(self, monitor: Monitor) -> int:
        """Through the file itself, where it was not known."""
        if self._rows is None:
            self._rows = self._opened(monitor).count(monitor)
        return self._rows

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Through the file itself."""
        yield from self._opened(monitor).blocks(columns, monitor, first)

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """Through the file itself."""
        found = self._opened().row(number, columns)
        self._shelf.trim()
        return found

    def check(self, monitor: Monitor) -> None:
        """Open the file anew, to see that it is there and as it was.

        Raises:
            InputProblem: it is not.
            Cancelled: the user stopped.
        """
        table = self._opener(monitor)
        table.close()
        self._like_before(table)

    def close(self) -> None:
        """It is closed with all others."""

    def _opened(self, monitor: Monitor | None = None) -> Table:
        return self._like_before(self._shelf.opened(self._number, self._opener, monitor))

    def _like_before(self, table: Table) -> Table:
        if table.stamp != self.stamp:
            raise InputProblem(self.name, "the file has changed since it was opened")
        return table
