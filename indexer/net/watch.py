# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, bytes and the user's stop, watched while a request is under way.

Every wait for the network is cut into slices, and between two slices the limits are looked at. That is done at the
socket, below the HTTP library, so that it covers all of a conversation: connecting, the TLS handshake, headers that
drip in byte by byte, a body without end. What the limits are is decided in `client`.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor

Result = TypeVar("Result")

SLICE_S = 0.1
"""How long a wait goes on before the limits are looked at; a tenth of the second in which a stop must take effect."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits.

    Attributes:
        connect_s: to connect.
        read_s: of silence.
        total_s: in all.
        wait_s: on top of that, while a server has asked for a pause.
        max_received: bytes that a request may bring in.
    """

    connect_s: float
    read_s: float
    total_s: float
    wait_s: float
    max_received: int


class Watch(threading.local):
    """What the work of the calling thread may still cost, and what it has cost so far.

    Each thread sees its own values: connections are shared by all threads of a client, and whoever uses one at the
    moment brings along time limit and stop.

    Attributes:
        url: what the fetch under way was asked for; its failures are told under this name.
        address: whom the request under way has reached, None before that.
        monitor: of the fetch under way.
        received: bytes that it brought in, headers included, counted as they come out of TLS.
    """

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.url = ""
        self.address: str | None = None
        self.received = 0
        self.monitor = Monitor()
        self._ends = float("inf")
        self._wait_left = 0.0

    def start_fetch(self, url: str, monitor: Monitor) -> None:
        """From here on the total time runs."""
        self.url, self.monitor = url, monitor
        self._ends = time.monotonic() + self.patience.total_s
        self._wait_left = self.patience.wait_s

    def start_request(self) -> None:
        """One of the requests of a fetch begins."""
        self.address, self.received = None, 0

    def grant_pause(self, seconds: float) -> None:
        """A server has asked for a pause; the total time stands still meanwhile.

        Raises:
            InputProblem: that is longer than may be waited.
        """
        if seconds > self._wait_left:
            because = f"the server takes no more questions for now; it may be asked again in {_in_words(seconds)}"
            raise InputProblem(self.url, because)
        self._wait_left -= seconds
        self._ends += seconds

    def check(self) -> None:
        """Look at the stop and at the total time.

        Raises:
            Cancelled: the user has asked to stop.
            InputProblem: the time is over.
        """
        self.monitor.check()
        if time.monotonic() > self._ends:
            raise InputProblem(self.url, f"the server took longer than {self.patience.total_s:g} seconds")

    def wait_for(self, act: Callable[[], Result], limit_s: float) -> Result:
        """Do `act`, which gives up with `TimeoutError` after a slice, again and again until it succeeds.

        Raises:
            TimeoutError: it did not within `limit_s`.
        """
        ends = time.monotonic() + limit_s
        while True:
            self.check()
            try:
                return act()
            except TimeoutError as pause:
                if pause.errno is not None or time.monotonic() > ends:  # with a number it is the system's own verdict
                    raise

    def wait_for_server(self, act: Callable[[], Result]) -> Result:
        """`wait_for` within the limit for silence.

        Raises:
            InputProblem: the server was silent for too long.
        """
        try:
            return self.wait_for(act, self.patience.read_s)
        except TimeoutError as problem:
            because = f"the server sent nothing for {self.patience.read_s:g} seconds"
            raise InputProblem(self.url, because) from problem

    def receive(self, act: Callable[[], int]) -> int:
        """Wait for bytes and count them.

        Raises:
            InputProblem: the server was silent for too long, or sent more than any answer may have.
        """
        count = self.wait_for_server(act)
        self.received += count
        if self.received > self.patience.max_received:
            raise InputProblem(self.url, f"the server sent more than {self.patience.max_received / 2**20:g} MB")
        return count


def _in_words(seconds: float) -> str:
    """Rounded up, in the unit in which people wait."""
    size, unit = next(
        (pair for pair in ((86400, "day"), (3600, "hour"), (60, "minute")) if seconds > pair[0]), (1, "second")
    )
    count = math.ceil(seconds / size)
    return f"{count} {unit}{'s' if count != 1 else ''}"
