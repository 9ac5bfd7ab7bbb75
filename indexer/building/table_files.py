# SPDX-License-Identifier: GPL-3.0-or-later
"""One file of a table for a build: what it is at the moment, and what reading it took."""

from dataclasses import dataclass
from pathlib import Path

from indexer.building.table_inputs import Input, is_address
from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.network import Network
from indexer.tables.base import Table
from indexer.tables.opening import open_table


@dataclass(frozen=True, slots=True)
class State:
    """Size of a file, and a mark that changes with it; None where its server does not say."""

    bytes: int | None
    validator: str | None


def state_of(one: Input, network: Network | None, monitor: Monitor) -> State:
    """What a file is at the moment, without reading it.

    Raises:
        InputProblem: it is not there, or nobody answers for it.
        Cancelled: the user stopped.
    """
    if is_address(one.place):
        raise InputProblem(one.place, "not yet")
    try:
        facts = Path(one.place).stat()
    except OSError as problem:
        raise InputProblem(one.place, "the file is no longer there") from problem
    return State(facts.st_size, str(facts.st_mtime_ns))
