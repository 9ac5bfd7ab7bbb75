"""How many chance hits to expect, held against counting."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.fingerprints.base import Kind
from indexer.matching import chance
from indexer.matching.chance import Chance, radius_for, share_within
from indexer.matching.thresholds import CHANCE_TAIL
from tests.helpers.pictures import draw
from tests.helpers.queries import query_of

HASHES = [(Kind.PHASH, 64), (Kind.PDQ, 256)]


@settings(deadline=None)
@given(bits=st.integers(1, 11), data=st.data())
def test_on_small_codes_it_is_what_counting_all_of_them_gives(bits: int, data: st.DataObject) -> None:
    ones = data.draw(st.integers(0, bits))
    codes = [sum(1 << bit for bit in chosen) for chosen in combinations(range(bits), ones)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(chance._FREE_BITS, Kind.PHASH, (bits, ones))
        for distance in range(bits + 1):
            near = sum((codes[0] ^ code).bit_count() <= distance for code in codes)
            assert share_within.__wrapped__(Kind.PHASH, distance) == pytest.approx(near / len(codes))


@pytest.mark.parametrize(("kind", "bits", "ones"), [(Kind.PHASH, 63, 31), (Kind.PDQ, 256, 128)])
def test_on_whole_codes_it_is_what_drawing_many_gives(kind: Kind, bits: int, ones: int) -> None:
    random = np.random.default_rng(7)
    codes = random.permuted(np.tile(np.arange(bits) < ones, (20_000, 1)), axis=1)
    distances = (codes[1:] ^ codes[0]).sum(axis=1)
    for distance in np.quantile(distances, [0.05, 0.3, 0.5, 0.9]).astype(int):
        assert share_within(kind, int(distance)) == pytest.approx((distances <= distance).mean(), abs=0.015)


@pytest.mark.parametrize(("kind", "bits"), HASHES)
def test_it_grows_with_the_distance_up_to_everything(kind: Kind, bits: int) -> None:
    shares = [share_within(kind, distance) for distance in range(bits + 1)]
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert shares[-1] == pytest.approx(1)


@pytest.mark.parametrize(("kind", "bits"), HASHES)
def test_distances_are_even_so_an_odd_one_adds_nothing(kind: Kind, bits: int) -> None:
    for distance in range(0, bits - 1, 2):
        assert share_within(kind, distance) == share_within(kind, distance + 1)


@pytest.mark.parametrize(("rows", "bits"), [(2000, 10), (9_000_000, 10), (100_000_000, 8), (746_972_269, 6)])
def test_among_many_rows_a_smaller_radius_is_searched(rows: int, bits: int) -> None:
    assert radius_for(Kind.PHASH, 10, 10, rows) == bits


@given(rows=st.integers(0, 10**13), probes=st.integers(0, 10**6))
def test_the_radius_is_the_largest_at_which_chance_brings_a_work_few_rows(rows: int, probes: int) -> None:
    radius = radius_for(Kind.PHASH, 10, probes, rows)
    assert radius in range(0, 11, 2)
    few = [bits for bits in range(0, 11, 2) if probes * rows * share_within(Kind.PHASH, bits) * 10 <= 50]
    assert radius == max(few, default=0)


def test_equal_codes_are_one_in_all_there_are() -> None:
    assert share_within(Kind.PHASH, 0) == pytest.approx(1 / comb(63, 31))
    assert share_within(Kind.PDQ, 0) == pytest.approx(1 / comb(256, 128))


def test_real_hashes_have_as_many_ones_as_the_model_says() -> None:
    for seed in range(8):
        prints = query_of(draw(seed)).fingerprints
        for phash in prints.usable_phash[:1]:
            assert (phash.bit_count(), phash >> 63) == (32, 1)
        assert abs(int.from_bytes(prints.pdq[0]).bit_count() - 128) <= 1


@settings(deadline=None)
@given(works=st.integers(0, 10**5), rows=st.integers(0, 10**9), distance=st.integers(0, 10))
def test_every_pair_that_is_compared_counts(works: int, rows: int, distance: int) -> None:
    asked = Chance({Kind.PHASH: 8 * works}, {Kind.PHASH: rows})
    expected = 8 * works * rows * share_within(Kind.PHASH, distance) * CHANCE_TAIL
    assert asked.expected(Kind.PHASH, float(distance)) == pytest.approx(expected)


def test_nothing_is_expected_of_a_hash_that_was_not_compared() -> None:
    assert Chance({Kind.PHASH: 8}, {Kind.PHASH: 1000}).expected(Kind.PDQ, 31) == 0
    assert Chance({Kind.PHASH: 8}, {}).expected(Kind.PHASH, 10) == 0
