# SPDX-License-Identifier: GPL-3.0-or-later
"""From a case to the facts of its documents: the only place where documents read a case."""

from collections.abc import Iterable, Iterator

from app.casefile.case import Case
from app.casefile.decisions import Mine, Page
from app.casefile.findings import Finding, MatchId
from app.casefile.runs import RunRecord, RunStatus
from app.documents.facts import (
    ArtworkCounts,
    FindingFacts,
    LetterFacts,
    LetterRow,
    Noted,
    Recipient,
    ReportFacts,
    RunFacts,
    Sender,
)
from app.documents.wording import date_words
from indexer.core.about import this_tool
from indexer.core.clock import utc_now
from indexer.core.types import LETTER_GRADES, Artwork, Skipped
from indexer.matching.error_rates import read_error_rates

MINE_WORDS = {Mine.MINE: "mine", Mine.NOT_MINE: "not mine", Mine.UNSURE: "unsure"}
PAGE_WORDS = {
    Page.OWN: "my own page",
    Page.LICENSED: "licensed by me",
    Page.NOT_ALLOWED: "not allowed by me",
    Page.UNKNOWN: "not known",
}


def report_facts(case: Case, run: RunRecord) -> ReportFacts:
    """Everything that the report of one run prints; findings numbered from the strongest on."""
    numbered = numbered_findings(case, run)
    artworks = [work.artwork for work in case.works.all() if work.last_run == run.run_id]
    skipped = [artwork for artwork in artworks if artwork.skipped is not None]
    listed = {finding.match.artwork for finding in numbered.values() if finding.match.may_enter_letter}
    by_path = {artwork.path: artwork for artwork in artworks}
    return ReportFacts(
        title=case.facts.title or "Check of a portfolio",
        case_id=case.facts.case_id,
        generated_utc=utc_now(),
        tool=this_tool(),
        sample=case.facts.is_sample,
        folder=run.plan.folder,
        run=_run_facts(run),
        artworks=ArtworkCounts(
            total=len(artworks),
            searched=len(artworks) - len(skipped),
            skipped=len(skipped),
            skipped_files=tuple(Skipped(one.path, one.skipped or "") for one in skipped),
            noted=noted_works(artworks),
        ),
        coverage=tuple(case.findings.coverage(run.run_id)),
        findings=tuple(_finding_facts(case, number, finding, by_path) for number, finding in numbered.items()),
        counts=case.findings.counts(run.run_id),
        artworks_listed=sum(one.skipped is None and one.path in listed for one in artworks),
        controls=case.controls.of_run(run.run_id),
        error_rates=read_error_rates(),
    )


def letter_facts(
    case: Case, run: RunRecord, match_ids: Iterable[MatchId], sender: Sender, recipient: Recipient, place: str
) -> LetterFacts:
    """Everything that a removal request about these matches prints.

    Args:
        match_ids: matches of one data set that the artist has called theirs; others are left out.
        place: where the letter is written; empty for the date alone.
    """
    wanted = set(match_ids)
    named = {
        number: finding
        for number, finding in numbered_findings(case, run).items()
        if finding.match_id in wanted and finding.answers.mine is Mine.MINE and finding.match.grade in LETTER_GRADES
    }
    first = next(iter(named.values()), None)
    today = utc_now()
    return LetterFacts(
        sample=case.facts.is_sample,
        generated_utc=today,
        place_and_date=", ".join(part for part in (place, date_words(today)) if part),
        sender=sender,
        recipient=recipient,
        reference=f"EA-{case.facts.case_id[:8].upper()}",
        dataset=first.dataset if first else "",
        version=first.version if first else "",
        rows=tuple(_letter_row(number, finding) for number, finding in named.items()),
    )


def noted_works(artworks: Iterable[Artwork]) -> tuple[Noted, ...]:
    """The works that were looked for of which there is something to add, in the order given."""
    return tuple(Noted(one.path, one.note) for one in artworks if one.note is not None and one.skipped is None)


def numbered_findings(case: Case, run: RunRecord) -> dict[str, Finding]:
    """The run's findings by number, `M-001` the strongest; the same numbers in every document of the run."""
    numbers = numbering(sum(case.findings.counts(run.run_id).values()))
    return dict(zip(numbers, case.findings.by_strength(run.run_id), strict=True))


def numbering(count: int) -> Iterator[str]:
    """The numbers of so many findings: `M-001` and on, all of the same length."""
    digits = max(3, len(str(count)))
    return (f"M-{number:0{digits}d}" for number in range(1, count + 1))


def _run_facts(run: RunRecord) -> RunFacts:
    finished = run.status is RunStatus.FINISHED
    return RunFacts(run.started_utc, run.finished_utc or utc_now(), "finished" if finished else "stopped")


def _finding_facts(case: Case, number: str, finding: Finding, artworks: dict[str, Artwork]) -> FindingFacts:
    path = finding.match.artwork
    artwork = artworks.get(path) if path else None
    return FindingFacts(
        number=number,
        match=finding.match,
        dataset=finding.dataset,
        version=finding.version,
        work_thumbnail=case.works.thumbnail(path) if path else None,
        candidate_thumbnail=case.findings.thumbnail(finding.match_id),
        answer_mine=MINE_WORDS[finding.answers.mine] if finding.answers.mine else None,
        answer_page=PAGE_WORDS[finding.answers.page] if finding.answers.page else None,
        work_sha256=artwork.sha256 if artwork else None,
    )


def _letter_row(number: str, finding: Finding) -> LetterRow:
    match = finding.match
    return LetterRow(
        number=number,
        row=match.row,
        url=match.url,
        caption=match.caption,
        work_title=_title_of(match.artwork or ""),
        grade=match.grade,
        verified=match.verified,
        edit=match.edit,
    )


def _title_of(path: str) -> str:
    """The file's name without folder and ending."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] or name
