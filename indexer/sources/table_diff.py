# SPDX-License-Identifier: GPL-3.0-or-later
"""Two versions of a data set: which rows that speak of a person came, and which went. Why is not known, nor said.

Each version is gone through twice: once for the rows that speak of the person, and once for every row at the addresses
of these, so that a row that lists the same address with another text is not mistaken for one that is gone.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Self

from indexer.core.clock import utc_now
from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import LANES_OF_PERSONS
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.net.network import Network
from indexer.sources.diff_contract import Change, DiffAsked, ListedAt, RowCompared, VersionsCompared
from indexer.sources.opening import SourceOptions
from indexer.sources.table_mentions import Spotter
from indexer.sources.table_versions import TableVersion, open_version
from indexer.tables.base import Block
from indexer.tables.row_keys import Key, rows_holding


def compare_versions(asked: DiffAsked, monitor: Monitor) -> Iterator[RowCompared | VersionsCompared]:
    """Open both versions and compare them; the last that is yielded says what they are.

    Raises:
        SourceProblem: a version cannot be opened, or is no table.
        InputProblem: nobody is looked for, or the versions have nothing in common by which rows are known again.
        Cancelled: the user stopped.
    """
    finder = Finder(Person(asked.names, asked.sites))
    network = Network(asked.ledger, asked.offline, asked.allow_private_hosts)
    options = SourceOptions(network=network, registry=asked.registry)
    _refuse_nobody(finder, asked.addresses)
    with ExitStack() as stack:
        old, new = (open_version(one, options, stack.callback, monitor) for one in (asked.old, asked.new))
        yield from compare_rows(old, new, finder, asked.addresses, monitor)
        what = partial(TableVersion.identify, monitor=monitor, checksums=asked.checksums)
        yield VersionsCompared(what(old), what(new), utc_now())


def compare_rows(
    old: TableVersion, new: TableVersion, finder: Finder, addresses: Iterable[str], monitor: Monitor
) -> Iterator[RowCompared]:
    """Rows that speak of the person in either version, or stand at one of the addresses, in the order of their keys.

    Raises:
        InputProblem: only one of them lists texts.
        Cancelled: the user stopped.
    """
    if len(old.key) != len(new.key):
        raise InputProblem(f"{old.written} and {new.written}", "only one of them lists texts beside its addresses")
    known = frozenset(addresses)
    mine = {key for one in (old, new) for key in _keys_of_person(one, finder, known, monitor)}
    was, now = (_Listed.of(mine, one, monitor) for one in (old, new))
    for key in sorted(mine):
        yield _compared(key, was, now)


@dataclass(frozen=True, slots=True)
class _Listed:
    """What one version lists at the addresses of the person's rows; `is_whole` when nothing of it was unread."""

    rows: dict[Key, ListedAt]
    addresses: frozenset[str]
    is_whole: bool

    @classmethod
    def of(cls, mine: Collection[Key], version: TableVersion, monitor: Monitor) -> Self:
        """Rows with these keys, and those with their addresses and other texts."""
        addresses = {key[0] for key in mine}
        rows = version.places(partial(_rows_at, column=version.key[0], addresses=addresses), monitor) if mine else {}
        return cls(rows, frozenset(key[0] for key in rows if key[0]), not version.unread)


def _rows_at(block: Block, column: str, addresses: Collection[str]) -> Iterator[int]:
    return rows_holding(block.data, column, addresses)


def _keys_of_person(version: TableVersion, finder: Finder, known: Collection[str], monitor: Monitor) -> set[Key]:
    spotter = Spotter(version.columns, finder, LANES_OF_PERSONS)

    def choose(block: Block) -> Iterator[int]:
        if spotter.columns:
            yield from (spotted.number - block.first for spotted in spotter.spot(block, monitor))
        if known:
            yield from rows_holding(block.data, version.key[0], known)

    return version.keys(spotter.columns, choose, monitor)


def _compared(key: Key, was: _Listed, now: _Listed) -> RowCompared:
    in_old, in_new = was.rows.get(key), now.rows.get(key)
    lacking = was if in_new else now
    if in_old and in_new:
        change = Change.IN_BOTH
    elif not lacking.is_whole or not (in_old or in_new):
        change = Change.UNKNOWN
    else:
        change = Change.CAME if in_new else Change.WENT
    elsewhere = change is not Change.IN_BOTH and key[0] in lacking.addresses
    return RowCompared(key[0], "".join(key[1:]), change, in_old, in_new, elsewhere)


def _refuse_nobody(finder: Finder, addresses: Collection[str]) -> None:
    because = [finder.why_nothing(lane) for lane in LANES_OF_PERSONS]
    if all(because) and not addresses:
        raise InputProblem("versions", f"nobody is looked for: {'; '.join(one for one in because if one)}")
