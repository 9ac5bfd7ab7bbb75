"""Exact products keep the nearest of all blocks, whatever the blocks are, and leave out what has no direction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.index import exact_products
from indexer.index.exact_products import NearestSoFar, of_length_one
from tests.helpers.faiss_folders import unit_vectors


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 60), st.integers(1, 7), st.integers(1, 9), st.integers(1, 25), st.integers(1, 4), st.integers(0, 99)
)
def test_blocks_of_any_size_give_what_brute_force_gives(rows, asked, count, block, group, seed) -> None:
    """Few different vectors, so that many rows are equally near."""
    held = unit_vectors(5, seed, dimension=6)[np.random.default_rng(seed).integers(0, 5, rows)]
    queries = unit_vectors(asked, seed + 1, dimension=6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact_products, "_QUERIES_AT_ONCE", group)
        nearest = NearestSoFar(queries, count)
        for start in range(0, rows, block):
            nearest.look_at(held[start : start + block], np.arange(start, min(start + block, rows)))
    best = nearest.best()
    scores = queries.astype(np.float64) @ held.T.astype(np.float64)
    for number in range(asked):
        mine = best.query == number
        expected = np.sort(scores[number])[::-1][:count]
        assert np.allclose(best.score[mine], expected, atol=1e-5)
        assert np.allclose(scores[number][best.row[mine]], expected, atol=1e-5)
        assert len(set(best.row[mine])) == mine.sum() == min(count, rows)


def test_of_equally_near_rows_the_first_are_kept() -> None:
    held = np.repeat(np.eye(1, 16, dtype=np.float32), 50, axis=0)
    nearest = NearestSoFar(held[:1], 4)
    for start in range(0, 50, 7):
        nearest.look_at(held[start : start + 7], np.arange(start, min(start + 7, 50)))
    assert nearest.best().row.tolist() == [0, 1, 2, 3]


def test_vectors_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="3 numbers, not 16"):
        NearestSoFar(unit_vectors(1), 4).look_at(np.ones((2, 3), np.float32), np.arange(2))


def test_vectors_without_a_direction_are_left_out() -> None:
    held = unit_vectors(6) * np.array([1, 1e-20, 3e30, 1, 1, 0.2], np.float32)[:, None]
    held[3, 2], held[4, 0] = np.nan, -np.inf
    chosen, which = of_length_one(held)
    assert which.tolist() == [0, 2, 5]
    assert np.allclose(np.linalg.norm(chosen.astype(np.float64), axis=1), 1, atol=1e-6)
    assert chosen.dtype == np.float32
