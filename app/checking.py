# SPDX-License-Identifier: GPL-3.0-or-later
"""One check from the program's side: start the job, gather its answers, keep them in a case. Used by every surface."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from app.casefile.case import Case
from app.casefile.runs import RunPlan, RunRecord
from app.casefile.works import SeenWork
from app.check_result import CheckResult
from app.jobs.orders import CheckJob
from app.jobs.supervise import JobFailed, JobStopped, run_job
from app.paths import Places
from indexer.core.errors import StorageProblem
from indexer.core.progress import Progress
from indexer.core.types import Artwork, Coverage
from indexer.matching.contract import (
    CheckEvent,
    CheckPlaces,
    CheckSettings,
    Found,
    OwnControls,
    Placed,
    RenditionFound,
    SourceOpened,
)

_KEPT_BEFORE_WRITING = 200
"""Events that are written to the case together."""


def run_check(
    settings: CheckSettings,
    places: Places,
    case_file: Path | None,
    show: Callable[[Progress], None],
    stop: threading.Event,
    hear: Callable[[CheckEvent], None] = lambda _: None,
) -> CheckResult:
    """Run a check to its end, to a stop, or to a failure; what was found is in the case in every case.

    Args:
        case_file: created when it does not exist; None for no case.
        show: is told how far the check has come.
        stop: set it to stop; the result then says how far it came, and has no `finished_utc`.
        hear: is told every answer as it comes.

    Raises:
        JobFailed: the check could not be done.
        StorageProblem: the case cannot be used, or is not for these sources.
    """
    result = CheckResult()
    keeper = CaseKeeper(case_file, settings)
    job = CheckJob(
        settings,
        CheckPlaces(
            *(places.fingerprints, places.checkpoints, places.new_ledger()),
            *(places.models, places.calibrations, places.registry),
        ),
    )
    try:
        for event in run_job(job, places.log, stop):
            if isinstance(event, Progress):
                show(event)
            elif isinstance(event, CheckEvent):
                result.take(event)
                keeper.take(event)
                hear(event)
        result.finish()
        keeper.finish()
    except JobStopped:
        result.stopped(settings.sources)
        keeper.interrupt(result.coverage.values())
    except JobFailed as problem:
        keeper.fail(problem.failed.because)
        raise
    finally:
        keeper.close()
    return result


class CaseKeeper:
    """Writes a check into a case, a few hundred events at a time. Without a case file it does nothing.

    An existing case is opened at once, so that one that cannot be used costs no search; the run begins when the
    sources are known, since a sample's rows and real rows never share a case.

    Raises:
        StorageProblem: the case cannot be used.
    """

    def __init__(self, case_file: Path | None, settings: CheckSettings) -> None:
        self._case_file, self._settings = case_file, settings
        self._case = Case.open(case_file) if case_file and case_file.exists() else None
        self._run: RunRecord | None = None
        self._sources: dict[str, SourceOpened] = {}
        self._waiting: list[CheckEvent] = []

    def take(self, event: CheckEvent) -> None:
        """Keep an event for writing."""
        if isinstance(event, SourceOpened):
            self._sources[event.name] = event
            refuse_mixture(self._sources.values(), self._case_file)
        elif self._case_file:
            self._waiting.append(event)
            if len(self._waiting) >= _KEPT_BEFORE_WRITING:
                self._write()

    def finish(self) -> None:
        """The check came to its end."""
        self._write()
        if self._case and self._run:
            self._case.runs.finish(self._run.run_id)

    def interrupt(self, coverage: Iterable[Coverage]) -> None:
        """The user stopped the check."""
        self._waiting.extend(coverage)
        self._write()
        if self._case and self._run:
            self._case.runs.interrupt(self._run.run_id)

    def fail(self, because: str) -> None:
        """The check could not be done."""
        if self._run is None:
            return  # nothing was found before, so there is nothing to keep
        self._write()
        if self._case:
            self._case.runs.fail(self._run.run_id, because)

    def close(self) -> None:
        """Give the case free."""
        if self._case:
            self._case.close()

    def _write(self) -> None:
        if not self._case_file or not self._waiting:
            return
        case, run = self._begun(self._case_file)
        works = [SeenWork(event) for event in self._waiting if isinstance(event, Artwork)]
        found = [event for event in self._waiting if isinstance(event, Found)]
        case.works.add(run.run_id, works)
        case.works.add_thumbnails((one.match.artwork, one.work_thumbnail) for one in found)
        case.renditions.add(run.run_id, (event for event in self._waiting if isinstance(event, RenditionFound)))
        case.findings.add(run.run_id, found)
        case.findings.add_coverage(run.run_id, (event for event in self._waiting if isinstance(event, Coverage)))
        case.findings.place(run.run_id, (event for event in self._waiting if isinstance(event, Placed)))
        case.controls.add(run.run_id, (event for event in self._waiting if isinstance(event, OwnControls)))
        self._waiting.clear()

    def _begun(self, case_file: Path) -> tuple[Case, RunRecord]:
        """The case and the run, made when the first thing is written."""
        sample = any(source.sample for source in self._sources.values())
        if self._case is None:
            self._case = Case.create(case_file, sample=sample)
        if self._run is None:
            plan = RunPlan(
                settings=msgspec.to_builtins(self._settings),
                folder=self._settings.folder,
                sources=self._settings.sources,
                sample=sample,
            )
            left = self._case.runs.unfinished_run(plan.digest)
            self._run = self._case.runs.resume(left.run_id) if left else self._case.runs.begin(plan)
        return self._case, self._run


def refuse_mixture(sources: Iterable[SourceOpened], case_file: Path | None) -> None:
    """The demo's data set and real ones are never searched together.

    Raises:
        StorageProblem: they would be.
    """
    kinds = {source.sample for source in sources}
    if len(kinds) > 1:
        raise StorageProblem(
            case_file or "check", "the demo's data set and real ones cannot be checked together; check them one by one"
        )
