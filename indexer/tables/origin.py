# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the bytes of a table lie, on this machine or another, and what is said when they cannot be read."""

import csv
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec
import pyarrow as pa

from indexer.core.errors import InputProblem


@dataclass(frozen=True, slots=True)
class Origin:
    """One file of a table.

    Attributes:
        name: what it is called in row keys and to people.
        open: gives a fresh, seekable, binary stream over it.
        stamp: changes when the file does: its size and time of change, or what its server says.
        path: on this machine; None for a file on another.
        address: on the web; None for a file on this machine.
        release: called when the table is closed.
    """

    name: str
    open: Callable[[], IO[bytes]]
    stamp: str
    path: Path | None = None
    address: str | None = None
    release: Callable[[], None] = lambda: None


_DAMAGE = (
    pa.ArrowException,
    OSError,
    EOFError,
    ValueError,
    IndexError,
    KeyError,
    RecursionError,
    zlib.error,
    csv.Error,
    sqlite3.Error,
    msgspec.MsgspecError,
)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn whatever a reader says of a file that is damaged, or gone, into one sentence.

    Raises:
        InputProblem: for whatever the readers of a format raise.
    """
    try:
        yield
    except FileNotFoundError as problem:
        raise InputProblem(name, "the file is no longer there") from problem
    except MemoryError as problem:
        raise InputProblem(name, "one piece of it is too large for this machine's memory") from problem
    except _DAMAGE as problem:
        words = " ".join(str(problem).split()).rstrip(".")[:160]
        raise InputProblem(name, f"the file is damaged or no longer there ({words})") from problem
