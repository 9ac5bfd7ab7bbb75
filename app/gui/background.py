# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window has done in its thread, apart from reading a case: plain functions that know no widget."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.casefile.case import Case
from app.checking import run_check
from app.demo.journey import CASE, run_demo
from app.gui.job_relay import Watch
from app.gui.models.case_view import CaseView, read_case
from app.jobs.orders import Job
from app.jobs.supervise import JobStopped, run_job
from app.paths import Places
from app.writing import LetterPlan, rows_for_letters, save_letter, save_report
from indexer.core.progress import Progress
from indexer.core.types import Artwork
from indexer.index.manifest import Manifest, read_manifest
from indexer.matching.contract import CheckEvent, CheckSettings, Found

SAMPLE_PICTURES = 400
"""Rows of the sample data set: enough to search in, few enough for a first look not to take minutes."""


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """A check that was asked for."""

    settings: CheckSettings
    case_file: Path


@dataclass(frozen=True, slots=True)
class CheckNews:
    """How far a check has come. `found` counts only rows that may be the artist's."""

    progress: Progress
    looked_at: int = 0
    skipped: int = 0
    found: int = 0


@dataclass(frozen=True, slots=True)
class Writable:
    """What a removal request could name: by data set and version, numbers and rows, in words."""

    by_dataset: dict[tuple[str, str], dict[str, str]]


def check(plan: CheckPlan, places: Places, watch: Watch) -> CaseView:
    """Run a check and read what its case then holds."""
    plan.case_file.parent.mkdir(parents=True, exist_ok=True)
    teller = _Teller(watch.tell)
    run_check(plan.settings, places, plan.case_file, teller.show, watch.stop, teller.hear)
    return read_case(plan.case_file)


def make_sample(folder: Path, watch: Watch) -> CaseView:
    """The demo's case, made the first time it is asked for.

    Raises:
        JobStopped: the user did not want to wait.
    """
    case_file = folder / CASE
    if not case_file.exists():
        result = run_demo(folder, SAMPLE_PICTURES, _Teller(watch.tell).show, watch.stop)
        if result.finished_utc is None:
            raise JobStopped
    return read_case(case_file)


def describe(folder: Path) -> Manifest:
    """What an index says of itself. Its files are held against their checksums when it is searched.

    Raises:
        IndexProblem: it cannot be used, and why.
    """
    return read_manifest(folder)


def write_report(case_file: Path, output: Path, places: Places, watch: Watch) -> Path:
    """Save the report of the latest check."""
    with Case.open(case_file) as case:
        save_report(case, case.runs.all()[-1], output, _runner(places, watch))
    return output


def list_writable(case_file: Path) -> Writable:
    """Which rows a letter could name."""
    with Case.open(case_file) as case:
        found = rows_for_letters(case, case.runs.all()[-1])
    return Writable(
        {
            dataset: {number: finding.match.row for number, finding in findings.items()}
            for dataset, findings in found.items()
        }
    )


def write_letter(
    case_file: Path, dataset: tuple[str, str], plan: LetterPlan, output: Path, *, places: Places, watch: Watch
) -> Path:
    """Save a removal request about every row of a data set that may be named; `plan.rows` is filled in here."""
    with Case.open(case_file) as case:
        run = case.runs.all()[-1]
        rows = tuple(rows_for_letters(case, run)[dataset].values())
        save_letter(case, run, replace(plan, rows=rows), output, _runner(places, watch))
    return output


class _Teller:
    """Counts a check's answers and tells them with its progress. Answers may come twice after a restart."""

    def __init__(self, tell: Callable[[object], None]) -> None:
        self._tell = tell
        self._news = CheckNews(Progress("", 0))
        self._works: dict[str, bool] = {}
        self._rows: set[tuple[str | None, str, str]] = set()

    def show(self, progress: Progress) -> None:
        self._news = replace(self._news, progress=progress)
        self._tell(self._news)

    def hear(self, event: CheckEvent) -> None:
        if isinstance(event, Artwork):
            if event.path not in self._works:
                is_skipped = self._works[event.path] = event.skipped is not None
                self._count(looked_at=not is_skipped, skipped=is_skipped)
        elif isinstance(event, Found) and event.match.may_enter_letter:
            self._rows.add((event.match.artwork, event.match.source, event.match.row))
            self._news = replace(self._news, found=len(self._rows))

    def _count(self, *, looked_at: bool, skipped: bool) -> None:
        news = self._news
        self._news = replace(news, looked_at=news.looked_at + looked_at, skipped=news.skipped + skipped)


def _runner(places: Places, watch: Watch) -> Callable[[Job], None]:
    def run(job: Job) -> None:
        for _ in run_job(job, places.log, watch.stop):
            pass

    return run
