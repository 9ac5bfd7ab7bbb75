"""Distances by looking at every code, held against Python's own numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.index import hamming
from indexer.index.hamming import Hits, codes_from_bytes, distances, scan

WIDE = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20)


@given(values=WIDE, query=st.binary(min_size=32, max_size=32))
def test_distances_count_the_bits_that_differ(values: list[bytes], query: bytes) -> None:
    asked = int.from_bytes(query, "big")
    expected = [(int.from_bytes(value, "big") ^ asked).bit_count() for value in values]
    assert distances(codes_from_bytes(values), codes_from_bytes([query])[0]).tolist() == expected


@given(values=WIDE)
def test_the_most_significant_word_comes_first(values: list[bytes]) -> None:
    codes = codes_from_bytes(values)
    assert codes.dtype == np.uint64
    assert [b"".join(int(word).to_bytes(8, "big") for word in code) for code in codes] == values


def test_a_scan_goes_on_from_block_to_block(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = codes_from_bytes([bytes(7) + bytes([value]) for value in range(50)])
    whole = scan(codes, codes[:3], 2)
    monkeypatch.setattr(hamming, "_BLOCK_ROWS", 7)
    pieces = scan(codes, codes[:3], 2)
    as_set = {tuple(hit) for hit in zip(whole.query, whole.row, whole.distance, strict=True)}
    assert {tuple(hit) for hit in zip(pieces.query, pieces.row, pieces.distance, strict=True)} == as_set
    assert len(pieces.row) == len(whole.row) == len(as_set)


def test_hits_of_no_search_are_no_hits() -> None:
    nothing = Hits.together([])
    assert (len(nothing.query), len(nothing.row), len(nothing.distance)) == (0, 0, 0)
