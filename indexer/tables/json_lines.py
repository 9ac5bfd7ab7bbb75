# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON lines: one record a line, plain or packed with gzip."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.lines import Group, Lines, LinesTable, each_line, open_unpacked
from indexer.tables.origin import Origin, reading
from indexer.tables.values import as_batch, common_names, decode_json, value_of

_SAMPLE_ROWS = 100


class JsonLinesTable(LinesTable[bytes]):
    """A record a line. Its columns are those of its first hundred records.

    Raises:
        InputProblem: it cannot be read as such a table.
    """

    def __init__(self, origin: Origin, monitor: Monitor, *, packed: bool) -> None:
        super().__init__(origin, monitor, packed=packed, body=0)
        with reading(origin.name), origin.open() as stream:
            lines = Lines(open_unpacked(stream, 0, monitor, packed=packed), 0)
            first = next(each_line(lines), Group([], []))
            sample = [decode_json(line) for line in first.records[:_SAMPLE_ROWS]]
        self.columns = common_names(sample)
        if not self.columns:
            raise InputProblem(origin.name, "its lines are no records with names")

    def _groups(self, lines: Lines) -> Iterator[Group[bytes]]:
        return each_line(lines)

    def _batch(self, records: Sequence[bytes], columns: Sequence[str]) -> pa.RecordBatch:
        rows = [decode_json(record) for record in records]
        return as_batch({column: [value_of(row, column) for row in rows] for column in columns})
