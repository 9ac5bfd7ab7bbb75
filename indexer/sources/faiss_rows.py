# SPDX-License-Identifier: GPL-3.0-or-later
"""From a row of a stranger's FAISS index to the row of its metadata, in each of the ways in which folders keep it.

what lies in the folder                              row number i of the index is
`metadata/*.parquet`                                 row i of all files, in the order of their paths
`metadata/**`, Arrow                                 the same
`metadata.hdf5`                                      row i of its arrays
`metadata_reordered.hdf5`                            row `ivf_old_to_new_mapping.npy`[i] of its arrays
`part-*.parquet` with a column `i`                   the row in which `i` is i; `facts_by_id.py` goes on from there

(`datasets.md` §1.6, §3.2.) No table is loaded whole.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.sources.local_tables import open_local
from indexer.tables.hdf5_table import Hdf5Table
from indexer.tables.numbered_rows import NumberedRows, has_numbers
from indexer.tables.table_set import TableSet

MAPPING_NAME = "ivf_old_to_new_mapping.npy"
_REORDERED_NAME, _HDF5_NAME = "metadata_reordered.hdf5", "metadata.hdf5"
_ID_COLUMN = "i"


class IndexRows(ABC):
    """Where the rows of an index are told.

    Attributes:
        tables: their files as one table.
        places: these files.
        id_columns: columns that may lead to a row of another table; None where rows are told by their place, and all
            that is known stands there.
    """

    tables: TableSet
    places: tuple[Path, ...]
    id_columns: tuple[str, ...] | None = None

    @abstractmethod
    def check(self, rows: int) -> None:
        """Hold it against the number of vectors of the index.

        Raises:
            InputProblem: they cannot belong together; `because` follows "not searched, because".
        """

    @abstractmethod
    def find(self, number: int) -> int | None:
        """The row of `tables` that tells what row `number` of the index is; None when there is none.

        Raises:
            InputProblem: a file is damaged or no longer there.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the files."""


class PositionalRows(IndexRows):
    """Row i is row i."""

    def __init__(self, places: Sequence[Path], root: Path, monitor: Monitor) -> None:
        self.tables, self.places = open_local(places, root, monitor), tuple(places)

    def check(self, rows: int) -> None:
        """As many as there are vectors, or each is told wrong."""
        _check_as_many(self.tables.rows(), rows)

    def find(self, number: int) -> int | None:
        """The same number."""
        return number if 0 <= number < self.tables.rows() else None

    def close(self) -> None:
        """Close the files."""
        self.tables.close()


class Hdf5Rows(IndexRows):
    """Row i is row i, or row mapping[i], of one HDF5 file.

    Args:
        mapping: a file of whole numbers, eight bytes each, without any header, whatever its name says.
    """

    def __init__(self, place: Path, mapping: Path | None = None) -> None:
        self.tables, self.places = TableSet([Hdf5Table(place)]), (place,)
        self._mapping = np.memmap(mapping, np.dtype("<i8"), "r") if mapping and mapping.stat().st_size else None
        self._is_mapped = mapping is not None

    def check(self, rows: int) -> None:
        """The mapping has an entry for each vector, and there is a row for each entry."""
        _check_as_many(self.tables.rows(), rows)
        entries = rows if not self._is_mapped else len(self._mapping) if self._mapping is not None else 0
        if entries != rows:
            because = (
                f"its {MAPPING_NAME} has {entries:,} entries and its index {rows:,} vectors, so rows would be mixed up"
            )
            raise InputProblem(self.places[0], because)

    def find(self, number: int) -> int | None:
        """By the mapping, where there is one; -1, which FAISS gives for no row, is none before and after it."""
        if not 0 <= number < self.tables.rows():
            return None
        new = int(self._mapping[number]) if self._mapping is not None else number
        return new if 0 <= new < self.tables.rows() else None

    def close(self) -> None:
        """Close the files."""
        self._mapping = None
        self.tables.close()


class RowsById(IndexRows):
    """Row i is where the column `i` says so."""

    def __init__(self, places: Sequence[Path], root: Path, monitor: Monitor) -> None:
        self.tables, self.places = open_local(places, root, monitor), tuple(places)
        self._numbered = NumberedRows(places, self.tables, _ID_COLUMN)
        self.id_columns = tuple(column for column in self.tables.columns if column != _ID_COLUMN)

    def check(self, rows: int) -> None:
        """More ids than vectors are those of another index; fewer leave some rows untold."""
        if self.tables.rows() > rows:
            because = f"its id files have {self.tables.rows():,} rows and its index {rows:,} vectors"
            raise InputProblem(self.places[0], f"{because}, so they do not belong together")

    def find(self, number: int) -> int | None:
        """By search within the few parts that can hold it."""
        return self._numbered.find(number)

    def close(self) -> None:
        """Close the files."""
        self.tables.close()


def open_rows(folder: Path, monitor: Monitor) -> IndexRows:
    """Open what tells the rows of the index in this folder.

    Raises:
        InputProblem: there is nothing, or it cannot be read; `because` follows "not searched, because".
        Cancelled: the user stopped.
    """
    metadata = folder / "metadata"
    parquet = _sorted(metadata.glob("*.parquet"))
    if parquet:
        return PositionalRows(parquet, metadata, monitor)
    arrow = _sorted(place for place in metadata.rglob("*") if not place.name.startswith("."))
    if arrow:
        return PositionalRows(arrow, metadata, monitor)
    if (folder / _HDF5_NAME).is_file():
        return Hdf5Rows(folder / _HDF5_NAME)
    if (folder / _REORDERED_NAME).is_file():
        if not (folder / MAPPING_NAME).is_file():
            raise InputProblem(folder, f"its metadata is re-ordered, and {MAPPING_NAME}, which tells how, is missing")
        return Hdf5Rows(folder / _REORDERED_NAME, folder / MAPPING_NAME)
    parts = _sorted((*folder.glob("part-*.parquet"), *folder.glob("*/part-*.parquet")))
    ids = [place for place in parts if has_numbers(place, _ID_COLUMN)]
    if ids:
        return RowsById(ids, folder, monitor)
    raise InputProblem(folder, "nothing beside its index says which pictures its rows are of")


def _sorted(places: Iterable[Path]) -> list[Path]:
    """Files by path as text, which is the order that the writers go by."""
    return sorted((place for place in places if place.is_file()), key=str)


def _check_as_many(told: int, rows: int) -> None:
    if told != rows:
        because = f"its metadata has {told:,} rows and its index {rows:,} vectors, so they do not belong together"
        raise InputProblem("metadata", because)
