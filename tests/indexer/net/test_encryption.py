"""https: the certificate and the host's name are verified, and the limits hold there too."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests.adapters

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net.client import Client
from indexer.net.json_api import JsonApi
from indexer.net.ledger import Ledger, LedgerEntry, entries
from indexer.net.network import Network
from indexer.net.transport import FetchLimits
from tests.helpers.server import LocalServer, Visit
from tests.indexer.net.conftest import Internet
from tests.indexer.net.test_limits import NEVER, StopWhen, why_not

CERTIFICATE = Path(__file__).with_name("localhost.pem")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    with LocalServer(certificate=CERTIFICATE) as running:
        yield running


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's certificate counts as one that the world trusts."""
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(CERTIFICATE))


@pytest.fixture
def at_home(internet: Internet) -> Internet:
    """`localhost` and a foreign name lead to the server."""
    internet.names |= {"localhost": [["127.0.0.1"]], "art.example": [["127.0.0.1"]]}
    return internet


def named(server: LocalServer, path: str, host: str = "localhost") -> str:
    return f"https://{host}:{server.port}{path}"


@pytest.mark.usefixtures("trusted", "at_home")
def test_a_trusted_server_is_fetched_from(server: LocalServer, client: Client, ledger: Ledger) -> None:
    server.answers("/a", b"secret")
    for _ in range(2):
        assert client.fetch(named(server, "/a"), "to test").body == b"secret"
    assert len({seen.port for seen in server.seen}) == 1
    assert [outcome_of(entry) for entry in entries(ledger.path)] == [(200, "127.0.0.1")] * 2


def outcome_of(entry: LedgerEntry) -> tuple[int | None, str | None]:
    assert entry.outcome is not None
    return entry.outcome.status, entry.outcome.address


@pytest.mark.usefixtures("trusted", "at_home")
def test_a_certificate_for_another_name_is_refused(server: LocalServer, client: Client) -> None:
    because = why_not(client, named(server, "/a", "art.example"))
    assert because.startswith("the server's certificate is not accepted (hostname mismatch")
    assert server.seen == []


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_a_name_does_not_hold_for_the_address(server: LocalServer, client: Client) -> None:
    assert "certificate is not accepted" in why_not(client, f"{server.url}/a")


@pytest.mark.usefixtures("at_home")
def test_a_certificate_that_nobody_vouches_for_is_refused(server: LocalServer, client: Client, ledger: Ledger) -> None:
    because = why_not(client, named(server, "/a"))
    assert because == "the server's certificate is not accepted (self-signed certificate)"
    assert len(list(entries(ledger.path))) == 1


def test_a_server_that_does_not_speak_tls_is_one_sentence(client: Client, tmp_path: Path) -> None:
    with LocalServer(tmp_path) as plain:
        because = why_not(client, plain.url.replace("http:", "https:"))
    assert because == "no secure connection with the server was possible"


@pytest.mark.usefixtures("trusted", "at_home")
def test_a_stop_takes_effect_while_an_encrypted_server_is_silent(server: LocalServer, client: Client) -> None:
    waiting = threading.Event()

    def script(visit: Visit) -> None:
        visit.begin({"Content-Length": "8"})
        visit.wfile.write(b"half")
        waiting.set()
        visit.wait(NEVER)

    server.plays("/a", script)
    with pytest.raises(Cancelled):
        client.fetch(named(server, "/a"), "to test", StopWhen(waiting))


@pytest.fixture
def mute_address() -> Iterator[str]:
    """A server that takes the call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_server_that_never_shakes_hands_is_given_up(ledger: Ledger, mute_address: str) -> None:
    with Client(ledger, allow_private_hosts=True, limits=replace(FetchLimits(), read_s=0.3)) as client:
        assert why_not(client, mute_address) == "the server sent nothing for 0.3 seconds"


def test_a_stop_takes_effect_while_hands_are_shaken(client: Client, mute_address: str) -> None:
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    with pytest.raises(Cancelled):
        client.fetch(mute_address, "to test", StopWhen(stop))
    timer.join()


@pytest.mark.usefixtures("trusted", "at_home")
def test_a_large_question_is_sent_whole_and_encrypted(server: LocalServer, tmp_path: Path) -> None:
    server.reads_after_s = 0.4
    server.answers("/knn", b"[7]")
    question = "x" * (16 << 20)
    with JsonApi(Network(tmp_path / "sent.jsonl", allow_private_hosts=True)) as api:
        assert api.post(named(server, "/knn"), question, "to test", Monitor()).content == [7]
    assert len(server.seen[0].body) == len(question) + 2


@pytest.mark.usefixtures("trusted", "at_home")
def test_time_and_size_are_limited_there_too(server: LocalServer, ledger: Ledger) -> None:
    def drips(visit: Visit) -> None:
        visit.begin({"Content-Length": "100000"})
        visit.drip(b"x" * 100_000, pause_s=0.02)

    server.plays("/drips", drips)
    server.answers("/large", b"x" * ((1 << 20) + 1), headers={"Connection": "close"})
    limits = FetchLimits(max_bytes=1 << 20, total_s=0.5)
    with Client(ledger, allow_private_hosts=True, limits=limits) as client:
        assert why_not(client, named(server, "/large")) == "the answer is larger than 1 MB"
        with pytest.raises(InputProblem, match=r"longer than 0\.5 seconds"):
            client.fetch(named(server, "/drips"), "to test")
