# SPDX-License-Identifier: GPL-3.0-or-later
"""How many chance hits a whole check must expect at a distance.

Model: codes are uniform among those with a fixed number of ones, since every bit says "above the median"
(`matching.md` §0.1, `datasets.md` §2.3). Real pictures cluster; `CHANCE_TAIL` allows for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import comb

from indexer.fingerprints.base import Kind
from indexer.matching.thresholds import CHANCE_PER_WORK, CHANCE_TAIL

_FREE_BITS = {Kind.PHASH: (63, 31), Kind.PDQ: (256, 128)}
"""Bits that vary and how many of them are one. The first bit of a pHash, the picture's mean, is always one."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Everything asked in one check: probes (works × variants) and rows, by kind of fingerprint, over all sources."""

    probes: Mapping[Kind, int]
    rows: Mapping[Kind, int]
    works: int = 1

    def expected(self, kind: Kind, distance: float) -> float:
        """Chance hits to expect in the whole check within `distance` bits; only for hashes."""
        pairs = self.probes.get(kind, 0) * self.rows.get(kind, 0)
        return pairs * share_within(kind, int(distance)) * CHANCE_TAIL


def radius_for(kind: Kind, radius: int, probes: int, rows: int) -> int:
    """The largest radius up to `radius` at which chance brings one work no more than `CHANCE_PER_WORK` rows.

    In steps of two bits: hashes with as many ones as zeros differ by even numbers only (`datasets.md` §2.3).
    """
    while radius > 0 and probes * rows * share_within(kind, radius) * CHANCE_TAIL > CHANCE_PER_WORK:
        radius -= 2
    return max(radius, 0)


@cache
def share_within(kind: Kind, distance: int) -> float:
    """Share of unrelated pairs within `distance` bits, by the model.

    Two codes with the same number of ones differ in 2k bits when k ones of the first are zeros of the second.
    """
    bits, ones = _FREE_BITS[kind]
    near = sum(comb(ones, k) * comb(bits - ones, k) for k in range(distance // 2 + 1))
    return near / comb(bits, ones)
