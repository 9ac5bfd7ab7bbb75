# SPDX-License-Identifier: GPL-3.0-or-later
"""From a link to a post to the picture that it shows now.

The artist named the address, which is their consent to ask for it, and for the one picture that its page names. An
address of a picture is asked for as with a browser; anything else is read as a page, where its site lets programs
read it. Nothing is signed in to, and no server is told another page as the one that the question comes from: what is
only shown to people who are signed in, or within its own pages, is not fetched.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.exports.base import PublishedFile, is_picture
from indexer.images.formats import HEAD_BYTES, recognise, why_not_read
from indexer.links.addresses import read_address
from indexer.links.platforms import Reading, platforms
from indexer.net.client import Client, Fetched
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.net.pages import PageClient
from indexer.posts.page_reader import Page, PageReader
from indexer.posts.post_list import PostLink

PAGE_PURPOSE = "a post of yours, to find the picture as it was published"
PICTURE_PURPOSE = "the picture of a post of yours, as it was published"

_TEXTS = frozenset(("a text file", "a web page", "an XML or SVG file"))
_SIGN_IN = re.compile(r"/(?:[\w-]+/)?(?:log-?in|sign-?in|sign_in|auth|authorize|checkpoint)(?:[/.]|$)", re.IGNORECASE)
_SIGNED_IN_ONLY = "the site asks to sign in before it shows this page; save the picture from there with your browser"
_NO_PICTURE = "the page does not say to programs which picture it shows; name the address of the picture itself instead"


@dataclass(frozen=True, slots=True)
class FetchedPost:
    """A picture with what is known of it. `note` is what the artist should know beside that, None for nothing."""

    file: PublishedFile
    body: bytes
    note: str | None = None


class PostFetcher:
    """Fetches posts, one after another. Close it, or use it in a `with` statement."""

    def __init__(self, network: Network, monitor: Monitor) -> None:
        private = network.allow_private_hosts
        self._files = Client(
            Ledger(network.ledger), offline=network.offline, allow_private_hosts=private, pacing=network.pacing
        )
        self._pages = PageClient(network)
        self._reader = PageReader(monitor)
        self._monitor = monitor
        self._named_by: dict[str, str] = {}

    def fetch(self, link: PostLink) -> FetchedPost:
        """The picture of a post.

        Raises:
            InputProblem: there is none, or it is not given to programs.
            Cancelled: the user stopped.
            StorageProblem: the ledger cannot be written.
        """
        fetched = self._ask(link.address)
        if _why_no_picture(fetched.body) is None:
            return FetchedPost(_published(link, [link.address, fetched.final_url], link.address), fetched.body)
        page = self._read(fetched)
        picture = self._picture_of(link.address, page)
        self._named_by[page.pictures[0]] = link.address
        addresses = [link.address, fetched.final_url, page.pictures[0]]
        file = _published(link, addresses, page.pictures[0], page=link.address, said=page.published)
        return FetchedPost(file, picture.body, _of_several(page))

    def close(self) -> None:
        """Close all connections, and end the reader of pages."""
        self._files.close()
        self._pages.close()
        self._reader.close()

    def _ask(self, address: str) -> Fetched:
        """What the address holds. A page that is called like a picture is asked for again, as a page."""
        if _is_called_picture(address):
            fetched = self._files.fetch(address, PICTURE_PURPOSE, self._monitor)
            if not _is_text(fetched):
                return fetched
        return self._pages.fetch(address, PAGE_PURPOSE, self._monitor)

    def _read(self, fetched: Fetched) -> Page:
        if not _is_text(fetched):
            raise InputProblem(fetched.url, _why_no_picture(fetched.body) or _NO_PICTURE)
        if _SIGN_IN.search(urlsplit(fetched.final_url).path) and not _SIGN_IN.search(urlsplit(fetched.url).path):
            raise InputProblem(fetched.url, _SIGNED_IN_ONLY)
        page = self._reader.read(fetched.body, fetched.final_url)
        if not page.pictures:
            raise InputProblem(fetched.url, _NO_PICTURE)
        return page

    def _picture_of(self, address: str, page: Page) -> Fetched:
        """The picture that a page names first."""
        named = page.pictures[0]
        if named in self._named_by:
            other = self._named_by[named]
            raise InputProblem(address, f"its page names the same picture as {other}, perhaps only the site's logo")
        try:
            picture = self._files.fetch(named, PICTURE_PURPOSE, self._monitor)
        except InputProblem as problem:
            raise InputProblem(address, f"its picture was not fetched: {problem.because}") from problem
        because = _why_no_picture(picture.body)
        if because:
            raise InputProblem(address, f"what its page names as its picture is none: {because}")
        return picture

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _published(
    link: PostLink, addresses: Sequence[str], picture: str, *, page: str | None = None, said: str | None = None
) -> PublishedFile:
    """What is known of a picture: the artist's own date goes before the page's."""
    readings = [reading for address in addresses if (reading := _reading(address))]
    host = read_address(link.address)
    return PublishedFile(
        place=link.address,
        platform=readings[0].platform.name if readings else (host.host if host else link.address),
        address=picture,
        page=page,
        post_id=next((reading.post for reading in readings if reading.post), None),
        published=link.published or said,
        is_fetched=True,
    )


def _reading(address: str) -> Reading | None:
    parts = read_address(address)
    return platforms().read(parts) if parts else None


def _is_called_picture(address: str) -> bool:
    reading = _reading(address)
    return is_picture(urlsplit(address).path) or (reading is not None and reading.of_picture)


def _why_no_picture(body: bytes) -> str | None:
    kind = recognise(body[:HEAD_BYTES])
    return None if kind and kind.decoder else why_not_read(kind)


def _is_text(fetched: Fetched) -> bool:
    """Whether it may be a page: by what it holds, or by what the server says, since pages may be UTF-16."""
    kind = recognise(fetched.body[:HEAD_BYTES])
    return (kind is not None and kind.name in _TEXTS) or (kind is None and "html" in (fetched.content_type or ""))


def _of_several(page: Page) -> str | None:
    count = len(page.pictures)
    if count == 1:
        return None
    return f"its page names {count} pictures, of which the first was fetched; name the others by their own addresses"
