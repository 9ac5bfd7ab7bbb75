# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row of the dataset viewer says, as facts."""

from collections.abc import Collection, Iterable, Iterator

from indexer.sources.base import RowFacts
from indexer.sources.table_rows import addresses_in, as_size
from indexer.sources.viewer_answers import Row
from indexer.sources.viewer_opened import Opened
from indexer.tables.hash_values import as_hex


def row_facts(row: Row, opened: Opened, dataset: str, found: Collection[str]) -> RowFacts:
    """The facts of a row; a value that the service shortened is left out.

    Args:
        row: as the service gave it.
        opened: the set.
        dataset: its name.
        found: texts of the row for which it was proposed, so that the address and the text given are those.
    """
    columns = opened.columns
    phash = _digest(row, opened, columns.phash, 16)
    pictures = list(addresses_in(list(_texts(row, opened, columns.url[:1]))))
    every = pictures + list(addresses_in(list(_texts(row, opened, columns.url[1:]))))
    captions = list(_texts(row, opened, columns.caption))
    beside = [address for address in every if address in found and address not in pictures]
    return RowFacts(
        row=f"row {row.number:,} of {dataset}, {opened.part}",
        row_key=row_key(row, opened, dataset),
        url=_first(pictures, found) or _first(every, found),
        caption=_first(captions, found),
        width=as_size(next(_cells(row, opened, columns.width), None)),
        height=as_size(next(_cells(row, opened, columns.height), None)),
        sha256=_digest(row, opened, columns.sha256, 64),
        md5=_digest(row, opened, columns.md5, 32),
        phash=int(phash, 16) if phash else None,
        notes=(*(f"The row also lists the address {one}." for one in beside), *_notes(row, opened)),
    )


def row_key(row: Row, opened: Opened, dataset: str) -> str:
    """By the set's own key of the row where it has one, else by its number, which a new revision may change."""
    own = next(_texts(row, opened, [opened.columns.key]), None)
    name = f"{opened.columns.key}={own}" if own else str(row.number)
    return f"hf:{dataset}@{opened.part}#{name}"


def _notes(row: Row, opened: Opened) -> Iterator[str]:
    at = f"at revision {opened.revision}" if opened.revision else "which did not say at which revision of the set"
    yield f"This row was read through the hub's dataset viewer, {at}; the published file itself was not read."
    if opened.files:
        many = len(opened.files)
        which = "the file that it stands in" if many == 1 else f"the first of {many:,} files, one of which holds it"
        yield f"“exhibit-a datasets seal {opened.files[0]}” fetches {which}, whole, and compares its checksum."
    if row.cut:
        yield f"The service shortened some of its values, which were not used: {', '.join(sorted(row.cut))}."


def _first(texts: Collection[str], found: Collection[str]) -> str | None:
    return next((text for text in texts if text in found), next(iter(texts), None))


def _texts(row: Row, opened: Opened, names: Iterable[str | None]) -> Iterator[str]:
    return (text for feature in opened.named(name for name in names if name) for text in row.texts(feature))


def _cells(row: Row, opened: Opened, name: str | None) -> Iterator[object]:
    return (cell for feature in opened.named([name] if name else []) for cell in row.cells(feature))


def _digest(row: Row, opened: Opened, name: str | None, digits: int) -> str | None:
    return next((found for cell in _cells(row, opened, name) if (found := as_hex(cell, digits))), None)
