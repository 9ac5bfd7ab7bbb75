# SPDX-License-Identifier: GPL-3.0-or-later
"""From a path or an address to a table, by what the file begins with, and by its name where that does not tell.

begins with                         is
`PAR1`                              Parquet
`ARROW1`                            Arrow, the form with a footer
`SQLite format 3`                   SQLite; a table of it is named by `#table=NAME` after the path
1f 8b                               a text packed with gzip: one of the following
`[`, or `{` that goes on a line     JSON, one document
`{`                                 JSON, one record a line; whatever is called `.jsonl` or `.ndjson`
anything else                       CSV or TSV, when called `.csv`, `.tsv`, `.txt` or when it has several columns
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.network import Network
from indexer.net.remote_file import open_remote
from indexer.tables.arrow_ipc import ArrowTable
from indexer.tables.base import Table
from indexer.tables.delimited import open_delimited
from indexer.tables.json_document import JsonTable
from indexer.tables.json_lines import JsonLinesTable
from indexer.tables.lines import open_unpacked
from indexer.tables.origin import Origin, reading
from indexer.tables.parquet import ParquetTable
from indexer.tables.remote import origin_of
from indexer.tables.sqlite_table import SqliteTable

_TEXTS = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json")
ENDINGS = (
    ".parquet",
    ".arrow",
    ".feather",
    ".sqlite",
    ".sqlite3",
    ".db",
    ".sql",
    *_TEXTS,
    *(f"{end}.gz" for end in _TEXTS),
)
"""How files of tables are called; anything else in a folder is passed over. YFCC100M's database is called `.sql`."""

_PURPOSE = "to read a table of a data set"
_HEAD_BYTES = 1 << 16
TABLE_MARK = "#table="
"""Stands after the path of a database, before the name of the table in it."""

_REFUSED = (
    (b"PK\x03\x04", "it is a ZIP archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is packed with Zstandard; unpack it first"),
    (b"BZh", "it is packed with bzip2; unpack it first"),
    (b"\xfd7zXZ", "it is packed with xz; unpack it first"),
    (b"\xff\xff\xff\xff", "it is an Arrow stream, which has no list of its parts; save it as Arrow file or Parquet"),
    (b"version https://git-lfs", "it is only the note of a file that lies elsewhere (Git LFS)"),
    (b"<!DOCTYPE", "it is a web page"),
    (b"<html", "it is a web page"),
)


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
    file, _, table = str(place).partition(TABLE_MARK)
    origin = _remote(file, network, monitor, name) if "://" in file else _local(Path(file), name)
    try:
        return open_origin(origin, monitor, table or None)
    except BaseException:
        origin.release()
        raise


def open_origin(origin: Origin, monitor: Monitor, table: str | None = None) -> Table:
    """Open one file, wherever its bytes lie. The caller closes it.

    Args:
        table: which one of a database.

    Raises:
        InputProblem: it is no table that is read, or it is damaged.
        Cancelled: the user stopped.
    """
    with reading(origin.name), origin.open() as stream:
        head = stream.read(_HEAD_BYTES)
    if head.startswith(b"PAR1"):
        return ParquetTable(origin)
    if head.startswith(b"ARROW1"):
        return ArrowTable(origin)
    if head.startswith(b"SQLite format 3\0"):
        return SqliteTable(origin, monitor, table)
    return _open_text(origin, head, monitor)


def find_tables(folder: Path) -> Sequence[Path]:
    """The files below a folder that are called like tables, in the order of their paths as text.

    Raises:
        InputProblem: the folder cannot be read.
    """
    with reading(str(folder)):
        found = [path for path in folder.rglob("*") if path.name.lower().endswith(ENDINGS) and path.is_file()]
    return sorted(found, key=lambda path: path.as_posix())


def _open_text(origin: Origin, head: bytes, monitor: Monitor) -> Table:
    packed = head.startswith(b"\x1f\x8b")
    if packed:
        with reading(origin.name), origin.open() as stream:
            head = open_unpacked(stream, 0, monitor, packed=True).read(_HEAD_BYTES)
    refusal = next((words for magic, words in _REFUSED if head[:32].lstrip().startswith(magic)), None)
    if refusal or b"\0" in head:
        raise InputProblem(origin.name, refusal or "it is no kind of table that is read here")
    return _kind_of_text(origin.name, head)(origin, monitor, packed=packed)


def _kind_of_text(name: str, head: bytes) -> Callable[..., Table]:
    called, start = name.lower().removesuffix(".gz"), head.lstrip().removeprefix(b"\xef\xbb\xbf")
    if called.endswith((".jsonl", ".ndjson")):
        return JsonLinesTable
    if start.startswith(b"["):
        return JsonTable
    if start.startswith(b"{"):
        return JsonLinesTable if _is_whole(start) else JsonTable
    if not called.endswith((".csv", ".tsv", ".tab", ".txt")) and b"," not in head and b"\t" not in head:
        raise InputProblem(name, "it is no kind of table that is read here")
    return open_delimited


def _is_whole(start: bytes) -> bool:
    """Whether the first line is a record and another follows; the first line of a document is not, or is all of it."""
    line, _, rest = start.partition(b"\n")
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False
    return bool(rest.strip())


def _local(path: Path, name: str | None) -> Origin:
    with reading(str(path)):
        if not path.is_file():
            raise InputProblem(path, "there is no such file")
        facts = path.stat()
    return Origin(name or path.name, lambda: path.open("rb"), f"{facts.st_size}-{facts.st_mtime_ns}", path)


def _remote(address: str, network: Network | None, monitor: Monitor, name: str | None) -> Origin:
    called = name or address.partition("?")[0].rstrip("/").rpartition("/")[2] or address
    if network is None:
        raise InputProblem(called, "it lies on another computer, and nothing may be asked of the network")

    remote = open_remote(address, network, _PURPOSE, monitor)
    return replace(origin_of(remote, called), release=remote.close)
