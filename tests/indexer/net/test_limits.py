"""Servers that send too much, too slowly, or nothing: every fetch ends, and a stop takes effect at once."""

import gzip
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net.client import Client
from indexer.net.ledger import Ledger, LedgerEntry
from indexer.net.transport import FetchLimits
from tests.helpers.server import LocalServer, Visit
from tests.indexer.net.conftest import QuickPacing

LIMITS = FetchLimits(max_bytes=1 << 20)
"""Small in size; the times are those of the program, so that only the very limit under test can end a fetch."""

NEVER = 3600.0

Open = Callable[[FetchLimits], Client]


@pytest.fixture
def limited(ledger: Ledger) -> Iterator[Open]:
    """Opens a client with other limits."""
    opened: list[Client] = []

    def open_client(limits: FetchLimits) -> Client:
        opened.append(Client(ledger, allow_private_hosts=True, limits=limits, pacing=QuickPacing()))
        return opened[-1]

    yield open_client
    for client in opened:
        client.close()


class StopWhen(Monitor):
    """Stops as soon as something has happened."""

    def __init__(self, happened: threading.Event) -> None:
        self.happened = happened

    def check(self) -> None:
        if self.happened.is_set():
            raise Cancelled


class StopAfter(Monitor):
    """Stops when it has been asked so many times."""

    def __init__(self, checks: int) -> None:
        self.left = checks

    def check(self) -> None:
        if self.left == 0:
            raise Cancelled
        self.left -= 1


def why_not(client: Client, url: str) -> str:
    with pytest.raises(InputProblem) as caught:
        client.fetch(url, "to test")
    return caught.value.because


def test_the_limits_are_those_of_the_design() -> None:
    assert FetchLimits() == FetchLimits(64 << 20, connect_s=10, read_s=20, total_s=60, max_redirects=5)


def test_a_body_of_exactly_the_limit_is_fetched(server: LocalServer, limited: Open) -> None:
    body = b"x" * LIMITS.max_bytes
    assert limited(LIMITS).fetch(server.answers("/a", body), "to test").body == body


def test_a_body_without_end_is_ended(server: LocalServer, limited: Open) -> None:
    def script(visit: Visit) -> None:
        visit.begin({})
        while not visit.wait(0):
            visit.wfile.write(b"x" * 65536)

    assert why_not(limited(LIMITS), server.plays("/a", script)) == "the answer is larger than 1 MB"


def test_chunks_without_end_are_ended(server: LocalServer, limited: Open) -> None:
    def script(visit: Visit) -> None:
        visit.begin({"Transfer-Encoding": "chunked"})
        while not visit.wait(0):
            visit.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    assert why_not(limited(LIMITS), server.plays("/a", script)) == "the answer is larger than 1 MB"


def test_a_size_announced_too_large_is_not_even_begun(server: LocalServer, limited: Open, ledger: Ledger) -> None:
    def script(visit: Visit) -> None:
        visit.begin({"Content-Length": str(1 << 40)})
        visit.wait(NEVER)

    assert why_not(limited(LIMITS), server.plays("/a", script)) == "the answer is larger than 1 MB"


def test_headers_without_end_are_ended(server: LocalServer, limited: Open) -> None:
    def script(visit: Visit) -> None:
        while not visit.wait(0):
            visit.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    assert why_not(limited(replace(LIMITS, max_bytes=0)), server.plays("/a", script)) == (
        "the server sent more than 1 MB"
    )


def test_a_packed_answer_is_unpacked(server: LocalServer, limited: Open) -> None:
    url = server.answers("/a", gzip.compress(b"hello") + gzip.compress(b" world"), headers={"Content-Encoding": "gzip"})
    assert limited(LIMITS).fetch(url, "to test").body == b"hello world"


def test_a_small_answer_that_unpacks_to_a_huge_one_is_ended(server: LocalServer, limited: Open) -> None:
    bomb = gzip.compress(bytes(256 << 20), 1)
    assert len(bomb) < 2 * LIMITS.max_bytes
    url = server.answers("/a", bomb, headers={"Content-Encoding": "gzip"})
    assert why_not(limited(replace(LIMITS, max_bytes=4 << 20)), url) == "the answer is larger than 4 MB"


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd", "compress"])
def test_other_ways_of_packing_are_refused(server: LocalServer, limited: Open, packing: str) -> None:
    url = server.answers("/a", b"x", headers={"Content-Encoding": packing})
    assert why_not(limited(LIMITS), url) == f"the answer is packed in a way that was not asked for ({packing})"


def test_a_packed_answer_that_is_not_is_one_sentence(server: LocalServer, limited: Open) -> None:
    url = server.answers("/a", b"not gzip at all", headers={"Content-Encoding": "gzip"})
    assert why_not(limited(LIMITS), url) == "the answer is packed in a damaged way"


def test_an_answer_that_breaks_off_is_not_an_answer(
    server: LocalServer, limited: Open, sent: Callable[[], list[LedgerEntry]]
) -> None:
    def script(visit: Visit) -> None:
        visit.answer(b"half", headers={"Content-Length": "8"})
        visit.close_connection = True

    because = "the answer broke off before it was complete"
    assert why_not(limited(LIMITS), server.plays("/a", script)) == because
    (entry,) = sent()  # it is not tried again
    assert entry.outcome is not None
    assert (entry.outcome.status, entry.outcome.failure) == (None, because)


def test_chunks_that_break_off_are_not_an_answer(server: LocalServer, limited: Open) -> None:
    def script(visit: Visit) -> None:
        visit.begin({"Transfer-Encoding": "chunked"})
        visit.wfile.write(b"10\r\nhalf")

    assert why_not(limited(LIMITS), server.plays("/a", script)) == "the answer broke off before it was complete"


def test_a_body_that_drips_is_ended_when_the_time_is_over(server: LocalServer, limited: Open) -> None:
    def script(visit: Visit) -> None:
        visit.begin({"Content-Length": "100000"})
        visit.drip(b"x" * 100_000, pause_s=0.02)

    client = limited(replace(LIMITS, total_s=0.5))
    assert why_not(client, server.plays("/a", script)) == "the server took longer than 0.5 seconds"


def test_headers_that_drip_are_ended_when_the_time_is_over(server: LocalServer, limited: Open) -> None:
    def script(visit: Visit) -> None:
        visit.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 60_000, pause_s=0.02)

    client = limited(replace(LIMITS, total_s=0.5))
    assert why_not(client, server.plays("/a", script)) == "the server took longer than 0.5 seconds"


def test_the_time_runs_on_over_redirects(server: LocalServer, limited: Open) -> None:
    def script(visit: Visit) -> None:
        visit.wait(0.2)
        visit.answer(status=302, headers={"Location": "/a"})

    client = limited(replace(LIMITS, total_s=0.5, max_redirects=1000))
    assert why_not(client, server.plays("/a", script)) == "the server took longer than 0.5 seconds"


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_a_server_that_falls_silent_is_given_up(server: LocalServer, limited: Open, begun: bytes) -> None:
    def script(visit: Visit) -> None:
        visit.wfile.write(begun)
        visit.wait(NEVER)

    client = limited(replace(LIMITS, read_s=0.3))
    assert why_not(client, server.plays("/a", script)) == "the server sent nothing for 0.3 seconds"
    assert len(server.seen) == 1


def test_silence_shorter_than_the_limit_is_borne(server: LocalServer, limited: Open) -> None:
    def script(visit: Visit) -> None:
        visit.wait(0.3)
        visit.answer(b"late")

    assert limited(LIMITS).fetch(server.plays("/a", script), "to test").body == b"late"


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_a_stop_takes_effect_while_the_server_is_silent(
    server: LocalServer, limited: Open, sent: Callable[[], list[LedgerEntry]], begun: bytes
) -> None:
    waiting = threading.Event()

    def script(visit: Visit) -> None:
        visit.wfile.write(begun)
        waiting.set()
        visit.wait(NEVER)

    with pytest.raises(Cancelled):  # without the stop, the silence would end as another error
        limited(LIMITS).fetch(server.plays("/a", script), "to test", StopWhen(waiting))
    (entry,) = sent()
    assert entry.outcome is not None
    assert entry.outcome.failure == "stopped by the user"


def test_a_stop_takes_effect_while_bytes_drip_in(server: LocalServer, limited: Open) -> None:
    dripping = threading.Event()

    def script(visit: Visit) -> None:
        visit.begin({"Content-Length": "100000"})
        dripping.set()
        visit.drip(b"x" * 100_000, pause_s=0.01)

    with pytest.raises(Cancelled):
        limited(LIMITS).fetch(server.plays("/a", script), "to test", StopWhen(dripping))


def test_a_stop_takes_effect_while_an_answer_is_unpacked(server: LocalServer, limited: Open) -> None:
    url = server.answers("/a", gzip.compress(bytes(16 << 20)), headers={"Content-Encoding": "gzip"})
    with pytest.raises(Cancelled):
        limited(FetchLimits()).fetch(url, "to test", StopAfter(200))


@pytest.fixture
def deaf_address() -> Iterator[str]:
    """An address where nobody takes a call: the queue of waiting visitors is full. Known to work so on Linux."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as listener,
        socket.socket() as first,
        socket.socket() as second,
    ):
        for visitor in (first, second):
            visitor.settimeout(0)
            visitor.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take calls that nobody answers")
def test_a_server_that_takes_no_calls_is_given_up(limited: Open, deaf_address: str) -> None:
    client = limited(replace(LIMITS, connect_s=0.3))
    assert why_not(client, deaf_address) == "the server could not be reached (no answer)"


def test_a_stop_takes_effect_while_connecting(limited: Open, deaf_address: str) -> None:
    with pytest.raises(Cancelled):
        limited(LIMITS).fetch(deaf_address, "to test", StopAfter(3))


def test_a_stop_in_one_thread_leaves_the_other_alone(server: LocalServer, limited: Open) -> None:
    both_wait, stop = threading.Barrier(3), threading.Event()

    def script(visit: Visit) -> None:
        both_wait.wait()
        visit.wait(0.5)
        visit.answer(b"late")

    url, client, ended = server.plays("/a", script), limited(LIMITS), {}

    def fetch(name: str, monitor: Monitor) -> None:
        try:
            ended[name] = client.fetch(url, "to test", monitor).body
        except Cancelled:
            ended[name] = b"stopped"

    threads = [
        threading.Thread(target=fetch, args=("first", StopWhen(stop))),
        threading.Thread(target=fetch, args=("second", Monitor())),
    ]
    for thread in threads:
        thread.start()
    both_wait.wait()
    stop.set()
    for thread in threads:
        thread.join()
    assert ended == {"first": b"stopped", "second": b"late"}
