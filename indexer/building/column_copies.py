# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies some columns of a table on another computer into a file here; the others, such as pictures, do not travel."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.core.errors import InputProblem, StorageProblem
from indexer.core.progress import Monitor, Progress
from indexer.net.network import Network
from indexer.net.remote_file import RemoteFile, open_remote
from indexer.tables.base import Table
from indexer.tables.opening import open_origin
from indexer.tables.remote import origin_of

Ranges = tuple[tuple[int, int], ...]


def copy_columns(
    url: str, columns: tuple[str, ...], place: Path, network: Network, token: str | None, monitor: Monitor
) -> Ranges:
    """Put the columns at `place` as Parquet, in the order of the rows, and say which bytes of the file were read.

    A copy that was interrupted begins anew: the file takes its name when it is whole.

    Raises:
        InputProblem: the table cannot be read, or has not all of the columns.
        StorageProblem: the copy cannot be written.
        Cancelled: the user stopped.
    """
    aside = place.with_name(place.name + ".partial")
    with open_remote(url, network, "some columns of a data set's table", monitor, token) as remote:
        with closing(_opened(remote, url, columns, monitor)) as table:
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                _write(table, columns, aside, monitor)
                aside.replace(place)
            except OSError as problem:
                raise StorageProblem(place, f"it cannot be written ({problem.strerror or problem})") from problem
            finally:
                aside.unlink(missing_ok=True)
        return remote.ranges_read


def _opened(remote: RemoteFile, url: str, columns: tuple[str, ...], monitor: Monitor) -> Table:
    table = open_origin(origin_of(remote, url.rpartition("/")[2]), monitor)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        table.close()
        raise InputProblem(url, f"it has no column {', '.join(missing)} any more")
    return table


def _write(table: Table, columns: tuple[str, ...], aside: Path, monitor: Monitor) -> None:
    """Block by block. A table without rows has no block that tells the kinds of its columns, so all are text."""
    writer: Any = None
    try:
        for block in table.blocks(columns, monitor):
            writer = writer or pq.ParquetWriter(aside, block.data.schema)
            writer.write_batch(block.data)
            monitor.progress(Progress("rows copied", block.first + len(block.data), table.rows()))
        writer = writer or pq.ParquetWriter(aside, pa.schema([(column, pa.string()) for column in columns]))
    finally:
        if writer:
            writer.close()
