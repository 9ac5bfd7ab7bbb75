# SPDX-License-Identifier: GPL-3.0-or-later
"""Parquet: only the columns that are asked for are read, row group by row group."""

from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.base import Block, Table
from indexer.tables.dictionaries import unpacked
from indexer.tables.labels import label_names, with_names
from indexer.tables.nesting import column_names, outermost, pick
from indexer.tables.origin import Origin, reading
from indexer.tables.soundness import sound

BLOCK_ROWS = 1 << 16
BLOCK_BYTES = 16 << 20
"""A block has no more rows, and about as many bytes, whatever the row groups of the file are like."""

_KEPT_BYTES = 64 << 20
"""A row group of which the asked columns are no larger is kept for the next row that is asked for."""

_THRIFT_LIMIT = 1 << 26
"""Of the footer's texts and lists; a hostile one could otherwise ask for any amount of memory."""

_AS_TEXTS = (
    {"arrow_extensions_enabled": False} if "arrow_extensions_enabled" in signature(pq.ParquetFile).parameters else {}
)
"""Texts that are JSON come as texts, as of older pyarrow; as JSON they would not be read as dictionaries."""

_OTHER_ROWS = "the file is damaged: a part of it has other rows than it says"


class ParquetTable(Table):
    """A Parquet file. Reads the footer when it is made.

    Raises:
        InputProblem: it cannot be read as Parquet.
    """

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin)
        self._stream = origin.open()
        self._kept: tuple[int, tuple[str, ...], pa.RecordBatch] | None = None
        try:
            with reading(self.name):
                self._file = _open(pa.PythonFile(self._stream, mode="r"))
                self._schema = self._file.schema_arrow
                self.columns, self._labels = column_names(self._schema), label_names(self._schema)
                groups = [self._file.metadata.row_group(number).num_rows for number in range(self._file.num_row_groups)]
        except BaseException:
            self._stream.close()
            raise
        self._starts = np.concatenate(([0], np.cumsum(groups, dtype=np.int64)))

    def rows(self) -> int:
        """From the footer."""
        return int(self._starts[-1])

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """Row groups before the first row are not read."""
        for group in range(self._group_of(first), len(self._starts) - 1):
            number = int(self._starts[group])
            for batch in self._batches(group, columns, monitor):
                skipped = min(max(first - number, 0), len(batch))
                if skipped < len(batch):
                    yield Block(number + skipped, batch.slice(skipped))
                number += len(batch)
            if number != self._starts[group + 1]:
                raise InputProblem(self.name, _OTHER_ROWS)

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """Reads the asked columns of the row group that holds it."""
        if not 0 <= number < self.rows():
            raise InputProblem(self.name, f"it has no row {number:,}")
        group = self._group_of(number)
        within = number - int(self._starts[group])
        with reading(self.name):
            for batch in self._remembered(group, tuple(columns)):
                if within < len(batch):
                    return {name: batch.column(name)[within].as_py() for name in columns}
                within -= len(batch)
        raise InputProblem(self.name, _OTHER_ROWS)

    @property
    def kept_bytes(self) -> int:
        """Of the row group that holds the last row that was asked for."""
        return int(self._kept[2].nbytes) if self._kept else 0

    def forget(self) -> None:
        """Read it anew when it is asked again."""
        self._kept = None

    def close(self) -> None:
        """Close the file."""
        self.forget()
        self._file.close()
        self._stream.close()
        self._release()

    def _group_of(self, number: int) -> int:
        return int(np.searchsorted(self._starts, number, "right")) - 1

    def _remembered(self, group: int, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
        if self._kept and self._kept[:2] == (group, columns):
            yield self._kept[2]
            return
        batches = self._batches(group, columns, Monitor())
        if self._bytes_a_row(group, columns) * self._rows_in(group) > _KEPT_BYTES:
            yield from batches
            return
        held, size = [], 0
        for batch in batches:
            held.append(batch)
            size += batch.nbytes
            if size > _KEPT_BYTES:  # the footer promised less
                yield from held
                yield from batches
                return
        whole = pa.Table.from_batches(held).combine_chunks().to_batches(max_chunksize=None)
        if len(whole) == 1:  # a text column beyond 2 GB comes in several, which the limit rules out
            self._kept = group, columns, whole[0]
        yield from whole

    def _batches(self, group: int, columns: Sequence[str], monitor: Monitor) -> Iterator[pa.RecordBatch]:
        """The asked columns of a row group in batches of bounded size."""
        monitor.check()
        with reading(self.name):
            rows = int(min(BLOCK_ROWS, max(1, BLOCK_BYTES // self._bytes_a_row(group, columns))))
            batches = iter(self._file.iter_batches(rows, [group], self._leaves(columns), use_threads=False))
        while True:
            with reading(self.name):
                batch = next(batches, None)
                found = None if batch is None else self._as_asked(batch, columns)
            if found is None:
                return
            yield found
            monitor.check()

    def _as_asked(self, batch: pa.RecordBatch, columns: Sequence[str]) -> pa.RecordBatch:
        """The asked columns, checked, with names in place of numbers of classes, unpacked."""
        return unpacked(with_names(sound(pick(batch, columns)), self._labels), self.name)

    def _leaves(self, columns: Sequence[str]) -> list[str]:
        """The asked columns as Parquet calls them: with `list.element` in between, or another word for it."""
        leaves = [leaf.path for leaf in _leaves_in(self._file.schema)]
        return [leaf for column in columns for leaf in self._leaves_of(column, leaves)]

    def _leaves_of(self, column: str, leaves: Sequence[str]) -> list[str]:
        top = outermost(self._schema, column)
        inside = [leaf for leaf in leaves if leaf == top or leaf.startswith(f"{top}.")]
        ending = column.removeprefix(top)
        exact = [leaf for leaf in inside if ending and leaf.endswith(ending)]
        return exact if len(exact) == 1 else inside

    def _rows_in(self, group: int) -> int:
        return int(self._starts[group + 1] - self._starts[group])

    def _bytes_a_row(self, group: int, columns: Sequence[str]) -> int:
        about, leaves = self._file.metadata.row_group(group), set(self._leaves(columns))
        chunks = (about.column(number) for number in range(about.num_columns))
        size = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema in leaves)
        widths = sum(int(leaf.length) for leaf in _leaves_in(self._file.schema) if leaf.path in leaves)
        return max(1, widths, int(size) // max(1, self._rows_in(group)))


def _open(stream: pa.NativeFile) -> pq.ParquetFile:
    """Texts are read as dictionaries, so that their sizes are known before they are written out."""
    limits = {"thrift_string_size_limit": _THRIFT_LIMIT, "thrift_container_size_limit": _THRIFT_LIMIT}
    # Without threads (`pre_buffer`): a stream over the network is asked from the thread that may be stopped.
    footer = pq.ParquetFile(stream, pre_buffer=False, **limits).metadata
    texts = [leaf.path for leaf in _leaves_in(footer.schema) if leaf.physical_type == "BYTE_ARRAY"]
    return pq.ParquetFile(stream, metadata=footer, read_dictionary=texts, pre_buffer=False, **limits, **_AS_TEXTS)


def _leaves_in(schema: pq.ParquetSchema) -> Iterator[pq.ColumnSchema]:
    return (schema.column(number) for number in range(len(schema)))
