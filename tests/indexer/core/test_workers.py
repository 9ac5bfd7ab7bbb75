"""A pool answers for every item, in order, whatever one of them does to its worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from tests.helpers import moody_worker

LIMIT_S = 0.5
STARTED_BY = "from tests.helpers import moody_worker; from indexer.core.workers import WorkerPool\n"

Answer = bytes | Failure | None


@pytest.fixture
def pool() -> Iterator[WorkerPool[str]]:
    """Two workers with half a second for an item."""
    with WorkerPool[str](moody_worker.serve, 2, LIMIT_S) as made:
        yield made


def answers(pool: WorkerPool[str], items: list[str], monitor: Monitor | None = None) -> list[tuple[str, Answer]]:
    return list(pool.ordered(items, str.encode, monitor))


def bytes_of(answer: Answer) -> bytes:
    assert isinstance(answer, bytes)
    return answer


def children() -> list[psutil.Process]:
    """The worker processes that are alive; what multiprocessing keeps for itself does not count."""
    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if "resource_tracker" not in " ".join(child.cmdline())]


class StopsAt(Monitor):
    """Asks to stop at the so-manieth check."""

    def __init__(self, check: int) -> None:
        self.left = check

    def check(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise Cancelled


def test_every_item_gets_its_own_answer_in_the_order_given(pool) -> None:
    items = [f"item {number}" for number in range(500)]
    assert answers(pool, items) == [(item, item.encode()) for item in items]


def test_a_slow_item_does_not_change_the_order(pool) -> None:
    items = ["slowly 0.3", "a", "b", "c"]
    assert [item for item, _ in answers(pool, items)] == items


def test_no_items_give_no_answers_and_start_no_worker(pool) -> None:
    assert answers(pool, []) == []
    assert children() == []


def test_an_item_without_a_request_passes_through_and_keeps_its_place(pool) -> None:
    asked = pool.ordered(["a", "pass", "b"], lambda item: None if item == "pass" else item.encode())
    assert list(asked) == [("a", b"a"), ("pass", None), ("b", b"b")]


def test_where_nothing_is_asked_no_worker_is_started(pool) -> None:
    assert list(pool.ordered(["a", "b"], lambda _: None)) == [("a", None), ("b", None)]
    assert children() == []


def test_items_are_taken_as_they_are_needed_and_not_all_at_once(pool) -> None:
    taken = []

    def items() -> Iterator[str]:
        for number in range(1000):
            taken.append(number)
            yield str(number)

    asked = pool.ordered(items(), str.encode)
    next(asked)
    assert len(taken) < 50


def test_an_answer_of_several_megabytes_comes_whole(pool) -> None:
    assert answers(pool, ["huge"]) == [("huge", bytes(moody_worker.HUGE_BYTES))]


def test_a_request_of_several_megabytes_arrives_whole(pool) -> None:
    request = b"x" * moody_worker.HUGE_BYTES
    assert pool.ask(request) == request


def test_an_item_that_hangs_is_given_up_and_the_others_are_answered(pool) -> None:
    outcome = dict(answers(pool, ["a", "hang", "b", "c"]))
    assert outcome["hang"] == Failure("opening it took longer than 0.5 seconds")
    assert (outcome["a"], outcome["b"], outcome["c"]) == (b"a", b"b", b"c")


def test_an_item_that_computes_without_end_is_given_up(pool) -> None:
    outcome = dict(answers(pool, ["compute 3600", "a"]))
    assert outcome == {"compute 3600": Failure("opening it took longer than 0.5 seconds"), "a": b"a"}


def test_the_time_in_which_others_had_the_processor_is_not_the_items(pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that is so busy that the worker has had no processor yet."""
    times = psutil.Process().cpu_times()
    monkeypatch.setattr(psutil.Process, "cpu_times", lambda _: times)
    assert dict(answers(pool, ["compute 1.5", "a"])) == {"compute 1.5": b"compute 1.5", "a": b"a"}
    assert isinstance(answers(pool, ["compute 3600"])[0][1], Failure)


def test_the_very_first_item_has_no_more_time_than_any_other(pool) -> None:
    began = time.monotonic()
    assert isinstance(answers(pool, ["hang"])[0][1], Failure)
    assert time.monotonic() - began < 20, "the time to start a worker was given to the item"


@pytest.mark.parametrize("mood", ["die", "crash", "raise"])
def test_an_item_that_ends_its_worker_is_named_and_the_others_are_answered(pool, mood: str) -> None:
    items = ["a", mood, "b", "c", "d"]
    outcome = answers(pool, items)
    assert [item for item, _ in outcome] == items
    assert dict(outcome) == {
        "a": b"a",
        mood: Failure("it made the decoder crash"),
        "b": b"b",
        "c": b"c",
        "d": b"d",
    }


def test_one_bad_item_after_the_other_still_ends(pool) -> None:
    outcome = answers(pool, ["die", "die", "die", "die", "a"])
    assert [isinstance(answer, Failure) for _, answer in outcome] == [True, True, True, True, False]


def test_a_worker_that_was_ended_is_replaced_by_another_process() -> None:
    with WorkerPool[str](moody_worker.serve, 1, LIMIT_S) as pool:
        first, _, second = (answer for _, answer in answers(pool, ["who", "die", "who"]))
        assert first != second


def test_a_worker_is_used_again_for_the_next_items() -> None:
    with WorkerPool[str](moody_worker.serve, 1, LIMIT_S) as pool:
        assert len({answer for _, answer in answers(pool, ["who"] * 5)}) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit a process's memory")
def test_memory_beyond_the_limit_is_refused() -> None:
    with WorkerPool[str](moody_worker.serve, 1, 10, memory_bytes=400 << 20) as pool:
        assert pool.ask(b"allocate %d" % (600 << 20)) == b"refused"
        assert pool.ask(b"allocate %d" % (50 << 20)) == b"got %d" % (50 << 20)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit a process's memory")
def test_a_limit_that_the_system_already_sets_is_kept() -> None:
    program = (
        STARTED_BY + "import resource\n"
        "if __name__ == '__main__':\n"
        "    resource.setrlimit(resource.RLIMIT_DATA, (500 << 20, 500 << 20))\n"
        "    with WorkerPool(moody_worker.serve, 1, 10, memory_bytes=900 << 20) as pool:\n"
        "        print(pool.ask(b'allocate %d' % (600 << 20)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout == "b'refused'\n", ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_worker_that_died_while_it_had_nothing_to_do_costs_no_item() -> None:
    with WorkerPool[str](moody_worker.serve, 1, LIMIT_S) as pool:
        victim = int(bytes_of(pool.ask(b"who")))
        os.kill(victim, signal.SIGKILL)
        psutil.wait_procs(children(), timeout=5)
        assert pool.ask(b"a") == b"a"


def test_a_stop_takes_effect_while_an_item_hangs() -> None:
    with WorkerPool[str](moody_worker.serve, 1, 3600) as pool, pytest.raises(Cancelled):
        answers(pool, ["hang"], StopsAt(5))
    assert children() == []


def test_a_stop_takes_effect_between_items(pool) -> None:
    asked = pool.ordered((str(number) for number in range(100)), str.encode, StopsAt(5))
    with pytest.raises(Cancelled):
        list(asked)


def test_a_stop_takes_effect_while_a_single_answer_is_awaited(pool) -> None:
    with pytest.raises(Cancelled):
        pool.ask(b"hang", StopsAt(3))


def test_what_was_under_way_at_a_stop_is_not_taken_for_the_next_answer() -> None:
    with WorkerPool[str](moody_worker.serve, 1, 3600) as pool:
        pool.ask(b"a")
        with pytest.raises(Cancelled):
            pool.ask(b"slowly 0.5", StopsAt(2))
        assert pool.ask(b"b") == b"b"


def test_closing_ends_a_worker_that_hangs_at_once() -> None:
    pool = WorkerPool[str](moody_worker.serve, 1, 3600)
    with pytest.raises(Cancelled):
        pool.ask(b"hang", StopsAt(5))
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 5
    assert children() == []


def test_a_closed_pool_leaves_no_process_behind() -> None:
    with WorkerPool[str](moody_worker.serve, 2, LIMIT_S) as pool:
        answers(pool, ["a", "hang", "die", "b"])
        assert children()
    assert children() == []


def test_an_empty_answer_is_a_failure_with_a_reason(pool) -> None:
    assert pool.ask(b"nothing") == Failure("nothing came back")


def test_workers_end_when_the_program_that_started_them_is_killed() -> None:
    program = (
        STARTED_BY + "import os, sys\n"
        "if __name__ == '__main__':\n"
        "    pool = WorkerPool(moody_worker.serve, 1, 10)\n"
        "    print(pool.ask(b'who').decode(), flush=True)\n"
        "    os._exit(0)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    worker = int(ended.stdout)
    deadline = time.monotonic() + 5
    while _runs(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(worker)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_worker_that_cannot_start_costs_its_items_and_ends() -> None:
    with WorkerPool[str](_cannot_be_imported_there(), 1, LIMIT_S) as pool:
        outcome = answers(pool, ["a", "b"])
    assert outcome == [(item, Failure("the program that opens pictures could not be started")) for item in "ab"]


def _cannot_be_imported_there():
    """A function whose module exists only in this process."""
    module = type(sys)("tests.only_here")
    sys.modules["tests.only_here"] = module
    exec("def serve(request): return request", module.__dict__)
    return module.serve
