"""Whatever ends a piece of work becomes plain sentences."""

import pytest

from app.errors import explain_exception
from app.jobs.protocol import Failed
from app.jobs.supervise import JobFailed, JobStopped
from indexer.core.errors import StorageProblem


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (StorageProblem("mine.exhibit", "the disk is full"), "mine.exhibit: the disk is full."),
        (JobFailed(Failed("StorageProblem", "out.pdf", "the disk is full")), "out.pdf: the disk is full."),
        (JobStopped(), "Stopped. What was done before is kept."),
        (PermissionError(13, "Permission denied", "mine"), "Permission denied: 'mine'."),
    ],
)
def test_what_was_foreseen_is_told_without_the_log(problem: Exception, words: str) -> None:
    told = str(explain_exception(problem, "/the/log"))
    assert words in told
    assert "/the/log" not in told


@pytest.mark.parametrize(
    ("subject", "because"),
    [
        ("https://example.org/w", "offline is switched on"),
        ("https://example.org/w", "the server did not answer"),
        ("one.png", "at least 12 different pictures are needed"),
    ],
)
def test_what_is_no_folder_of_a_check_is_not_blamed_on_its_path(subject: str, because: str) -> None:
    told = explain_exception(JobFailed(Failed("InputProblem", subject, because)), "/the/log")
    assert str(told) == f"{subject}: {because}."


def test_the_folder_of_a_check_that_is_not_there_is_to_be_looked_at() -> None:
    failed = Failed("InputProblem", "my art", "there is no such folder", is_own_folder=True)
    told = str(explain_exception(JobFailed(failed), "/the/log"))
    assert told == "my art: there is no such folder. Nothing was checked. Look at the path and try again."


def test_only_our_own_mistakes_name_the_log() -> None:
    told = str(explain_exception(ZeroDivisionError("division by zero"), "/the/log"))
    assert "did not foresee (ZeroDivisionError: division by zero)" in told
    assert "/the/log" in told
