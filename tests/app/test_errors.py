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


def test_only_our_own_mistakes_name_the_log() -> None:
    told = str(explain_exception(ZeroDivisionError("division by zero"), "/the/log"))
    assert "did not foresee (ZeroDivisionError: division by zero)" in told
    assert "/the/log" in told
