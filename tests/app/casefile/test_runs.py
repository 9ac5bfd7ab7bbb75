# SPDX-License-Identifier: GPL-3.0-or-later
"""A run begins, ends in one way, or is found again after a crash; the demo stays apart."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from app.casefile.case import Case
from app.casefile.events import Actor, EventKind
from app.casefile.runs import RunId, RunStatus
from app.casefile.works import SeenWork
from indexer.core.about import this_tool
from indexer.core.errors import StorageProblem
from tests.app.casefile.samples import NASTY_TEXTS, PLAN, artwork, found, raw_file

SAMPLE = replace(PLAN, sample=True)


def test_a_run_remembers_what_it_was_asked_to_do(case: Case) -> None:
    run = case.runs.begin(PLAN)
    assert (run.plan, run.status, run.finished_utc, run.tool) == (PLAN, RunStatus.RUNNING, None, this_tool())
    assert case.runs.get(run.run_id) == run
    event = case.events.all()[-1]
    assert (event.kind, event.actor) == (EventKind.RUN_BEGUN, Actor.USER)
    assert event.body["settings"] == PLAN.settings
    assert event.body["sources"] == ["coyo"]


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_folders_and_sources_may_have_any_name(case: Case, text: str) -> None:
    plan = replace(PLAN, folder=text, sources=(text, "other"), settings={"names": [text]})
    assert case.runs.begin(plan).plan == plan
    assert case.events.verify_chain() is None


def test_a_run_ends_finished_stopped_or_failed(case: Case) -> None:
    finished = case.runs.finish(case.runs.begin(PLAN).run_id)
    stopped = case.runs.interrupt(case.runs.begin(PLAN).run_id)
    failed = case.runs.fail(case.runs.begin(PLAN).run_id, "the disk is full")
    assert [run.status for run in case.runs.all()] == [RunStatus.FINISHED, RunStatus.STOPPED, RunStatus.FAILED]
    assert all(run.finished_utc for run in (finished, stopped, failed))
    assert (finished.because, stopped.because, failed.because) == (None, None, "the disk is full")
    ends = [event for event in case.events.all() if event.kind is not EventKind.RUN_BEGUN][1:]
    assert [(event.kind, event.actor) for event in ends] == [
        (EventKind.RUN_FINISHED, Actor.PROGRAM),
        (EventKind.RUN_STOPPED, Actor.USER),
        (EventKind.RUN_FAILED, Actor.PROGRAM),
    ]


def test_the_event_of_the_end_counts_what_was_found(case: Case) -> None:
    run = case.runs.begin(PLAN).run_id
    case.works.add(run, [SeenWork(artwork()), SeenWork(artwork("My art/b.png"))])
    case.findings.add(run, [found("1"), found("2")])
    case.runs.finish(run)
    body = case.events.all()[-1].body
    assert (body["works"], body["matches"]) == (2, {"edited_copy": 2})


def test_a_run_that_has_ended_stays_ended(case: Case) -> None:
    run = case.runs.begin(PLAN).run_id
    case.runs.finish(run)
    for again in (case.runs.finish, case.runs.interrupt, case.runs.resume):
        with pytest.raises(ValueError, match="has ended"):
            again(run)
    assert case.events.end.number == 3


def test_an_unknown_run_is_our_mistake(case: Case) -> None:
    with pytest.raises(KeyError):
        case.runs.get(RunId(9))


def test_a_run_left_running_is_found_again_and_goes_on(place: Path) -> None:
    with Case.create(place, sample=False) as case:
        left = case.runs.begin(PLAN)
        case.findings.add(left.run_id, [found("1")])
    with Case.open(place) as case:
        again = case.runs.unfinished_run(PLAN.digest)
        assert again == left
        case.runs.resume(left.run_id)
        case.findings.add(left.run_id, [found("1"), found("2")])
        case.runs.finish(left.run_id)
        assert [finding.match.row for finding in case.findings.of_run(left.run_id)] == ["1", "2"]
        assert case.events.all()[-2].kind is EventKind.RUN_RESUMED
        assert case.runs.unfinished_run(PLAN.digest) is None


def test_only_the_same_plan_goes_on(case: Case) -> None:
    first, second = case.runs.begin(PLAN), case.runs.begin(PLAN)
    assert case.runs.unfinished_run(PLAN.digest) == second != first
    others = [{"folder": "x"}, {"sources": ()}, {"settings": {}}, {"sample": True}]
    for other in others:
        assert case.runs.unfinished_run(replace(PLAN, **other).digest) is None  # type: ignore[arg-type]


def test_the_order_of_settings_does_not_matter_the_order_of_sources_does() -> None:
    turned = dict(reversed(list(PLAN.settings.items())))
    assert replace(PLAN, settings=turned).digest == PLAN.digest
    assert replace(PLAN, sources=("a", "b")).digest != replace(PLAN, sources=("b", "a")).digest


def test_the_rows_of_the_demo_never_enter_a_real_case(case: Case) -> None:
    with pytest.raises(StorageProblem, match="the samples of the demo cannot go into a real case"):
        case.runs.begin(SAMPLE)
    assert case.runs.all() == []
    assert case.events.end.number == 1


def test_real_rows_never_enter_the_case_of_the_demo(place: Path) -> None:
    with Case.create(place, sample=True) as demo:
        with pytest.raises(StorageProblem, match="a real check needs its own case"):
            demo.runs.begin(PLAN)
        assert demo.runs.begin(SAMPLE, Actor.DEMO).plan == SAMPLE
        assert demo.events.all()[-1].actor is Actor.DEMO


def test_the_file_itself_keeps_the_demo_apart(place: Path) -> None:
    with Case.create(place, sample=False) as case:
        case.runs.begin(PLAN)
    connection = sqlite3.connect(place)
    columns = "digest, settings, folder, sources, status, started_utc, tool_name, tool_version"
    copy = f"INSERT INTO runs ({columns}, sample) SELECT {columns}, ? FROM runs"
    for sample in (1, None):
        with pytest.raises(sqlite3.IntegrityError, match="never share a case"):
            connection.execute(copy, (sample,))
    for statement in ("UPDATE runs SET sample = 1", "UPDATE facts SET is_sample = 1", "DELETE FROM facts"):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    connection.close()


def test_a_run_that_was_changed_behind_our_back_is_still_listed_by_its_columns(place: Path) -> None:
    with Case.create(place, sample=False) as case:
        case.runs.begin(PLAN)
    with raw_file(place) as file:
        file.execute("UPDATE runs SET folder = 'elsewhere'")
    with Case.open(place) as case:
        assert case.runs.all()[0].plan.folder == "elsewhere"
