# SPDX-License-Identifier: GPL-3.0-or-later
"""Two versions of a data set: which rows that speak of a person came, and which went."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane
from indexer.links.finder import Finder
from indexer.sources.table_mentions import Spotter
from indexer.tables.columns import Columns
from indexer.tables.diff import Key, RowChange, RowRef, changes, key_of, ref_of, refuse_without
from indexer.tables.table_set import TableSet


@dataclass(frozen=True, slots=True)
class TableVersion:
    """One version of a table, and what its columns say."""

    tables: TableSet
    columns: Columns

    @property
    def key(self) -> tuple[str, ...]:
        """The picture's address, and the text beside it where there is one: what is the same in all versions."""
        return (*self.columns.url[:1], *self.columns.caption[:1])


def changes_of_person(
    old: TableVersion, new: TableVersion, finder: Finder, lanes: Sequence[Lane], monitor: Monitor
) -> Iterator[RowChange]:
    """Rows that speak of the person in either version, in the order of their keys: address and text.

    Each version is gone through once. A row with the same address and text speaks of the person in both or in neither,
    so that what was not met in one is not in it.

    Raises:
        InputProblem: a file is damaged, so that nobody can say what it lists; or a version lists no addresses, or
            only one of them texts.
        Cancelled: the user stopped.
    """
    if not old.columns.url or not new.columns.url or len(old.key) != len(new.key):
        raise InputProblem("versions", "their rows have no address and text in common, by which they are known again")
    yield from changes(_rows_of(old, finder, lanes, monitor), _rows_of(new, finder, lanes, monitor))


def _rows_of(version: TableVersion, finder: Finder, lanes: Sequence[Lane], monitor: Monitor) -> dict[Key, RowRef]:
    refuse_without(version.tables, version.key)
    spotter = Spotter(version.columns, finder, lanes)
    found: dict[Key, RowRef] = {}
    if not spotter.columns:
        return found
    for block in version.tables.blocks(list(dict.fromkeys((*spotter.columns, *version.key))), monitor):
        monitor.progress(Progress("comparing versions", block.first, version.tables.rows()))
        for spotted in spotter.spot(block, monitor):
            key = key_of(block.data, spotted.number - block.first, version.key)
            found.setdefault(key, ref_of(version.tables, spotted.number))
    return found
