# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches what an address holds.

Nothing else in the engine speaks HTTP. This room gives bytes and judges none of them: what they are, and whether they
may be opened, is for the rooms above.
"""

from dataclasses import dataclass

from indexer.core.clock import utc_now
from indexer.core.progress import Monitor
from indexer.net.request import Request
from indexer.net.transport import Transport


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address held. `content_type` is what the server claims, None when it claims nothing."""

    url: str
    final_url: str
    status: int
    body: bytes
    content_type: str | None
    fetched_utc: str


class Client(Transport):
    """Fetches addresses, each whole and into memory."""

    def fetch(self, url: str, purpose: str, monitor: Monitor | None = None) -> Fetched:
        """What the address holds.

        Args:
            url: http or https.
            purpose: why, in plain words, for the ledger.
            monitor: as in `Transport.send`.

        Raises:
            InputProblem, Cancelled, StorageProblem: as in `Transport.send`.
        """
        reply = self.send(Request(url, purpose), self.read_body, monitor)
        content_type = reply.headers.get("Content-Type")
        return Fetched(url, reply.final_url, reply.status, reply.content, content_type, utc_now())
