# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the dataset viewer of the Hugging Face hub, and turns everything that can go wrong there into one sentence.

Only checksums, fingerprints, addresses and names are ever asked for, each with its purpose in the ledger; never a
picture. An access token is sent only where the service asks for one (`datasets.md` §5.1).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from indexer.core.errors import InputProblem, SourceProblem, SourceUnreachable
from indexer.core.progress import Monitor
from indexer.net.json_api import JsonAnswer, JsonApi
from indexer.net.network import Network
from indexer.net.sockets import NotReached
from indexer.net.tokens import NO_KEYRING, has_keyring, read_token
from indexer.sources.viewer_address import ViewerAddress
from indexer.sources.viewer_answers import OddAnswer, Page, Split, own_words, read_page

Read = TypeVar("Read")

_SLICE_S = 0.1
_NOT_READY = ("not ready yet", "is loading", "busier than usual", "being rebuilt")
"""How the service says that it is still preparing a set; it answers 500 then, and names it `ResponseNotReady`."""

_NOT_WITH_THIS_TOKEN = "ExternalAuthenticatedError"  # noqa: S105 - the service's word for it, no password
"""It answers 404 then, so as not to tell whether there is such a set."""


@dataclass(frozen=True, slots=True)
class ViewerLimits:
    """How far one question is followed.

    Attributes:
        page_rows: rows of one answer; the service gives at most 100.
        most_rows: rows that are looked through for one question.
        waits_s: pauses before a set that is still being prepared is asked for again; it says "this can take a minute".
    """

    page_rows: int = 100
    most_rows: int = 2_000
    waits_s: tuple[float, ...] = (3.0, 7.0, 15.0, 30.0)


class QuestionRefused(SourceProblem):
    """The service does not take this question; others it may."""


class ViewerService:
    """One data set at one service.

    Args:
        address: of the set.
        name: what the user called it.
        network: what may be asked.
        limits: how far one question is followed.

    Attributes:
        revisions: every revision of the set that an answer came from; more than one when it changed meanwhile.
    """

    def __init__(self, address: ViewerAddress, name: str, network: Network, limits: ViewerLimits) -> None:
        self.address, self.limits = address, limits
        self.revisions: dict[str, None] = {}
        self._name, self._api = name, JsonApi(network)
        self._token: str | None = None

    def page(self, endpoint: str, part: Split, values: Mapping[str, str | int], purpose: str, monitor: Monitor) -> Page:
        """Rows of a part of the set.

        Raises:
            QuestionRefused: the service does not take the question.
            SourceProblem: it gave no usable answer.
            Cancelled: the user stopped.
        """
        asked = {"config": part.config, "split": part.split} | dict(values)
        answer = self._ask(endpoint, asked, purpose, monitor)
        if revision := _header(answer, "X-Revision"):
            self.revisions[revision[:64]] = None
        return self._understood(answer, read_page)

    def read(
        self,
        endpoint: str,
        values: Mapping[str, str | int],
        read: Callable[[object], Read],
        purpose: str,
        monitor: Monitor,
    ) -> Read:
        """The answer to one question, read by `read`, which raises `OddAnswer` for what is none. Raises as `page`."""
        return self._understood(self._ask(endpoint, values, purpose, monitor), read)

    def show_token(self) -> bool:
        """From now on show the stored access token; tells whether there is one that was not shown before."""
        if self._token is not None:
            return False
        self._token = read_token(self.address.token_host)
        return self._token is not None

    def how_to_open(self) -> str:
        """What to do about a set that is not open to everybody."""
        terms = f"accept its terms on its page, {self.address.page}"
        if self._token is not None:
            return f"{terms}, or store a newer token"
        store = f"store your access token with `exhibit-a datasets token {self.address.token_host}`"
        return f"{terms}, and {store}" + ("" if has_keyring() else f", though {NO_KEYRING}")

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def _understood(self, answer: JsonAnswer, read: Callable[[object], Read]) -> Read:
        try:
            return read(answer.content)
        except OddAnswer as problem:
            raise SourceProblem(self._name, str(problem)) from problem

    def _ask(self, endpoint: str, values: Mapping[str, str | int], purpose: str, monitor: Monitor) -> JsonAnswer:
        """The first answer that is one, after as many pauses as the service needs to prepare the set."""
        asked = urlencode({"dataset": self.address.dataset} | dict(values), errors="replace")
        url = f"{self.address.viewer}/{endpoint}?{asked}"
        for wait_s in (*self.limits.waits_s, None):
            answer = self._get(url, purpose, monitor)
            if not _is_not_ready(answer):
                break
            if wait_s is None:
                raise SourceProblem(self._name, "the service is still preparing this set; ask again in a few minutes")
            _pause(wait_s, monitor)
        if answer.status != HTTPStatus.OK:
            raise self._problem(answer)
        return answer

    def _get(self, url: str, purpose: str, monitor: Monitor) -> JsonAnswer:
        """One answer; a second one with the access token where the service asks for that."""
        monitor.check()
        try:
            answer = self._api.get(url, purpose, monitor, self._token)
            if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) and self.show_token():
                answer = self._api.get(url, purpose, monitor, self._token)
        except NotReached as problem:
            raise SourceUnreachable(self._name, problem.because) from problem
        except InputProblem as problem:
            raise SourceProblem(self._name, problem.because) from problem
        return answer

    def _problem(self, answer: JsonAnswer) -> SourceProblem:
        said = own_words(answer.content)
        words = f": it says {said}" if said else ""
        match answer.status:
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                return SourceProblem(self._name, self._closed())
            case HTTPStatus.NOT_FOUND if _header(answer, "X-Error-Code") == _NOT_WITH_THIS_TOKEN:
                return SourceProblem(self._name, self._closed())
            case HTTPStatus.NOT_FOUND:
                return SourceProblem(self._name, f"the service has no such set, or not this part of it{words}")
            case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY:
                return QuestionRefused(self._name, f"the service did not take the question{words}")
            case HTTPStatus.TOO_MANY_REQUESTS:
                return SourceProblem(self._name, "the service asks not to be asked any more for now; try again later")
            case _:
                return SourceProblem(self._name, f"the service answered {answer.status}{words}")

    def _closed(self) -> str:
        if self._token is not None:
            return f"it is gated, and the stored access token does not open it: {self.how_to_open()}"
        return f"it is gated, or there is no set of that name: {self.how_to_open()}"


def _is_not_ready(answer: JsonAnswer) -> bool:
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE or _header(answer, "X-Error-Code") == "ResponseNotReady":
        return True
    said = own_words(answer.content) or ""
    return answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and any(words in said for words in _NOT_READY)


def _header(answer: JsonAnswer, name: str) -> str:
    return next((value.strip() for key, value in answer.headers.items() if key.lower() == name.lower()), "")


def _pause(seconds: float, monitor: Monitor) -> None:
    """Wait, looking ten times a second whether the user stopped."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        monitor.check()
        time.sleep(min(left, _SLICE_S))
