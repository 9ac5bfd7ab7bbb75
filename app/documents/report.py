# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of one check: what was searched, what is listed where, how it was compared, what was not looked at."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from app.documents.error_tables import error_rate_tables
from app.documents.facts import FindingFacts, ReportFacts
from app.documents.own_works import control_words
from app.documents.typeset import typeset
from app.documents.visible import shorten
from app.documents.wording import (
    GRADE_WORDS,
    LANE_WORDS,
    NOT_COUNTED,
    chance_figure,
    chance_words,
    comparison_words,
    count_words,
    not_counted_words,
    outcome_words,
    rows_words,
    set_words,
    time_words,
)
from indexer.core.types import Coverage, Grade, Match

_PICTURE_GRADES = (Grade.IDENTICAL_FILE, Grade.SAME_IMAGE, Grade.EDITED_COPY)
_SHORT_CASE_ID = 8


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
    same_copy = _same_copies(counted)
    return {
        "title": facts.title,
        "case": facts.case_id[:_SHORT_CASE_ID],
        "sample": facts.sample,
        "particulars": _particulars(facts),
        "summary": _summary(facts),
        "counted": _count_rows(facts, [grade for grade in Grade if grade not in NOT_COUNTED]),
        "not_counted": [(_not_counted(words), number) for words, number in _count_rows(facts, NOT_COUNTED)],
        "coverage": _coverage_groups(facts.coverage),
        "controls": [shorten(words) for told in facts.controls for words in control_words(told, "of the artist")],
        "places": _places(facts, counted),
        "findings": [_finding(finding, facts.folder, images, same_copy[finding.number]) for finding in counted],
        "others": [_other(finding, facts.folder, images) for finding in others],
        "without_match": facts.artworks.searched - facts.artworks_listed,
        "without_match_words": _without_match(facts),
        "skipped": [
            {"path": shorten(_name_in_folder(skipped.path, facts.folder)), "because": shorten(skipped.because)}
            for skipped in facts.artworks.skipped_files
        ],
        "noted": [
            {"path": shorten(_name_in_folder(noted.path, facts.folder)), "note": shorten(noted.note)}
            for noted in facts.artworks.noted
        ],
        "error_rates": error_rate_tables(facts.error_rates, facts.tool),
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
    if not facts.findings and not any(coverage.searched for coverage in facts.coverage):
        return ["No data set was searched, so nothing can be said yet. Section 1 says why."]
    sentences = [_searched(facts), *_found(facts)]
    if not all(coverage.searched for coverage in facts.coverage):
        sentences.append("Not everything was searched; section 1 says what was not, and why.")
    if facts.run.status == "stopped":
        sentences.append("The check was stopped before its end: this is what it had found by then.")
    return sentences


def _searched(facts: ReportFacts) -> str:
    found_in = {one.match.source for one in facts.findings}
    rows = {
        (one.source, one.dataset, one.version): one.rows
        for one in facts.coverage
        if one.searched or one.source in found_in
    }
    sets = count_words(len({(dataset, version) for _, dataset, version in rows}), "data set", "data sets")
    where = f"in {sets} with {count_words(sum(rows.values()), 'row', 'rows')}"
    works = facts.artworks
    if not works.skipped:
        return f"This check looked for {count_words(works.searched, 'work', 'works')} {where}."
    return (
        f"This check looked for {works.searched:,} of the {count_words(works.total, 'work', 'works')} in the folder, "
        f"{where}; {works.skipped:,} could not be looked at, and section 5 says why."
    )


def _found(facts: ReportFacts) -> Iterator[str]:
    pictures = sum(facts.counts.get(grade, 0) for grade in _PICTURE_GRADES)
    addresses, names = facts.counts.get(Grade.LISTED, 0), facts.counts.get(Grade.NAMED, 0)
    others = sum(facts.counts.get(grade, 0) for grade in NOT_COUNTED if grade is not Grade.NAMED)
    if pictures:
        rows = count_words(pictures, "row that counts", "rows that count")
        yield f"{_listed(facts)} listed there, in {rows}."
    if addresses:
        lists = count_words(addresses, "row lists", "rows list")
        yield f"{lists} an address or account of the artist; no picture was compared."
    if not pictures + addresses:
        yield (
            "It found no row that lists one of these works. That is an answer about the data sets that were searched, "
            "and about no others."
        )
    if names:
        hold, do = ("row holds", "does") if names == 1 else ("rows hold", "do")
        yield f"{names:,} {hold} a name of the artist, which may be somebody else’s, and {do} not count."
    if others:
        are, do = ("is", "does") if others == 1 else ("are", "do")
        rows = count_words(others, "further row", "further rows")
        yield f"{rows} {are} only similar or could not be compared, and {do} not count."


def _listed(facts: ReportFacts) -> str:
    """How many of the works, with its verb."""
    listed, searched = facts.artworks_listed, facts.artworks.searched
    if searched == 1:
        return "That work is"
    return f"{listed:,} of the {searched:,} works {'is' if listed == 1 else 'are'}"


def _not_counted(words: str) -> str:
    return words if words.endswith("not counted") else f"{words}; not counted"


def _count_rows(facts: ReportFacts, grades: Iterable[Grade]) -> list[tuple[str, str]]:
    return [(GRADE_WORDS[grade], f"{facts.counts.get(grade, 0):,}") for grade in grades]


def _coverage_groups(coverage: tuple[Coverage, ...]) -> list[dict[str, object]]:
    """One group for each source, its ways of looking as rows."""
    return [
        {
            "source": source,
            "head": f"{set_words(dataset, version)} · {rows_words(rows)}" if dataset else "could not be opened",
            "lanes": [(LANE_WORDS[one.lane], outcome_words(one), one.searched) for one in group],
        }
        for (source, dataset, version, rows), group in groupby(
            coverage, key=lambda one: (one.source, one.dataset, one.version, one.rows)
        )
    ]


def _places(facts: ReportFacts, counted: Iterable[FindingFacts]) -> list[dict[str, str]]:
    """Each work with its sites, and the numbers of the findings there; findings of one copy stand in brackets."""
    numbers: dict[tuple[str, str], dict[int | str, list[str]]] = {}
    for one in counted:
        match = one.match
        if match.artwork:
            copies = numbers.setdefault((match.artwork, match.site or ""), {})
            copies.setdefault(match.copy or one.number, []).append(one.number)
    if not any(site for _, site in numbers) and all(len(copies) == 1 for copies in numbers.values()):
        return []  # one finding a work, and no address: the findings themselves say as much
    return [
        {
            "work": shorten(_name_in_folder(work, facts.folder)),
            "site": shorten(site) or "no web address",
            "findings": ", ".join(_one_copy(rows) for rows in copies.values()),
        }
        for (work, site), copies in sorted(numbers.items())
    ]


def _one_copy(numbers: list[str]) -> str:
    return numbers[0] if len(numbers) == 1 else f"({' = '.join(numbers)})"


def _same_copies(counted: Iterable[FindingFacts]) -> dict[str, list[str]]:
    """For each finding the numbers of the others that list the same copy."""
    of_copy: dict[int | str, list[str]] = {}
    for one in counted:
        of_copy.setdefault(one.match.copy or one.number, []).append(one.number)
    return {number: [one for one in numbers if one != number] for numbers in of_copy.values() for number in numbers}


def _finding(
    finding: FindingFacts, folder: str, images: dict[str, bytes], same_copy: Iterable[str]
) -> dict[str, object]:
    """A finding that counts, as a block of its own."""
    return _common_facts(finding, images) | {
        "grade": GRADE_WORDS[finding.match.grade],
        "lines": _lines(finding, folder, same_copy),
        "marks": _marks(finding),
    }


def _other(finding: FindingFacts, folder: str, images: dict[str, bytes]) -> dict[str, object]:
    """A finding that does not count, as one row of a table."""
    match = finding.match
    return _common_facts(finding, images) | {
        "work": shorten(_name_in_folder(match.artwork, folder)) if match.artwork else None,
        "row": shorten(match.row),
        "url": shorten(match.url) if match.url else None,
        "reasons": [shorten(words) for words in (*match.reasons, *_also_like(match, folder))],
        "why": not_counted_words(match),
        "chance": None if match.chance is None else chance_figure(match.chance),
        "answers": _answers(finding) or None,
    }


def _also_like(match: Match, folder: str) -> Iterator[str]:
    if match.also:
        yield f"Also like {', '.join(_name_in_folder(path, folder) for path in match.also)}."


def _common_facts(finding: FindingFacts, images: dict[str, bytes]) -> dict[str, object]:
    """What a finding shows whether it counts or not."""
    return {
        "number": finding.number,
        "dataset": set_words(finding.dataset, finding.version),
        "work_image": _add_image(finding.work_thumbnail, images),
        "candidate_image": _add_image(finding.candidate_thumbnail, images),
        "reasons": [shorten(reason) for reason in finding.match.reasons],
    }


def _add_image(jpeg: bytes | None, images: dict[str, bytes]) -> str | None:
    """Named by its content: a work with many findings is kept once."""
    if jpeg is None:
        return None
    name = f"{hashlib.sha256(jpeg).hexdigest()}.jpg"
    images[name] = jpeg
    return name


def _name_in_folder(path: str, folder: str) -> str:
    """The path below the checked folder, which the first page names; the path itself where it lies elsewhere."""
    for separator in ("/", "\\"):
        beginning = folder.rstrip("/\\") + separator
        if path.startswith(beginning):
            return path.removeprefix(beginning)
    return path


def _lines(finding: FindingFacts, folder: str, same_copy: Iterable[str]) -> list[tuple[str, str]]:
    match = finding.match
    lines = [
        ("Work", _name_in_folder(match.artwork, folder) if match.artwork else None),
        ("Row", match.row),
        ("Address in the row", match.url),
        ("Text in the row", match.caption),
        ("Edit", match.edit),
        ("Same copy", ", ".join(same_copy)),
        ("Also like", ", ".join(_name_in_folder(path, folder) for path in match.also)),
        ("To be checked", match.caution),
        ("Compared", comparison_words(match)),
        ("Chance", None if match.chance is None else chance_words(match.chance)),
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
    without = facts.artworks.searched - facts.artworks_listed
    return f"Of {works} looked for, {without:,} {'has' if without == 1 else 'have'} no counted finding."
