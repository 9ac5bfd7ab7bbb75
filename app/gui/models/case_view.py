# SPDX-License-Identifier: GPL-3.0-or-later
"""What a case's latest check gave, read in the background into light rows; pictures are read when they are shown."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.casefile.case import Case
from app.casefile.findings import Finding
from app.casefile.runs import RunRecord
from app.documents.by_chance import is_behind
from app.documents.facts import Noted
from app.documents.gather import noted_works, numbering
from app.documents.own_works import WorkPlaces, places_of_works
from app.gui.models.rows import Row, Rows
from indexer.core.errors import StorageProblem
from indexer.core.types import Coverage, Match, Skipped
from indexer.matching.contract import OwnControls


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the window shows it: its latest run.

    Attributes:
        rows: the strongest first, numbered as in its documents.
        looked_for: how many works were looked for.
        noted: those of them that were looked for with a limit, such as by a preview alone.
        places: where each work with a row that counts is listed.
        controls: what the artist's own works say of the search.
    """

    path: Path
    is_sample: bool
    run: RunRecord | None
    rows: Rows
    coverage: tuple[Coverage, ...]
    looked_for: int
    skipped: tuple[Skipped, ...]
    noted: tuple[Noted, ...] = ()
    places: tuple[WorkPlaces, ...] = ()
    controls: tuple[OwnControls, ...] = ()

    @property
    def was_searched(self) -> bool:
        """Whether any data set could be searched at all; if not, nothing is known."""
        return any(one.searched for one in self.coverage)


@dataclass(frozen=True, slots=True)
class Closeup:
    """One finding with both small pictures, JPEG."""

    row: Row
    finding: Finding
    work: bytes | None
    candidate: bytes | None


def read_case(path: Path) -> CaseView:
    """Read what the window shows of a case.

    Raises:
        StorageProblem: as `Case.open`.
    """
    with Case.open(path) as case:
        runs = case.runs.all()
        if not runs:
            return CaseView(path, case.facts.is_sample, None, Rows([]), (), 0, ())
        run = runs[-1]
        works = [work.artwork for work in case.works.all() if work.last_run == run.run_id]
        skipped = tuple(Skipped(work.path, work.skipped) for work in works if work.skipped is not None)
        coverage = tuple(case.findings.coverage(run.run_id))
        rows, places = _read_rows(case, run)
        looked_for, noted = len(works) - len(skipped), noted_works(works)
        controls = case.controls.of_run(run.run_id)
        return CaseView(
            *(path, case.facts.is_sample, run, rows, coverage, looked_for, skipped, noted), places, controls
        )


def read_closeup(path: Path, row: Row) -> Closeup:
    """Read one finding whole.

    Raises:
        StorageProblem: as `Case.open`, or the finding is gone.
    """
    with Case.open(path) as case:
        finding = case.findings.get(row.match_id)
        if finding is None:
            raise StorageProblem(path, f"{row.number} is no longer in it")
        return Closeup(row, finding, case.works.thumbnail(row.artwork), case.findings.thumbnail(row.match_id))


def _read_rows(case: Case, run: RunRecord) -> tuple[Rows, tuple[WorkPlaces, ...]]:
    numbers = numbering(sum(case.findings.counts(run.run_id).values()))
    findings = case.findings.by_strength(run.run_id)
    with _no_collection():
        rows: list[Row] = []
        places = tuple(places_of_works(_passing(zip(numbers, findings, strict=True), rows)))
        return Rows(rows), places


def _passing(findings: Iterable[tuple[str, Finding]], rows: list[Row]) -> Iterator[Match]:
    """The matches one after another, since 100,000 of them at once are more than memory should hold; rows are light."""
    for number, finding in findings:
        rows.append(_row(number, finding))
        yield finding.match


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python's garbage collection away from many objects that will live on.

    A full collection looks at every object there is while all threads wait: 0.3 s with 100,000 rows, again and again
    while they are made. What was made here is left out of later ones, too; it holds no cycles, so it is freed without.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _row(number: str, finding: Finding) -> Row:
    match = finding.match
    chance = match.chance if is_behind(match) else None
    return Row(
        *(number, finding.match_id, finding.pair, match.artwork or "", match.grade, match.edit, finding.answers),
        *(chance, match.copy, match.caution is not None),
    )
