# SPDX-License-Identifier: GPL-3.0-or-later
"""Many files of one table on this machine as one table, of which only some are open at a time."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from indexer.core.progress import Monitor
from indexer.tables.base import Table
from indexer.tables.opening import open_table
from indexer.tables.shelf import Shelf
from indexer.tables.table_set import TableSet


def open_local(places: Sequence[Path], root: Path, monitor: Monitor) -> TableSet:
    """Open files in the order of their rows; closing the set closes them.

    Args:
        root: the folder that their names are relative to.

    Raises:
        InputProblem: one is no table, or damaged.
        Cancelled: the user stopped.
    """
    return _ShelvedSet(places, root, monitor)


class _ShelvedSet(TableSet):
    """A set that closes its shelf."""

    def __init__(self, places: Sequence[Path], root: Path, monitor: Monitor) -> None:
        self._shelf = Shelf()
        try:
            tables = [self._keep(place, root, monitor) for place in places]
            super().__init__(tables, [table.count(monitor) for table in tables])
        except BaseException:
            self._shelf.close()
            raise

    def close(self) -> None:
        """Close all files."""
        self._shelf.close()

    def _keep(self, place: Path, root: Path, monitor: Monitor) -> Table:
        monitor.check()
        name = place.relative_to(root).as_posix()
        return self._shelf.keep(partial(_open, place, name), monitor)


def _open(place: Path, name: str, monitor: Monitor) -> Table:
    return open_table(place, None, monitor, name)
