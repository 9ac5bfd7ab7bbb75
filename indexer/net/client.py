# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches what an address holds: within limits, watched, written down, and only from where it is allowed.

Nothing else in the engine speaks HTTP. This room gives bytes and judges none of them: what they are, and whether they
may be opened, is for the rooms above.
"""

from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from urllib3.exceptions import DecodeError, HTTPError

from indexer.core.about import this_tool
from indexer.core.clock import utc_now
from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net.addresses import AddressRule
from indexer.net.connections import GuardedAdapter
from indexer.net.ledger import Ledger, Outcome
from indexer.net.pacing import Pacing
from indexer.net.sockets import Doorway, NotReached
from indexer.net.watch import SLICE_S, Patience, Watch

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
    """What one fetch may cost. `max_bytes` is of the body, unpacked; `total_s` includes redirects and a second try."""

    max_bytes: int = 64 << 20
    connect_s: float = 10.0
    read_s: float = 20.0
    total_s: float = 60.0
    max_redirects: int = 5


DEFAULT_LIMITS = FetchLimits()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address held. `content_type` is what the server claims, None when it claims nothing."""

    url: str
    final_url: str
    status: int
    body: bytes
    content_type: str | None
    fetched_utc: str


@dataclass(frozen=True, slots=True)
class _Target:
    """An address that may be asked for, in the form in which it is sent."""

    url: str
    host: str
    request: requests.PreparedRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request: where it leads, or what it held."""

    status: int
    leads_to: str | None = None
    body: bytes = b""
    content_type: str | None = None


class Client:
    """Fetches addresses. May be used by several threads; close it, or use it in a `with` statement.

    Args:
        ledger: where everything sent is written down.
        offline: nothing leaves this machine.
        allow_private_hosts: also fetch from this computer and its own networks.
        limits: what one fetch may cost.
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
        self._watch = Watch(Patience(limits.connect_s, limits.read_s, limits.total_s, max_received))
        self._adapter = GuardedAdapter(Doorway(self._rule, self._watch))

    def fetch(self, url: str, purpose: str, monitor: Monitor | None = None) -> Fetched:
        """What the address holds.

        Args:
            url: http or https.
            purpose: why, in plain words, for the ledger.
            monitor: is asked ten times a second whether to stop, only not while the system looks a name up.

        Raises:
            InputProblem: it was not fetched; `because` is written to follow "not fetched, because".
            Cancelled: the monitor says so.
            StorageProblem: the ledger cannot be written.
        """
        self._watch.start_fetch(url, monitor or Monitor())
        try:
            return self._follow(url, purpose)
        except InputProblem as problem:
            raise InputProblem(url, problem.because) from problem

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def _follow(self, url: str, purpose: str) -> Fetched:
        """Ask, and go on where the answer points to. Each step is judged and written down like the first."""
        target = self._aim(url)
        for _ in range(1 + self._limits.max_redirects):
            answer = self._ask(target, purpose)
            if answer.leads_to is None:
                return Fetched(url, target.url, answer.status, answer.body, answer.content_type, utc_now())
            target = self._aim(_join(target.url, answer.leads_to))
        raise InputProblem(url, f"it was redirected more than {self._limits.max_redirects} times")

    def _aim(self, url: str) -> _Target:
        """Check what can be checked of an address before anybody is asked."""
        try:
            request = requests.Request("GET", urldefrag(url).url, headers=self._headers()).prepare()
            sent = request.url or ""
            parts = urlsplit(sent)
            host, _ = parts.hostname, parts.port
        except (requests.RequestException, ValueError) as problem:
            raise InputProblem(url, "it is not a complete web address") from problem
        if parts.scheme not in ("http", "https"):
            raise InputProblem(url, "only addresses that begin with http or https are fetched")
        if not host:
            raise InputProblem(url, "it is not a complete web address")
        if "@" in parts.netloc:
            raise InputProblem(url, "it holds a user name or password")
        because = self._rule.why_host_refused(host)
        if because:
            raise InputProblem(url, because)
        return _Target(sent, host, request)

    def _headers(self) -> dict[str, str]:
        """What every request says beside its address."""
        return {"User-Agent": _user_agent(), "Accept": "*/*", "Accept-Encoding": "identity"}

    def _ask(self, target: _Target, purpose: str) -> Answer:
        try:
            return self._ask_once(target, purpose)
        except NotReached:
            self._pacing.pause(RETRY_PAUSE_S, self._watch.check)
            return self._ask_once(target, purpose)

    def _ask_once(self, target: _Target, purpose: str) -> Answer:
        """One request, with its two lines in the ledger."""
        self._pacing.wait(target.host, self._watch.check)
        self._watch.check()
        self._watch.start_request()
        number = self._ledger.before("GET", target.url, target.host, purpose)
        try:
            answer = self._exchange(target)
        except InputProblem as problem:
            self._ledger.after(number, self._outcome(None, problem.because))
            raise
        except Cancelled:
            self._ledger.after(number, self._outcome(None, "stopped by the user"))
            raise
        self._ledger.after(number, self._outcome(answer.status, None))
        if answer.leads_to is None and not _is_success(answer.status):
            raise InputProblem(target.url, _status_in_words(answer.status))
        return answer

    def _outcome(self, status: int | None, failure: str | None) -> Outcome:
        return Outcome(utc_now(), status, failure, self._watch.received, self._watch.address)

    def _exchange(self, target: _Target) -> Answer:
        """Send the request and read the answer; what goes wrong becomes one sentence."""
        try:
            # The library's own limit is one slice: the watch lets it go on, and knows the real limits.
            with self._adapter.send(target.request, stream=True, timeout=SLICE_S) as response:
                return self._read(response)
        except requests.ConnectionError as problem:
            raise NotReached(target.url, "the server gave no usable answer") from problem
        except DecodeError as problem:
            raise InputProblem(target.url, "the answer is packed in a damaged way") from problem
        except (requests.RequestException, HTTPError, OSError) as problem:
            raise InputProblem(target.url, "the answer broke off before it was complete") from problem

    def _read(self, response: requests.Response) -> Answer:
        status, location = response.status_code, response.headers.get("Location")
        if status in _REDIRECTS and location is not None:
            return Answer(status, leads_to=location)
        if not _is_success(status):
            return Answer(status)
        return Answer(status, None, self._read_body(response), response.headers.get("Content-Type"))

    def _read_body(self, response: requests.Response) -> bytes:
        """The body, unpacked, ended as soon as it is too large."""
        packing = response.headers.get("Content-Encoding", "").strip().lower()
        if packing not in _PACKINGS:
            raise InputProblem(response.url, f"the answer is packed in a way that was not asked for ({packing[:40]})")
        if (response.raw.length_remaining or 0) > self._limits.max_bytes:
            raise self._too_large(response)
        body = bytearray()
        for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=True):
            self._watch.check()  # unpacking may go on for long without the socket being asked
            body += chunk
            if len(body) > self._limits.max_bytes:
                raise self._too_large(response)
        return bytes(body)

    def _too_large(self, response: requests.Response) -> InputProblem:
        return InputProblem(response.url, f"the answer is larger than {self._limits.max_bytes / 2**20:g} MB")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _user_agent() -> str:
    tool = this_tool()
    return f"{tool.name}/{tool.version}"


def _join(base: str, location: str) -> str:
    """Where a redirect leads. Headers arrive as Latin-1; browsers read this one as UTF-8, and so do we."""
    try:
        return urljoin(base, location.encode("latin-1").decode("utf-8", "replace"))
    except ValueError as problem:
        raise InputProblem(base, "it is redirected to something that is not a web address") from problem


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _status_in_words(status: int) -> str:
    try:
        return f"the server answered {status} ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        return f"the server answered {status}"
