# SPDX-License-Identifier: GPL-3.0-or-later
"""How many chance hits a whole check must expect at a distance.

Model: codes are uniform among those with a fixed number of ones, since every bit says "above the median"
(`matching.md` §0.1, `datasets.md` §2.3). Real pictures cluster, and come near each other more often than that. By how
much is taken from the index itself, which counts that over a sample; where nothing was counted, what photographs were
measured to do stands in, and it too rises towards near distances.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import comb, exp, log

from indexer.fingerprints.base import Kind
from indexer.index.manifest import NearPairs
from indexer.matching.thresholds import FORM_BITS
from indexer.matching.thresholds_unseen import (
    CHANCE_PER_WORK,
    CHANCE_TAIL,
    CHANCE_TAIL_GROWTH,
    CHANCE_TAIL_NEAR,
    CHANCE_TAIL_PDQ,
    CHANCE_TAIL_PDQ_BITS,
    TAIL_LEAST_PAIRS,
    TAIL_RARE,
    TAIL_STEPS,
)

HASH_KINDS = (Kind.PHASH, Kind.PDQ)

_FREE_BITS = {Kind.PHASH: (63, 31), Kind.PDQ: (256, 128)}
"""Bits that vary and how many of them are one. The first bit of a pHash, the picture's mean, is always one."""


@dataclass(frozen=True, slots=True)
class Tail:
    """How many times more pairs of an index come near each other than the model says.

    Attributes:
        begins: the nearest distance, in bits, at which so many pairs were counted that a factor can be told.
        factors: from there on, at each distance that was counted, rising; at the upper end of what was counted.
        growth: by how much the logarithm of the factor rises with each bit nearer than that, as it does beyond it.
    """

    begins: int
    factors: tuple[tuple[int, float], ...]
    growth: float

    def factor(self, distance: float) -> float:
        """At this distance; nearer than anything that could be counted, by the growth."""
        if distance < self.begins:
            return self.factors[0][1] * exp(self.growth * (self.begins - distance))
        return next((factor for bits, factor in reversed(self.factors) if bits <= distance), 1.0)


_USUAL = {
    Kind.PHASH: Tail(10, ((10, CHANCE_TAIL_NEAR), (12, CHANCE_TAIL)), CHANCE_TAIL_GROWTH),
    Kind.PDQ: Tail(CHANCE_TAIL_PDQ_BITS, ((CHANCE_TAIL_PDQ_BITS, CHANCE_TAIL_PDQ),), CHANCE_TAIL_GROWTH),
}
"""Of rows of which nothing was counted."""


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Rows of one source with hashes of one kind.

    Attributes:
        tail: None where nothing was counted in it, or too little to say anything.
        forms: whether it is asked for works in other forms too.
        source: its name.
        is_counted: whether it was counted how near its own rows come to each other.
    """

    kind: Kind
    rows: int
    tail: Tail | None = None
    forms: bool = False
    source: str = ""
    is_counted: bool = False

    def weight(self, distance: float) -> float:
        """As many rows of the model bring as many chance hits as these do."""
        return self.rows * (self.tail or _USUAL[self.kind]).factor(distance)


@dataclass(frozen=True, slots=True)
class Chance:
    """Everything asked in one check: probes (works × variants) by kind of fingerprint, and the rows of all sources.

    Attributes:
        works: how many were asked for.
        pictures: rows of all sources that each work was held against by its looks, which is what confidence depends on.
        forms: probes beside those, the pHash of works in other forms, asked within `FORM_BITS`.
    """

    probes: Mapping[Kind, int]
    rows: tuple[RowsAsked, ...]
    works: int = 1
    pictures: int = 0
    forms: int = 0

    def expected(self, kind: Kind, distance: float, *, form: bool = False) -> float:
        """Chance hits to expect in the whole check that rank as high as one at `distance` bits; only for hashes.

        Another form ranks behind whole works that are as near, so that asking for forms takes nothing from these.
        """
        rows = [one for one in self.rows if one.kind is kind]
        with_forms = [one for one in rows if one.forms]
        near = min(distance if form else distance - 1, FORM_BITS)
        return _hits(kind, self.probes.get(kind, 0), rows, distance) + _hits(kind, self.forms, with_forms, near)

    def asked_of(self, kind: Kind, source: str) -> RowsAsked:
        """The rows with such hashes of one source; none, of which nothing was counted, where it was not asked."""
        return next((one for one in self.rows if (one.kind, one.source) == (kind, source)), RowsAsked(kind, 0))

    def expected_by_any(self, expected: Sequence[float]) -> float | None:
        """Chance hits to expect in the whole check that are as rare as the rarest of these; None without any.

        Each kind of hash that was asked is a further chance to come that near, so the figure is multiplied by how many
        kinds were, whichever of them hit (Bonferroni).

        Args:
            expected: of each hash that hit.
        """
        asked = {one.kind for one in self.rows if one.rows and self.probes.get(one.kind)}
        return min(expected) * max(len(asked), 1) if expected else None


def _hits(kind: Kind, probes: int, rows: Sequence[RowsAsked], distance: float) -> float:
    weight = sum(one.weight(distance) for one in rows)
    return probes * weight * share_within(kind, int(distance)) if weight else 0.0


def measured_tail(kind: Kind, near: NearPairs) -> Tail | None:
    """What the pairs counted in an index say; None where they are too few to say anything.

    As many pairs as were counted, and two standard deviations more, are held against what the model expects.
    """
    counted = sorted(near.within.items())
    expected = {bits: near.pairs * share_within(kind, bits) for bits, _ in counted}
    factors = [
        (bits, max(1.0, (found**0.5 + 1) ** 2 / expected[bits]))
        for bits, found in counted
        if expected[bits] >= TAIL_LEAST_PAIRS
    ]
    if len(factors) <= TAIL_STEPS or share_within(kind, factors[0][0]) > TAIL_RARE:
        return None
    begins, first = factors[0]
    growth = max(log(first / factor) / (bits - begins) for bits, factor in factors[1 : TAIL_STEPS + 1])
    return Tail(begins, tuple(factors), max(growth, 0.0))


def radius_for(kind: Kind, radius: int, probes: int, rows: int) -> int:
    """The largest radius up to `radius` at which chance brings one work no more than `CHANCE_PER_WORK` rows.

    In steps of two bits: hashes with as many ones as zeros differ by even numbers only (`datasets.md` §2.3). It is a
    matter of cost, so `CHANCE_TAIL` will do, whatever the distance: with a larger factor more copies would be missed.
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
