# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a minimum time between two requests to the same host, so that a long list of links floods nobody.

A host that asks for a pause is left alone for that long, by everybody who shares this pace.
"""

import threading
import time
from collections.abc import Callable

from indexer.net.addresses import is_this_computer
from indexer.net.watch import SLICE_S

GAP_S = 0.2
"""Five requests a second to one host at most. Our choice: a browser that opens one page asks for more at once."""


class Pacing:
    """The pace of all requests of a client, from whatever thread.

    Args:
        gap_s: seconds between two requests to the same host; there is none for this computer.
        clock: rising seconds.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        gap_s: float = GAP_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap_s, self._clock, self._sleep = gap_s, clock, sleep
        self._free_from: dict[str, float] = {}
        self._closed_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str, check: Callable[[], None]) -> None:
        """Wait for this host's turn; `check` is called meanwhile and ends the wait by raising."""
        if is_this_computer(host):
            return
        with self._lock:
            now = self._clock()
            turn = max(now, self._free_from.get(host, now))
            self._free_from[host] = turn + self._gap_s
        self.pause(turn - now, check)

    def close(self, host: str, seconds: float) -> None:
        """This host has asked to be left alone for so long."""
        with self._lock:
            self._closed_until[host] = max(self._clock() + seconds, self._closed_until.get(host, 0.0))

    def closed_for(self, host: str) -> float:
        """Seconds for which this host is still to be left alone, 0 if it may be asked."""
        with self._lock:
            return max(self._closed_until.get(host, 0.0) - self._clock(), 0.0)

    def pause(self, seconds: float, check: Callable[[], None]) -> None:
        """Wait for so many seconds; `check` is called meanwhile and ends the wait by raising."""
        ends = self._clock() + seconds
        while (left := ends - self._clock()) > 0:
            check()
            self._sleep(min(left, SLICE_S))
