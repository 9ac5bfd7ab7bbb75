# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for parts of one file on another machine, and makes sure that all of them are of the same version."""

from functools import partial

import requests

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.parts import PART, Extent, is_strong, read_extent, version_mark
from indexer.net.request import Request
from indexer.net.transport import Transport

MOST_PART_BYTES = 64 << 20
"""The most that is asked for in one request; what is larger comes in several."""

_CHUNK_BYTES = 1 << 16
_MOST_TRIES = 5
"""A connection that breaks is taken up again as long as each try brought something."""

_NO_PARTS = "the server does not send parts of a file, so the file would have to be downloaded whole"
_CHANGED = "the file there was changed after it was opened"


class PartReader:
    """Reads parts of a file; not for several threads at once.

    Attributes:
        request: for the file as it was named.
        address: where it really lies, after redirects. It is asked directly, since a hub counts the questions that it
            only passes on; once it gives no answer any more, the way is asked again.
        size: of the whole, in bytes.
        mark: of its version, None when the server gives none.
        ranges: what was read, first byte and the byte after the last, in order, neighbours joined.
    """

    def __init__(self, request: Request, transport: Transport, monitor: Monitor) -> None:
        self.request, self.transport, self._monitor = request, transport, monitor
        self.address = request.url
        self.size = -1
        self.mark: str | None = None
        self.ranges: list[tuple[int, int]] = []

    def open(self, count: int) -> bytes:
        """Learn of the file by reading its first `count` bytes, or as many as it has.

        Raises:
            InputProblem: the server does not send parts, or not such that they can be told.
        """
        return self.read(0, count)

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, or to the end of the file.

        Raises:
            InputProblem: they did not come, or are of another version of the file.
        """
        data, tries_left = bytearray(), _MOST_TRIES
        while (at := start + len(data)) < (end if self.size < 0 else min(end, self.size)):
            try:
                self._ask(at, min(end, at + MOST_PART_BYTES), data)
            except _Over:
                raise
            except InputProblem:
                tries_left -= 1
                has_come = start + len(data) > at
                if not tries_left or not (has_come or self._can_ask_the_way()):
                    raise
        return bytes(data)

    def _can_ask_the_way(self) -> bool:
        """Addresses that a hub passes on to are often signed for an hour."""
        was_elsewhere = self.address != self.request.url
        self.address = self.request.url
        return was_elsewhere

    def _ask(self, start: int, end: int, data: bytearray) -> None:
        """One request; what comes is added to `data`, which keeps it when the connection breaks."""
        headers = {"Range": f"bytes={start}-{end - 1}"}
        if self.mark and is_strong(self.mark):
            headers["If-Range"] = self.mark
        request = self.request.elsewhere(self.address, headers)
        had = len(data)
        try:
            reply = self.transport.send(request, partial(self._take, start, end, data), self._monitor)
        finally:
            self._note(start, start + len(data) - had)
        if reply.content is not None:
            raise _Over(self.request.url, reply.content)
        self.address = reply.final_url

    def _take(self, start: int, end: int, data: bytearray, response: requests.Response) -> str | None:
        """A reader: adds what comes to `data`, or tells why nothing of it can be used."""
        extent, mark = read_extent(response), version_mark(response.headers)
        because = self._why_not(response.status_code, extent, mark)
        if because or self.size == 0:
            return because
        if extent.start != start or extent.end is None or extent.end > end:
            return "the server sent another part than the one that was asked for"
        left = extent.end - start
        for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
            self.transport.check()
            data += chunk[:left]
            left -= len(chunk)
            if left <= 0:
                break
        if left > 0:
            raise InputProblem(response.url, "the answer broke off before it was complete")
        return None

    def _why_not(self, status: int, extent: Extent, mark: str | None) -> str | None:
        """Why an answer is of no use; the first one tells size and version, all others must agree."""
        if self.size < 0:
            if status != PART and extent.size != 0:
                return _NO_PARTS
            if extent.size is None:
                return "the server does not say how large the file is"
            self.size, self.mark = extent.size, mark
            return None
        if extent.size not in (None, self.size) or (mark and self.mark and mark != self.mark):
            return _CHANGED
        return None if status == PART else _NO_PARTS

    def _note(self, start: int, end: int) -> None:
        """Remember what was read, and join it to its neighbours."""
        if start >= end:
            return
        joined: list[tuple[int, int]] = []
        for first, last in sorted([*self.ranges, (start, end)]):
            if joined and first <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], last)
            else:
                joined.append((first, last))
        self.ranges = joined


class _Over(InputProblem):
    """Asking again would not help."""
