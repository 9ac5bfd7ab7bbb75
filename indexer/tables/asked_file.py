# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of a table, here or on another computer: first seen what it is, then opened if it is worth it.

One far away is read over one connection, whoever reads it, and knows how much of it has travelled.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.network import Network
from indexer.net.remote_file import RemoteFile, open_remote
from indexer.tables.base import Table
from indexer.tables.opening import TABLE_MARK, open_origin, open_table
from indexer.tables.remote import origin_of

_PURPOSE = "to read a table of a data set"


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file is at the moment.

    Attributes:
        bytes: its size.
        validator: of a file here the time of its last change; of one far away what its server gives, such as an ETag,
            None where it gives nothing.
    """

    bytes: int
    validator: str | None


class AskedFile:
    """One file. Use it in a `with` statement, or close it.

    Attributes:
        state: what it is.

    Args:
        place: a path, or a web address.
        name: what the table is to be called.
        network: what may be asked of other computers; None for nothing at all.

    Raises:
        InputProblem: it is not there, or nobody answers for it.
        Cancelled: the user stopped.
    """

    def __init__(self, place: str, name: str, network: Network | None, monitor: Monitor) -> None:
        self._place, self._name, self._monitor = place, name, monitor
        self._closing = ExitStack()
        self._remote: RemoteFile | None = None
        if not is_address(place):
            self.state = _state_here(place)
            return
        if network is None:
            raise InputProblem(place, "it lies on another computer, and nothing may be asked of the network")
        self._remote = self._closing.enter_context(open_remote(place, network, _PURPOSE, monitor))
        self.state = FileState(self._remote.size, self._remote.validator)

    def open_table(self) -> Table:
        """The table in it, closed together with it.

        Raises:
            InputProblem: it is no table that is read, or it is damaged.
            Cancelled: the user stopped.
        """
        if self._remote:
            table = open_origin(origin_of(self._remote, self._name), self._monitor)
        else:
            table = open_table(self._place, None, self._monitor, self._name)
        self._closing.callback(table.close)
        return table

    @property
    def bytes_travelled(self) -> int:
        """How much of a file far away has been fetched so far; 0 for one here."""
        return sum(end - start for start, end in self._remote.ranges_read) if self._remote else 0

    def close(self) -> None:
        """Close whatever was opened."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_address(place: str) -> bool:
    """Whether this is a web address rather than a path."""
    return place.lower().startswith(("http://", "https://"))


def _state_here(place: str) -> FileState:
    try:
        facts = Path(place.partition(TABLE_MARK)[0]).stat()
    except (OSError, ValueError) as problem:  # also a name that no file can have
        raise InputProblem(place, "there is no such file") from problem
    return FileState(facts.st_size, str(facts.st_mtime_ns))
