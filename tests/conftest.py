"""Rules that hold for every test: no network beyond loopback, own folders, nothing left running, no unannounced log."""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # set it to xcb or wayland to watch the windows

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest go first, so that no process is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("journey") is None)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, data and caches go to a folder of this test alone."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("EXHIBIT_A_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine is a failure of the test."""
    really_connect = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and host not in LOOPBACK:
            pytest.fail(f"a test tried to reach {address}")
        really_connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """A thread or a process that outlives its test fails it; both get a moment to end."""
    threads_before = set(threading.enumerate())
    children_before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    deadline = time.monotonic() + 5
    while (left := _left(threads_before, children_before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left, f"left running: {left}"


def _left(threads_before: set[threading.Thread], children_before: set[int]) -> list[str]:
    threads = [thread.name for thread in set(threading.enumerate()) - threads_before]
    children = []
    for child in psutil.Process().children(recursive=True):
        try:
            if child.pid not in children_before and child.status() != psutil.STATUS_ZOMBIE:
                command = " ".join(child.cmdline())
                if "resource_tracker" not in command:
                    children.append(command)
        except psutil.NoSuchProcess:
            continue
    return threads + children


@pytest.fixture(autouse=True)
def no_unannounced_warning(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """A log line of warning level or above fails the test unless it is marked `@pytest.mark.logs_warnings`."""
    yield
    if request.node.get_closest_marker("logs_warnings"):
        return
    loud = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not loud, f"unannounced log lines: {loud}"


@pytest.fixture(scope="session")
def open_clip_says(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What open_clip itself gives for a small seeded model; see `ask_open_clip`. Not to be changed."""
    from tests.helpers.clip import ask_open_clip  # only tests of CLIP need it

    return ask_open_clip(tmp_path_factory.mktemp("open_clip"))


@pytest.fixture(scope="session")
def small_weights(open_clip_says: Path) -> Path:
    """Seeded weights of a small CLIP model, with the description that belongs beside them. Not to be changed."""
    from tests.helpers.clip import describe  # only tests of CLIP need it

    place = open_clip_says / "small.safetensors"
    describe(place)
    return place
