# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a table that speak of a person: most are passed over by their letters, the others judged one by one."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from indexer.core.progress import Monitor
from indexer.core.types import Basis, Lane
from indexer.links.contract import Hit
from indexer.links.finder import Finder
from indexer.sources.table_rows import Shown, addresses_in, texts_in
from indexer.tables.base import Block
from indexer.tables.columns import Columns

_NEEDLES_AT_ONCE = 100
"""In one expression; the machine that looks for it has a limit."""

_JUDGED_BETWEEN_CHECKS = 512

_STRENGTH = (Basis.ADDRESS, Basis.ACCOUNT, Basis.NAME)

Judge = Callable[[object], Iterator[tuple[int, Hit]]]
"""The hits in a value, each with the number of its text in it."""


@dataclass(frozen=True, slots=True)
class Spotted:
    """A row, counted through all files; why it speaks of the person; the value that says so."""

    number: int
    hit: Hit
    shown: Shown


@dataclass(frozen=True, slots=True)
class _Watch:
    """One column: whatever fits none of the patterns is passed over, the rest is judged."""

    column: str
    patterns: tuple[str, ...]
    judge: Judge


class Spotter:
    """Looks for one person in the columns of a table.

    Attributes:
        columns: what has to be read for it; empty when nothing can be found.
    """

    def __init__(self, columns: Columns, finder: Finder, lanes: Collection[Lane]) -> None:
        self._lanes = frozenset(lanes)
        in_addresses, in_texts = _patterns(finder.address_needles), _patterns(finder.text_needles)
        watches = [_Watch(name, in_addresses, partial(_in_addresses, finder)) for name in columns.url] if lanes else []
        if Lane.ATTRIBUTION in self._lanes:
            watches += [
                _Watch(name, in_addresses, partial(_in_accounts, finder, platform))
                for name, platform in columns.accounts.items()
            ]
            watches += [_Watch(name, in_texts, partial(_in_texts, finder)) for name in columns.caption]
        self._watches = [watch for watch in watches if watch.patterns]
        self.columns = tuple(dict.fromkeys(watch.column for watch in self._watches))

    def spot(self, block: Block, monitor: Monitor) -> Iterator[Spotted]:
        """For each row and lane the strongest hit: what is the person's own before what may be somebody's.

        Raises:
            Cancelled: the user stopped.
        """
        best: dict[tuple[int, Lane], Spotted] = {}
        judged = 0
        for watch in self._watches:
            column = block.data.column(watch.column)
            for row in _fitting_rows(column, watch.patterns):
                if judged % _JUDGED_BETWEEN_CHECKS == 0:
                    monitor.check()
                judged += 1
                for item, hit in watch.judge(column[int(row)].as_py()):
                    spotted = Spotted(block.first + int(row), hit, Shown(watch.column, item))
                    key = spotted.number, hit.lane
                    if hit.lane in self._lanes and (key not in best or _rank(hit) < _rank(best[key].hit)):
                        best[key] = spotted
        for key in sorted(best, key=lambda one: (one[0], one[1] is not Lane.LOCATION)):
            yield best[key]


def _rank(hit: Hit) -> tuple[bool, int]:
    """The strongest first."""
    return not hit.is_own, _STRENGTH.index(hit.basis)


def _patterns(needles: Sequence[str]) -> tuple[str, ...]:
    starts = range(0, len(needles), _NEEDLES_AT_ONCE)
    return tuple("|".join(map(re.escape, needles[start : start + _NEEDLES_AT_ONCE])) for start in starts)


def _in_addresses(finder: Finder, value: object) -> Iterator[tuple[int, Hit]]:
    for item, address in enumerate(addresses_in(value)):
        if hit := finder.in_address(address):
            yield item, hit


def _in_accounts(finder: Finder, platform: str, value: object) -> Iterator[tuple[int, Hit]]:
    for item, account in enumerate(texts_in(value)):
        if hit := finder.in_account(platform, account):
            yield item, hit


def _in_texts(finder: Finder, value: object) -> Iterator[tuple[int, Hit]]:
    for item, text in enumerate(texts_in(value)):
        if hit := finder.in_text(text):
            yield item, hit


def _fitting_rows(column: pa.Array, patterns: Sequence[str]) -> NDArray[np.int64]:
    """Rows in which a text fits one of the patterns, ascending, each once; a list counts for each of its texts."""
    rows = np.arange(len(column))
    while pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        rows, column = np.repeat(rows, lengths), column.flatten()
    texts = _as_texts(column)
    if texts is None:
        return np.empty(0, np.int64)
    fits = np.zeros(len(texts), bool)
    for pattern in patterns:
        found = pc.match_substring_regex(texts, pattern, ignore_case=True)
        fits |= pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False)
    return np.unique(rows[fits])


def _as_texts(column: pa.Array) -> pa.Array | None:
    """None for what holds no texts, such as pictures."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column
    return column.cast(pa.string()) if pa.types.is_primitive(column.type) else None
