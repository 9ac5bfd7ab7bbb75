# SPDX-License-Identifier: GPL-3.0-or-later
"""A file on another machine, read as if it lay here: only the parts that are asked for travel.

What lies beside them travels as well, in blocks, since a reader of tables asks for many small pieces; whoever reads
on and on is given ever larger parts. All of it is remembered, so that a result can say which bytes it rests on.
"""

import io
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from indexer.core.progress import Monitor
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.net.part_reader import MOST_PART_BYTES, PartReader
from indexer.net.parts import STATUSES
from indexer.net.request import Request
from indexer.net.transport import FetchLimits, Transport

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_BYTES = 1 << 18
"""The least that is asked for: a tenth of a second on a line of 25 Mbit/s, about as long as a request takes anyway."""

_MOST_AHEAD = 16
"""Blocks that are asked for at once of one who reads on and on: 4 MB, so that the pace of 5 requests a second does
not hold up a line of 160 Mbit/s."""

_BLOCKS_KEPT = 32
"""8 MB: what is read ahead, and as much again of what was read before."""

_LIMITS = FetchLimits(max_bytes=MOST_PART_BYTES, total_s=600.0, wait_s=300.0)


def open_remote(url: str, network: Network, purpose: str, monitor: Monitor, token: str | None = None) -> "RemoteFile":
    """Open a file on another machine; its first block is read.

    Args:
        url: http or https.
        network: what is allowed, and where it is written down.
        purpose: why, in plain words, for the ledger.
        monitor: is asked whether to stop, during this and every later read.
        token: as in `JsonApi.get`.

    Raises:
        InputProblem: it cannot be read, or not by parts; `because` is written to follow "not searched, because".
        Cancelled, StorageProblem: as in `Transport.send`.
    """
    transport = Transport(
        Ledger(network.ledger),
        offline=network.offline,
        allow_private_hosts=network.allow_private_hosts,
        limits=_LIMITS,
        pacing=network.pacing,
    )
    try:
        return RemoteFile(PartReader(Request(url, purpose, token=token, statuses=STATUSES), transport, monitor))
    except BaseException:
        transport.close()
        raise


class RemoteFile(io.RawIOBase):
    """A readable, seekable file; made by `open_remote`. May be used by several threads, one of which reads at a time.

    Every read gives all that was asked for, up to the end of the file. It raises what `open_remote` raises, too when
    the file there was changed meanwhile: what was read before does not fit what would come now.
    """

    def __init__(self, parts: PartReader) -> None:
        super().__init__()
        self._parts = parts
        self._lock = threading.RLock()
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._at = 0
        self._ahead, self._ahead_from = 1, 1
        self._keep(0, parts.open(BLOCK_BYTES))

    @property
    def name(self) -> str:
        """Its address, as it was given."""
        return self._parts.request.url

    @property
    def final_url(self) -> str:
        """Where it was read from, after redirects."""
        return self._parts.address

    @property
    def size(self) -> int:
        """In bytes."""
        return self._parts.size

    @property
    def validator(self) -> str | None:
        """The server's mark for this version of the file: its ETag, or else the date of its last change."""
        return self._parts.mark

    @property
    def ranges_read(self) -> tuple[tuple[int, int], ...]:
        """What has travelled so far: first byte and the byte after the last, in order, neighbours joined."""
        with self._lock:
            return tuple(self._parts.ranges)

    def read_whole_range(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, in one request as far as they are not here already.

        Raises:
            ValueError: the file has no such range.
        """
        if not 0 <= start <= end <= self.size:
            raise ValueError(f"bytes {start} to {end} of a file of {self.size}")
        if start == end:
            return b""
        with self._lock:
            first, last = start // BLOCK_BYTES, (end - 1) // BLOCK_BYTES
            missing = [block for block in range(first, last + 1) if not self._has(block)]
            if missing and last - first >= _MOST_AHEAD:
                here = self._from_blocks(start, missing[0] * BLOCK_BYTES) if missing[0] > first else b""
                return here + self._parts.read(start + len(here), end)
            if missing:
                self._fetch(missing[0], missing[-1])
            return self._from_blocks(start, end)

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer from where the file stands, as far as the file goes."""
        view = memoryview(buffer).cast("B")
        with self._lock:
            end = min(self._at + len(view), self.size)
            data = self.read_whole_range(min(self._at, end), end)
            view[: len(data)] = data
            self._at += len(data)
        return len(data)

    def readall(self) -> bytes:
        """Everything from where the file stands."""
        with self._lock:
            return self.read(max(self.size - self._at, 0)) or b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Stand elsewhere, from where the next read goes on."""
        with self._lock:
            start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
            if start + offset < 0:
                raise ValueError("there is nothing before the beginning of a file")
            self._at = start + offset
            return self._at

    def tell(self) -> int:
        """Where the file stands."""
        return self._at

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def close(self) -> None:
        """Close its connections; may be called again."""
        if not self.closed:
            self._parts.transport.close()
        super().close()

    def _has(self, block: int) -> bool:
        """Whether a block is here; if so, it is kept longer than others."""
        if block in self._blocks:
            self._blocks.move_to_end(block)
            return True
        return False

    def _fetch(self, first: int, last: int) -> None:
        """Bring blocks here, and more than that for one who reads on and on."""
        self._ahead = min(2 * self._ahead, _MOST_AHEAD) if first == self._ahead_from else 1
        last = max(last, first + self._ahead - 1)
        start = first * BLOCK_BYTES
        data = self._parts.read(start, min((last + 1) * BLOCK_BYTES, self.size))
        self._keep(first, data)
        self._ahead_from = last + 1

    def _keep(self, first: int, data: bytes) -> None:
        for at in range(0, len(data), BLOCK_BYTES):
            block = first + at // BLOCK_BYTES
            self._blocks[block] = data[at : at + BLOCK_BYTES]
            self._blocks.move_to_end(block)
        while len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)

    def _from_blocks(self, start: int, end: int) -> bytes:
        pieces = []
        for block in range(start // BLOCK_BYTES, -(-end // BLOCK_BYTES)):
            base = block * BLOCK_BYTES
            pieces.append(self._blocks[block][max(start - base, 0) : end - base])
        return b"".join(pieces)
