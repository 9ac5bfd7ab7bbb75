# SPDX-License-Identifier: GPL-3.0-or-later
"""SQLite databases, as Danbooru's metadata and YFCC100M come: one table of them, opened so that it can do nothing."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.tables.base import Block, Table
from indexer.tables.columns import Columns
from indexer.tables.origin import Origin, reading
from indexer.tables.recognise import recognise
from indexer.tables.values import as_batch

BLOCK_ROWS = 1 << 13
BLOCK_BYTES = 8 << 20
MARK_ROWS = 1 << 12
"""The key of each so many rows is noted in passing, so that a row can be gone to."""

_VALUE_BYTES = 16 << 20
"""A larger value is refused."""

_STEPS_BETWEEN_CHECKS = 100_000
"""Of SQLite's machine: a few milliseconds."""


class SqliteTable(Table):
    """One table of a database. Its rows are numbered in the order of SQLite's own row ids.

    Args:
        table: which one; None for that with the most rows among those with an address, a hash or an account.

    Raises:
        InputProblem: it is no such database, or has no such table.
        Cancelled: the user stopped.
    """

    def __init__(self, origin: Origin, monitor: Monitor, table: str | None = None) -> None:
        if origin.path is None:
            raise InputProblem(origin.name, "a database can only be read from this machine; download it first")
        super().__init__(origin)
        with reading(self.name):
            self._database = _open(f"{origin.path.absolute().as_uri()}?mode=ro&immutable=1")
        try:
            with reading(self.name), _watched(self._database, monitor):
                chosen = self._known(table) if table else self._largest()
                self._table, self.columns = _quoted(chosen), self._columns_of(chosen)
                # Not count(*), which SQLite does in one step that no stop ends.
                self._count = int(self._one(f"SELECT count(rowid) FROM {self._table}"))  # noqa: S608
        except BaseException:
            self._database.close()
            raise
        self._marks, self._monitor = [-(2**63)], monitor

    def rows(self) -> int:
        """Counted when it was opened."""
        return self._count

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """In the order of the row ids."""
        number = first
        with reading(self.name), _watched(self._database, monitor), closing(self._select(columns, first)) as found:
            while True:
                monitor.check()
                rows = self._take(found, number)
                if not rows:
                    return
                yield Block(number, as_batch({name: [row[at + 1] for row in rows] for at, name in enumerate(columns)}))
                number += len(rows)

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """Goes to the last noted row before it, and on from there."""
        with reading(self.name), _watched(self._database, self._monitor):
            found = self._select(columns, number).fetchone() if 0 <= number < self._count else None
        if found is None:
            raise InputProblem(self.name, f"it has no row {number:,}")
        return dict(zip(columns, found[1:], strict=True))

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _select(self, columns: Sequence[str], first: int) -> sqlite3.Cursor:
        mark = min(max(first, 0) // MARK_ROWS, len(self._marks) - 1)
        names = ", ".join(["rowid", *map(_quoted, columns)])
        words = f"SELECT {names} FROM {self._table} WHERE rowid >= ? ORDER BY rowid LIMIT -1 OFFSET ?"  # noqa: S608
        return self._database.execute(words, (self._marks[mark], first - mark * MARK_ROWS))

    def _take(self, found: sqlite3.Cursor, number: int) -> list[tuple[Any, ...]]:
        """The next rows, as many as a block may have."""
        rows: list[tuple[Any, ...]] = []
        size = 0
        for row in islice(found, BLOCK_ROWS):
            if number + len(rows) == len(self._marks) * MARK_ROWS:
                self._marks.append(row[0])
            rows.append(row)
            size += sum(len(value) for value in row if isinstance(value, str | bytes))
            if size > BLOCK_BYTES:
                break
        return rows

    def _largest(self) -> str:
        known = [name for name in self._tables() if recognise(self._columns_of(name)) != Columns()]
        if not known:
            raise InputProblem(self.name, "none of its tables has addresses, hashes or accounts")
        return max(known, key=lambda name: int(self._one(f"SELECT max(rowid) FROM {_quoted(name)}") or 0))  # noqa: S608

    def _known(self, table: str) -> str:
        if table not in self._tables():
            raise InputProblem(self.name, f"it has no table called {table}")
        return table

    def _tables(self) -> list[str]:
        """Not views, which could compute for ever."""
        found = self._database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        return [row[0] for row in found]

    def _columns_of(self, table: str) -> tuple[str, ...]:
        return tuple(row[1] for row in self._database.execute(f"PRAGMA table_info({_quoted(table)})"))

    def _one(self, words: str) -> Any:  # noqa: ANN401 - SQLite keeps whatever type was written
        return self._database.execute(words).fetchone()[0]


def _open(address: str) -> sqlite3.Connection:
    """The file may be a stranger's: nothing in it is run, and nothing it says can take much memory."""
    database = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA cell_size_check = ON")
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def _watched(database: sqlite3.Connection, monitor: Monitor) -> Iterator[None]:
    """Within it a stop takes effect in the middle of a question, too."""

    def is_stopped() -> bool:
        try:
            monitor.check()
        except Cancelled:
            return True
        return False

    database.set_progress_handler(is_stopped, _STEPS_BETWEEN_CHECKS)
    try:
        yield
    except sqlite3.OperationalError:
        monitor.check()
        raise
    finally:
        database.set_progress_handler(None, 0)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
