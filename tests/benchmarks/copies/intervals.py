"""Intervals of 95 % for shares whose cases hang together: the copies of one work are found, or missed, together.

Works are drawn anew with replacement, each with all its cases (the cluster bootstrap, percentiles). Where nothing, or
everything, was hit there is nothing to draw from; then each work counts as one case of Clopper and Pearson's interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.matching.binomial import Share
from tests.benchmarks.copies.measures import Counted

_DRAWS, _TAIL = 2000, 0.025


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a share, 0–1."""

    low: float
    high: float


def clustered(works: Sequence[Counted], seed: int = 0) -> Interval:
    """Bounds of the share of all cases, from the cases of each work."""
    works = [work for work in works if work.of]
    hits, of = (sum(getattr(work, field) for work in works) for field in ("found", "of"))
    if not works:
        return Interval(0.0, 1.0)
    if hits in (0, of):
        one_each = Share(0 if hits == 0 else len(works), len(works))
        return Interval(one_each.low, one_each.high)
    cases = np.array([(work.found, work.of) for work in works], np.float64)
    drawn = np.random.default_rng(seed).integers(len(works), size=(_DRAWS, len(works)))
    sums = cases[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [_TAIL, 1 - _TAIL])
    return Interval(float(low), float(high))
