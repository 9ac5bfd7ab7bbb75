# SPDX-License-Identifier: GPL-3.0-or-later
"""`exhibit-a demo`: draw, build, check, answer, report, letter, on invented works, with nothing leaving the machine."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.casefile.case import Case
from app.casefile.decisions import Mine, Page
from app.casefile.events import Actor
from app.casefile.findings import Finding
from app.casefile.runs import RunRecord
from app.check_result import CheckResult
from app.checking import run_check
from app.demo.server import serve_folder
from app.demo.truth import DATASET, PORTFOLIO, TRUTH, Copy
from app.documents.facts import Recipient, Sender
from app.jobs.orders import BuildJob, DrawDemoJob, Job
from app.jobs.supervise import run_job
from app.paths import Places, places
from app.summary import summarise
from app.writing import LetterPlan, save_letter, save_report
from indexer.building.contract import PictureBuild
from indexer.core.errors import StorageProblem
from indexer.core.progress import Progress
from indexer.matching.contract import CheckSettings

CASE, INDEX, JSON, CSV, REPORT, LETTER = (
    "sample.exhibit",
    "index",
    "matches.json",
    "matches.csv",
    "report.pdf",
    "letter.pdf",
)
_NOTE = "SAMPLE.txt"
_NOTE_TEXT = """Everything in this folder was made by `exhibit-a demo`: an invented artist, an invented data set.
Nothing here may be used as evidence. The folder may be deleted.
"""

_SENDER = Sender("Mira Sample", "mira@sample.example", ("1 Example Lane", "Sampletown"))
_RECIPIENT = Recipient("The Sample Data Set Project", ("2 Invented Street", "Sampletown"))

Show = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo: where it is and who watches it."""

    out: Path
    show: Show
    stop: threading.Event

    @property
    def places(self) -> Places:
        """The demo keeps its things to itself, so that it leaves no trace elsewhere."""
        return places(self.out / "program")

    def run(self, job: Job) -> None:
        """Run a job to its end."""
        for event in run_job(job, self.places.log, self.stop):
            if isinstance(event, Progress):
                self.show(event)


def run_demo(out: Path, pictures: int, show: Show, stop: threading.Event) -> CheckResult:
    """Walk the journey and return what the check gave; without `finished_utc` when it was stopped.

    Raises:
        JobFailed, JobStopped: as the jobs say.
        StorageProblem: `out` holds something else.
    """
    demo = Demo(out, show, stop)
    _make_room(out)
    demo.run(DrawDemoJob(out, pictures))
    with serve_folder(out / DATASET) as address:
        demo.run(BuildJob(_build(out, address)))
        result = _check(demo)
    result.write_json(out / JSON)
    result.write_csv(out / CSV)
    if result.finished_utc is not None:
        with Case.open(out / CASE) as case:
            _write_documents(demo, case)
    return result


def describe_demo(out: Path, result: CheckResult) -> str:
    """What to print at the end."""
    if result.finished_utc is None:
        return summarise(result)
    return "\n".join([summarise(result), "", *_closing_words(out, result)])


def missed_copies(out: Path, result: CheckResult) -> list[Copy]:
    """Copies that are in the sample data set and that the check did not count."""
    truth = msgspec.json.decode((out / TRUTH).read_bytes(), type=list[Copy])
    found = {(Path(match.artwork or "").name, match.row) for match in result.matches.values() if match.may_enter_letter}
    return [copy for copy in truth if (copy.work, copy.row) not in found]


def _make_room(out: Path) -> None:
    """An earlier demo is replaced; anything else is left alone."""
    if out.exists() and any(out.iterdir()):
        if not (out / _NOTE).is_file():
            raise StorageProblem(out, "there is something else in that folder; choose another with --out")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / _NOTE).write_text(_NOTE_TEXT, encoding="utf-8")


def _build(out: Path, address: str) -> PictureBuild:
    return PictureBuild(
        out / DATASET, out / INDEX, "Sample Data Set", "1", shareable=True, base_url=address, sample=True
    )


def _check(demo: Demo) -> CheckResult:
    """The pictures of the rows are fetched from the server on this machine: loopback is not the network."""
    settings = CheckSettings(
        folder=str(demo.out / PORTFOLIO),
        sources=(str(demo.out / INDEX),),
        fetch=True,
        offline=True,
        allow_private_hosts=True,
    )
    return run_check(settings, demo.places, demo.out / CASE, demo.show, demo.stop)


def _write_documents(demo: Demo, case: Case) -> None:
    run = case.runs.all()[-1]
    mine = _answer(case, run)
    demo.show(Progress("writing report and letter", 0, 2))
    save_report(case, run, demo.out / REPORT, demo.run)
    letter = LetterPlan(mine, _SENDER, _RECIPIENT, "sample", "Sampletown")
    save_letter(case, run, letter, demo.out / LETTER, demo.run, Actor.DEMO)
    demo.show(Progress("writing report and letter", 2, 2))


def _answer(case: Case, run: RunRecord) -> list[Finding]:
    """The invented artist says of every counted row: mine, and not allowed."""
    counted = [finding for finding in case.findings.of_run(run.run_id) if finding.match.may_enter_letter]
    pairs = [finding.pair for finding in counted]
    case.decisions.decide(pairs, Mine.MINE, Actor.DEMO)
    case.decisions.decide(pairs, Page.NOT_ALLOWED, Actor.DEMO)
    return counted


def _closing_words(out: Path, result: CheckResult) -> list[str]:
    missed = missed_copies(out, result)
    words = [f"SAMPLE. Of the copies that were hidden there, {len(missed)} not found:"] if missed else []
    words += [f"  {copy.work}, {copy.done}" for copy in missed]
    return [
        *words,
        f"Everything is in {out}:",
        f"  {REPORT:<16} the report, with both pictures side by side",
        f"  {LETTER:<16} a removal request to the data set's publisher",
        f"  {JSON}, {CSV}: the same for programs and spreadsheets",
        f"  {CASE:<16} the case, with every answer and a log",
        f"  {INDEX}/           the index that was searched",
        "Nothing left this machine. To check a folder of your own against it:",
        f"  exhibit-a check YOUR-FOLDER --source {out / INDEX} --pictures {out / DATASET}",
    ]
