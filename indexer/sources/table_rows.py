# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of a row of a table: its values, read on demand and taken for what they should be or for nothing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from indexer.core.errors import InputProblem, SourceProblem
from indexer.sources.base import RowFacts
from indexer.tables.base import Table
from indexer.tables.columns import Columns
from indexer.tables.hash_values import as_hex
from indexer.tables.table_set import TableSet

_READ_ALONE = (
    "This row was read from its server by itself; the file that it stands in was not downloaded and compared with its "
    "publisher's checksum. “exhibit-a datasets seal {address}” fetches the whole file and compares it."
)
_COPIED = (
    "This row was read from a copy of some columns of its file; the whole file was not downloaded and compared with "
    "its publisher's checksum. “exhibit-a datasets seal {address}” fetches the whole file and compares it."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which value of a row is meant, where it has several: the column, and which of its texts, from 0."""

    column: str
    item: int = 0


class TableRows:
    """Facts of the rows of some tables. Closing the tables is left to whoever opened them.

    Args:
        columns: what each column says; those that the tables lack are passed over.
        dataset, version: for the row's key, and for what is said to people.
        copied_from: addresses of published files of which only some columns lie here, by the names of the files here.
        also: further columns that the caller wants of `values`.
    """

    def __init__(
        self,
        tables: TableSet,
        columns: Columns,
        dataset: str,
        version: str,
        *,
        copied_from: Mapping[str, str] = MappingProxyType({}),
        also: Collection[str] = (),
    ) -> None:
        self._tables, self._columns, self._copied_from = tables, columns, copied_from
        self.dataset, self.version = dataset, version
        self._wanted = [name for name in dict.fromkeys((*_names_of(columns), *also)) if name in tables.columns]

    def values(self, number: int) -> Mapping[str, object]:
        """What the row's facts are made of, by column.

        Raises:
            SourceProblem: the file is damaged or no longer there, or there is no such row.
        """
        try:
            return self._tables.row(number, self._wanted)
        except InputProblem as problem:
            raise SourceProblem(self.dataset, problem.because) from problem

    def facts(self, number: int, shown: Collection[Shown] = (), values: Mapping[str, object] | None = None) -> RowFacts:
        """What the row says.

        Its number in its file counts from 0, for people as in its key.

        Args:
            number: counted through all files.
            shown: the values that were found, so that the address and the text given are those.
            values: of this row, where they were read already.

        Raises:
            SourceProblem: the file is damaged or no longer there, or there is no such row.
        """
        values = self.values(number) if values is None else values
        table, within = self._tables.locate(number)
        columns = self._columns
        phash = as_hex(values.get(columns.phash or ""), 16)
        return RowFacts(
            row=f"{table.name} row {within:,}",
            row_key=self._key(values, table.name, within),
            url=_shown_address(values, columns, shown),
            caption=_shown_text(values, columns, shown),
            width=as_size(values.get(columns.width or "")),
            height=as_size(values.get(columns.height or "")),
            sha256=as_hex(values.get(columns.sha256 or ""), 64),
            md5=as_hex(values.get(columns.md5 or ""), 32),
            phash=None if phash is None else int(phash, 16),
            notes=(*_page_note(values, columns, shown), *self._how_read(table)),
        )

    def _how_read(self, table: Table) -> tuple[str, ...]:
        """What must be said of a row whose file is not here whole, and how to bring it here."""
        if table.address:
            return (_READ_ALONE.format(address=table.address),)
        copied_from = self._copied_from.get(table.name)
        return (_COPIED.format(address=copied_from),) if copied_from else ()

    def _key(self, values: Mapping[str, object], name: str, within: int) -> str:
        value = values.get(self._columns.key) if self._columns.key else None
        if value is None or value == "":
            return f"{self.dataset}:{name}#{within}"
        return f"{self.dataset}:{self._columns.key}={value}"


def texts_in(value: object) -> Iterator[str]:
    """The texts of a value: itself, or those of a list of whatever depth; numbers as they are written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif value is not None and not isinstance(value, bytes):
        yield str(value)


def addresses_in(value: object) -> Iterator[str]:
    """The addresses of a value. A text that is JSON, as OBELICS has it, counts for every address in it."""
    for text in texts_in(value):
        inside = _as_json(text)
        if inside is None:
            yield text
        else:
            yield from (one for one in texts_in(inside) if "://" in one)


def as_size(value: object) -> int | None:
    """A number of pixels; None for what is none."""
    try:
        number = int(float(value)) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return None
    return number if number > 0 else None


def _as_json(text: str) -> object:
    if not text.startswith(("{", "[")):
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _shown_address(values: Mapping[str, object], columns: Columns, shown: Collection[Shown]) -> str | None:
    """Of the picture: the one that was found when it is among several, else the first that there is."""
    for one in shown:
        if one.column in columns.url[:1]:
            return _nth(addresses_in(values.get(one.column)), one.item)
    return next((text for name in columns.url for text in addresses_in(values.get(name)) if text), None)


def _shown_text(values: Mapping[str, object], columns: Columns, shown: Collection[Shown]) -> str | None:
    for one in shown:
        if one.column in columns.caption:
            return _nth(texts_in(values.get(one.column)), one.item)
    return next((text for name in columns.caption for text in texts_in(values.get(name)) if text), None)


def _page_note(values: Mapping[str, object], columns: Columns, shown: Collection[Shown]) -> tuple[str, ...]:
    """The page, or whatever else stands beside the picture's own address, when that is what was found."""
    beside = [one for one in shown if one.column in columns.url[1:]]
    found = [_nth(addresses_in(values.get(one.column)), one.item) for one in beside]
    return tuple(f"The row also lists the address {address}." for address in found if address)


def _nth(texts: Iterator[str], number: int) -> str | None:
    return next((text for place, text in enumerate(texts) if place == number), None)


def _names_of(columns: Columns) -> tuple[str, ...]:
    single = (columns.width, columns.height, columns.sha256, columns.md5, columns.phash, columns.key)
    return tuple(dict.fromkeys((*columns.url, *columns.caption, *(name for name in single if name))))
