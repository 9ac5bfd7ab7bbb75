# SPDX-License-Identifier: GPL-3.0-or-later
"""The columns of fingerprints of one file: which they are, and every value as a record. Nothing else is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.building.table_journal import RecordWriter
from indexer.core.progress import Monitor, Progress
from indexer.fingerprints.base import Kind
from indexer.fingerprints.quality import PHASH_ONES
from indexer.sources.hash_columns import DIGITS, WORDS, hash_columns
from indexer.tables.base import Table
from indexer.tables.hash_values import HashValues, read_hashes
from indexer.tables.recognise import recognise

_ENOUGH_ROWS = 1000
"""After so many values a column that is of another kind is known to be, and need not be read to its end."""

_NAMES_SHOWN = 12


class Unfit(Exception):
    """A file is read without trouble, and is not what is looked for; the text follows "skipped, because"."""


@dataclass(slots=True)
class Tally:
    """Values of a column without a record, beside those with one."""

    usable: int = 0
    empty: int = 0
    malformed: int = 0
    degenerate: int = 0

    @staticmethod
    def together(tallies: Iterable["Tally"]) -> "Tally":
        """The sum over columns."""
        whole = Tally()
        for one in tallies:
            whole.usable += one.usable
            whole.empty += one.empty
            whole.malformed += one.malformed
            whole.degenerate += one.degenerate
        return whole

    def add(self, values: HashValues, degenerate: int) -> None:
        """Count a piece."""
        self.usable += len(values.keys) - degenerate
        self.empty += values.empty
        self.malformed += values.malformed
        self.degenerate += degenerate

    @property
    def is_mostly_malformed(self) -> bool:
        """Whether the column is of another kind."""
        return self.malformed > self.usable + self.degenerate


def choose_columns(names: Sequence[str], kinds: Sequence[Kind], said: Mapping[Kind, str]) -> dict[Kind, str]:
    """The columns to read, by kind.

    Args:
        names: all columns of the file.
        kinds: what is wanted; empty for all that is there.
        said: what the user said of columns, where their names do not tell.

    Raises:
        Unfit: there is no such column.
    """
    known = hash_columns(recognise(names)) | dict(said)
    for kind, column in known.items():
        if column not in names:
            raise Unfit(f"it has no column {column}, which was to hold {WORDS[kind]}")
    for kind in kinds:
        if kind not in known:
            raise Unfit(f"it has no column that is known to hold {WORDS[kind]}; its columns are {_listed(names)}")
    chosen = {kind: known[kind] for kind in DIGITS if kind in known and (not kinds or kind in kinds)}
    if not chosen:
        raise Unfit(f"it has no column that is known to hold fingerprints; its columns are {_listed(names)}")
    return chosen


def read_columns(
    table: Table, columns: Mapping[Kind, str], writer: RecordWriter, stage: str, monitor: Monitor
) -> tuple[int, Mapping[Kind, Tally]]:
    """Write a record of every usable value; return the file's rows and what was counted.

    Raises:
        Unfit: a column is of another kind, or the file has fewer rows than it says.
        InputProblem: the file cannot be read to its end.
        Cancelled: the user stopped.
    """
    tallies = {kind: Tally() for kind in columns}
    rows, total = 0, table.rows()
    names = list(dict.fromkeys(columns.values()))
    for block in table.blocks(names, monitor):
        rows = block.first + len(block.data)
        for kind, column in columns.items():
            _write(kind, read_hashes(block.data.column(column), DIGITS[kind]), block.first, tallies[kind], writer)
        if rows >= _ENOUGH_ROWS:
            _check_kinds(columns, tallies)
        monitor.progress(Progress(stage, rows, total))
    _check_kinds(columns, tallies)
    if total is not None and rows != total:
        raise Unfit(f"it is damaged: it says that it has {total:,} rows, and has {rows:,}")
    return rows, tallies


def _write(kind: Kind, values: HashValues, first: int, tally: Tally, writer: RecordWriter) -> None:
    """A pHash without 32 ones is of a flat picture, and would be near to thousands (`datasets.md` §2.3)."""
    keys, rows = values.keys, values.rows
    if kind is Kind.PHASH:
        proper = np.bitwise_count(keys) == PHASH_ONES
        keys, rows = keys[proper], rows[proper]
    tally.add(values, len(values.keys) - len(keys))
    writer.write(kind, keys, rows + first)


def _check_kinds(columns: Mapping[Kind, str], tallies: Mapping[Kind, Tally]) -> None:
    for kind, column in columns.items():
        if tallies[kind].is_mostly_malformed:
            raise Unfit(f"most values of its column {column} are no {WORDS[kind]}")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more
