"""Shares that were counted, with Clopper and Pearson's exact bounds."""

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.matching.binomial import Share


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.30850),  # 1 - 0.025 ** (1 / 10)
        (10, 10, 0.69150, 1.0),
        (5, 10, 0.18709, 0.81291),  # tables of the interval
        (1, 100, 0.00025, 0.05446),
        (0, 1000, 0.0, 0.00368),
    ],
)
def test_bounds_are_those_of_the_tables(hits: int, of: int, low: float, high: float) -> None:
    share = Share(hits, of)
    assert (share.low, share.high) == (pytest.approx(low, abs=2e-5), pytest.approx(high, abs=2e-5))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.data())
def test_beyond_a_bound_such_a_count_is_rare(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    share = Share(hits, of)
    assert share.low <= hits / of <= share.high
    if hits < of:
        at_most = sum(comb(of, k) * share.high**k * (1 - share.high) ** (of - k) for k in range(hits + 1))
        assert at_most == pytest.approx(0.025, rel=1e-6)
    if hits:
        at_least = sum(comb(of, k) * share.low**k * (1 - share.low) ** (of - k) for k in range(hits, of + 1))
        assert at_least == pytest.approx(0.025, rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 300), st.data())
def test_more_hits_mean_higher_bounds(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of - 1))
    assert Share(hits, of).high <= Share(hits + 1, of).high
    assert Share(hits, of).low <= Share(hits + 1, of).low
