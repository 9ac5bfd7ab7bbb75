# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads one large file: its size is asked first, an interrupted download goes on, the checksum decides.

What has come lies beside the place in `NAME.partial`, with a note of what it is a part of, until the whole agrees with
its checksum; only then does it take its name. A server that does not know how to go on sends everything again.

Of many files nobody publishes a checksum. Those must have the size that the server says, all parts of them must bear
the server's mark of one version, and the checksum of what came is handed back, to be recorded.
"""

import shutil
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec
import requests

from indexer.core.clock import utc_now
from indexer.core.errors import InputProblem, StorageProblem
from indexer.core.files import write_atomically
from indexer.core.hashing import sha256_of_file
from indexer.core.progress import Monitor, Progress
from indexer.net.ledger import Ledger
from indexer.net.pacing import Pacing
from indexer.net.parts import NOT_THERE, STATUSES, Extent, is_strong, read_extent, version_mark
from indexer.net.request import Request
from indexer.net.transport import FetchLimits, Transport

DOWNLOAD_LIMITS = FetchLimits(max_bytes=64 << 30, total_s=24 * 3600.0, wait_s=300.0)
"""The largest published weights have 10 GB; on a slow line that takes a night."""

_CHUNK_BYTES = 1 << 18
_MOST_TRIES = 5
"""A connection that breaks is taken up again as long as each try brought something."""

_CHANGED = "the file there is no longer the one that was begun"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server says of a file before it is fetched. `size_bytes` is None when it does not say."""

    url: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file by its address and its SHA-256, lower-case hex, None where nobody publishes it."""

    url: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that has come.

    Attributes:
        url: what it was asked for under.
        sha256: of what came; what was published agrees with it, if anything was.
        validator: the server's own mark of its version, None if it gives none.
        fetched_utc: when the last of it came.
    """

    place: Path
    url: str
    size_bytes: int
    sha256: str
    validator: str | None
    fetched_utc: str


@dataclass(frozen=True, slots=True)
class _Note:
    """What a partial file is a part of. `validator` is the server's own mark of the file's version."""

    url: str
    sha256: str | None
    validator: str | None = None


class Downloader(Transport):
    """A client for large files. Every request stands in the ledger; addresses are judged as for any other.

    Args:
        ledger, offline, allow_private_hosts, limits, pacing: as for `Transport`.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        offline: bool = False,
        allow_private_hosts: bool = False,
        limits: FetchLimits = DOWNLOAD_LIMITS,
        pacing: Pacing | None = None,
    ) -> None:
        super().__init__(ledger, offline=offline, allow_private_hosts=allow_private_hosts, limits=limits, pacing=pacing)

    def offer(self, url: str, purpose: str, monitor: Monitor, token: str | None = None) -> Offer:
        """Ask how large the file is; one byte of it is fetched, where the server can do that.

        Args:
            url: http or https.
            purpose: why, in plain words, for the ledger.
            monitor: as in `Transport.send`.
            token: as in `JsonApi.get`.

        Raises:
            InputProblem: as `Transport.send`.
        """
        request = Request(url, purpose, {"Range": "bytes=0-0"}, token=token, statuses=STATUSES)
        reply = self.send(request, read_extent, monitor)
        return Offer(reply.final_url, reply.content.size)

    def download(
        self, wanted: Wanted, place: Path, purpose: str, monitor: Monitor, token: str | None = None
    ) -> Downloaded:
        """Put the file at `place`; what an earlier, interrupted call left is gone on with.

        Raises:
            InputProblem: it was not fetched, or is not the file that was asked for; written to follow "because".
            StorageProblem: it cannot be written.
            Cancelled: the user stopped; what has come is kept.
        """
        try:
            sink = _Sink(wanted, place, monitor)
            for tries_left in reversed(range(_MOST_TRIES)):
                had = sink.present
                try:
                    request = Request(wanted.url, purpose, sink.headers(), token=token, statuses=STATUSES)
                    self.send(request, partial(self._take, sink), monitor)
                    break
                except InputProblem:
                    was_begun_anew = had and not sink.present
                    if not tries_left or not (sink.present > had or was_begun_anew):
                        raise
            return sink.finish()
        except OSError as problem:
            raise StorageProblem(place, f"it cannot be written ({problem.strerror or problem})") from problem

    def _take(self, sink: "_Sink", response: requests.Response) -> None:
        """A reader: put what comes where it belongs."""
        extent = read_extent(response)
        if response.status_code == NOT_THERE:
            if sink.present and extent.size == sink.present:  # all of it had come; the checksum decides
                return
            sink.begin_anew()
            raise InputProblem(response.url, _CHANGED)
        sink.accept(extent, version_mark(response.headers))
        if (extent.size or 0) > self._limits.max_bytes:
            raise self.too_large(response)
        for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
            self.check()
            sink.take(chunk)


class _Sink:
    """The partial file."""

    def __init__(self, wanted: Wanted, place: Path, monitor: Monitor) -> None:
        self._wanted, self._place, self._monitor = wanted, place, monitor
        self._partial = place.with_name(place.name + ".partial")
        self._note_place = place.with_name(place.name + ".partial.json")
        self._note = _Note(wanted.url, wanted.sha256)
        self._total: int | None = None
        place.parent.mkdir(parents=True, exist_ok=True)
        known = _read_note(self._note_place)
        if known and self._partial.is_file() and replace(known, validator=None) == self._note:
            self._note = known
            self.present = self._partial.stat().st_size
        else:
            self.begin_anew()

    def headers(self) -> dict[str, str]:
        """Ask for what is missing, provided that the file there is still the same."""
        if self.present and self._note.validator is None and self._wanted.sha256 is None:
            self.begin_anew()  # nothing would tell whether the parts belong together
        if not self.present:
            return {}
        asked = {"Range": f"bytes={self.present}-"}
        return asked | ({"If-Range": self._note.validator or ""} if is_strong(self._note.validator) else {})

    def begin_anew(self) -> None:
        """Forget what has come."""
        self._partial.unlink(missing_ok=True)
        self._note = _Note(self._wanted.url, self._wanted.sha256)
        self.present = 0

    def accept(self, extent: Extent, mark: str | None) -> None:
        """The server begins to send."""
        if extent.start not in (0, self.present):
            raise InputProblem(self._wanted.url, "the server sent another part than the one that was asked for")
        if extent.start and mark and self._note.validator and mark != self._note.validator:
            self.begin_anew()
            raise InputProblem(self._wanted.url, _CHANGED)
        if extent.start != self.present:
            self.begin_anew()
        if extent.size is None and self._wanted.sha256 is None:
            because = "the server does not say how large the file is, so nobody could tell whether all of it came"
            raise InputProblem(self._wanted.url, because)
        self._total = extent.size
        free = shutil.disk_usage(self._place.parent).free
        if extent.size is not None and extent.size - extent.start > free:
            because = f"it has {extent.size / 1e6:,.0f} MB, and only {free / 1e6:,.0f} MB are free there"
            raise StorageProblem(self._place, because)
        self._note = replace(self._note, validator=mark)
        write_atomically(self._note_place, msgspec.json.encode(self._note))
        self._partial.touch()

    def take(self, chunk: bytes) -> None:
        """Write what came."""
        with self._partial.open("ab") as stream:
            stream.write(chunk)
        self.present += len(chunk)
        self._monitor.progress(Progress("fetching, in MB", self.present >> 20, self._total and self._total >> 20))

    def finish(self) -> Downloaded:
        """Hold the whole against its size and its checksum, and give it its name."""
        if self._total is not None and self.present < self._total:
            raise InputProblem(self._wanted.url, "the answer broke off before it was complete")
        if self._total is not None and self.present > self._total:
            self.begin_anew()
            raise InputProblem(self._wanted.url, "the server sent more than it says the file has")
        found = sha256_of_file(self._partial)
        if self._wanted.sha256 not in (None, found):
            self.begin_anew()
            self._note_place.unlink(missing_ok=True)
            because = f"what came is not the file that was asked for: its checksum is {found[:12]}…"
            raise InputProblem(self._wanted.url, f"{because}, not {(self._wanted.sha256 or '')[:12]}…")
        self._partial.replace(self._place)
        self._note_place.unlink(missing_ok=True)
        return Downloaded(self._place, self._wanted.url, self.present, found, self._note.validator, utc_now())


def _read_note(place: Path) -> _Note | None:
    try:
        return msgspec.json.decode(place.read_bytes(), type=_Note)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
