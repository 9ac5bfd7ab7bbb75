# SPDX-License-Identifier: GPL-3.0-or-later
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.casefile.case import CASE_SUFFIX, Case
from app.casefile.decisions import Mine, Page
from app.casefile.findings import Finding, MatchId
from app.casefile.runs import RunRecord
from app.casefile.works import SeenWork
from app.documents.facts import LetterFacts, Noted, Recipient, Sender
from app.documents.gather import letter_facts, numbered_findings, report_facts
from app.documents.wording import date_words
from indexer.core.types import Artwork, Coverage, Grade, Lane, Skipped
from indexer.matching.contract import Found
from tests.app.casefile.samples import JPEG, PLAN, artwork, found

SENDER, RECIPIENT = Sender("Mira Example", "mira@example.org"), Recipient("Example Data Set Foundation")
COVERAGE = (
    Coverage("coyo", "COYO-700M", "2022-08", 700, Lane.PERCEPTUAL, searched=True),
    Coverage("coyo", "COYO-700M", "2022-08", 700, Lane.EXACT, False, "it has no checksums"),
)
WORKS = (
    SeenWork(artwork("My art/lake.png", "a" * 64), JPEG),
    SeenWork(artwork("My art/fjord.v2.png", "b" * 64)),
    SeenWork(artwork("My art/moor.png", "c" * 64)),
    SeenWork(Artwork("My art/notes.txt", skipped="it is a text file, not a picture")),
)
FOUND = (
    found("alike", grade=Grade.LOOKS_ALIKE),
    found("near", grade=Grade.POSSIBLE, artwork="My art/moor.png", verified=False),
    found("named", grade=Grade.NAMED, artwork=None),
    found("address", grade=Grade.LISTED, artwork=None),
    found("edited-lake", JPEG + b"2", grade=Grade.EDITED_COPY),
    found("edited-fjord", grade=Grade.EDITED_COPY, artwork="My art/fjord.v2.png"),
    found("same", grade=Grade.SAME_IMAGE),
    found("file", grade=Grade.IDENTICAL_FILE),
)
STRONGEST_FIRST = ["file", "same", "edited-fjord", "edited-lake", "address", "named", "near", "alike"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A case after one check."""

    case: Case
    run: RunRecord

    def finding(self, row: str) -> Finding:
        return next(one for one in self.case.findings.of_run(self.run.run_id) if one.match.row == row)

    def answer(self, row: str, answer: Mine | Page) -> None:
        self.case.decisions.decide([self.finding(row).pair], answer)

    def letter(self, rows: Iterable[str]) -> LetterFacts:
        wanted: list[MatchId] = [self.finding(row).match_id for row in rows]
        return letter_facts(self.case, self.run, wanted, SENDER, RECIPIENT, "Yogyakarta")


@contextmanager
def checked_case(place: Path, matches: Iterable[Found], *, sample: bool = False) -> Iterator[Checked]:
    """A new case with one finished run that found this."""
    with Case.create(place, sample=sample) as case:
        run_id = case.runs.begin(replace(PLAN, sample=sample)).run_id
        case.works.add(run_id, WORKS)
        case.findings.add(run_id, matches)
        case.findings.add_coverage(run_id, COVERAGE)
        yield Checked(case, case.runs.finish(run_id))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / f"mine{CASE_SUFFIX}"


@pytest.fixture
def checked(place: Path) -> Iterator[Checked]:
    with checked_case(place, FOUND) as made:
        yield made


def test_a_work_of_which_only_the_preview_was_looked_at_is_noted_in_the_report(checked: Checked) -> None:
    noted = Artwork("My art/tower.psd", "d" * 64, 200, 100, note="only the preview was looked at")
    checked.case.works.add(checked.run.run_id, [SeenWork(noted)])
    artworks = report_facts(checked.case, checked.run).artworks
    assert artworks.noted == (Noted("My art/tower.psd", "only the preview was looked at"),)
    assert (artworks.total, artworks.searched, artworks.skipped) == (5, 4, 1)


def test_findings_are_numbered_from_the_strongest_on(checked: Checked) -> None:
    numbered = numbered_findings(checked.case, checked.run)
    assert [finding.match.row for finding in numbered.values()] == STRONGEST_FIRST
    assert list(numbered) == [f"M-{number:03d}" for number in range(1, 9)]


def test_more_than_999_findings_get_a_digit_more_each(place: Path) -> None:
    with checked_case(place, [found(str(number)) for number in range(1000)]) as made:
        numbers = list(numbered_findings(made.case, made.run))
    assert (numbers[0], numbers[-1]) == ("M-0001", "M-1000")


def test_letter_and_report_call_a_finding_by_the_same_number(checked: Checked) -> None:
    for row in STRONGEST_FIRST:
        checked.answer(row, Mine.MINE)
    in_report = {one.number: one.match.row for one in report_facts(checked.case, checked.run).findings}
    in_letter = {one.number: one.row for one in checked.letter(["edited-lake", "file"]).rows}
    assert in_letter == {"M-001": "file", "M-004": "edited-lake"}
    assert in_letter.items() <= in_report.items()


def test_only_rows_that_are_asked_for_strong_enough_and_called_mine_enter_a_letter(checked: Checked) -> None:
    for row in STRONGEST_FIRST:
        checked.answer(row, Mine.MINE)
    checked.answer("same", Mine.NOT_MINE)
    checked.answer("edited-fjord", Mine.UNSURE)
    rows = checked.letter(row for row in STRONGEST_FIRST if row != "file").rows
    assert [row.row for row in rows] == ["edited-lake", "address"]


def test_a_row_without_an_answer_enters_no_letter(checked: Checked) -> None:
    checked.answer("file", Page.NOT_ALLOWED)  # speaks of the page, not of the picture
    letter = checked.letter(STRONGEST_FIRST)
    assert (letter.rows, letter.dataset) == ((), "")


def test_a_letter_carries_the_case_the_data_set_and_the_day_in_words(checked: Checked) -> None:
    checked.answer("edited-fjord", Mine.MINE)
    letter = checked.letter(["edited-fjord"])
    assert (letter.dataset, letter.version) == ("COYO-700M", "2022-08")
    assert letter.reference == f"EA-{checked.case.facts.case_id[:8].upper()}"
    assert letter.place_and_date == f"Yogyakarta, {date_words(letter.generated_utc)}"
    assert (letter.sender, letter.recipient) == (SENDER, RECIPIENT)
    row = letter.rows[0]
    assert (row.work_title, row.edit, row.verified) == ("fjord.v2", "cropped to 60 %", True)
    assert (row.url, row.caption) == ("https://example.org/lake.jpg", "a lake")


def test_a_report_lists_skipped_files_and_counts_the_works(checked: Checked) -> None:
    works = report_facts(checked.case, checked.run).artworks
    assert (works.total, works.searched, works.skipped) == (4, 3, 1)
    assert works.skipped_files == (Skipped("My art/notes.txt", "it is a text file, not a picture"),)


def test_a_work_counts_as_listed_once_and_only_by_a_finding_that_counts(checked: Checked) -> None:
    facts = report_facts(checked.case, checked.run)
    assert facts.artworks_listed == 2  # the lake thrice, the fjord; the moor only possibly
    assert facts.counts == {grade: 2 if grade is Grade.EDITED_COPY else 1 for grade in Grade}


def test_a_report_without_findings_lists_no_work(place: Path) -> None:
    with checked_case(place, ()) as made:
        facts = report_facts(made.case, made.run)
    assert (facts.artworks_listed, facts.findings, sum(facts.counts.values())) == (0, (), 0)


def test_a_report_holds_pictures_checksum_and_answers_of_each_finding(checked: Checked) -> None:
    checked.answer("edited-lake", Mine.MINE)
    checked.answer("edited-lake", Page.NOT_ALLOWED)
    by_row = {one.match.row: one for one in report_facts(checked.case, checked.run).findings}
    lake, fjord, address = by_row["edited-lake"], by_row["edited-fjord"], by_row["address"]
    assert (lake.work_thumbnail, lake.candidate_thumbnail) == (JPEG, JPEG + b"2")
    assert (lake.answer_mine, lake.answer_page) == ("mine", "not allowed by me")
    assert (lake.work_sha256, lake.dataset, lake.version) == ("a" * 64, "COYO-700M", "2022-08")
    assert (fjord.work_thumbnail, fjord.answer_mine, fjord.work_sha256) == (None, None, "b" * 64)
    assert (address.work_thumbnail, address.work_sha256) == (None, None)


def test_a_report_says_what_was_checked_when_and_what_was_looked_at(checked: Checked) -> None:
    facts = report_facts(checked.case, checked.run)
    assert (facts.folder, facts.title, facts.case_id) == (
        "My art",
        "Check of a portfolio",
        checked.case.facts.case_id,
    )
    assert (facts.run.started_utc, facts.run.status) == (checked.run.started_utc, "finished")
    assert facts.coverage == COVERAGE


def test_a_check_that_was_interrupted_is_reported_as_stopped(place: Path) -> None:
    with Case.create(place, sample=False, title="Mine") as case:
        run = case.runs.interrupt(case.runs.begin(PLAN).run_id)
        facts = report_facts(case, run)
    assert (facts.run.status, facts.title) == ("stopped", "Mine")


@pytest.mark.parametrize("sample", [True, False])
def test_documents_of_the_demos_case_are_samples_and_no_others(place: Path, sample: bool) -> None:
    with checked_case(place, FOUND, sample=sample) as made:
        assert report_facts(made.case, made.run).sample is sample
        assert made.letter(["file"]).sample is sample
