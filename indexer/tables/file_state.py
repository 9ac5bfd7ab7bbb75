# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file is at the moment, without reading it: its size, and a mark that changes with it."""

from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.network import Network
from indexer.tables.opening import TABLE_MARK

PURPOSE = "to read a column of a data set's table"


@dataclass(frozen=True, slots=True)
class FileState:
    """Size and mark of a file.

    Attributes:
        bytes: None where its server does not say.
        validator: of a file here the time of its last change; of one far away what its server gives, such as an ETag,
            None where it gives nothing.
    """

    bytes: int | None
    validator: str | None


def is_address(place: str) -> bool:
    """Whether this is a web address rather than a path."""
    return place.lower().startswith(("http://", "https://"))


def state_of(place: str, network: Network | None, monitor: Monitor) -> FileState:
    """What a file is at the moment.

    Args:
        place: a path, or a web address.
        network: what may be asked of other computers; None for nothing at all.

    Raises:
        InputProblem: it is not there, or nobody answers for it.
        Cancelled: the user stopped.
    """
    if is_address(place):
        del network, monitor
        raise InputProblem(place, "not yet")
    try:
        facts = Path(place.partition(TABLE_MARK)[0]).stat()
    except (OSError, ValueError) as problem:  # also a name that no file can have
        raise InputProblem(place, "there is no such file") from problem
    return FileState(facts.st_size, str(facts.st_mtime_ns))
