# SPDX-License-Identifier: GPL-3.0-or-later
"""NumPy arrays on disk: written row by row, opened by memory map, and only as the very kind that they should be."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_BLOCK_ROWS = 1 << 20


def open_array(place: Path, dtype: type[np.generic], dimensions: int) -> NDArray[Any]:
    """Open by memory map. The file may be a stranger's: nothing is unpickled, and no number is converted.

    Raises:
        ValueError: it is not an array, or not one of this type with so many dimensions.
    """
    try:
        array = np.lib.format.open_memmap(place, mode="r")
    except OSError:
        raise
    except Exception as problem:
        raise ValueError(f"{place.name} cannot be read as an array ({problem})") from problem
    if array.dtype != dtype or array.ndim != dimensions:
        raise ValueError(f"{place.name} is an array of another kind; it does not fit")
    return array


def places_of(rows: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where those of the wanted row numbers stand that are among `rows`, which may be a memory map of any length."""
    blocks = range(0, len(rows), _BLOCK_ROWS)
    found = [np.flatnonzero(np.isin(rows[start : start + _BLOCK_ROWS], wanted)) + start for start in blocks]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def write_array(place: Path, rows: Iterable[NDArray[Any]], shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    """Write an array of which only one row, or one block of rows, at a time is in memory.

    Not through a memory map: on a full disk that ends the process instead of raising an error.
    """
    with place.open("wb") as stream:
        write_header(stream, shape, dtype)
        for row in rows:
            stream.write(np.ascontiguousarray(row, dtype=dtype).data)


def write_header(stream: BinaryIO, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    """Begin an array of this shape; its numbers follow, in the order of rows."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
