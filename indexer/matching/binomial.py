# SPDX-License-Identifier: GPL-3.0-or-later
"""Exact bounds of a share that was counted: Clopper and Pearson's interval, without an approximation."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import exp, lgamma, log

CONFIDENCE = 0.95
_HALVINGS = 60
"""Each halves the interval; sixty leave nothing that a float could show."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def low(self) -> float:
        """The true share is below this in at most 2.5 % of such counts."""
        return 0.0 if self.hits == 0 else _low(self.hits, self.of)

    @property
    def high(self) -> float:
        """The true share is above this in at most 2.5 % of such counts."""
        return 1.0 if self.hits >= self.of else _high(self.hits, self.of)


@cache
def _low(hits: int, of: int) -> float:
    return _where(lambda share: 1 - _at_most(hits - 1, of, share) >= (1 - CONFIDENCE) / 2)


@cache
def _high(hits: int, of: int) -> float:
    return _where(lambda share: _at_most(hits, of, share) <= (1 - CONFIDENCE) / 2)


def _where(is_above: Callable[[float], bool]) -> float:
    """The share at which a rising condition turns true."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return high


def _at_most(hits: int, of: int, share: float) -> float:
    """Chance of at most so many hits."""
    if share in (0.0, 1.0):
        return float(share == 0.0 or hits >= of)
    return min(1.0, sum(exp(_log_chance(count, of, share)) for count in range(hits + 1)))


def _log_chance(hits: int, of: int, share: float) -> float:
    ways = lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1)
    return ways + hits * log(share) + (of - hits) * log(1 - share)
