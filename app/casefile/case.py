# SPDX-License-Identifier: GPL-3.0-or-later
"""A case: one file with everything that an artist's checks found and what the artist decided and wrote.

Opened and written by the program's own process alone, never by job processes.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from app.casefile.controls import Controls
from app.casefile.database import DAMAGED, NOT_A_CASE, Database
from app.casefile.decisions import Decisions
from app.casefile.events import Actor, EventKind, Events, JsonValue
from app.casefile.findings import Findings
from app.casefile.letters import Letters
from app.casefile.migrations import make_schema, newest_version, upgrade
from app.casefile.renditions import Renditions
from app.casefile.runs import Runs
from app.casefile.works import Works
from indexer.core.about import Tool, this_tool
from indexer.core.clock import utc_now
from indexer.core.errors import StorageProblem

CASE_SUFFIX = ".exhibit"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is fixed when a case is made.

    Attributes:
        case_id: a random UUID.
        tool: the program that made it.
        is_sample: made by the demo; real rows never enter it.
    """

    case_id: str
    created_utc: str
    tool: Tool
    title: str
    is_sample: bool


class Case:
    """An open case, for the thread that opened it; made by `Case.create` or `Case.open`.

    While it is open nobody else can open it, and nothing else in this process may open its file: on POSIX systems
    that would undo the lock. When it is closed, the one file is all there is.
    """

    def __init__(self, database: Database, facts: CaseFacts) -> None:
        self._database, self.facts, self.path = database, facts, database.path
        self.events = Events(database, facts.case_id)
        self.runs = Runs(database, self.events, is_sample=facts.is_sample)
        self.works = Works(database)
        self.renditions = Renditions(database)
        self.controls = Controls(database)
        self.decisions = Decisions(database, self.events)
        self.findings = Findings(database)
        self.letters = Letters(database, self.events)

    @classmethod
    def create(cls, path: Path, *, sample: bool, title: str = "") -> Self:
        """Make a new case and open it.

        Raises:
            StorageProblem: there is a file of that name, no permission, no space.
        """
        facts = CaseFacts(str(uuid4()), utc_now(), this_tool(), title, sample)
        database = Database.create(path)
        try:
            case = cls(database, facts)
            case._write_beginning()
        except BaseException:
            database.close()
            path.unlink(missing_ok=True)
            raise
        return case

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an existing case; one of an older program is brought up to date, after a copy was put beside it.

        Raises:
            StorageProblem: not a case, damaged, written by a newer program, open elsewhere, no permission.
        """
        database = Database.open(path, newest_version())
        try:
            case = cls(database, _read_facts(database))
            upgrade(database, case._note_upgrade)
        except BaseException:
            database.close()
            raise
        return case

    def close(self) -> None:
        """Give the file free."""
        self._database.close()

    def _write_beginning(self) -> None:
        facts = self.facts
        body: dict[str, JsonValue] = {
            "case": facts.case_id,
            "title": facts.title,
            "sample": facts.is_sample,
            "form": newest_version(),
        }
        body |= {"created_utc": facts.created_utc, "tool": facts.tool.name, "tool_version": facts.tool.version}
        with self._database.transaction():
            make_schema(self._database)
            self._database.write(
                "INSERT INTO facts VALUES (1, ?, ?, ?, ?, ?, ?)",
                (facts.case_id, facts.created_utc, facts.tool.name, facts.tool.version, facts.title, facts.is_sample),
            )
            self.events.begin()
            self.events.append(EventKind.CASE_CREATED, body, Actor.DEMO if facts.is_sample else Actor.USER)

    def _note_upgrade(self, version: int) -> None:
        body: dict[str, JsonValue] = {"form": version, "tool_version": this_tool().version}
        self.events.append(EventKind.CASE_UPGRADED, body, Actor.PROGRAM)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _read_facts(database: Database) -> CaseFacts:
    try:
        found = database.rows("SELECT id, created_utc, tool_name, tool_version, title, is_sample FROM facts")
    except sqlite3.OperationalError as problem:
        raise StorageProblem(database.path, NOT_A_CASE) from problem
    if not found:
        raise StorageProblem(database.path, DAMAGED)
    case_id, created_utc, name, version, title, is_sample = found[0]
    return CaseFacts(case_id, created_utc, Tool(name, version), title, bool(is_sample))
