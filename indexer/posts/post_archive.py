# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of posts as an archive of what they show: so it goes the way that archives of accounts go."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from indexer.core.errors import InputProblem
from indexer.core.types import Skipped
from indexer.exports.archive import Archive
from indexer.exports.base import PublishedFile
from indexer.posts.fetching import FetchedPost, PostFetcher
from indexer.posts.post_list import PostLink


class PostArchive(Archive):
    """The pictures of posts, each called by the link to its post.

    They are fetched one by one, as they are asked for, and only the latest is there to be read. What is not fetched is
    told in `skipped`.

    Attributes:
        links: what was asked for, by address.
        done: how many of them were asked for by now.
    """

    def __init__(self, shown: str, entries: Sequence[PostLink | Skipped], fetcher: PostFetcher) -> None:
        super().__init__(Path(shown), shown)
        self.links = {entry.address: entry for entry in entries if isinstance(entry, PostLink)}
        self.skipped += [entry for entry in entries if isinstance(entry, Skipped)]
        self.done = 0
        self._fetcher = fetcher
        self._latest: FetchedPost | None = None

    def fetched(self) -> Iterator[PublishedFile]:
        """Fetch each post; it can be read until the next one is asked for.

        Raises:
            Cancelled: the user stopped.
            StorageProblem: the ledger cannot be written.
        """
        for link in self.links.values():
            self.done += 1
            try:
                self._latest = self._fetcher.fetch(link)
            except InputProblem as problem:
                self.skipped.append(Skipped(link.address, problem.because))
                continue
            if self._latest.note:
                self.skipped.append(Skipped(link.address, self._latest.note))
            yield self._latest.file
        self._latest = None

    @property
    def names(self) -> list[str]:
        """Every link, in the order of the list."""
        return list(self.links)

    def called(self, name: str) -> str:
        """The link says it all."""
        return name

    def size(self, name: str) -> int:
        """Of the latest picture."""
        return len(self._body(name))

    def local(self, name: str) -> Path | None:  # noqa: ARG002 - none of them lies anywhere
        """Never: it was fetched into memory."""
        return None

    def changed_ns(self, name: str) -> int:
        """No time, but a number that is another when the picture is: nobody knows when it was changed."""
        return int.from_bytes(hashlib.sha256(self._body(name)).digest()[:7], "big")

    def close(self) -> None:
        """Forget the latest picture."""
        self._latest = None

    def _open(self, name: str) -> BinaryIO:
        return io.BytesIO(self._body(name))

    def _body(self, name: str) -> bytes:
        if self._latest is None or self._latest.file.place != name:
            raise InputProblem(name, "it is not at hand")
        return self._latest.body
