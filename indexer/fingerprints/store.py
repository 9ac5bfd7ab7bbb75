# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQLite files in which fingerprints are remembered: opened, recognised, and begun anew when they are damaged.

Such a file may be deleted at any time. A damaged or older one is replaced, never trusted.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import StorageProblem

PATIENCE_S = 5.0
"""How long to wait for another program that is writing; what cannot be written then is forgotten."""

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class StoreForm:
    """What a store holds. Another version is not read.

    Attributes:
        tables: a `CREATE TABLE IF NOT EXISTS` statement for each, by its name.
    """

    version: int
    tables: dict[str, str]


def open_store(path: Path, form: StoreForm) -> sqlite3.Connection:
    """Open the store; one that is damaged or of another form is put out of the way and begun anew.

    Raises:
        StorageProblem: there can be no such file, or another program holds it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not _is_ours(path, form):
            remove_store(path)
        return _connect(path, form)
    except (OSError, sqlite3.Error) as problem:
        raise StorageProblem(path, f"the store of fingerprints cannot be opened ({problem})") from problem


def is_damage(problem: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken."""
    return problem.sqlite_errorcode & 0xFF in _DAMAGE


def remove_store(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it."""
    for part in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + part).unlink(missing_ok=True)


def _is_ours(path: Path, form: StoreForm) -> bool:
    """Whether the file is a store of this form; one that another program is just making counts as such."""
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version != form.version:
                return bool(version == 0)
            return _has_tables(database, list(form.tables))
    except sqlite3.DatabaseError as problem:
        if is_damage(problem):
            return False
        raise


def _has_tables(database: sqlite3.Connection, names: Sequence[str]) -> bool:
    known = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    return known.issuperset(names)


def _connect(path: Path, form: StoreForm) -> sqlite3.Connection:
    """Open for use; the tables are made in one step, so that of several new programs each finds or makes them."""
    database = sqlite3.connect(path, timeout=PATIENCE_S)
    try:
        database.execute("PRAGMA synchronous = NORMAL")
        if database.execute("PRAGMA user_version").fetchone()[0] == 0:
            tables = "".join(f"{table};\n" for table in form.tables.values())
            database.executescript(f"BEGIN IMMEDIATE;\n{tables}PRAGMA user_version = {form.version};\nCOMMIT;")
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
