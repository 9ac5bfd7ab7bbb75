"""The pace towards one host, in made-up time."""

import pytest

from indexer.core.errors import Cancelled
from indexer.net.pacing import GAP_S, Pacing
from indexer.net.watch import SLICE_S
from tests.indexer.net.test_limits import StopAfter


class MadeUpTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pacing(time: MadeUpTime, gap_s: float = GAP_S) -> Pacing:
    return Pacing(gap_s, clock=lambda: time.now, sleep=time.sleep)


def free() -> None:
    """A check that lets everything go on."""


def test_the_first_request_to_a_host_does_not_wait() -> None:
    time = MadeUpTime()
    pacing(time).wait("art.example", free)
    assert time.slept == []


def test_the_next_request_to_the_same_host_waits_for_the_gap() -> None:
    time = MadeUpTime()
    pace = pacing(time)
    pace.wait("art.example", free)
    pace.wait("art.example", free)
    assert time.now == pytest.approx(100.0 + GAP_S)


def test_other_hosts_do_not_wait() -> None:
    time = MadeUpTime()
    pace = pacing(time)
    pace.wait("art.example", free)
    pace.wait("shop.example", free)
    assert time.slept == []


def test_time_that_has_passed_counts() -> None:
    time = MadeUpTime()
    pace = pacing(time)
    pace.wait("art.example", free)
    time.now += GAP_S / 2
    pace.wait("art.example", free)
    assert time.now == pytest.approx(100.0 + GAP_S)


def test_this_computer_is_never_waited_for() -> None:
    time = MadeUpTime()
    pace = pacing(time)
    for host in ("127.0.0.1", "localhost", "::1") * 2:
        pace.wait(host, free)
    assert time.slept == []


def test_a_long_wait_is_cut_into_slices_so_that_a_stop_takes_effect() -> None:
    time = MadeUpTime()
    pace = pacing(time, gap_s=60)
    pace.wait("art.example", free)
    with pytest.raises(Cancelled):
        pace.wait("art.example", StopAfter(3).check)
    assert time.slept == [SLICE_S] * 3


def test_a_host_that_asked_for_a_pause_is_closed_until_it_is_over() -> None:
    time = MadeUpTime()
    pace = pacing(time)
    pace.close("127.0.0.1", 30)
    time.now += 10
    assert pace.closed_for("127.0.0.1") == pytest.approx(20)
    assert pace.closed_for("art.example") == 0
    time.now += 21
    assert pace.closed_for("127.0.0.1") == 0


def test_a_shorter_pause_does_not_cut_a_longer_one_short() -> None:
    time = MadeUpTime()
    pace = pacing(time)
    pace.close("art.example", 30)
    pace.close("art.example", 1)
    assert pace.closed_for("art.example") == pytest.approx(30)
