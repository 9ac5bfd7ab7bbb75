# SPDX-License-Identifier: GPL-3.0-or-later
"""What a web page says of the picture that it shows: where it lies, and since when the post is there.

Pages say so for search engines and for those who link to them: by Open Graph (`og:image`, `article:published_time`;
ogp.me), by what X reads (`twitter:image`), by data of schema.org in JSON-LD (`image`, `datePublished`), and `<time>`.
A page is read as data by the standard library's parser, in a process of its own under a time limit; nothing in it is
executed, and nothing that it refers to is loaded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import urldefrag, urljoin, urlsplit

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from indexer.posts.moments import post_moment

PAGE_BYTES = 4 << 20
"""A longer page is read so far; what speaks of the picture stands at the beginning."""

READ_S = 5.0
_MEMORY_BYTES = 1 << 30
_CHUNK = 1 << 16
_DATA_CHARACTERS = 1 << 20
_LONGEST_ADDRESS = 8192
_MOST_SAID = 1000
_DEEPEST = 6

_PICTURE_KINDS = (
    ("og:image", "og:image:url"),
    ("og:image:secure_url",),
    ("twitter:image", "twitter:image:src"),
    ("json-ld image",),
)
"""The likeliest first; one kind that is there is enough."""

_DATE_KINDS = (("article:published_time", "og:article:published_time"), ("json-ld datepublished",), ("time",))
_KINDS = frozenset(name for kinds in (_PICTURE_KINDS, _DATE_KINDS) for names in kinds for name in names)

_NOT_THE_POST = frozenset(("Organization", "Person", "WebSite", "BreadcrumbList", "SiteNavigationElement", "Comment"))
"""Types of schema.org whose pictures are signs and portraits."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says.

    Attributes:
        pictures: addresses, whole, each once; several where the page names several in the same way.
        published: as in `Mention`; None where the page says nothing, or several things.
    """

    pictures: tuple[str, ...] = ()
    published: str | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """Crosses to the worker as MessagePack."""

    address: str
    body: bytes


class PageReader:
    """Reads pages in one worker process, so that a hostile page costs a sentence and not the check."""

    def __init__(self, monitor: Monitor, read_s: float = READ_S) -> None:
        self._monitor = monitor
        self._pool = WorkerPool[object](serve_page, 1, read_s, _MEMORY_BYTES)

    def read(self, body: bytes, address: str) -> Page:
        """What the page at this address says.

        Raises:
            InputProblem: reading it takes too long.
            Cancelled: the user stopped.
        """
        reply = self._pool.ask(msgspec.msgpack.encode(_Request(address, body[:PAGE_BYTES])), self._monitor)
        if isinstance(reply, Failure):
            raise InputProblem(address, "the page is built in a way that this program cannot read")
        return msgspec.msgpack.decode(reply, type=Page)

    def close(self) -> None:
        """End the worker."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve_page(request: bytes) -> bytes:
    """A worker's side of `PageReader`."""
    asked = msgspec.msgpack.decode(request, type=_Request)
    return msgspec.msgpack.encode(read_page(asked.body, asked.address))


def read_page(body: bytes, address: str) -> Page:
    """What a page says, as far as it can be read; of damage, of anything that is no page at all, nothing.

    Markup is ASCII in every encoding of web pages but UTF-16, so the others are read as UTF-8: at worst letters in a
    caption are wrong, and captions are not looked at.
    """
    is_utf16 = body[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = body[:PAGE_BYTES].decode("utf-16" if is_utf16 else "utf-8-sig", "replace")
    statements = _Statements()
    try:
        # Never closed: at the end the parser would look at unfinished markup again and again.
        for start in range(0, len(text), _CHUNK):
            statements.feed(text[start : start + _CHUNK])
    except (AssertionError, ValueError):
        pass  # the parser's own words for markup that it does not know; what stands before it counts
    base = _joined(address, statements.base or "") or address
    pictures = (_joined(base, link) for link in _first_kind(statements.said, _PICTURE_KINDS))
    moments = {post_moment(text) for text in _first_kind(statements.said, _DATE_KINDS)}
    return Page(tuple(dict.fromkeys(filter(None, pictures))), moments.pop() if len(moments) == 1 else None)


class _Statements(HTMLParser):
    """Gathers what a page says, by kind. `base` is what relative addresses in it begin from, if it says so."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, list[str]] = {}
        self.base: str | None = None
        self._data: list[str] | None = None
        self._data_left = _DATA_CHARACTERS

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = {name: value or "" for name, value in reversed(attrs)}  # of two that are named alike, the first counts
        if tag == "meta":
            kind = given.get("property") or given.get("name") or ""
            self._say(kind.strip().lower(), given.get("content", ""))
        elif tag == "time":
            self._say("time", given.get("datetime", ""))
        elif tag == "base" and self.base is None:
            self.base = given.get("href")
        elif tag == "script" and given.get("type", "").strip().lower() == "application/ld+json":
            self._data = []

    def handle_data(self, data: str) -> None:
        """Text, of which only that of data is kept."""
        if self._data is not None:
            self._data_left -= len(data)
            if self._data_left >= 0:
                self._data.append(data)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag == "script" and self._data is not None:
            for node in _nodes(_decoded("".join(self._data)), _DEEPEST):
                self._say("json-ld datepublished", node.get("datePublished"))
                for picture in _pictures(node.get("image"), _DEEPEST):
                    self._say("json-ld image", picture)
            self._data = None

    def _say(self, kind: str, text: object) -> None:
        if kind in _KINDS and isinstance(text, str) and text.strip():
            known = self.said.setdefault(kind, [])
            if len(known) < _MOST_SAID:
                known.append(text.strip())


def _first_kind(said: Mapping[str, list[str]], kinds: tuple[tuple[str, ...], ...]) -> list[str]:
    return next(filter(None, ([text for name in names for text in said.get(name, ())] for names in kinds)), [])


def _decoded(text: str) -> Any:  # noqa: ANN401 - whatever a page holds
    try:
        return msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return None


def _nodes(value: object, deepest: int) -> Iterator[Mapping[str, Any]]:
    """What the data says of the page itself, not of comments on it or of other posts."""
    if not deepest:
        return
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part, deepest - 1)
    elif isinstance(value, dict) and not _types(value) & _NOT_THE_POST:
        yield value
        for field in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _nodes(value.get(field), deepest - 1)


def _types(node: Mapping[str, Any]) -> set[str]:
    of = node.get("@type")
    return {name for name in (of if isinstance(of, list) else [of]) if isinstance(name, str)}


def _pictures(value: object, deepest: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif deepest and isinstance(value, list):
        for part in value:
            yield from _pictures(part, deepest - 1)
    elif deepest and isinstance(value, dict):
        yield from _pictures(value.get("contentUrl") or value.get("url"), deepest - 1)


def _joined(base: str, link: str) -> str | None:
    """A whole address; None for one that is not of the web."""
    try:
        whole = urldefrag(urljoin(base, link)).url
        is_web = urlsplit(whole).scheme in ("http", "https") and urlsplit(whole).hostname
    except ValueError:
        return None
    return whole if is_web and len(whole) <= _LONGEST_ADDRESS else None
