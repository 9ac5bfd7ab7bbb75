# SPDX-License-Identifier: GPL-3.0-or-later
"""Many files of one table on this machine as one table, of which only a few are open at a time."""

from collections.abc import Sequence
from pathlib import Path

from indexer.core.progress import Monitor
from indexer.index.manifest import TableRecord
from indexer.sources.recorded_table import RecordedTable
from indexer.tables.opening import open_table
from indexer.tables.shelf import Shelf
from indexer.tables.table_set import TableSet, count_rows


class LocalTables:
    """Files in the order of their rows, counted when they are opened and read when a row is asked for.

    Args:
        places: the files.
        root: the folder that their names are relative to.

    Attributes:
        records: what each file was when it was counted.
        set: the files as one table.

    Raises:
        InputProblem: one is no table, or damaged.
        Cancelled: the user stopped.
    """

    def __init__(self, places: Sequence[Path], root: Path, monitor: Monitor) -> None:
        columns: dict[str, None] = {}
        records = []
        for place in places:
            monitor.check()
            record, names = _look_at(place, root, monitor)
            records.append(record)
            columns |= dict.fromkeys(names)
        self.records = tuple(records)
        self._shelf = Shelf()
        self.set = TableSet(
            [
                RecordedTable(number, record, tuple(columns), None, self._shelf, None)
                for number, record in enumerate(records)
            ]
        )

    def close(self) -> None:
        """Close all files."""
        self._shelf.close()


def _look_at(place: Path, root: Path, monitor: Monitor) -> tuple[TableRecord, Sequence[str]]:
    name = place.relative_to(root).as_posix()
    table = open_table(place, None, monitor, name)
    try:
        facts = place.stat()
        rows = count_rows(table, monitor)
        return TableRecord(name, rows, facts.st_size, str(place), validator=str(facts.st_mtime_ns)), table.columns
    finally:
        table.close()
