# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches pages of web sites, where the site lets programs read them.

Not for pictures that were found in a list, nor for data sets that the user named: there the user asks for one file,
as with a browser. A page is read to find something in it, which is what robots.txt speaks of.
"""

import threading
from dataclasses import replace
from http import HTTPStatus

import requests

from indexer.core.about import this_tool
from indexer.core.errors import InputProblem
from indexer.net.client import Client
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.net.request import ANY_STATUS, Request, Target, origin
from indexer.net.robots import Robots, read_robots
from indexer.net.transport import DEFAULT_LIMITS, Transport, status_in_words
from indexer.net.watch import SLICE_S

_LIMITS = replace(DEFAULT_LIMITS, max_bytes=1 << 20)
"""Of a robots.txt; RFC 9309 §2.5 asks for half of that at least."""

_FORBIDDEN = "the site's robots.txt asks programs not to read this page"


class PageClient(Client):
    """A client that asks each host once for its robots.txt, and keeps to it, at redirects too."""

    def __init__(self, network: Network) -> None:
        ledger = Ledger(network.ledger)
        offline, private, pacing = network.offline, network.allow_private_hosts, network.pacing
        super().__init__(ledger, offline=offline, allow_private_hosts=private, pacing=pacing)
        self._asker = Transport(ledger, offline=offline, allow_private_hosts=private, limits=_LIMITS, pacing=pacing)
        self._known: dict[tuple[str, str | None, int | None], Robots | str] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        super().close()
        self._asker.close()

    def permit(self, target: Target) -> None:
        """Called before a page is asked for.

        Raises:
            InputProblem: the site asks programs not to read it, or cannot be asked about it now.
        """
        robots = self._robots_of(target)
        if isinstance(robots, str):
            raise InputProblem(target.url, robots)
        if not robots.allow(target.url):
            raise InputProblem(target.url, _FORBIDDEN)

    def _robots_of(self, target: Target) -> Robots | str:
        while not self._lock.acquire(timeout=SLICE_S):  # another thread is asking
            self.check()
        try:
            key = origin(target.url)
            if key not in self._known:
                self._known[key] = self._ask_robots(target)
            return self._known[key]
        finally:
            self._lock.release()

    def _ask_robots(self, target: Target) -> Robots | str:
        """The host's rules, or why it cannot be told them now."""
        scheme, host, port = origin(target.url)
        name = f"[{host}]" if ":" in (host or "") else host
        request = Request(
            f"{scheme}://{name}:{port}/robots.txt", "to see what programs may read there", statuses=ANY_STATUS
        )
        try:
            reply = self._asker.send(request, self._read_rules, self._watch.monitor)
        except InputProblem as problem:
            return problem.because
        return reply.content

    def _read_rules(self, response: requests.Response) -> Robots | str:
        """A reader: RFC 9309 §2.3.1. No file, no rules; a server in trouble is left alone."""
        status = response.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            return f"the site's robots.txt cannot be read now ({status_in_words(status)}), so the page is left alone"
        if status not in range(200, 300):
            return Robots(())
        text = self._asker.read_body(response).decode("utf-8", "replace")
        return read_robots(text, this_tool().name)
