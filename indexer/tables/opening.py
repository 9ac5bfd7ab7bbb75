# SPDX-License-Identifier: GPL-3.0-or-later
"""From a path or an address to a table, by what the file begins with, and by its name where that does not tell.

begins with                              or is called             it is
`PAR1`                                                            Parquet
"""

from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.network import Network
from indexer.tables.base import Table
from indexer.tables.origin import Origin, reading
from indexer.tables.parquet import ParquetTable

ENDINGS = (".parquet",)
"""How files of tables are called; anything else in a folder is passed over."""

_MAGIC_BYTES = 16


def open_table(place: str | Path, network: Network | None, monitor: Monitor, name: str | None = None) -> Table:
    """Open one file. The caller closes it.

    Args:
        place: a path, or an http or https address.
        network: what may be asked of other computers; None for nothing at all.
        name: what the table is to be called, where the last part of its path is not enough.

    Raises:
        InputProblem: it is no table that is read, it is damaged, or it is not there.
        Cancelled: the user stopped.
    """
    origin = _origin_of(place, network, monitor, name)
    with reading(origin.name), origin.open() as stream:
        head = stream.read(_MAGIC_BYTES)
    if head.startswith(b"PAR1"):
        return ParquetTable(origin)
    raise InputProblem(origin.name, "it is no kind of table that is read here")


def find_tables(folder: Path) -> Sequence[Path]:
    """The files below a folder that are called like tables, in the order of their paths as text.

    Raises:
        InputProblem: the folder cannot be read.
    """
    with reading(str(folder)):
        found = [path for path in folder.rglob("*") if path.name.lower().endswith(ENDINGS) and path.is_file()]
    return sorted(found, key=lambda path: path.as_posix())


def _origin_of(place: str | Path, network: Network | None, monitor: Monitor, name: str | None) -> Origin:
    del network, monitor
    path = Path(place)
    if not path.is_file():
        raise InputProblem(place, "there is no such file")
    return Origin(name or path.name, lambda: _open_file(path), path)


def _open_file(path: Path) -> BufferedReader:
    return path.open("rb")
