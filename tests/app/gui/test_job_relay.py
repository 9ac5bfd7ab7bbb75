"""Work beside the window: in order, in one thread, every end told once, in the window's thread."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.gui.job_relay import JobRelay, Watch
from indexer.core.errors import StorageProblem


@pytest.fixture
def relay(qtbot: QtBot, tmp_path: Path) -> Iterator[JobRelay]:
    made = JobRelay(tmp_path / "jobs.log")
    yield made
    qtbot.waitUntil(lambda: not made.is_busy)
    made.close()


def test_things_are_done_one_after_another_in_one_other_thread(relay: JobRelay, qtbot: QtBot) -> None:
    done: list[tuple[int, threading.Thread, threading.Thread]] = []
    for number in range(20):
        relay.do(
            lambda _, number=number: (number, threading.current_thread()),
            lambda result: done.append((*result, threading.current_thread())),
            lambda problem: pytest.fail(str(problem)),
        )
    assert done == [], "asking returns at once"
    with qtbot.waitSignal(relay.ended):
        pass
    assert [number for number, _, _ in done] == list(range(20))
    ((worker, teller),) = {(worker, teller) for _, worker, teller in done}
    assert teller is threading.main_thread()
    assert worker is not teller


def test_what_was_foreseen_is_told_in_a_sentence_and_the_next_thing_is_done(relay: JobRelay, qtbot: QtBot) -> None:
    told: list[str] = []

    def fail(_: Watch) -> None:
        raise StorageProblem("mine.exhibit", "the disk is full")

    relay.do(fail, lambda _: told.append("done"), lambda problem: told.append(str(problem)))
    relay.do(lambda _: None, lambda _: told.append("next"), lambda problem: told.append(str(problem)))
    with qtbot.waitSignal(relay.ended):
        pass
    assert told == ["mine.exhibit: the disk is full.", "next"]


@pytest.mark.logs_warnings
def test_a_mistake_of_ours_is_logged_with_its_trace_and_names_the_log(
    relay: JobRelay, qtbot: QtBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    relay.do(lambda _: 1 // 0, lambda _: told.append("done"), lambda problem: told.append(str(problem)))
    with qtbot.waitSignal(relay.ended):
        pass
    assert str(tmp_path / "jobs.log") in told[0]
    assert "ZeroDivisionError" in caplog.text


def test_a_flood_of_news_leaves_the_window_its_breath_and_the_newest_arrives(relay: JobRelay, qtbot: QtBot) -> None:
    heard: list[int] = []
    relay.reported.connect(heard.append)

    def flood(watch: Watch) -> None:
        for number in range(50_000):
            watch.tell(number)

    relay.do(flood, lambda _: None, lambda problem: pytest.fail(str(problem)))
    with qtbot.waitSignal(relay.ended):
        time.sleep(0.3)  # the window is busy with something else
    assert heard[-1] == 49_999
    assert len(heard) < 10_000
    assert heard == sorted(heard)


def test_the_wish_to_stop_reaches_the_work(relay: JobRelay, qtbot: QtBot) -> None:
    ended: list[bool] = []
    relay.do(lambda watch: watch.stop.wait(timeout=30), ended.append, lambda problem: pytest.fail(str(problem)))
    relay.stop()
    with qtbot.waitSignal(relay.ended):
        pass
    assert ended == [True]
