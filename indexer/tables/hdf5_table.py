# SPDX-License-Identifier: GPL-3.0-or-later
"""HDF5 as clip-retrieval writes metadata: one group, `dataset`, with one array for each column (`datasets.md` §1.6).

h5py is not a part of this program; where it is not installed, that is said. The file is a stranger's: an array that
lies in another file, which HDF5 can point to, is refused, and so is one that can only be unpacked in huge pieces.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.base import Block, Table
from indexer.tables.origin import reading

if TYPE_CHECKING:
    import h5py

_GROUP = "dataset"
_BLOCK_ROWS = 1 << 14
_LARGEST_PIECE_BYTES = 64 << 20
_NO_H5PY = "it is an HDF5 file, which needs the package h5py, and that is not installed here"


class Hdf5Table(Table):
    """One such file. Reads only what it says of its arrays when it is made.

    Raises:
        InputProblem: it cannot be read as that, or h5py is not installed.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.name = name or path.name
        h5py = _h5py(self.name)
        with reading(self.name):
            self._file = h5py.File(path, "r")
        try:
            with reading(self.name):
                self._arrays = _arrays(self.name, self._file, h5py)
        except BaseException:
            self._file.close()
            raise
        self.columns = tuple(self._arrays)
        lengths = {len(array) for array in self._arrays.values()}
        if len(lengths) != 1:
            self._file.close()
            raise InputProblem(self.name, "it holds no columns of one length")
        self._rows = lengths.pop()

    def rows(self) -> int:
        """As long as its arrays are."""
        return self._rows

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Piece by piece from each array."""
        for start in range(first, self._rows, _BLOCK_ROWS):
            monitor.check()
            with reading(self.name):
                values = {name: self._values(name, slice(start, start + _BLOCK_ROWS)) for name in columns}
                data = pa.RecordBatch.from_pydict(values)
            yield Block(start, data)

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """One value from each array."""
        if not 0 <= number < self._rows:
            raise InputProblem(self.name, f"it has no row {number:,}")
        with reading(self.name):
            return {name: self._values(name, slice(number, number + 1))[0] for name in columns}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _values(self, column: str, rows: slice) -> list[Any]:
        return [_as_text(value) for value in self._arrays[column][rows].tolist()]


def _h5py(name: str) -> Any:  # noqa: ANN401 - a module
    """It is optional, and slow to start."""
    try:
        import h5py
    except ImportError as problem:
        raise InputProblem(name, _NO_H5PY) from problem
    return h5py


def _arrays(name: str, file: "h5py.File", h5py: Any) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(file.get(_GROUP, getlink=True), h5py.HardLink) or not isinstance(file[_GROUP], h5py.Group):
        raise InputProblem(name, f"it has no group {_GROUP}, in which clip-retrieval keeps its columns")
    group, arrays = file[_GROUP], {}
    for column in group:
        link = group.get(column, getlink=True)
        array = group[column] if isinstance(link, h5py.HardLink) else None
        if not isinstance(array, h5py.Dataset) or array.ndim != 1 or array.external or array.is_virtual:
            raise InputProblem(name, f"its column {column!r} is no plain list of values in this file")
        piece = (array.chunks or (1,))[0] * array.dtype.itemsize
        if piece > _LARGEST_PIECE_BYTES:
            raise InputProblem(name, f"its column {column!r} is packed in pieces that are too large")
        arrays[column] = array
    return arrays


def _as_text(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
