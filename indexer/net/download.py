# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads one large file: its size is asked first, an interrupted download goes on, the checksum decides.

What has come lies beside the place in `NAME.partial`, with a note of what it is a part of, until the whole agrees with
its checksum; only then does it take its name. A server that does not know how to go on sends everything again.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import msgspec
import requests

from indexer.core.errors import InputProblem, StorageProblem
from indexer.core.files import write_atomically
from indexer.core.hashing import sha256_of_file
from indexer.core.progress import Monitor, Progress
from indexer.net.ledger import Ledger
from indexer.net.pacing import Pacing
from indexer.net.request import Request
from indexer.net.transport import FetchLimits, Transport

DOWNLOAD_LIMITS = FetchLimits(max_bytes=64 << 30, total_s=24 * 3600.0)
"""The largest published weights have 10 GB; on a slow line that takes a night."""

_CHUNK_BYTES = 1 << 18
_MOST_TRIES = 5
"""A connection that breaks is taken up again as long as each try brought something."""

_PARTIAL, _NOT_THERE = 206, 416
_STATUSES = frozenset({200, _PARTIAL, _NOT_THERE})
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_WHOLE = re.compile(r"bytes \*/(\d+)")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server says of a file before it is fetched. `size_bytes` is None when it does not say."""

    url: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file by its address.

    Attributes:
        sha256: lower-case hex; None where its publisher states none, and only the size can be held against it.
        token: as in `Request`.
    """

    url: str
    sha256: str | None
    token: str | None = field(default=None, repr=False)


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

    def offer(self, url: str, purpose: str, monitor: Monitor) -> Offer:
        """Ask how large the file is; one byte of it is fetched, where the server can do that.

        Raises:
            InputProblem: as `Transport.send`.
        """
        request = Request(url, purpose, {"Range": "bytes=0-0"}, statuses=_STATUSES)
        reply = self.send(request, _extent, monitor)
        return Offer(reply.final_url, reply.content[1])

    def download(self, wanted: Wanted, place: Path, purpose: str, monitor: Monitor) -> str:
        """Put the file at `place`, and give its SHA-256; what an earlier, interrupted call left is gone on with.

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
                    request = Request(wanted.url, purpose, sink.headers(), token=wanted.token, statuses=_STATUSES)
                    self.send(request, partial(self._take, sink), monitor)
                    break
                except InputProblem:
                    if not tries_left or sink.present <= had:
                        raise
            return sink.finish()
        except OSError as problem:
            raise StorageProblem(place, f"it cannot be written ({problem.strerror or problem})") from problem

    def _take(self, sink: "_Sink", response: requests.Response) -> None:
        """A reader: put what comes where it belongs."""
        start, size = _extent(response)
        if response.status_code == _NOT_THERE:
            if sink.present and size == sink.present:  # all of it had come; the checksum decides
                return
            sink.begin_anew()
            raise InputProblem(response.url, "the file there is no longer the one that was begun")
        sink.accept(start, size, response.headers)
        if (size or 0) > self._limits.max_bytes:
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
        if not self.present:
            return {}
        asked = {"Range": f"bytes={self.present}-"}
        return asked | ({"If-Range": self._note.validator} if self._note.validator else {})

    def begin_anew(self) -> None:
        """Forget what has come."""
        self._partial.unlink(missing_ok=True)
        self._note = _Note(self._wanted.url, self._wanted.sha256)
        self.present = 0

    def accept(self, start: int, total: int | None, headers: Mapping[str, str]) -> None:
        """The server begins to send at `start`."""
        if start not in (0, self.present):
            raise InputProblem(self._wanted.url, "the server sent another part than the one that was asked for")
        if start != self.present:
            self.begin_anew()
        self._total = total
        free = shutil.disk_usage(self._place.parent).free
        if total is not None and total - start > free:
            because = f"it has {total / 1e6:,.0f} MB, and only {free / 1e6:,.0f} MB are free there"
            raise StorageProblem(self._place, because)
        self._note = replace(self._note, validator=_validator(headers))
        write_atomically(self._note_place, msgspec.json.encode(self._note))
        self._partial.touch()

    def take(self, chunk: bytes) -> None:
        """Write what came."""
        with self._partial.open("ab") as stream:
            stream.write(chunk)
        self.present += len(chunk)
        self._monitor.progress(Progress("fetching, in MB", self.present >> 20, self._total and self._total >> 20))

    def finish(self) -> str:
        """Hold the whole against its checksum, and give it its name."""
        if self._total is not None and self.present < self._total:
            raise InputProblem(self._wanted.url, "the answer broke off before it was complete")
        found = sha256_of_file(self._partial)
        wanted = self._wanted.sha256
        if wanted is not None and found != wanted:
            self.begin_anew()
            self._note_place.unlink(missing_ok=True)
            because = f"what came is not the file that was asked for: its checksum is {found[:12]}…"
            raise InputProblem(self._wanted.url, f"{because}, not {wanted[:12]}…")
        self._partial.replace(self._place)
        self._note_place.unlink(missing_ok=True)
        return found


def _extent(response: requests.Response) -> tuple[int, int | None]:
    """Where the answer begins in the file, and how large the whole is."""
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise InputProblem(response.url, "the server packs the file, so its parts cannot be told")
    said = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if response.status_code == _PARTIAL:
        if said is None:
            raise InputProblem(response.url, "the server does not say which part of the file it sends")
        return int(said[1]), None if said[2] == "*" else int(said[2])
    if response.status_code == _NOT_THERE:  # RFC 9110 §15.5.17: the size of the whole stands there
        whole = _WHOLE.fullmatch(response.headers.get("Content-Range", "").strip())
        return 0, int(whole[1]) if whole else None
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _validator(headers: Mapping[str, str]) -> str | None:
    """The mark that the server may be asked to compare; a weak one may not (RFC 9110 §13.1.5)."""
    tag = headers.get("ETag", "").strip()
    return tag if tag.startswith('"') else None


def _read_note(place: Path) -> _Note | None:
    try:
        return msgspec.json.decode(place.read_bytes(), type=_Note)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
