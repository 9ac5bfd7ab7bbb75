"""A job is run to its end, whatever its process does."""

import sys
import threading
from pathlib import Path

import psutil
import pytest

from app.jobs.orders import BuildJob, CheckJob, FingerprintJob, Job
from app.jobs.protocol import Event
from app.jobs.supervise import JobFailed, JobStopped, run_job
from indexer.building.contract import PictureBuild
from indexer.core.progress import Progress
from indexer.core.types import Artwork
from indexer.matching.contract import CheckPlaces, CheckSettings

ANY_JOB = FingerprintJob(())


def check_of(folder: str) -> CheckJob:
    nowhere = Path("nowhere")
    return CheckJob(CheckSettings(folder, ()), CheckPlaces(nowhere, nowhere, nowhere))


def odd(kind: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "tests.helpers.odd_jobs", kind, *more]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "jobs.log"


def test_events_come_in_order_and_the_end_is_the_end(log: Path) -> None:
    assert list(run_job(ANY_JOB, log, program=odd("finishes"))) == [Progress("working", 1, 1), Artwork("a.png")]


def test_a_job_that_fails_says_why(log: Path) -> None:
    with pytest.raises(JobFailed, match="there is no such folder") as caught:
        list(run_job(ANY_JOB, log, program=odd("fails")))
    assert caught.value.failed.subject == "folder"


@pytest.mark.parametrize(
    ("job", "is_own"),
    [
        (check_of("folder"), True),
        (check_of("./folder/"), True),
        (check_of("another"), False),
        (BuildJob(PictureBuild(Path("folder"), Path("out"), "set")), True),
        (ANY_JOB, False),
    ],
)
def test_only_the_folder_that_a_check_or_build_was_to_read_is_its_own(log: Path, job: Job, *, is_own: bool) -> None:
    with pytest.raises(JobFailed) as caught:
        list(run_job(job, log, program=odd("fails")))
    assert caught.value.failed.is_own_folder is is_own


def test_a_job_that_is_asked_to_stop_may_say_its_last_words(log: Path) -> None:
    stop, events = threading.Event(), []
    with pytest.raises(JobStopped):
        for event in run_job(ANY_JOB, log, stop, program=odd("stops_when_asked")):
            events.append(event)
            stop.set()
    assert events == [Artwork("a.png"), Artwork("last.png")]


def test_a_job_that_does_not_hear_the_word_is_ended(log: Path) -> None:
    stop, events = threading.Event(), []
    with pytest.raises(JobStopped):
        for event in run_job(ANY_JOB, log, stop, program=odd("ignores_the_wish_to_stop")):
            events.append(event)
            stop.set()
    assert events == [Artwork("a.png")]


def test_a_job_that_dies_opening_something_is_started_again_without_it(log: Path) -> None:
    events = list(run_job(ANY_JOB, log, program=odd("crashes_on_a_hostile_source")))
    assert events[-1] == Artwork("without hostile, because opening it made the program crash")


def test_what_was_survived_is_not_blamed_for_a_later_crash(log: Path) -> None:
    with pytest.raises(JobFailed, match="stopped unexpectedly, twice") as caught:
        list(run_job(ANY_JOB, log, program=odd("crashes_after_a_source_was_survived")))
    assert caught.value.failed.is_bug


def test_a_job_that_dies_once_goes_on(log: Path, tmp_path: Path) -> None:
    assert list(run_job(ANY_JOB, log, program=odd("crashes_once", str(tmp_path / "died")))) == []


def test_a_job_that_says_what_is_no_event_is_ended(log: Path) -> None:
    with pytest.raises(JobFailed, match="twice"):
        list(run_job(ANY_JOB, log, program=odd("talks_nonsense")))


def test_a_job_may_not_hold_more_memory_than_allowed(log: Path) -> None:
    with pytest.raises(JobFailed, match="needed more than 0 GB of memory"):
        list(run_job(ANY_JOB, log, memory_bytes=200 << 20, program=odd("hoards_memory")))


def test_dropping_the_events_ends_the_job(log: Path) -> None:
    events = run_job(ANY_JOB, log, program=odd("talks_without_end"))
    first: Event = next(events)
    events.close()  # type: ignore[attr-defined]
    assert first == Artwork("0.png")


def test_whatever_a_job_started_ends_with_it(log: Path) -> None:
    stop = threading.Event()
    grandchild = None
    with pytest.raises(JobStopped):
        for event in run_job(ANY_JOB, log, stop, program=odd("has_a_child_of_its_own")):
            assert isinstance(event, Artwork)
            grandchild = int(event.path)
            stop.set()
    assert grandchild is not None
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE
