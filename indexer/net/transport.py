# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends requests: within limits, watched, written down, at a pace, and only to where it is allowed.

What a caller wants of an answer is its own matter: it hands a reader along. `client` reads a whole body, `json_api`
data, `download` a file into a place, `remote_file` a part of one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Generic, Self, TypeVar

import requests
from urllib3.exceptions import DecodeError, HTTPError

from indexer.core.clock import utc_now
from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net.addresses import AddressRule
from indexer.net.connections import GuardedAdapter
from indexer.net.ledger import Ledger, Outcome
from indexer.net.pacing import Pacing
from indexer.net.quota import BUSY, pause_asked
from indexer.net.request import Request, Target, aim, send_on
from indexer.net.sockets import Doorway, NotReached
from indexer.net.watch import SLICE_S, Patience, Watch

Content = TypeVar("Content")
Reader = Callable[[requests.Response], Content]

RETRY_PAUSE_S = 0.5
"""Before the one second try: long enough for a server that is just restarting a worker, too short to be noticed."""

_CHUNK_BYTES = 1 << 14
"""Read at a time. Packed data grows at most 1032-fold (zlib), so one chunk stays under 17 MB even in the oldest
urllib3 that is allowed, which unpacks a chunk whole."""

_FRAMING_BYTES = 1 << 20
"""What a request may bring in above the size of its body: headers, the marks between chunks."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PACKINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one fetch may cost.

    Attributes:
        max_bytes: of the body, unpacked.
        total_s: with redirects and a second try.
        wait_s: on top of that, while a server has asked for a pause.
    """

    max_bytes: int = 64 << 20
    connect_s: float = 10.0
    read_s: float = 20.0
    total_s: float = 60.0
    max_redirects: int = 5
    wait_s: float = 20.0


DEFAULT_LIMITS = FetchLimits()


@dataclass(frozen=True, slots=True)
class Reply(Generic[Content]):
    """An answer that was read. `final_url` is where it came from, after redirects."""

    final_url: str
    status: int
    headers: Mapping[str, str]
    content: Content


class Transport:
    """Sends requests. May be used by several threads; close it, or use it in a `with` statement.

    Args:
        ledger: where everything sent is written down.
        offline: nothing leaves this machine.
        allow_private_hosts: also ask this computer and its own networks.
        limits: what one request may cost, redirects included.
        pacing: the pace towards each host.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        offline: bool = False,
        allow_private_hosts: bool = False,
        limits: FetchLimits = DEFAULT_LIMITS,
        pacing: Pacing | None = None,
    ) -> None:
        self._ledger, self._limits, self._pacing = ledger, limits, pacing or Pacing()
        self._rule = AddressRule(allow_private_hosts, offline)
        max_received = 2 * limits.max_bytes + _FRAMING_BYTES
        self._watch = Watch(Patience(limits.connect_s, limits.read_s, limits.total_s, limits.wait_s, max_received))
        self._adapter = GuardedAdapter(Doorway(self._rule, self._watch))

    def send(self, request: Request, read: Reader[Content], monitor: Monitor | None = None) -> Reply[Content]:
        """Ask, and go on where the answer points to. Each step is judged and written down like the first.

        Args:
            request: what is asked for.
            read: is given the answer as soon as its headers are there.
            monitor: is asked ten times a second whether to stop, only not while the system looks a name up.

        Raises:
            InputProblem: it was not answered, or not in a way that can be read; `because` is written to follow
                "not fetched, because". `NotReached`, a kind of it, when nobody answers at all.
            Cancelled: the monitor says so.
            StorageProblem: the ledger cannot be written.
        """
        self._watch.start_fetch(request.url, monitor or Monitor())
        try:
            return self._follow(request, read)
        except NotReached as problem:
            raise NotReached(request.url, problem.because) from problem
        except InputProblem as problem:
            raise InputProblem(request.url, problem.because) from problem

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def read_body(self, response: requests.Response) -> bytes:
        """A reader: the whole body, unpacked, ended as soon as it is too large."""
        packing = response.headers.get("Content-Encoding", "").strip().lower()
        if packing not in _PACKINGS:
            raise InputProblem(response.url, f"the answer is packed in a way that was not asked for ({packing[:40]})")
        if (response.raw.length_remaining or 0) > self._limits.max_bytes:
            raise self.too_large(response)
        body = bytearray()
        for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=True):
            self.check()  # unpacking may go on for long without the socket being asked
            body += chunk
            if len(body) > self._limits.max_bytes:
                raise self.too_large(response)
        return bytes(body)

    def too_large(self, response: requests.Response) -> InputProblem:
        """What a reader raises when there is more than may come."""
        return InputProblem(response.url, f"the answer is larger than {self._limits.max_bytes / 2**20:g} MB")

    def check(self) -> None:
        """For readers, between two pieces of an answer: look at the stop and at the time."""
        self._watch.check()

    def permit(self, target: Target) -> None:
        """Called before each request; whoever keeps to further rules raises `InputProblem` here."""

    def _follow(self, request: Request, read: Reader[Content]) -> Reply[Content]:
        for _ in range(1 + self._limits.max_redirects):
            target = aim(request, self._rule)
            self.permit(target)
            answer = self._ask(target, request, read)
            if isinstance(answer, Reply):
                return answer
            if answer.leads_to is None:
                raise InputProblem(request.url, status_in_words(answer.status))
            request = send_on(request, target, answer.leads_to)
        raise InputProblem(request.url, f"it was redirected more than {self._limits.max_redirects} times")

    def _ask(self, target: Target, request: Request, read: Reader[Content]) -> "Reply[Content] | _Unread":
        """Ask until the server does not put us off."""
        while True:
            try:
                answer = self._ask_once(target, request, read)
            except NotReached:
                self._pacing.pause(RETRY_PAUSE_S, self._watch.check)
                answer = self._ask_once(target, request, read)
            pause_s = pause_asked(answer.status, answer.headers)
            if pause_s:
                self._pacing.close(target.host, pause_s)
            if not (pause_s and answer.status in BUSY):
                return answer

    def _ask_once(self, target: Target, request: Request, read: Reader[Content]) -> "Reply[Content] | _Unread":
        """One request, with its two lines in the ledger."""
        self._wait_for_turn(target.host)
        self._watch.start_request()
        sent_bytes = len(request.body or b"")
        number = self._ledger.before(
            request.method, target.url, target.host, request.purpose, sent_bytes, request.body_type
        )
        try:
            answer = self._exchange(target, request, read)
        except InputProblem as problem:
            self._ledger.after(number, self._outcome(None, problem.because))
            raise
        except Cancelled:
            self._ledger.after(number, self._outcome(None, "stopped by the user"))
            raise
        self._ledger.after(number, self._outcome(answer.status, None))
        return answer

    def _wait_for_turn(self, host: str) -> None:
        closed_s = self._pacing.closed_for(host)
        if closed_s:
            self._watch.grant_pause(closed_s)
            self._pacing.pause(closed_s, self._watch.check)
        self._pacing.wait(host, self._watch.check)
        self._watch.check()

    def _outcome(self, status: int | None, failure: str | None) -> Outcome:
        return Outcome(utc_now(), status, failure, self._watch.received, self._watch.address)

    def _exchange(self, target: Target, request: Request, read: Reader[Content]) -> "Reply[Content] | _Unread":
        """Send the request and read the answer; what goes wrong becomes one sentence."""
        try:
            # The library's own limit is one slice: the watch lets it go on, and knows the real limits.
            with self._adapter.send(target.prepared, stream=True, timeout=SLICE_S) as response:
                status, headers = response.status_code, response.headers
                if status in _REDIRECTS and "Location" in headers:
                    return _Unread(status, headers, headers["Location"])
                if status not in request.statuses or (status in BUSY and pause_asked(status, headers)):
                    return _Unread(status, headers)
                return Reply(target.url, status, headers, read(response))
        except requests.ConnectionError as problem:
            raise NotReached(target.url, "the server gave no usable answer") from problem
        except DecodeError as problem:
            raise InputProblem(target.url, "the answer is packed in a damaged way") from problem
        except (requests.RequestException, HTTPError, OSError) as problem:
            raise InputProblem(target.url, "the answer broke off before it was complete") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Unread:
    """An answer whose body is nobody's business: it leads elsewhere, or is none of those that were asked for."""

    status: int
    headers: Mapping[str, str]
    leads_to: str | None = None


def status_in_words(status: int) -> str:
    """What a server's number means, as a sentence."""
    try:
        return f"the server answered {status} ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        return f"the server answered {status}"
