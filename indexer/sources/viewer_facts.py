# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row of the dataset viewer says, as facts."""

import re
from collections.abc import Iterable, Iterator

from indexer.sources.base import RowFacts
from indexer.sources.viewer_answers import Feature, Row
from indexer.sources.viewer_opened import Opened
from indexer.sources.viewer_queries import plain_hex

_ADDRESS = re.compile(r"https?://[^\s\"'<>\\\]})]+", re.IGNORECASE)
_HEX = re.compile("[0-9a-f]+")


def row_facts(row: Row, opened: Opened, dataset: str) -> RowFacts:
    """The facts of a row; a value that the service shortened is left out."""
    columns = opened.columns
    phash = _digest(row, opened, columns.phash, 16)
    return RowFacts(
        row=f"row {row.number:,} of {dataset}, {opened.part}",
        row_key=row_key(row, opened, dataset),
        url=next((one for text in _texts(row, opened, columns.url) for one in addresses_in(text)), None),
        caption=next(_texts(row, opened, columns.caption), None),
        width=_pixels(row, opened, columns.width),
        height=_pixels(row, opened, columns.height),
        sha256=_digest(row, opened, columns.sha256, 64),
        md5=_digest(row, opened, columns.md5, 32),
        phash=int(phash, 16) if phash else None,
        notes=tuple(_notes(row, opened)),
    )


def row_key(row: Row, opened: Opened, dataset: str) -> str:
    """By the set's own key of the row where it has one, else by its number, which a new revision may change."""
    own = next(_texts(row, opened, [opened.columns.key]), None)
    name = f"{opened.columns.key}={own}" if own else str(row.number)
    return f"hf:{dataset}@{opened.part}#{name}"


def addresses_in(text: str) -> list[str]:
    """The addresses in a cell: it is one, or a text of JSON that holds some, as in OBELICS (`datasets.md` §2.9)."""
    return _ADDRESS.findall(text) if text.lstrip().startswith(("{", "[")) else [text]


def _notes(row: Row, opened: Opened) -> Iterator[str]:
    at = f"at revision {opened.revision}" if opened.revision else "which did not say at which revision of the set"
    yield f"This row was read through the hub's dataset viewer, {at}; the published file itself was not read."
    if row.cut:
        yield f"The service shortened some of its values, which were not used: {', '.join(sorted(row.cut))}."


def _features(opened: Opened, names: Iterable[str | None]) -> list[Feature]:
    return opened.named(name for name in names if name)


def _texts(row: Row, opened: Opened, names: Iterable[str | None]) -> Iterator[str]:
    return (text for feature in _features(opened, names) for text in row.texts(feature))


def _digest(row: Row, opened: Opened, name: str | None, digits: int) -> str | None:
    """In lower-case hex, if it is one of that length."""
    found = (plain_hex(text) for text in _texts(row, opened, [name]))
    return next((one for one in found if len(one) == digits and _HEX.fullmatch(one)), None)


def _pixels(row: Row, opened: Opened, name: str | None) -> int | None:
    cells = (cell for feature in _features(opened, [name]) for cell in row.cells(feature))
    return next((int(cell) for cell in cells if isinstance(cell, int | float) and 0 < cell < 1 << 31), None)
