"""Which rows a letter may name, and what the case notes of it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.casefile.decisions import Mine, Page, Permission
from app.documents.facts import Recipient, Sender
from app.jobs.orders import Job, LetterJob
from app.jobs.supervise import run_job
from app.writing import LetterPlan, rows_for_letters, save_letter
from indexer.core.types import Grade
from indexer.matching.contract import Found
from tests.app.casefile.samples import found, match
from tests.app.documents.test_gather import FOUND, Checked, checked_case

SENDER, RECIPIENT = Sender("Mira Example", "mira@example.org"), Recipient("Example Data Set Foundation")


@pytest.fixture
def checked(tmp_path: Path) -> Iterator[Checked]:
    with checked_case(tmp_path / "mine.exhibit", FOUND) as made:
        yield made


def named(checked: Checked) -> dict[tuple[str, str], list[str]]:
    found_rows = rows_for_letters(checked.case, checked.run)
    return {dataset: [one.match.row for one in rows.values()] for dataset, rows in found_rows.items()}


def test_without_an_answer_no_row_may_be_named(checked: Checked) -> None:
    assert named(checked) == {}


def test_only_rows_called_mine_and_strong_enough_may_be_named(checked: Checked) -> None:
    for row in ("file", "address", "near", "alike", "named"):
        checked.answer(row, Mine.MINE)
    checked.answer("same", Mine.UNSURE)
    checked.answer("edited-lake", Page.NOT_ALLOWED)
    assert named(checked) == {("COYO-700M", "2022-08"): ["file", "address"]}


def test_a_page_of_my_own_takes_no_row_out(checked: Checked) -> None:
    checked.answer("file", Mine.MINE)
    checked.answer("file", Page.OWN)
    assert named(checked) == {("COYO-700M", "2022-08"): ["file"]}


def test_a_data_set_that_was_allowed_takes_all_its_rows_out(checked: Checked) -> None:
    checked.answer("file", Mine.MINE)
    checked.case.decisions.decide_dataset("COYO-700M", Permission.ALLOWED)
    assert named(checked) == {}


def test_rows_of_two_data_sets_make_two_letters(tmp_path: Path) -> None:
    other = Found(match("5", grade=Grade.SAME_IMAGE, row_key="other:5"), "Other set", "")
    with checked_case(tmp_path / "two.exhibit", [found("file"), other]) as checked:
        checked.answer("file", Mine.MINE)
        checked.answer("5", Mine.MINE)
        assert named(checked) == {("Other set", ""): ["5"], ("COYO-700M", "2022-08"): ["file"]}


def test_the_case_notes_the_letter_that_was_written(checked: Checked, tmp_path: Path) -> None:
    checked.answer("file", Mine.MINE)
    ((_, rows),) = rows_for_letters(checked.case, checked.run).items()
    asked: list[Job] = []

    def run(job: Job) -> None:
        asked.append(job)
        list(run_job(job, tmp_path / "jobs.log"))

    plan = LetterPlan(tuple(rows.values()), SENDER, RECIPIENT, version="as of May")
    save_letter(checked.case, checked.run, plan, tmp_path / "letter.pdf", run)
    (record,) = checked.case.letters.all()
    assert record.letter.sha256 == hashlib.sha256((tmp_path / "letter.pdf").read_bytes()).hexdigest()
    assert [row.row_key for row in record.letter.rows] == [rows["M-001"].match.row_key]
    assert record.letter.recipient_slug == "own"
    (job,) = asked
    assert isinstance(job, LetterJob)
    assert job.facts.version == "2022-08", "the data set's own version counts"
    assert not job.facts.place_and_date.startswith(",")
