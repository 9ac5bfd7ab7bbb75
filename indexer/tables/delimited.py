# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV and TSV, with or without a line of names, plain or packed with gzip.

In TSV a line is a row, whatever quotation marks stand in it; in CSV a cell in quotation marks may hold line breaks.

Some published tables have no line of names, and differ only in the order of their columns (CC3M `caption, url`, CC12M
`url, caption`, its companion `url, SHA256, MD5`; `datasets.md` §2.5). Their columns are told by what stands in them,
so that the order cannot be confused.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import pyarrow as pa

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.lines import Group, Lines, LinesTable, each_line, open_unpacked
from indexer.tables.origin import Origin, reading

Cells = list[str]

_SAMPLE_ROWS = 50
"""So many rows tell what stands in a column without a name."""

_ROWS_AT_ONCE = 1 << 10
_BOM = b"\xef\xbb\xbf"

_ADDRESS = re.compile(r"(https?:)?//[^\s/]+\.\S+", re.IGNORECASE)
_KINDS = (("url", _ADDRESS), ("sha256", re.compile("[0-9a-fA-F]{64}")), ("md5", re.compile("[0-9a-fA-F]{32}")))


class TsvTable(LinesTable[bytes]):
    """Cells between tabs; `body` is where the first row begins."""

    def __init__(self, origin: Origin, monitor: Monitor, columns: Sequence[str], body: int, *, packed: bool) -> None:
        super().__init__(origin, monitor, packed=packed, body=body)
        self.columns = tuple(columns)

    def _groups(self, lines: Lines) -> Iterator[Group[bytes]]:
        return each_line(lines)

    def _batch(self, records: Sequence[bytes], columns: Sequence[str]) -> pa.RecordBatch:
        text = _decoded(b"\n".join(records)).replace("\r\n", "\n").removesuffix("\r")
        rows = [line.split("\t") for line in text.split("\n")]
        return _text_batch(rows, [self.columns.index(column) for column in columns], columns, may_quote='"' in text)


class CsvTable(LinesTable[Cells]):
    """Cells between commas or semicolons; `body` is where the first row begins."""

    def __init__(
        self, origin: Origin, monitor: Monitor, columns: Sequence[str], delimiter: str, body: int, *, packed: bool
    ) -> None:
        super().__init__(origin, monitor, packed=packed, body=body)
        self.columns, self._delimiter = tuple(columns), delimiter

    def _groups(self, lines: Lines) -> Iterator[Group[Cells]]:
        records = csv.reader(map(_decoded, lines), delimiter=self._delimiter)
        start = lines.at
        group: Group[Cells] = Group([], [])
        for cells in records:
            if cells:  # a blank line is no row
                group.records.append(cells)
                group.sizes.append(lines.at - start)
                start = lines.at
            if len(group.records) == _ROWS_AT_ONCE:
                yield group
                group = Group([], [])
        yield group

    def _batch(self, records: Sequence[Cells], columns: Sequence[str]) -> pa.RecordBatch:
        return _text_batch(records, [self.columns.index(column) for column in columns], columns)


def open_delimited(origin: Origin, monitor: Monitor, *, packed: bool) -> TsvTable | CsvTable:
    """Open a table of text cells by what its first rows tell.

    Raises:
        InputProblem: it is empty, or damaged.
    """
    with reading(origin.name), origin.open() as stream:
        lines = Lines(open_unpacked(stream, 0, monitor, packed=packed), 0)
        start = next((line for line in lines if line.strip(b"\r\n")), b"")
        after = lines.at
        delimiter = _delimiter_of(_decoded(start), origin.name)
        sample = list(islice(_rows_of(start, lines, delimiter), _SAMPLE_ROWS))
    if not sample:
        raise InputProblem(origin.name, "it is empty")
    has_names = _are_names(sample[0])
    columns = tuple(cell.strip().strip('"') for cell in sample[0]) if has_names else _told_by_content(sample)
    body = len(_BOM) if start.startswith(_BOM) else 0
    if has_names:
        body = after
    if delimiter == "\t":
        return TsvTable(origin, monitor, columns, body, packed=packed)
    return CsvTable(origin, monitor, columns, delimiter, body, packed=packed)


def _rows_of(start: bytes, lines: Lines, delimiter: str) -> Iterator[Cells]:
    """The first rows, to look at. The names of columns hold no line breaks, so that they end with the first line."""
    texts = map(_decoded, (start.removeprefix(_BOM), *islice(lines, 10 * _SAMPLE_ROWS)))
    if delimiter == "\t":
        return (text.rstrip("\r\n").split("\t") for text in texts if text.strip("\r\n"))
    return (cells for cells in csv.reader(texts, delimiter=delimiter) if cells)


def _text_batch(
    rows: Sequence[Cells], places: Sequence[int], columns: Sequence[str], *, may_quote: bool = False
) -> pa.RecordBatch:
    """Where a row is too short, there is nothing in its last columns."""
    arrays = []
    for place in places:
        texts = [cells[place] if place < len(cells) else None for cells in rows]
        arrays.append(pa.array(map(_unquoted, texts) if may_quote else texts, pa.string()))
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _unquoted(text: str | None) -> str | None:
    """Some writers of TSV put a cell in quotation marks, as in CSV."""
    if text and len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "replace")


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
