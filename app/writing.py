# SPDX-License-Identifier: GPL-3.0-or-later
"""From a case to its documents: which rows a letter may name, the jobs that write it, and the note of it in the case.

Nothing is sent. A letter names rows of one data set that the artist has called theirs, and no others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from app.casefile.case import Case
from app.casefile.decisions import Mine, Permission
from app.casefile.events import Actor
from app.casefile.findings import Finding
from app.casefile.letters import Letter, LetterRecord, NamedRow
from app.casefile.runs import RunRecord
from app.documents.facts import Recipient, Sender
from app.documents.gather import letter_facts, numbered_findings, report_facts
from app.jobs.orders import Job, LetterJob, ReportJob
from indexer.core.errors import StorageProblem

DATASET_REMOVAL_REQUEST = "DATASET_REMOVAL_REQUEST"

RunJob = Callable[[Job], None]
"""Runs a job to its end; raises what `run_job` raises."""


@dataclass(frozen=True, slots=True)
class LetterPlan:
    """A letter before it is written.

    Attributes:
        rows: what it names, all of one data set and version; see `rows_for_letters`.
        recipient_slug: the recipient in the register; `own` for one that the artist wrote down.
        place: where it is written, may be empty.
        version: of the data set, used only where the data set itself does not say.
    """

    rows: Sequence[Finding]
    sender: Sender
    recipient: Recipient
    recipient_slug: str = "own"
    place: str = ""
    version: str = ""


def rows_for_letters(case: Case, run: RunRecord) -> dict[tuple[str, str], dict[str, Finding]]:
    """What letters may name, by data set and version, each row under its number.

    A row is in it when the artist has called the picture theirs, has not allowed the data set, and its grade is strong
    enough.
    """
    by_dataset: dict[tuple[str, str], dict[str, Finding]] = {}
    for number, finding in numbered_findings(case, run).items():
        is_theirs = finding.answers.mine is Mine.MINE and finding.permission is not Permission.ALLOWED
        if is_theirs and finding.match.may_enter_letter:
            by_dataset.setdefault((finding.dataset, finding.version), {})[number] = finding
    return by_dataset


def save_report(case: Case, run: RunRecord, output: Path, run_job: RunJob) -> None:
    """Write the report of a run as PDF.

    Raises:
        JobFailed, JobStopped: as the job says.
    """
    run_job(ReportJob(report_facts(case, run), output))


def save_letter(
    case: Case, run: RunRecord, plan: LetterPlan, output: Path, run_job: RunJob, actor: Actor = Actor.USER
) -> LetterRecord:
    """Write a removal request as PDF, and note in the case that it was made.

    Raises:
        JobFailed, JobStopped: as the job says; a missing fact is one of them.
        StorageProblem: what was written cannot be read again, or the case cannot be written.
    """
    facts = letter_facts(case, run, [row.match_id for row in plan.rows], plan.sender, plan.recipient, plan.place)
    run_job(LetterJob(replace(facts, version=facts.version or plan.version), output))
    letter = Letter(
        kind=DATASET_REMOVAL_REQUEST,
        recipient_slug=plan.recipient_slug,
        recipient_name=plan.recipient.name,
        rows=tuple(NamedRow(row.match_id, row.match.row_key) for row in plan.rows),
        file_name=output.name,
        sha256=_digest(output),
    )
    return case.letters.add(letter, actor)


def _digest(written: Path) -> str:
    try:
        return sha256(written.read_bytes()).hexdigest()
    except OSError as problem:
        raise StorageProblem(written, f"it was written, and cannot be read again ({problem.strerror})") from problem
