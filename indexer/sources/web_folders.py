# SPDX-License-Identifier: GPL-3.0-or-later
"""The files below a plain web address, as a friend's mirror has them: by names that are known, or by folder pages.

Most web servers show a folder as a page of links; those links that lead further down are followed.
"""

from collections.abc import Sequence
from html.parser import HTMLParser
from urllib.parse import quote, unquote, urldefrag, urljoin

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.client import Client
from indexer.sources.file_patterns import choose, expand
from indexer.sources.hub_files import Listing, RemoteFileFacts

_MOST_PAGES = 2000
_MOST_FILES = 100_000


def list_web_folder(base: str, patterns: Sequence[str], client: Client, monitor: Monitor) -> Listing:
    """The files that the patterns mean below `base`; nobody says how large they are.

    Raises:
        InputProblem: there is none, or nothing lists them.
    """
    base = base.rstrip("/") + "/"
    names = [expand(pattern) for pattern in patterns]
    known = [name for some in names for name in some or ()]
    paths = known if None not in names else choose(patterns, _walk(base, client, monitor))
    if not paths:
        raise InputProblem(base, "no file there is called as the files of this data set are")
    return Listing("", tuple(RemoteFileFacts(path, urljoin(base, quote(path))) for path in paths))


def _walk(base: str, client: Client, monitor: Monitor) -> list[str]:
    """Paths below `base` of all files that pages of folders link to."""
    to_read, seen, files = [base], {base}, []
    while to_read:
        monitor.check()
        page = to_read.pop()
        for link in _links(page, client, monitor):
            if link in seen or not link.startswith(base):
                continue
            seen.add(link)
            if link.endswith("/"):
                to_read.append(link)
            else:
                files.append(unquote(link[len(base) :]))
        if len(seen) > _MOST_FILES or len(to_read) > _MOST_PAGES:
            raise InputProblem(base, "there are far more files than any data set has")
    return files


def _links(page: str, client: Client, monitor: Monitor) -> list[str]:
    body = client.fetch(page, "which files are there", monitor).body
    parser = _Links()
    parser.feed(body.decode("utf-8", "replace"))
    return [link for target in parser.targets if (link := _joined(page, target))]


def _joined(page: str, target: str) -> str:
    try:
        return urldefrag(urljoin(page, target)).url.partition("?")[0]
    except ValueError:  # a link that is no address
        return ""


class _Links(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the address of a link."""
        if tag == "a":
            self.targets += [value for name, value in attrs if name == "href" and value]
