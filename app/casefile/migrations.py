# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbered steps that make a case file what this program expects. A step that was published is never changed.

Step 1 makes a new file; each later one turns a file of the version before into one of its own number. The number of
the last step stands in the file (`PRAGMA user_version`).
"""

import sqlite3
from collections.abc import Callable, Iterator

from app.casefile.database import APPLICATION_ID, Database

Migration = str | Callable[[Database], None]
"""A script of SQL, or a function that is called inside the step's transaction."""

_FIRST = """
CREATE TABLE facts (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  id TEXT NOT NULL, created_utc TEXT NOT NULL, tool_name TEXT NOT NULL, tool_version TEXT NOT NULL,
  title TEXT NOT NULL, is_sample INTEGER NOT NULL CHECK (is_sample IN (0, 1))
);
CREATE TABLE events (
  number INTEGER PRIMARY KEY,
  utc TEXT NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
  previous TEXT NOT NULL, hash TEXT NOT NULL
);
-- Without it nobody would miss the last events.
CREATE TABLE chain_end (
  only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL, hash TEXT NOT NULL
);
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL, settings TEXT NOT NULL, folder TEXT NOT NULL, sources TEXT NOT NULL,
  sample INTEGER NOT NULL CHECK (sample IN (0, 1)),
  status TEXT NOT NULL, because TEXT, started_utc TEXT NOT NULL, finished_utc TEXT,
  tool_name TEXT NOT NULL, tool_version TEXT NOT NULL
);
CREATE TABLE works (
  path TEXT PRIMARY KEY,
  key TEXT NOT NULL, sha256 TEXT, width INTEGER, height INTEGER, skipped TEXT, thumbnail BLOB,
  first_run INTEGER NOT NULL REFERENCES runs, last_run INTEGER NOT NULL REFERENCES runs
);
CREATE TABLE matches (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs,
  work TEXT NOT NULL, artwork TEXT NOT NULL, source TEXT NOT NULL, row TEXT NOT NULL, row_key TEXT NOT NULL,
  grade TEXT NOT NULL, dataset TEXT NOT NULL, version TEXT NOT NULL, body BLOB NOT NULL,
  UNIQUE (run, artwork, source, row)
);
CREATE INDEX matches_by_run ON matches (run);
CREATE INDEX matches_by_row_key ON matches (artwork, source, row_key, run);
-- Apart, so that going through all matches does not read pictures.
CREATE TABLE match_thumbnails (match INTEGER PRIMARY KEY REFERENCES matches, jpeg BLOB NOT NULL);
CREATE TABLE coverage (
  run INTEGER NOT NULL REFERENCES runs,
  source TEXT NOT NULL, dataset TEXT NOT NULL, version TEXT NOT NULL, rows INTEGER NOT NULL,
  lane TEXT NOT NULL, searched INTEGER NOT NULL, because TEXT,
  UNIQUE (run, source, dataset, version, lane)
);
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY,
  question TEXT NOT NULL, work TEXT NOT NULL, row_key TEXT NOT NULL, dataset TEXT NOT NULL,
  answer TEXT, actor TEXT NOT NULL, utc TEXT NOT NULL, undoes INTEGER REFERENCES decisions
);
CREATE INDEX decisions_by_subject ON decisions (work, row_key, dataset, question);
CREATE TABLE letters (
  id INTEGER PRIMARY KEY,
  utc TEXT NOT NULL, kind TEXT NOT NULL, recipient_slug TEXT NOT NULL, recipient_name TEXT NOT NULL,
  file_name TEXT NOT NULL, sha256 TEXT NOT NULL
);
CREATE TABLE letter_rows (
  letter INTEGER NOT NULL REFERENCES letters, match INTEGER NOT NULL REFERENCES matches, row_key TEXT NOT NULL,
  PRIMARY KEY (letter, match)
);

CREATE TRIGGER runs_keep_the_demo_apart BEFORE INSERT ON runs
WHEN NEW.sample IS NOT (SELECT is_sample FROM facts)
BEGIN SELECT RAISE(ABORT, 'the rows of the demo and real rows never share a case'); END;
CREATE TRIGGER runs_stay_apart BEFORE UPDATE OF sample ON runs
BEGIN SELECT RAISE(ABORT, 'whether a run is of the demo never changes'); END;

CREATE TRIGGER facts_stay BEFORE UPDATE ON facts
BEGIN SELECT RAISE(ABORT, 'the facts of a case never change'); END;
CREATE TRIGGER facts_are_kept BEFORE DELETE ON facts
BEGIN SELECT RAISE(ABORT, 'the facts of a case are kept'); END;
CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events never change'); END;
CREATE TRIGGER events_are_kept BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are kept'); END;
CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'answers never change'); END;
CREATE TRIGGER decisions_are_kept BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'answers are kept'); END;
CREATE TRIGGER letters_stay BEFORE UPDATE ON letters
BEGIN SELECT RAISE(ABORT, 'letters never change'); END;
CREATE TRIGGER letters_are_kept BEFORE DELETE ON letters
BEGIN SELECT RAISE(ABORT, 'letters are kept'); END;
CREATE TRIGGER letter_rows_stay BEFORE UPDATE ON letter_rows
BEGIN SELECT RAISE(ABORT, 'letters never change'); END;
CREATE TRIGGER letter_rows_are_kept BEFORE DELETE ON letter_rows
BEGIN SELECT RAISE(ABORT, 'letters are kept'); END;
"""

_RENDITIONS = """
CREATE TABLE renditions (
  artwork TEXT NOT NULL, work TEXT NOT NULL, stands_alone INTEGER NOT NULL CHECK (stands_alone IN (0, 1)),
  archive TEXT NOT NULL, place TEXT NOT NULL, platform TEXT NOT NULL, basis TEXT NOT NULL,
  address TEXT, page TEXT, post_id TEXT, published TEXT, sha256 TEXT NOT NULL, md5 TEXT NOT NULL,
  first_run INTEGER NOT NULL REFERENCES runs, last_run INTEGER NOT NULL REFERENCES runs,
  UNIQUE (archive, place)
);
CREATE INDEX renditions_by_artwork ON renditions (artwork);
"""

_NOTES = "ALTER TABLE works ADD COLUMN note TEXT;\n"

_CAVEATS = """
ALTER TABLE coverage ADD COLUMN note TEXT;
ALTER TABLE coverage ADD COLUMN partly INTEGER NOT NULL DEFAULT 0;
"""

_PLACES = """
-- A match whose row another work has by better right is kept, since an answer may be filed under it, and not shown.
ALTER TABLE matches ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;
ALTER TABLE matches ADD COLUMN cautioned INTEGER NOT NULL DEFAULT 0;
CREATE INDEX matches_by_row ON matches (run, source, row);
CREATE TABLE controls (
  run INTEGER NOT NULL REFERENCES runs, source TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (run, source)
);
"""

MIGRATIONS: tuple[Migration, ...] = (_FIRST, _RENDITIONS, _NOTES, _CAVEATS, _PLACES)


def newest_version() -> int:
    """The version that this program writes, and the highest that it reads."""
    return len(MIGRATIONS)


def make_schema(database: Database) -> None:
    """Run every step on a new file, inside the caller's transaction."""
    database.write(f"PRAGMA application_id = {APPLICATION_ID}")
    for version in range(1, newest_version() + 1):
        _run_step(database, version)


def upgrade(database: Database, record: Callable[[int], None]) -> None:
    """Bring an older file to the newest version, one transaction a step, after a copy of it was put beside it.

    Args:
        record: writes the event of a step, given its number; called in the step's transaction.
    """
    if database.version == newest_version():
        return
    _back_up(database)
    for version in range(database.version + 1, newest_version() + 1):
        with database.transaction():
            _run_step(database, version)
            record(version)


def _run_step(database: Database, version: int) -> None:
    step = MIGRATIONS[version - 1]
    if isinstance(step, str):
        for statement in _statements(step):
            database.write(statement)
    else:
        step(database)
    database.write(f"PRAGMA user_version = {version}")


def _statements(script: str) -> Iterator[str]:
    """Cut a script into its statements; SQLite's own way of running a script would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _back_up(database: Database) -> None:
    """Copy the file to `NAME.before-vN`; a copy from an earlier upgrade is never written over."""
    name = f"{database.path.name}.before-v{newest_version()}"
    target, number = database.path.with_name(name), 1
    while target.exists():
        number += 1
        target = database.path.with_name(f"{name}-{number}")
    database.copy_to(target)
