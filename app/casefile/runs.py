# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of a case: one run is one check, with its settings, from its beginning to its end.

A run that a crash left *running* is found again by its settings, so that the next start goes on in it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType

from app.casefile.database import Database
from app.casefile.events import Actor, EventKind, Events, JsonValue, canonical_json
from indexer.core.about import Tool, this_tool
from indexer.core.clock import utc_now
from indexer.core.errors import StorageProblem

RunId = NewType("RunId", int)


class RunStatus(StrEnum):
    """How far a run is. `running` without a program that runs it is what a crash leaves behind."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a check was asked to do.

    Attributes:
        folder: as the user gave it.
        sources: what they are called, as the user gave them.
        sample: its sources were made by the demo.
    """

    settings: Mapping[str, JsonValue]
    folder: str
    sources: tuple[str, ...]
    sample: bool

    @property
    def digest(self) -> str:
        """Equal for equal plans."""
        return hashlib.sha256(canonical_json(self.content)).hexdigest()

    @property
    def content(self) -> dict[str, JsonValue]:
        """The plan as an event tells it."""
        return {"settings": self.settings, "folder": self.folder, "sources": self.sources, "sample": self.sample}


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. `because` says why it failed; `tool` is the program that began it."""

    run_id: RunId
    plan: RunPlan
    status: RunStatus
    because: str | None
    started_utc: str
    finished_utc: str | None
    tool: Tool


class Runs:
    """The runs of one case."""

    def __init__(self, database: Database, events: Events, *, is_sample: bool) -> None:
        self._database, self._events, self._is_sample = database, events, is_sample

    def begin(self, plan: RunPlan, actor: Actor = Actor.USER) -> RunRecord:
        """Begin a run.

        Raises:
            StorageProblem: the rows of the demo would enter a real case, or real rows the demo's case.
        """
        self._keep_the_demo_apart(plan)
        tool = this_tool()
        with self._database.transaction():
            run_id = RunId(self._database.write(_INSERT, (*_values(plan), utc_now(), tool.name, tool.version)))
            told: dict[str, JsonValue] = {"run": run_id, "digest": plan.digest, "tool_version": tool.version}
            self._events.append(EventKind.RUN_BEGUN, plan.content | told, actor)
        return self.get(run_id)

    def unfinished_run(self, digest: str) -> RunRecord | None:
        """The latest run of this plan that a crash left running."""
        found = self._database.rows(
            _SELECT + "WHERE digest = ? AND status = ? ORDER BY id DESC LIMIT 1", (digest, RunStatus.RUNNING.value)
        )
        return _record(found[0]) if found else None

    def resume(self, run_id: RunId, actor: Actor = Actor.USER) -> RunRecord:
        """Note that a run left running goes on."""
        self._must_run(run_id)
        with self._database.transaction():
            body: dict[str, JsonValue] = {"run": run_id, "tool_version": this_tool().version}
            self._events.append(EventKind.RUN_RESUMED, body, actor)
        return self.get(run_id)

    def finish(self, run_id: RunId) -> RunRecord:
        """Note that a run came to its end."""
        return self._end(run_id, RunStatus.FINISHED, None, Actor.PROGRAM)

    def interrupt(self, run_id: RunId, actor: Actor = Actor.USER) -> RunRecord:
        """Note that a run was stopped; what it found is kept."""
        return self._end(run_id, RunStatus.STOPPED, None, actor)

    def fail(self, run_id: RunId, because: str) -> RunRecord:
        """Note that a run could not be brought to its end, and why; what it found is kept."""
        return self._end(run_id, RunStatus.FAILED, because, Actor.PROGRAM)

    def get(self, run_id: RunId) -> RunRecord:
        """One run; it must exist."""
        found = self._database.rows(_SELECT + "WHERE id = ?", (run_id,))
        if not found:
            raise KeyError(run_id)
        return _record(found[0])

    def all(self) -> list[RunRecord]:
        """Every run, the oldest first."""
        return [_record(row) for row in self._database.rows(_SELECT + "ORDER BY id")]

    def _end(self, run_id: RunId, status: RunStatus, because: str | None, actor: Actor) -> RunRecord:
        self._must_run(run_id)
        with self._database.transaction():
            self._database.write(
                "UPDATE runs SET status = ?, because = ?, finished_utc = ? WHERE id = ?",
                (status.value, because, utc_now(), run_id),
            )
            body = {"run": run_id, "because": because, **self._tally(run_id)}
            self._events.append(_END_EVENTS[status], body, actor)
        return self.get(run_id)

    def _tally(self, run_id: RunId) -> dict[str, JsonValue]:
        works = self._database.rows("SELECT count(*) FROM works WHERE last_run = ?", (run_id,))[0][0]
        grades = dict(
            self._database.rows(
                "SELECT grade, count(*) FROM matches WHERE run = ? AND taken = 0 GROUP BY grade", (run_id,)
            )
        )
        return {"works": works, "matches": grades}

    def _must_run(self, run_id: RunId) -> None:
        if self.get(run_id).status is not RunStatus.RUNNING:
            raise ValueError(f"run {run_id} has ended")

    def _keep_the_demo_apart(self, plan: RunPlan) -> None:
        if plan.sample and not self._is_sample:
            raise StorageProblem(self._database.path, "the samples of the demo cannot go into a real case")
        if self._is_sample and not plan.sample:
            raise StorageProblem(self._database.path, "this is the case of the demo; a real check needs its own case")


_SELECT = (
    "SELECT id, settings, folder, sources, sample, status, because, started_utc, finished_utc,"
    " tool_name, tool_version FROM runs "
)
_INSERT = """
INSERT INTO runs (digest, settings, folder, sources, sample, status, started_utc, tool_name, tool_version)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_END_EVENTS = {
    RunStatus.FINISHED: EventKind.RUN_FINISHED,
    RunStatus.STOPPED: EventKind.RUN_STOPPED,
    RunStatus.FAILED: EventKind.RUN_FAILED,
}


def _values(plan: RunPlan) -> tuple[object, ...]:
    settings, sources = canonical_json(plan.settings).decode(), canonical_json(plan.sources).decode()
    return plan.digest, settings, plan.folder, sources, plan.sample, RunStatus.RUNNING.value


def _record(row: tuple[Any, ...]) -> RunRecord:
    run_id, settings, folder, sources, sample, status, because, started, finished, name, version = row
    plan = RunPlan(json.loads(settings), folder, tuple(json.loads(sources)), bool(sample))
    return RunRecord(RunId(run_id), plan, RunStatus(status), because, started, finished, Tool(name, version))
