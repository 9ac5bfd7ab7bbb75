# SPDX-License-Identifier: GPL-3.0-or-later
"""Seals a source: the whole file that a matched row stands in is fetched, and held against its publisher's checksum.

A row is found by reading parts of a published file, or by a service that has read it; neither proves that the file, as
it is published, holds the row. The sealed file does, together with what is frozen here.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.download import Downloader, Wanted
from indexer.net.json_api import JsonApi
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.sources.hub_files import Hub

_HUB_FILE = re.compile(
    r"(?P<base>https?://[^/]+)/datasets/(?P<set>[^/?#]+(?:/[^/?#]+)?)/resolve/(?P<revision>[^/?#]+)/(?P<path>[^?#]+)"
)
"""How the hub and its mirrors address a file of a set; a revision with a slash in it is written with `%2F`."""

_COMMIT = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class FileToSeal:
    """A published file.

    Attributes:
        revision: of the set, as a commit; None where the address does not belong to one.
        size, sha256: as the publisher states them; None where they are not stated.
        ranges_read: what had been read of it before: first byte and the byte after the last, in order.
    """

    url: str
    revision: str | None = None
    size: int | None = None
    sha256: str | None = None
    ranges_read: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """What was fetched, and whether it is what its publisher states.

    Attributes:
        file: what was asked for, with what the publisher states.
        size, sha256: of what came.
        validator: the server's own mark of the file's version, None if it gives none.
        fetched_utc: when the last of it came.
    """

    file: FileToSeal
    size: int
    sha256: str
    validator: str | None
    fetched_utc: str

    @property
    def agrees(self) -> bool | None:
        """Whether checksum and size are those that the publisher states; None when it states no checksum."""
        if self.file.sha256 is None:
            return None
        return self.sha256 == self.file.sha256 and self.file.size in (None, self.size)

    @property
    def words(self) -> str:
        """All of it in one plain sentence."""
        at = f", revision {self.file.revision}" if self.file.revision else ""
        came = f"The whole file {self.file.url}{at} was fetched at {self.fetched_utc}: {self.size:,} bytes"
        verdict = {
            True: "which is what its publisher states",
            False: f"which is not what its publisher states ({_stated(self.file)})",
            None: "which its publisher does not state",
        }[self.agrees]
        return f"{came}, SHA-256 {self.sha256}, {verdict}."


def ask_publisher(
    url: str,
    network: Network,
    monitor: Monitor,
    token: str | None = None,
    ranges_read: tuple[tuple[int, int], ...] = (),
) -> FileToSeal:
    """What the publisher states of a file. Of one on the hub, or on a mirror that speaks like it, that is its commit,
    size and SHA-256; of any other it is nothing.

    Args:
        url: the file's address.
        network: what may be asked.
        monitor: whether to stop.
        token: of the user's account there.
        ranges_read: what was read of the file before.

    Raises:
        InputProblem: the hub has no such file, or does not answer; written to follow "because".
        Cancelled: the user stopped.
    """
    parts = _HUB_FILE.fullmatch(url)
    if parts is None:
        return FileToSeal(url, ranges_read=ranges_read)
    repository, revision, path = (unquote(parts[name]) for name in ("set", "revision", "path"))
    with JsonApi(network) as api:
        hub = Hub(api, parts["base"], token, monitor)
        commit = revision if _COMMIT.fullmatch(revision) else hub.resolve(repository, revision)
        if commit is None:
            return FileToSeal(url, ranges_read=ranges_read)
        for file in hub.list_files(repository, commit, ["**"]).files:
            if file.path == path:
                return FileToSeal(file.url, commit, file.size, file.sha256, ranges_read)
    raise InputProblem(url, "there is no such file in that version of the set any more")


def seal(file: FileToSeal, place: Path, network: Network, monitor: Monitor, token: str | None = None) -> Seal:
    """Fetch the whole file to `place` and hold it against what is stated; one that disagrees is kept and told.

    Raises:
        InputProblem: it was not fetched; written to follow "because".
        StorageProblem: it cannot be written.
        Cancelled: the user stopped; what has come is kept and gone on with the next time.
    """
    purpose = "to keep the whole file that a found row stands in, as evidence"
    with Downloader(
        Ledger(network.ledger),
        offline=network.offline,
        allow_private_hosts=network.allow_private_hosts,
        pacing=network.pacing,
    ) as downloader:
        came = downloader.download(Wanted(file.url, None), place, purpose, monitor, token)
    return Seal(file, came.size_bytes, came.sha256, came.validator, came.fetched_utc)


def _stated(file: FileToSeal) -> str:
    size = "" if file.size is None else f"{file.size:,} bytes, "
    return f"{size}SHA-256 {file.sha256}"
