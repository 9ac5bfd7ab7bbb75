"""Clock, name of the program, errors, progress, and which findings may enter a letter."""

import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from indexer.core import clock
from indexer.core.about import this_tool
from indexer.core.errors import (
    Cancelled,
    IndexDamaged,
    IndexerError,
    IndexOutdated,
    IndexProblem,
    InputProblem,
    SourceProblem,
    SourceUnreachable,
    StorageProblem,
)
from indexer.core.progress import Monitor, Progress
from indexer.core.types import LETTER_GRADES, Edit, EditKind, Grade, Match


def match_of(grade: Grade) -> Match:
    return Match("a.png", "index", "1", "k", None, None, grade, verified=False)


def test_the_time_is_written_in_utc_and_to_the_second(monkeypatch) -> None:
    class ElsewhereInWinter(datetime):
        @classmethod
        def now(cls, tz=None):
            here = cls(2026, 11, 24, 4, 30, 9, 999_999, tzinfo=timezone(timedelta(hours=-5)))
            return here.astimezone(tz)

    monkeypatch.setattr(clock, "datetime", ElsewhereInWinter)
    assert clock.utc_now() == "2026-11-24T09:30:09Z"


def test_the_time_is_now() -> None:
    written = datetime.strptime(clock.utc_now(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - written) < timedelta(seconds=60)


def test_the_program_calls_itself_by_the_name_and_version_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (this_tool().name, this_tool().version) == (project["name"], project["version"])


@pytest.mark.parametrize("kind", [InputProblem, IndexProblem, IndexOutdated, IndexDamaged, StorageProblem])
def test_a_problem_with_a_path_keeps_path_and_reason(kind) -> None:
    problem = kind(Path("a") / "b.png", "it is empty")
    assert (problem.path, problem.because) == (str(Path("a/b.png")), "it is empty")
    assert str(problem) == f"{Path('a/b.png')}: it is empty"


@pytest.mark.parametrize("kind", [SourceProblem, SourceUnreachable])
def test_a_problem_with_a_source_keeps_source_and_reason(kind) -> None:
    problem = kind("coyo", "nobody answers")
    assert (problem.source, problem.because, str(problem)) == ("coyo", "nobody answers", "coyo: nobody answers")


def test_every_foreseen_problem_can_be_caught_as_one() -> None:
    kinds = (InputProblem, SourceProblem, SourceUnreachable, IndexProblem, IndexOutdated, IndexDamaged, StorageProblem)
    assert all(issubclass(kind, IndexerError) for kind in kinds)
    assert issubclass(SourceUnreachable, SourceProblem)
    assert issubclass(IndexOutdated, IndexProblem)
    assert issubclass(IndexDamaged, IndexProblem)


def test_a_stop_is_no_error_of_the_engine() -> None:
    assert not issubclass(Cancelled, IndexerError)


def test_the_silent_monitor_lets_everything_go_on() -> None:
    monitor = Monitor()
    monitor.progress(Progress("reading", 1))
    monitor.check()
    with monitor.attempt("an index"):
        monitor.check()


def test_an_attempt_lets_a_problem_through() -> None:
    with pytest.raises(IndexDamaged), Monitor().attempt("an index"):
        raise IndexDamaged("index", "a file is missing")


def test_nobody_has_to_know_the_total() -> None:
    assert Progress("reading", 3).total is None


@pytest.mark.parametrize("grade", [Grade.IDENTICAL_FILE, Grade.SAME_IMAGE, Grade.EDITED_COPY, Grade.LISTED])
def test_a_proven_finding_may_enter_a_letter(grade: Grade) -> None:
    assert match_of(grade).may_enter_letter


@pytest.mark.parametrize("grade", [Grade.NAMED, Grade.POSSIBLE, Grade.LOOKS_ALIKE])
def test_a_finding_that_is_not_proven_may_not_enter_a_letter(grade: Grade) -> None:
    assert not match_of(grade).may_enter_letter


def test_grades_are_in_the_order_of_their_strength() -> None:
    assert list(Grade) == ["identical_file", "same_image", "edited_copy", "listed", "named", "possible", "looks_alike"]
    assert {Grade.NAMED, Grade.POSSIBLE, Grade.LOOKS_ALIKE}.isdisjoint(LETTER_GRADES)


def test_what_travels_cannot_be_changed_on_the_way() -> None:
    edit = Edit(EditKind.TURNED, 90.0)
    with pytest.raises(AttributeError):
        edit.amount = 180.0  # type: ignore[misc]
