# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks services that speak JSON, and reads what they answer: leniently in form, strictly in size and time.

Services send what no standard allows, so the bare words `NaN` and `Infinity` (datasets.md §1.3) and numbers beyond
every float become None; whole numbers keep all their digits, since ids exceed 2^53. What is in an answer is for the
source that asked.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.net.request import ANY_STATUS, Request
from indexer.net.transport import FetchLimits, Transport

_FIRST_FAILURE = 400
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """What one question may cost.

    Attributes:
        max_bytes: of the answer, unpacked.
        max_values: in the answer; a million small ones take a hundred times the memory of their text.
        read_s: of silence; a service that searches billions of rows is silent while it does.
        total_s: in all, redirects and a second try included.
        wait_s: on top of that, while the service has asked for a pause.
    """

    max_bytes: int = 64 << 20
    max_values: int = 4_000_000
    connect_s: float = 10.0
    read_s: float = 60.0
    total_s: float = 120.0
    wait_s: float = 300.0


DEFAULT_LIMITS = ApiLimits()


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """What a service answered.

    Attributes:
        status: 400 and above too: what such a number means differs from service to service.
        content: parsed; None for an empty answer, and for one of a status from 400 up that is no JSON.
        headers: by name, upper and lower case alike.
    """

    status: int
    content: Any
    headers: Mapping[str, str]


class JsonApi(Transport):
    """Asks by GET and POST. May be used by several threads; close it, or use it in a `with` statement."""

    def __init__(self, network: Network, limits: ApiLimits = DEFAULT_LIMITS) -> None:
        super().__init__(
            Ledger(network.ledger),
            offline=network.offline,
            allow_private_hosts=network.allow_private_hosts,
            limits=FetchLimits(limits.max_bytes, limits.connect_s, limits.read_s, limits.total_s, wait_s=limits.wait_s),
            pacing=network.pacing,
        )
        self._max_values = limits.max_values

    def get(self, url: str, purpose: str, monitor: Monitor, token: str | None = None) -> JsonAnswer:
        """What the service has at this address.

        Args:
            url: with its query.
            purpose: why, in plain words, for the ledger.
            monitor: as in `Transport.send`.
            token: sent to the very host of `url`, encrypted, and nowhere written down.

        Raises:
            InputProblem: no answer, or none that is JSON; `because` is written to follow "not searched, because".
            Cancelled, StorageProblem: as in `Transport.send`.
        """
        return self._call(Request(url, purpose, {"Accept": _JSON}, token=token, statuses=ANY_STATUS), monitor)

    def post(self, url: str, content: object, purpose: str, monitor: Monitor) -> JsonAnswer:
        """What the service answers to `content`, which is sent as JSON; its kind and size stand in the ledger.

        Raises:
            InputProblem, Cancelled, StorageProblem: as in `get`; a redirect is refused as well, since `content` would
                go to somebody else.
        """
        body = json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
        return self._call(Request(url, purpose, {"Accept": _JSON}, body, _JSON, statuses=ANY_STATUS), monitor)

    def _call(self, request: Request, monitor: Monitor) -> JsonAnswer:
        reply = self.send(request, self._read, monitor)
        return JsonAnswer(reply.status, reply.content, reply.headers)

    def _read(self, response: requests.Response) -> Any:  # noqa: ANN401 - JSON can be anything
        """A reader: the answer, parsed."""
        body = self.read_body(response)
        try:
            return self._parse(body, response)
        except InputProblem:
            if response.status_code >= _FIRST_FAILURE:
                return None
            raise

    def _parse(self, body: bytes, response: requests.Response) -> Any:  # noqa: ANN401
        text = body.strip()
        if not text:
            return None
        if sum(map(text.count, (b",", b"[", b"{"))) > self._max_values:
            raise InputProblem(response.url, f"the answer holds more than {self._max_values:,} values")
        try:
            return json.loads(text, parse_constant=_no_number, parse_float=_finite)
        except (ValueError, RecursionError) as problem:
            kind = response.headers.get("Content-Type", "").strip().lower()
            is_page = text.startswith(b"<") or kind.startswith("text/html")
            because = "it answered with a web page instead of data" if is_page else "its answer is not readable data"
            raise InputProblem(response.url, because) from problem


def _no_number(_: str) -> None:
    """What NaN, Infinity and -Infinity become."""


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None
