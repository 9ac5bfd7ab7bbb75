# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a published set consists of, how large each is, and which version of it that is.

On the data hub, or on a mirror that speaks like it, a branch is first resolved to a commit, and every address is of
that commit; the hub also gives sizes and the checksums of large files (`/api/datasets/NAME/revision/…`, `…/tree/…`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.json_api import JsonAnswer, JsonApi
from indexer.sources.file_patterns import choose

HUB = "https://huggingface.co"
_MOST_PAGES = 1000
"""Of a thousand names each; the largest sets have some ten thousand files."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_GATED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class RemoteFileFacts:
    """A file of a published set.

    Attributes:
        path: within the set.
        size: in bytes, None when nobody said.
        sha256: as its publisher says, None when it says none.
    """

    path: str
    url: str
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Files of one version of a set. `revision` is a commit, empty where the place knows no versions."""

    revision: str
    files: tuple[RemoteFileFacts, ...]


@dataclass(frozen=True, slots=True)
class _Lfs:
    oid: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Node:
    """One line of the hub's list of files."""

    type: str
    path: str
    size: int = 0
    lfs: _Lfs | None = None


class Hub:
    """The data hub, or a mirror that answers like it.

    Args:
        base: its address, without a slash at the end.
        token: of the user's account there, None for none.
    """

    def __init__(self, api: JsonApi, base: str, token: str | None, monitor: Monitor) -> None:
        self._api, self._base, self._token, self._monitor = api, base.rstrip("/"), token, monitor

    def resolve(self, repository: str, revision: str) -> str | None:
        """The commit that a branch names now; None when this place does not speak like the hub.

        Raises:
            InputProblem: it does, and says that there is no such set, or that it needs an agreement first.
        """
        try:
            answer = self._get(f"{self._of(repository)}/revision/{quote(revision, safe='')}", "which version it has")
        except InputProblem:
            if self._base == HUB:
                raise
            return None
        self._must_be_open(answer, repository)
        commit = answer.content.get("sha") if isinstance(answer.content, dict) else None
        if answer.status == HTTPStatus.OK and isinstance(commit, str) and commit.isalnum():
            return commit
        if self._base == HUB:
            raise InputProblem(repository, f"the hub has no such data set, or not this version ({answer.status})")
        return None

    def list_files(self, repository: str, commit: str, patterns: Sequence[str]) -> Listing:
        """The files that the patterns mean, as they were in that commit.

        Raises:
            InputProblem: there is none, or the list cannot be had.
        """
        nodes = {node.path: node for node in self._nodes(repository, commit) if node.type == "file"}
        chosen = choose(patterns, list(nodes))
        if not chosen:
            raise InputProblem(repository, "none of the files that were looked for is there any more")
        return Listing(commit, tuple(self._facts(repository, commit, nodes[path]) for path in chosen))

    def _nodes(self, repository: str, commit: str) -> Iterator[_Node]:
        url = f"{self._of(repository)}/tree/{commit}?recursive=true"
        for _ in range(_MOST_PAGES):
            answer = self._get(url, "which files it has")
            self._must_be_open(answer, repository)
            try:
                yield from msgspec.convert(answer.content, type=list[_Node])
            except msgspec.ValidationError as problem:
                raise InputProblem(repository, "the hub's list of its files cannot be read") from problem
            following = _next_page(url, answer.headers)
            if following is None:
                return
            url = following
        raise InputProblem(repository, "the hub's list of its files does not end")

    def _facts(self, repository: str, commit: str, node: _Node) -> RemoteFileFacts:
        url = f"{self._base}/datasets/{repository}/resolve/{commit}/{quote(node.path)}"
        size = node.lfs.size if node.lfs else node.size
        checksum = node.lfs.oid if node.lfs and _SHA256.fullmatch(node.lfs.oid) else None
        return RemoteFileFacts(node.path, url, size, checksum)

    def _get(self, url: str, purpose: str) -> JsonAnswer:
        return self._api.get(url, f"{purpose}, before it is fetched", self._monitor, self._token)

    def _of(self, repository: str) -> str:
        return f"{self._base}/api/datasets/{repository}"

    def _must_be_open(self, answer: JsonAnswer, repository: str) -> None:
        if answer.status in _GATED:
            host = urlsplit(self._base).hostname
            words = (
                f"it wants an agreement first: accept it at {self._base}/datasets/{repository}, and give a token of "
                f"your account with “exhibit-a datasets token {host}”"
            )
            raise InputProblem(repository, words)


def _next_page(url: str, headers: Mapping[str, str]) -> str | None:
    """The address behind `rel="next"` (RFC 8288), as long as it is on the same host."""
    for link in headers.get("Link", "").split(","):
        address, _, rest = link.strip().partition(">")
        if address.startswith("<") and 'rel="next"' in rest:
            following = urljoin(url, address[1:])
            return following if _origin(following) == _origin(url) else None
    return None


def _origin(url: str) -> tuple[Any, ...]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
