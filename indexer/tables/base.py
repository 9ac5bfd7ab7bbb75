# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file of a table can do: name its columns, go through some of them in blocks, give one row."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from indexer.core.progress import Monitor
from indexer.tables.origin import Origin


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of a file, of the columns that were asked for. `first` is the number of its first row."""

    first: int
    data: pa.RecordBatch


class Table(ABC):
    """One file, local or far away. Rows are numbered from 0.

    Attributes:
        name: of the file, as it is called in row keys and to people: the last part of its path, or the path within
            the set where that is needed to tell files apart.
        columns: names of all columns, nested ones with dots.
        address: where its file lies on another machine, from where it is read piece by piece; None for one here.
        stamp: changes when the file does; found out without reading it.
    """

    name: str
    columns: tuple[str, ...]
    address: str | None = None
    stamp: str = ""

    def __init__(self, origin: Origin) -> None:
        self.name, self.address, self.stamp = origin.name, origin.address, origin.stamp
        self._release = origin.release

    @property
    def is_remote(self) -> bool:
        """Whether its file lies on another machine."""
        return self.address is not None

    @abstractmethod
    def rows(self) -> int | None:
        """How many rows; None where only going through the file tells."""

    def count(self, monitor: Monitor) -> int:
        """How many rows; the file is gone through where nothing else tells.

        Raises:
            InputProblem, Cancelled: as for going through it.
        """
        known = self.rows()
        if known is not None:
            return known
        return sum(len(block.data) for block in self.blocks(self.columns[:1], monitor))

    @abstractmethod
    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Go through some columns from row `first` on. A list of nested values comes as a list column.

        Raises:
            InputProblem: the file is damaged or no longer there; what was yielded before stays valid.
            Cancelled: the user stopped; looked at between blocks, which take well under a second each.
        """

    @abstractmethod
    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """One row's values in Python's terms, without reading the whole file.

        Raises:
            InputProblem: there is no such row, or the file is damaged or no longer there.
        """

    @property
    def kept_bytes(self) -> int:
        """What it holds in memory so that the next row comes faster."""
        return 0

    def forget(self) -> None:  # noqa: B027 - most kinds of files keep nothing
        """Let go of that."""

    @abstractmethod
    def close(self) -> None:
        """Release what it holds."""
