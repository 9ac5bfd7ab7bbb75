# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV and TSV, with or without a line of names, plain or packed with gzip.

Some published tables have no line of names, and differ only in the order of their columns (CC3M `caption, url`, CC12M
`url, caption`, its companion `url, SHA256, MD5`; `datasets.md` §2.5). Their columns are told by what stands in them,
so that the order cannot be confused.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.lines import Lines, LinesTable, open_unpacked
from indexer.tables.origin import Origin, reading

Cells = list[str]

_SAMPLE_ROWS = 50
"""So many rows tell what stands in a column without a name."""

_ADDRESS = re.compile(r"(https?:)?//[^\s/]+\.\S+", re.IGNORECASE)
_KINDS = (("url", _ADDRESS), ("sha256", re.compile("[0-9a-fA-F]{64}")), ("md5", re.compile("[0-9a-fA-F]{32}")))


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a file is cut into cells, what its columns are called, where its first row begins."""

    delimiter: str
    columns: tuple[str, ...]
    body: int


class DelimitedTable(LinesTable[Cells]):
    """A table of text cells. Reads its first rows when it is made.

    In TSV a line is a row, whatever quotation marks stand in it; in CSV a cell in quotation marks may hold line breaks.

    Raises:
        InputProblem: it cannot be read as such a table.
    """

    def __init__(self, origin: Origin, monitor: Monitor, *, packed: bool) -> None:
        with reading(origin.name):
            shape = _shape_of(origin, monitor, packed=packed)
        if shape is None:
            raise InputProblem(origin.name, "it is empty")
        super().__init__(origin, packed=packed, body=shape.body)
        self._delimiter, self.columns = shape.delimiter, shape.columns

    def _records(self, lines: Lines) -> Iterator[Cells]:
        return _cells_of(lines, self._delimiter)

    def _batch(self, records: Sequence[Cells], columns: Sequence[str]) -> pa.RecordBatch:
        """A row that is too short has nothing in its last columns."""
        arrays = []
        for number in map(self.columns.index, columns):
            texts = [cells[number] if number < len(cells) else None for cells in records]
            arrays.append(pa.array([self._plain(text) for text in texts], pa.string()))
        return pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def _plain(self, text: str | None) -> str | None:
        """In TSV some writers put a cell in quotation marks, as in CSV."""
        if self._delimiter == "\t" and text and len(text) > 1 and text[0] == text[-1] == '"':
            return text[1:-1].replace('""', '"')
        return text


def _shape_of(origin: Origin, monitor: Monitor, *, packed: bool) -> _Shape | None:
    """What the first rows tell; None when there are none."""
    with origin.open() as stream:
        line = next(Lines(open_unpacked(stream, 0, monitor, packed=packed), 0), b"")
    delimiter = _delimiter_of(_decoded(line), origin.name)
    with origin.open() as stream:
        lines = Lines(open_unpacked(stream, 0, monitor, packed=packed), 0)
        records = _cells_of(lines, delimiter)
        first = next(records, None)
        body, others = lines.at, list(islice(records, _SAMPLE_ROWS))
    if first is None:
        return None
    if _are_names(first):
        return _Shape(delimiter, tuple(cell.strip().strip('"') for cell in first), body)
    return _Shape(delimiter, _told_by_content([first, *others]), 0)


def _cells_of(lines: Lines, delimiter: str) -> Iterator[Cells]:
    """Blank lines are no rows."""
    texts = (_decoded(line) for line in lines)
    if delimiter == "\t":
        split = (text.rstrip("\r\n").split("\t") for text in texts)
        return (cells for cells in split if cells != [""])
    return (cells for cells in csv.reader(texts, delimiter=delimiter) if cells)


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "replace").removeprefix("\ufeff")


def _delimiter_of(line: str, name: str) -> str:
    """A tab where there is one, else what is there most often; a name ending in `.tsv` needs no second column."""
    if "\t" in line or ".tsv" in name.lower():
        return "\t"
    return max(",;", key=line.count)


def _are_names(cells: Sequence[str]) -> bool:
    """Whether a first line can be the names of columns: short, each another, none of them a value."""
    names = [cell.strip() for cell in cells]
    values = (
        _ADDRESS.match(name) or name.isdecimal() or len(name) > 64 or re.fullmatch("[0-9a-f]{32}", name)
        for name in names
    )
    return all(names) and len(set(names)) == len(names) and not any(values)


def _told_by_content(sample: Sequence[Cells]) -> tuple[str, ...]:
    """Names for columns that have none: by what stands in most of their cells."""
    width = Counter(len(cells) for cells in sample).most_common(1)[0][0]
    kinds = [_kind_of([cells[number] for cells in sample if number < len(cells)]) for number in range(width)]
    seen: Counter[str] = Counter()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(kind if seen[kind] == 1 else f"{kind} {seen[kind]}")
    return tuple(names)


def _kind_of(cells: Sequence[str]) -> str:
    filled = [cell.strip() for cell in cells if cell.strip()]
    for kind, pattern in _KINDS:
        if filled and sum(bool(pattern.fullmatch(cell)) for cell in filled) * 2 > len(filled):
            return kind
    return "caption"
