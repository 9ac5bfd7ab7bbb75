"""A local server, a ledger, and a made-up internet whose public address leads to that server."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from indexer.net.client import Client
from indexer.net.ledger import Ledger, LedgerEntry, entries
from indexer.net.pacing import Pacing
from tests.helpers.server import HOST, LocalServer

PUBLIC = "93.184.215.14"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    folder = tmp_path / "site"
    folder.mkdir()
    with LocalServer(folder) as running:
        yield running


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "sent.jsonl")


@pytest.fixture
def sent(ledger: Ledger) -> Callable[[], list[LedgerEntry]]:
    """What the ledger says by now."""
    return lambda: list(entries(ledger.path))


class QuickPacing(Pacing):
    """Its time passes only while somebody sleeps, and then at once."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(clock=lambda: self.now, sleep=self._skip)

    def _skip(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def client(ledger: Ledger) -> Iterator[Client]:
    """A client that may fetch from this computer."""
    with Client(ledger, allow_private_hosts=True, pacing=QuickPacing()) as ready:
        yield ready


@pytest.fixture
def strict_client(ledger: Ledger) -> Iterator[Client]:
    """A client as it is unless the user allows more."""
    with Client(ledger, pacing=QuickPacing()) as ready:
        yield ready


@dataclass
class Internet:
    """`names` holds what a name stands for, a list for each time that it is asked for; the last one stays."""

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    contacted: list[str] = field(default_factory=list)

    def look_up(self, host: str, port: int, *_: object, **__: object) -> list[tuple]:
        self.asked.append(host)
        answers = self.names.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [_as_found(address, port) for address in addresses]


def _as_found(address: str, port: int) -> tuple:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch, server: LocalServer) -> Internet:
    """Names are made up, and a connection to `PUBLIC` leads to the local server."""
    world = Internet()
    guarded_connect = socket.socket.connect

    def connect(self: socket.socket, address: tuple) -> None:
        world.contacted.append(address[0])
        guarded_connect(self, (HOST, server.port) if address[0] == PUBLIC else address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", world.look_up)
    return world
