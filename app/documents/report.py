# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of one check: what was searched, what is listed where, how it was compared, what was not looked at."""

import hashlib
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from app.documents.facts import FindingFacts, ReportFacts
from app.documents.typeset import typeset
from app.documents.visible import shorten
from app.documents.wording import (
    GRADE_WORDS,
    LANE_WORDS,
    NOT_COUNTED,
    chance_words,
    comparison_words,
    count_words,
    outcome_words,
    time_words,
)
from indexer.core.types import Coverage, Grade


def write_report(facts: ReportFacts, output: Path) -> None:
    """Make the report and write it to `output`, which is only touched when the report is whole.

    Raises:
        DocumentProblem: a character has no font on this machine.
        StorageProblem: `output` cannot be written.
    """
    images: dict[str, bytes] = {}
    typeset("report", _page_data(facts, images), images, output, facts.generated_utc)


def _page_data(facts: ReportFacts, images: dict[str, bytes]) -> dict[str, object]:
    counted = [finding for finding in facts.findings if finding.match.grade not in NOT_COUNTED]
    others = [finding for finding in facts.findings if finding.match.grade in NOT_COUNTED]
    return {
        "title": facts.title,
        "case_id": facts.case_id,
        "sample": facts.sample,
        "particulars": _particulars(facts),
        "summary": _summary(facts),
        "counted": _count_rows(facts, [grade for grade in Grade if grade not in NOT_COUNTED]),
        "not_counted": [(_not_counted(words), number) for words, number in _count_rows(facts, NOT_COUNTED)],
        "coverage": _coverage_groups(facts.coverage),
        "findings": [_finding(finding, images) for finding in counted],
        "others": [_finding(finding, images) for finding in others],
        "without_match": facts.artworks_without_match,
        "without_match_words": _without_match(facts),
        "skipped": [
            {"path": shorten(skipped.path), "because": shorten(skipped.because)}
            for skipped in facts.artworks.skipped_files
        ],
    }


def _particulars(facts: ReportFacts) -> list[tuple[str, str]]:
    ended = "Check finished" if facts.run.status == "finished" else "Check stopped"
    return [
        ("Case", facts.case_id),
        ("Folder", facts.folder),
        ("Check started", time_words(facts.run.started_utc)),
        (ended, time_words(facts.run.finished_utc)),
        ("Report made", time_words(facts.generated_utc)),
        ("Made with", f"{facts.tool.name} {facts.tool.version}"),
    ]


def _summary(facts: ReportFacts) -> list[str]:
    """Plain sentences for somebody who reads only the first page."""
    if not any(coverage.searched for coverage in facts.coverage):
        return ["No data set was searched, so nothing can be said yet. Section 1 says why."]
    sentences = [_searched(facts), _found(facts)]
    if not all(coverage.searched for coverage in facts.coverage):
        sentences.append("Not everything was searched; section 1 says what was not, and why.")
    if facts.run.status == "stopped":
        sentences.append("The check was stopped before its end: this is what it had found by then.")
    return sentences


def _searched(facts: ReportFacts) -> str:
    rows = {(one.source, one.dataset, one.version): one.rows for one in facts.coverage if one.searched}
    sets = count_words(len({(dataset, version) for _, dataset, version in rows}), "data set", "data sets")
    where = f"in {sets} with {count_words(sum(rows.values()), 'row', 'rows')}"
    works = facts.artworks
    if not works.skipped:
        return f"This check looked for {count_words(works.searched, 'work', 'works')} {where}."
    return (
        f"This check looked for {works.searched:,} of the {count_words(works.total, 'work', 'works')} in the folder, "
        f"{where}; {works.skipped:,} could not be looked at, and section 5 says why."
    )


def _found(facts: ReportFacts) -> str:
    counted = sum(number for grade, number in facts.counts.items() if grade not in NOT_COUNTED)
    if not counted:
        return (
            "It found no row that lists one of these works. That is an answer about the data sets that were searched, "
            "and about no others."
        )
    found = "1 row that lists" if counted == 1 else f"{counted:,} rows that list"
    return f"It found {found} one of these works, its address or a name. The table says how each was compared."


def _not_counted(words: str) -> str:
    return words if words.endswith("not counted") else f"{words}; not counted"


def _count_rows(facts: ReportFacts, grades: Iterable[Grade]) -> list[tuple[str, str]]:
    return [(GRADE_WORDS[grade], f"{facts.counts.get(grade, 0):,}") for grade in grades]


def _coverage_groups(coverage: tuple[Coverage, ...]) -> list[dict[str, object]]:
    """One group for each source, its ways of looking as rows."""
    return [
        {
            "source": source,
            "dataset": dataset,
            "version": version,
            "rows": count_words(rows, "row", "rows"),
            "lanes": [(LANE_WORDS[one.lane], outcome_words(one), one.searched) for one in group],
        }
        for (source, dataset, version, rows), group in groupby(
            coverage, key=lambda one: (one.source, one.dataset, one.version, one.rows)
        )
    ]


def _finding(finding: FindingFacts, images: dict[str, bytes]) -> dict[str, object]:
    match = finding.match
    return {
        "number": finding.number,
        "grade": GRADE_WORDS[match.grade],
        "dataset": finding.dataset,
        "version": finding.version,
        "work_image": _add_image(finding.work_thumbnail, images),
        "candidate_image": _add_image(finding.candidate_thumbnail, images),
        "lines": _lines(finding),
        "reasons": [shorten(reason) for reason in match.reasons],
        "marks": _marks(finding),
    }


def _add_image(jpeg: bytes | None, images: dict[str, bytes]) -> str | None:
    """Named by its content: a work with many findings is kept once."""
    if jpeg is None:
        return None
    name = f"{hashlib.sha256(jpeg).hexdigest()}.jpg"
    images[name] = jpeg
    return name


def _lines(finding: FindingFacts) -> list[tuple[str, str]]:
    match = finding.match
    lines = [
        ("Work", match.artwork),
        ("Row", match.row),
        ("Address in the row", match.url),
        ("Text in the row", match.caption),
        ("Edit", match.edit),
        ("Compared", comparison_words(match)),
        ("Chance", None if match.chance is None else chance_words(match.chance)),
        (
            "Confidence",
            None if match.confidence is None else f"{match.confidence * 100:.1f} %, as measured for this data set",
        ),
        ("Artist’s answer", _answers(finding)),
    ]
    return [(label, shorten(text)) for label, text in lines if text]


def _answers(finding: FindingFacts) -> str:
    answers = [("picture", finding.answer_mine), ("page", finding.answer_page)]
    return " · ".join(f"{about}: {answer}" for about, answer in answers if answer)


def _marks(finding: FindingFacts) -> list[tuple[str, str]]:
    """What a machine needs to find work and row again."""
    marks = [("SHA-256 of the work", finding.work_sha256), ("Key of the row", finding.match.row_key)]
    return [(label, shorten(text)) for label, text in marks if text]


def _without_match(facts: ReportFacts) -> str:
    works = count_words(facts.artworks.searched, "work", "works")
    verb = "has" if facts.artworks_without_match == 1 else "have"
    return f"Of {works} looked for, {facts.artworks_without_match:,} {verb} no counted finding."
