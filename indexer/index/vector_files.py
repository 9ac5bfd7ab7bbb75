# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors as data sets ship them: arrays in `.npy` files, or members of `.npz` files, read block by block.

The files are a stranger's: nothing is unpickled, the header's word is held against the size of the file, and no more
than a block is in memory. They are read as streams and not by memory map, so that a packed member is read like a plain
one, and a file that is cut short meanwhile is a sentence and not the end of the process.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor

BLOCK_BYTES = 16 << 20
"""Of a block as float32; read, unpacked and multiplied in well under a second, so that a stop is."""

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_LONGEST_HEADER = 4096
_LARGEST_DIMENSION = 1 << 14
_ITEM_BYTES = 4
_MOST_PACKED, _HARMLESS_BYTES = 64, 1 << 20
"""Numbers of vectors hardly shrink; a larger member that unpacks to so many times its size is made to exhaust."""


@dataclass(frozen=True, slots=True)
class VectorFile:
    """One array of vectors: (rows, dimension), float16 or float32.

    Attributes:
        member: the array's name in a `.npz` file, None for a `.npy` file.
    """

    place: Path
    member: str | None
    rows: int
    dimension: int
    dtype: np.dtype[Any]

    def blocks(self, monitor: Monitor) -> Iterator[NDArray[np.float32]]:
        """All vectors in order, as float32, a block at a time.

        Raises:
            InputProblem: the file is damaged or no longer there.
            Cancelled: the user stopped; looked at before each block.
        """
        at_once = max(1, BLOCK_BYTES // (self.dimension * _ITEM_BYTES))
        with ExitStack() as stack:
            with _reading(self.place):
                stream = stack.enter_context(_opened(self.place, self.member))
                _read_header(stream)
            for first in range(0, self.rows, at_once):
                monitor.check()
                with _reading(self.place):
                    block = self._read(stream, min(at_once, self.rows - first))
                yield block

    def pick(self, rows: NDArray[np.int64], monitor: Monitor) -> NDArray[np.float32]:
        """The vectors (rows, dimension) of some rows, in order and as float32.

        Raises:
            InputProblem: the file is damaged or no longer there.
            Cancelled: the user stopped; looked at before each row.
        """
        picked = np.empty((len(rows), self.dimension), np.float32)
        with _reading(self.place), _opened(self.place, self.member) as stream:
            _read_header(stream)
            first = stream.tell()
            for number, row in enumerate(rows):
                monitor.check()
                stream.seek(first + int(row) * self.dimension * self.dtype.itemsize)
                picked[number] = self._read(stream, 1)[0]
        return picked

    def _read(self, stream: IO[bytes], rows: int) -> NDArray[np.float32]:
        wanted = rows * self.dimension * self.dtype.itemsize
        pieces, got = [], 0
        while got < wanted:
            piece = stream.read(wanted - got)
            if not piece:
                raise EOFError("it ends before its last vector")
            pieces.append(piece)
            got += len(piece)
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.frombuffer(b"".join(pieces), self.dtype).astype(np.float32)
        return values.reshape(rows, self.dimension)


def open_vectors(place: Path, member: str | None = None) -> VectorFile:
    """Read the header of an array of vectors.

    Args:
        member: which array of a `.npz` file.

    Raises:
        InputProblem: it cannot be read, is no array of vectors, or says that it holds more than it does.
    """
    with _reading(place), _opened(place, member) as stream:
        shape, dtype, header_bytes = _read_header(stream)
        if dtype not in (np.float16, np.float32):
            raise InputProblem(place.name, f"its numbers are of the kind {dtype}, and vectors are float16 or float32")
        if len(shape) != 2 or not 1 <= shape[1] <= _LARGEST_DIMENSION or shape[0] < 0:
            raise InputProblem(place.name, f"it holds no list of vectors (its shape is {shape})")
        if header_bytes + shape[0] * shape[1] * dtype.itemsize > _size(place, member):
            raise InputProblem(
                place.name, f"it is cut short: it says that it holds {shape[0]:,} vectors, and it does not"
            )
    return VectorFile(place, member, shape[0], shape[1], dtype)


def list_members(place: Path) -> tuple[str, ...]:
    """Names of the arrays in a `.npz` file.

    Raises:
        InputProblem: it cannot be read as one.
    """
    with _reading(place), zipfile.ZipFile(place) as archive:
        return tuple(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))


@contextmanager
def _opened(place: Path, member: str | None) -> Iterator[IO[bytes]]:
    if member is None:
        with place.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(place) as archive:
        _check_member(place, archive, member)
        with archive.open(f"{member}.npy") as stream:
            yield stream


def _check_member(place: Path, archive: zipfile.ZipFile, member: str) -> None:
    try:
        info = archive.getinfo(f"{member}.npy")
    except KeyError as problem:
        raise InputProblem(place.name, f"it holds no {member}") from problem
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputProblem(place.name, "it is packed in a way that arrays are not")
    if info.file_size > max(_HARMLESS_BYTES, _MOST_PACKED * min(info.compress_size, place.stat().st_size)):
        raise InputProblem(place.name, f"its {member} would unpack to far more than vectors ever do")


def _size(place: Path, member: str | None) -> int:
    if member is None:
        return place.stat().st_size
    with zipfile.ZipFile(place) as archive:
        return archive.getinfo(f"{member}.npy").file_size


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, kind of number, length of the header."""
    try:
        version = np.lib.format.read_magic(stream)
        shape, is_fortran, dtype = _HEADERS[version](stream, max_header_size=_LONGEST_HEADER)
    except (OSError, zlib.error, zipfile.BadZipFile):
        raise
    except Exception as problem:  # a header is evaluated as text, and may be any text
        raise ValueError("it does not begin as an array does") from problem
    if is_fortran and len(shape) == 2 and min(shape) > 1:
        raise ValueError("its vectors are laid column by column, which is not read")
    return shape, dtype, stream.tell()


@contextmanager
def _reading(place: Path) -> Iterator[None]:
    """Turn whatever is said of a damaged file into one sentence."""
    try:
        yield
    except FileNotFoundError as problem:
        raise InputProblem(place.name, "the file is no longer there") from problem
    except (
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
        zlib.error,
        zipfile.BadZipFile,
        NotImplementedError,
    ) as problem:
        words = " ".join(str(problem).split()).rstrip(".")[:160]
        raise InputProblem(place.name, f"the file is damaged or cannot be read ({words})") from problem
