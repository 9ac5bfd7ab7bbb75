# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: an append-only file that says what left this machine, when, to whom and why.

A JSON line is written before each request and a second one after it, under the same number. A request without a
second line was cut short by a crash. Addresses stand there whole, query included, since the user must see what
leaves; headers are never written, so no password can get in; of what is sent with a request, its kind and its size.
The ledger decides nothing.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from indexer.core.clock import utc_now
from indexer.core.errors import StorageProblem


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended.

    Attributes:
        status: the number that the server answered with, None when there was no whole answer.
        failure: why there was none, in one plain sentence.
        bytes_received: with headers, before unpacking.
        address: the network address that was contacted, None when it never came to that.
    """

    utc: str
    status: int | None
    failure: str | None
    bytes_received: int
    address: str | None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One request.

    Attributes:
        body_bytes: size of what was sent beside the address, which stands whole in `url`.
        body_type: the kind of that, as its header says; empty when there was nothing.
        writer: which `Ledger` wrote it; `number` is unique among its own.
        outcome: None when the program ended before it was known.
    """

    number: int
    utc: str
    method: str
    url: str
    host: str
    purpose: str
    body_bytes: int
    body_type: str = ""
    writer: str = ""
    outcome: Outcome | None = None


class Ledger:
    """Writes to the ledger in `path`, going on after what is there.

    Several may write to one file at the same time, each source of a check its own, and several threads to each;
    several processes may not.

    Raises:
        StorageProblem: the file cannot be read, or is something else.
    """

    _lock: ClassVar[threading.Lock] = threading.Lock()  # one for all: they may be writing to the same file

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = uuid4().hex[:8]
        self._last = max((entry.number for entry in entries(path)), default=0)
        self._glue = "" if _ends_with_line(path) else "\n"

    def before(self, method: str, url: str, host: str, purpose: str, body_bytes: int = 0, body_type: str = "") -> int:
        """Write down what is about to be sent, and return the number of the request.

        Raises:
            StorageProblem: it cannot be written, so nothing may be sent.
        """
        with self._lock:
            self._last += 1
            entry = LedgerEntry(self._last, utc_now(), method, url, host, purpose, body_bytes, body_type, self._writer)
            facts = asdict(entry)
            del facts["outcome"]
            self._append({"event": "sending", **facts})
            return entry.number

    def after(self, number: int, outcome: Outcome) -> None:
        """Write down how the request with this number ended.

        Raises:
            StorageProblem: it cannot be written.
        """
        with self._lock:
            self._append({"event": "ended", "number": number, "writer": self._writer, **asdict(outcome)})

    def _append(self, facts: dict[str, object]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="ascii", newline="\n") as stream:
                stream.write(f"{self._glue}{json.dumps(facts)}\n")
        except OSError as problem:
            raise StorageProblem(self.path, "the list of what was sent cannot be written") from problem
        self._glue = ""


def entries(path: Path) -> Iterator[LedgerEntry]:
    """The requests in a ledger, in the order in which they were sent; a line that a crash cut off is passed over.

    Raises:
        StorageProblem: the file cannot be read, or is something else.
    """
    found: dict[tuple[str, int], LedgerEntry] = {}
    for facts in _lines(path):
        try:
            event, key = facts.pop("event"), (facts.get("writer", ""), facts["number"])
            if event == "sending":
                found[key] = LedgerEntry(**facts)
            else:
                outcome = {name: value for name, value in facts.items() if name not in ("number", "writer")}
                found[key] = replace(found[key], outcome=Outcome(**outcome))
        except (AttributeError, KeyError, TypeError) as problem:
            raise StorageProblem(path, "it is not a list of what was sent, or a newer program wrote it") from problem
    yield from found.values()


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    except OSError as problem:
        raise StorageProblem(path, "the list of what was sent cannot be read") from problem
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def _ends_with_line(path: Path) -> bool:
    """Whether the next line can be written behind the last; after a crash in mid-line it cannot."""
    return not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")
