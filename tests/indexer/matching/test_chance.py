"""How many chance hits to expect, held against counting."""

from itertools import combinations
from math import comb, exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.fingerprints.base import Kind
from indexer.index.hamming import scan
from indexer.index.manifest import NearPairs
from indexer.index.near_pairs import near_pairs
from indexer.matching import chance
from indexer.matching.chance import (
    Chance,
    RowsAsked,
    Tail,
    measured_tail,
    radius_for,
    share_within,
)
from indexer.matching.thresholds import FORM_BITS
from indexer.matching.thresholds_unseen import CHANCE_TAIL
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
    one = RowsAsked(Kind.PHASH, rows)
    asked = Chance({Kind.PHASH: 8 * works}, (one,))
    expected = 8 * works * share_within(Kind.PHASH, distance) * one.weight(distance)
    assert asked.expected(Kind.PHASH, float(distance)) == pytest.approx(expected)


def test_nothing_is_expected_of_a_hash_that_was_not_compared() -> None:
    assert Chance({Kind.PHASH: 8}, (RowsAsked(Kind.PHASH, 1000),)).expected(Kind.PDQ, 31) == 0
    assert Chance({Kind.PHASH: 8}, ()).expected(Kind.PHASH, 10) == 0


def balanced(count: int, seed: int = 1) -> NDArray[np.uint64]:
    """Codes as the model has them: the first bit one, 31 of the others too."""
    bits = np.random.default_rng(seed).permuted(np.tile(np.arange(63) < 31, (count, 1)), axis=1)
    first = np.ones((count, 1), np.bool_)
    return np.packbits(np.concatenate([first, bits], axis=1), axis=1).view(">u8").astype(np.uint64)


def clustered(count: int, seed: int = 1) -> NDArray[np.uint64]:
    """Codes of pictures that have something in common: each exchanges a third of the bits of one of few others."""
    random = np.random.default_rng(seed)
    bits = np.unpackbits(balanced(max(count // 40, 1), seed).astype(">u8").view(np.uint8)).reshape(-1, 64)
    bits = bits[random.integers(len(bits), size=count)]
    for code in bits:
        on, off = np.flatnonzero(code[1:]) + 1, np.flatnonzero(code[1:] == 0) + 1
        moved = random.integers(5, 16)
        code[random.choice(on, moved, replace=False)] = 0
        code[random.choice(off, moved, replace=False)] = 1
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)


def test_codes_drawn_by_lot_come_near_each_other_as_often_as_the_model_says() -> None:
    tail = measured_tail(Kind.PHASH, near_pairs(balanced(4000)))
    assert tail is not None
    assert tail.begins <= 14
    for bits in (4, 8, 12, 14, 18, 24):
        assert 1.0 <= tail.factor(bits) < 2.0


def test_of_codes_that_cluster_an_own_factor_is_told_and_it_bounds_what_is_found() -> None:
    """What a sample of half of the rows says holds for probes that were not in it."""
    codes = clustered(3000)
    tail = measured_tail(Kind.PHASH, near_pairs(codes[::2]))
    assert tail is not None
    asked = Chance({Kind.PHASH: len(codes[1::2])}, (RowsAsked(Kind.PHASH, len(codes[::2]), tail),))
    for bits in (12, 14, 16):
        found = sum(len(scan(codes[::2], probe[None], bits).row) for probe in codes[1::2])
        assert found > 2 * asked.expected(Kind.PHASH, bits) / tail.factor(bits)
        assert found / 2 < asked.expected(Kind.PHASH, bits)
    assert tail.factor(8) > tail.factor(12) > tail.factor(16) > 1


def test_the_same_picture_listed_many_times_is_no_chance() -> None:
    codes = balanced(2000)
    again = np.concatenate([codes, np.repeat(codes[:1], 947, axis=0)])
    assert near_pairs(again) == near_pairs(codes)


@pytest.mark.parametrize("codes", [balanced(0), balanced(1), balanced(200)])
def test_a_few_rows_say_nothing_so_the_usual_factor_stands(codes: NDArray[np.uint64]) -> None:
    assert measured_tail(Kind.PHASH, near_pairs(codes)) is None
    assert RowsAsked(Kind.PHASH, 7).weight(12) == 7 * CHANCE_TAIL


@pytest.mark.parametrize(
    ("kind", "bits", "share"),
    [
        (Kind.PHASH, 10, 2e-6),
        (Kind.PHASH, 12, 6e-6),
        (Kind.PHASH, 14, 4.4e-5),
        (Kind.PHASH, 16, 2.5e-4),
        (Kind.PDQ, 86, 1 / 499_500),
    ],
)
def test_where_nothing_was_counted_no_fewer_are_expected_than_photographs_were_measured_to_bring(
    kind: Kind, bits: int, share: float
) -> None:
    """`matching.md` §1.4: among 499,500 pairs of unrelated photographs; the printed shares are rounded."""
    one = Chance({kind: 1}, (RowsAsked(kind, 1),))
    assert one.expected(kind, bits) >= share * 0.99


def test_where_nothing_was_counted_the_factor_rises_towards_near_distances_as_a_measured_one_does() -> None:
    one = RowsAsked(Kind.PHASH, 1)
    factors = [one.weight(bits) for bits in range(0, 15, 2)]
    assert factors == sorted(factors, reverse=True)
    assert len(set(factors[:6])) == 6
    assert one.weight(11) == one.weight(10)
    assert RowsAsked(Kind.PHASH, 70).weight(4) == 70 * one.weight(4)


def test_one_hit_by_either_of_two_hashes_is_twice_as_likely_as_by_one() -> None:
    rows = (RowsAsked(Kind.PHASH, 100), RowsAsked(Kind.PDQ, 100))
    by_both, by_one = Chance({Kind.PHASH: 8, Kind.PDQ: 8}, rows), Chance({Kind.PHASH: 8}, rows)
    hits = [by_both.expected(Kind.PHASH, 8), by_both.expected(Kind.PDQ, 86)]
    assert by_both.expected_by_any(hits) == pytest.approx(2 * min(hits))
    assert by_one.expected_by_any(hits[:1]) == pytest.approx(by_one.expected(Kind.PHASH, 8))
    assert by_both.expected_by_any([]) is None


def test_each_source_counts_with_its_own_factor() -> None:
    tail = Tail(14, ((14, 2.0), (16, 1.5), (18, 1.0)), 0.1)
    both = Chance({Kind.PHASH: 8}, (RowsAsked(Kind.PHASH, 100, tail), RowsAsked(Kind.PHASH, 10)))
    assert both.expected(Kind.PHASH, 14) == pytest.approx(8 * (100 * 2.0 + 10 * 10) * share_within(Kind.PHASH, 14))
    assert both.expected(Kind.PHASH, 17) == pytest.approx(8 * (100 * 1.5 + 10 * 10) * share_within(Kind.PHASH, 17))
    assert tail.factor(4) == pytest.approx(2.0 * exp(1.0))


@given(st.dictionaries(st.integers(0, 64), st.integers(0, 10**9)), st.integers(0, 10**5))
def test_nonsense_in_a_stranger_s_index_gives_no_factor_below_one(within: dict[int, int], codes: int) -> None:
    tail = measured_tail(Kind.PHASH, NearPairs(codes, within))
    if tail is not None:
        assert all(tail.factor(bits) >= 1 for bits in range(65))


# Works in other forms


def with_forms(rows: int) -> Chance:
    """Ten works, each asked in seven forms as well."""
    return Chance({Kind.PHASH: 80}, (RowsAsked(Kind.PHASH, rows, forms=True),), 10, forms=70)


def by_the_model(rows: int, bits: int) -> float:
    """Rows by chance of one probe, where nothing was counted."""
    return RowsAsked(Kind.PHASH, rows).weight(bits) * share_within(Kind.PHASH, bits)


@pytest.mark.parametrize("bits", [0, 2, 4])
def test_each_form_that_is_asked_counts_as_a_probe(bits: int) -> None:
    expected = 150 * by_the_model(1000, bits)
    assert with_forms(1000).expected(Kind.PHASH, bits, form=True) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("bits", [2, 4, 6, 10])
def test_a_whole_work_ranks_before_forms_that_are_as_near(bits: int) -> None:
    """So forms take no letter from it: those that are nearer still are a hundred times rarer."""
    nearer = min(bits - 1, FORM_BITS)
    expected = 80 * by_the_model(1000, bits) + 70 * by_the_model(1000, nearer)
    assert with_forms(1000).expected(Kind.PHASH, bits) == pytest.approx(expected, rel=1e-6)
    without = Chance({Kind.PHASH: 80}, (RowsAsked(Kind.PHASH, 1000),), 10)
    assert with_forms(1000).expected(Kind.PHASH, bits) <= 1.05 * without.expected(Kind.PHASH, bits)


def test_rows_that_are_not_asked_for_forms_bring_no_hits_of_them() -> None:
    asked = Chance({Kind.PHASH: 80}, (RowsAsked(Kind.PHASH, 1000),), 10, forms=70)
    assert asked.expected(Kind.PHASH, 4, form=True) == asked.expected(Kind.PHASH, 4)


def test_equal_hashes_of_whole_works_are_counted_alone() -> None:
    assert with_forms(1000).expected(Kind.PHASH, 0) == pytest.approx(80 * by_the_model(1000, 0), rel=1e-6)
