# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of an index that is being made: held by one program alone, its journal in it, a full disk told."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.core.errors import IndexProblem, StorageProblem

JOURNAL_NAME = "journal.sqlite"
"""What begins so in an unfinished folder belongs to the build and not to the index."""

_LOCK_PATIENCE_S = 5.0

_FULL = "the disk is full; what was done is kept, and the same command goes on once there is room"


def hold(folder: Path) -> sqlite3.Connection:
    """Hold the folder for this process alone; the system lets go when the process ends, however it ends.

    A build that was just killed may need a moment to be gone, so it is waited for.

    Raises:
        IndexProblem: another program holds it.
    """
    lock = sqlite3.connect(folder / f"{JOURNAL_NAME}.lock", timeout=_LOCK_PATIENCE_S, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as problem:
        lock.close()
        raise IndexProblem(folder, "another program is building this index at the moment") from problem
    return lock


def begin(database: sqlite3.Connection, schema: str, root: str, recipe: str) -> None:
    """Make a journal's tables where there are none, all at once, so that a kill in between leaves no half of them.

    Args:
        schema: statements separated by `;`, the first of which makes the table `build`.
        root, recipe: what everything in it is read from, and how.
    """
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'build'").fetchone():
        database.execute("BEGIN")
        for table in schema.split(";"):
            database.execute(table)
        database.execute("INSERT INTO build VALUES (?, ?)", (root, recipe))
        database.commit()


def check_same_build(database: sqlite3.Connection, folder: Path, root: str, recipe: str) -> None:
    """Refuse a journal that was begun for something else.

    Raises:
        IndexProblem: said in one sentence.
    """
    if database.execute("SELECT root, recipe FROM build").fetchone() != (root, recipe):
        because = "it holds an unfinished index of another folder or version"
        raise IndexProblem(folder, f"{because}; remove it or choose another place")


@contextmanager
def storage_problems(place: Path) -> Iterator[None]:
    """A full or read-only disk, in one sentence."""
    try:
        yield
    except OSError as problem:
        full = problem.errno == errno.ENOSPC
        because = _FULL if full else f"it cannot be written ({problem.strerror or problem})"
        raise StorageProblem(place, because) from problem
    except sqlite3.OperationalError as problem:
        full = "full" in str(problem)
        raise StorageProblem(place, _FULL if full else f"it cannot be written ({problem})") from problem
    except sqlite3.DatabaseError as problem:
        if problem.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        raise StorageProblem(place, "the unfinished index there is damaged; remove it and start again") from problem
