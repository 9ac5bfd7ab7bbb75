# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrow's own files, as clip-retrieval keeps its metadata: the form with a footer, mapped into memory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.base import Block, Table
from indexer.tables.dictionaries import unpacked
from indexer.tables.nesting import column_names, outermost, pick
from indexer.tables.origin import Origin, reading
from indexer.tables.soundness import sound

BLOCK_ROWS = 1 << 16


class ArrowTable(Table):
    """A file of Arrow record batches, entered by the footer.

    Raises:
        InputProblem: it cannot be read as such a file.
    """

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin)
        with reading(self.name):
            self._stream = pa.memory_map(str(origin.path)) if origin.path else pa.PythonFile(origin.open(), mode="r")
        try:
            with reading(self.name):
                self._schema = pa.ipc.open_file(self._stream).schema
                self.columns = column_names(self._schema)
                sizes = self._batch_sizes()
        except BaseException:
            self._stream.close()
            raise
        self._starts = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))

    def rows(self) -> int:
        """From the descriptions of the batches."""
        return int(self._starts[-1])

    def blocks(self, columns: Sequence[str], monitor: Monitor, first: int = 0) -> Iterator[Block]:
        """A batch of many rows is cut into several blocks."""
        with reading(self.name):
            reader = self._reader(columns)
        for number in range(self._batch_of(first), len(self._starts) - 1):
            monitor.check()
            start = int(self._starts[number])
            with reading(self.name):
                batch = reader.get_batch(number)
            for skipped in range(max(first - start, 0), len(batch), BLOCK_ROWS):
                monitor.check()
                with reading(self.name):
                    data = unpacked(sound(pick(batch.slice(skipped, BLOCK_ROWS), columns)), self.name)
                yield Block(start + skipped, data)

    def row(self, number: int, columns: Sequence[str]) -> Mapping[str, Any]:
        """Reads the asked columns of the batch that holds it; where nothing is packed, only the row itself."""
        if not 0 <= number < self.rows():
            raise InputProblem(self.name, f"it has no row {number:,}")
        part = self._batch_of(number)
        with reading(self.name):
            batch = self._reader(columns).get_batch(part).slice(number - int(self._starts[part]), 1)
            return dict(unpacked(sound(pick(batch, columns)), self.name).to_pylist()[0])

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._release()

    def _batch_of(self, number: int) -> int:
        return int(np.searchsorted(self._starts, number, "right")) - 1

    def _reader(self, columns: Sequence[str]) -> Any:  # noqa: ANN401 - pyarrow has no types
        wanted = {outermost(self._schema, column) for column in columns}
        fields = [number for number, field in enumerate(self._schema) if field.name in wanted]
        return pa.ipc.open_file(self._stream, options=pa.ipc.IpcReadOptions(included_fields=fields))

    def _batch_sizes(self) -> list[int]:
        """By way of the narrowest kind of column, which is the only one that is read."""
        order = sorted(
            range(len(self._schema)), key=lambda number: not pa.types.is_primitive(self._schema.types[number])
        )
        reader = pa.ipc.open_file(self._stream, options=pa.ipc.IpcReadOptions(included_fields=order[:1]))
        return [len(reader.get_batch(number)) for number in range(reader.num_record_batches)]
