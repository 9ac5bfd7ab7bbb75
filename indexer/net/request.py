# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a server, and in which form it is sent: checked as far as it can be before anybody is asked."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

import requests

from indexer.core.about import this_tool
from indexer.core.errors import InputProblem
from indexer.net.addresses import AddressRule, is_this_computer

SUCCESS = range(200, 300)
ANY_STATUS = range(100, 1000)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to ask for.

    Attributes:
        url: http or https.
        purpose: why, in plain words, for the ledger.
        headers: what is said beside the address, over and above what every request says.
        body: sent by POST if there is one; `body_type` is its kind. It never goes to another address.
        token: a bearer token; it goes to the very host of `url`, encrypted, and is never written down.
        statuses: the answers that are read; any other becomes a sentence.
    """

    url: str
    purpose: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    body_type: str = ""
    token: str | None = field(default=None, repr=False)
    statuses: Container[int] = SUCCESS

    @property
    def method(self) -> str:
        """What HTTP calls it."""
        return "GET" if self.body is None else "POST"

    def elsewhere(self, url: str, headers: Mapping[str, str] | None = None) -> Self:
        """The same at another address, perhaps with other headers; a token is left behind where that is another host.

        Raises:
            ValueError: that is no address.
        """
        token = self.token if origin(url) == origin(self.url) else None
        return replace(self, url=url, token=token, headers=self.headers if headers is None else headers)


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked, in the form in which it is sent."""

    url: str
    host: str
    prepared: requests.PreparedRequest


def aim(request: Request, rule: AddressRule) -> Target:
    """Check what can be checked before anybody is asked.

    Raises:
        InputProblem: the address may not be asked, or is none.
    """
    url = request.url
    try:
        headers = _standing_headers() | dict(request.headers)
        prepared = requests.Request(request.method, urldefrag(url).url, headers, data=request.body).prepare()
        sent = prepared.url or ""
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
    because = rule.why_host_refused(host)
    if because:
        raise InputProblem(url, because)
    if request.body is not None:
        prepared.headers["Content-Type"] = request.body_type
    if request.token is not None:
        prepared.headers["Authorization"] = f"Bearer {_checked_token(request.token, parts, url)}"
    return Target(sent, host, prepared)


def send_on(request: Request, target: Target, location: str) -> Request:
    """The same request to where a redirect leads; a token is left behind once that is another host.

    Raises:
        InputProblem: it leads nowhere, or would carry what was asked to another address.
    """
    if request.body is not None:
        raise InputProblem(target.url, "the server sends the question on to another address, which is not followed")
    try:
        # http.client reads headers as Latin-1; browsers read this one as UTF-8, and so do we.
        url = urljoin(target.url, location.encode("latin-1").decode("utf-8", "replace"))
        return request.elsewhere(url)
    except ValueError as problem:
        raise InputProblem(target.url, "it is redirected to something that is not a web address") from problem


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Who answers there (RFC 6454)."""
    parts = urlsplit(url)
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or standard


def _standing_headers() -> dict[str, str]:
    """What every request says beside its address."""
    tool = this_tool()
    return {"User-Agent": f"{tool.name}/{tool.version}", "Accept": "*/*", "Accept-Encoding": "identity"}


def _checked_token(token: str, parts: SplitResult, url: str) -> str:
    """The token, if it can be sent. No error that is raised here, nor its cause, holds it."""
    if not (token.isascii() and token.isprintable() and token and " " not in token):
        raise InputProblem(url, "the access token holds characters that no token has; perhaps it was copied in part")
    if parts.scheme != "https" and not is_this_computer(parts.hostname or ""):
        raise InputProblem(url, "the address is not encrypted, so the access token is not sent there")
    return token
