"""The hash index gives exactly what looking at every code gives."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.index import bit_index
from indexer.index.bit_index import BitIndex, make_bit_index, open_bit_index, write_bit_index
from indexer.index.hamming import Codes, Hits, codes_from_bytes, scan

Case = tuple[list[int], list[int], list[int], int]
"""Codes, their row numbers, queries, radius."""

BOTH_WIDTHS = pytest.mark.parametrize("bits", [64, 256])


def as_codes(values: list[int], bits: int) -> Codes:
    if not values:
        return np.empty((0, bits // 64), np.uint64)
    return codes_from_bytes([value.to_bytes(bits // 8, "big") for value in values])


def in_memory(values: list[int], rows: list[int], bits: int) -> BitIndex:
    """The index without files, its tables made one value at a time."""
    chunks = [[value >> (bits - 16 * (chunk + 1)) & 0xFFFF for value in values] for chunk in range(bits // 16)]
    order = [sorted(range(len(values)), key=keys.__getitem__) for keys in chunks]
    offsets = np.zeros((bits // 16, 65537), np.uint32)
    for table, keys in zip(offsets, chunks, strict=True):
        for key in keys:
            table[key + 1 :] += 1
    table = np.array(order, np.uint32).reshape(bits // 16, len(values))
    return BitIndex(as_codes(values, bits), np.array(rows, np.int64), table, offsets)


def by_hand(values: list[int], rows: list[int], queries: list[int], radius: int) -> list[tuple[int, int, int]]:
    """The judge: every query against every code, by counting the bits of Python's own numbers."""
    return sorted(
        (number, row, distance)
        for number, query in enumerate(queries)
        for value, row in zip(values, rows, strict=True)
        if (distance := (value ^ query).bit_count()) <= radius
    )


def as_found(hits: Hits, rows: list[int] | None = None) -> list[tuple[int, int, int]]:
    assert hits.query.dtype == hits.row.dtype == hits.distance.dtype == np.int64
    found = zip(hits.query.tolist(), hits.row.tolist(), hits.distance.tolist(), strict=True)
    return sorted((query, rows[row] if rows else row, distance) for query, row, distance in found)


@st.composite
def cases(draw: st.DrawFn, bits: int) -> Case:
    """Codes in clusters: centres, many equal to them, many one or a few bits away; queries near and far."""
    number = st.integers(0, 2**bits - 1)
    place = st.integers(0, bits - 1)
    centres = draw(st.lists(number, min_size=1, max_size=4))

    def near(centre: int) -> int:
        for flip in draw(st.lists(place, max_size=draw(st.sampled_from([0, 1, 1, 8, 33])))):
            centre ^= 1 << flip
        return centre

    picked = st.sampled_from(centres)
    values = [near(draw(picked)) for _ in range(draw(st.integers(1, 30)))]
    queries = [near(draw(picked)) for _ in range(draw(st.integers(0, 3)))] + draw(st.lists(number, max_size=1))
    rows = draw(
        st.lists(st.integers(0, 2**62), min_size=len(values), max_size=len(values), unique=True).filter(
            lambda numbers: numbers != sorted(numbers) or len(numbers) < 3
        )
    )
    return values, rows, queries, draw(st.integers(0, 31))


@given(case=cases(64))
@settings(max_examples=150, deadline=None)
def test_narrow_codes_are_found_as_by_hand(case: Case) -> None:
    values, rows, queries, radius = case
    expected = by_hand(values, rows, queries, radius)
    index = in_memory(values, rows, 64)
    assert as_found(index.probe(as_codes(queries, 64), radius), rows) == expected
    assert as_found(index.search(as_codes(queries, 64), radius)) == expected
    assert as_found(scan(as_codes(values, 64), as_codes(queries, 64), radius), rows) == expected


@given(case=cases(256))
@settings(max_examples=60, deadline=None)
def test_wide_codes_are_found_as_by_hand(case: Case) -> None:
    values, rows, queries, radius = case
    expected = by_hand(values, rows, queries, radius)
    index = in_memory(values, rows, 256)
    assert as_found(index.probe(as_codes(queries, 256), radius), rows) == expected
    assert as_found(index.search(as_codes(queries, 256), radius)) == expected
    assert as_found(scan(as_codes(values, 256), as_codes(queries, 256), radius), rows) == expected


def clustered(bits: int, count: int, seed: int = 3) -> list[int]:
    """Codes of which a third are equal, a third one bit apart, and the rest anywhere."""
    source = random.Random(seed)
    centre = source.getrandbits(bits)
    near = [centre ^ 1 << source.randrange(bits) for _ in range(count // 3)]
    return [centre] * (count // 3) + near + [source.getrandbits(bits) for _ in range(count - 2 * (count // 3))]


@BOTH_WIDTHS
@pytest.mark.parametrize("scan_below", [0, 10**9], ids=["by tables", "by scan"])
def test_a_written_and_mapped_index_finds_the_same_above_and_below_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int, scan_below: int
) -> None:
    values = clustered(bits, 900)
    rows = random.Random(1).sample(range(10**6), len(values))
    write_bit_index(tmp_path, "kind", as_codes(values, bits), np.array(rows))
    monkeypatch.setattr(bit_index, "SCAN_BELOW_ROWS", scan_below)
    index = open_bit_index(tmp_path, "kind")
    assert len(index) == len(values)
    queries = [*values[::97], values[0] ^ 0b111, 0, 2**bits - 1]
    for radius in (0, 1, 2, 7, 8, 10, 15, 16, 31):
        found = as_found(index.search(as_codes(queries, bits), radius))
        assert found == by_hand(values, rows, queries, radius)


@BOTH_WIDTHS
def test_an_index_of_one_row_finds_it_and_nothing_else(tmp_path: Path, bits: int) -> None:
    write_bit_index(tmp_path, "kind", as_codes([5], bits), np.array([70]))
    index = open_bit_index(tmp_path, "kind")
    queries = as_codes([5, 4, 2**bits - 1], bits)
    for search in (index.search, index.probe):
        assert search(queries, 1).query.tolist() == [0, 1]
        assert search(queries, 1).distance.tolist() == [0, 1]
    assert index.search(queries, 1).row.tolist() == [70, 70]


@BOTH_WIDTHS
def test_an_index_without_rows_finds_nothing(tmp_path: Path, bits: int) -> None:
    write_bit_index(tmp_path, "kind", as_codes([], bits), np.empty(0, np.int64))
    for index in (in_memory([], [], bits), open_bit_index(tmp_path, "kind")):
        assert len(index) == 0
        assert as_found(index.search(as_codes([1], bits), 31)) == []
        assert as_found(index.probe(as_codes([1], bits), 31)) == []


@BOTH_WIDTHS
def test_no_question_gets_no_answer(tmp_path: Path, bits: int) -> None:
    write_bit_index(tmp_path, "kind", as_codes([1, 2], bits), np.array([0, 1]))
    index = open_bit_index(tmp_path, "kind")
    assert as_found(index.search(as_codes([], bits), 31)) == []
    assert as_found(index.probe(as_codes([], bits), 31)) == []


def test_a_question_of_another_width_is_refused(tmp_path: Path) -> None:
    """NumPy would stretch one word over four, and answer nonsense."""
    write_bit_index(tmp_path, "kind", as_codes([1, 2], 256), np.array([0, 1]))
    with pytest.raises(ValueError, match="256 bits"):
        open_bit_index(tmp_path, "kind").search(as_codes([1], 64), 31)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_bit_index(tmp_path, "kind", as_codes(clustered(64, 30), 64), np.arange(30))
    return tmp_path


def save(folder: Path, part: str, array: np.ndarray) -> None:
    np.save(folder / f"kind.{part}.npy", array)


WRONG_ARRAYS = {
    "codes are not bits": ("codes", np.zeros((30, 1), np.float64)),
    "codes in one row": ("codes", np.zeros(30, np.uint64)),
    "codes without words": ("codes", np.zeros((30, 0), np.uint64)),
    "codes too few": ("codes", np.zeros((29, 1), np.uint64)),
    "codes too wide": ("codes", np.zeros((30, 4), np.uint64)),
    "rows too few": ("rows", np.arange(29)),
    "rows are words": ("rows", np.full(30, "seven")),
    "order too short": ("order", np.zeros((4, 29), np.uint32)),
    "order is negative": ("order", np.full((4, 30), -1, np.int32)),
    "offsets too few": ("offsets", np.zeros((4, 65536), np.uint32)),
    "offsets are fractions": ("offsets", np.zeros((4, 65537), np.float32)),
    "offsets fall": ("offsets", np.linspace(30, 0, 4 * 65537).reshape(4, 65537).astype(np.uint32)),
    "offsets end beyond the rows": ("offsets", np.full((4, 65537), 31, np.uint32)),
    "offsets begin after the first row": ("offsets", np.full((4, 65537), 30, np.uint32)),
}


@pytest.mark.parametrize(("part", "array"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
def test_arrays_that_do_not_fit_are_refused_when_opened(written: Path, part: str, array: np.ndarray) -> None:
    save(written, part, array)
    with pytest.raises(ValueError, match="fit"):
        open_bit_index(written, "kind")


def test_positions_that_do_not_exist_are_an_error_and_not_memory(written: Path) -> None:
    save(written, "order", np.full((4, 30), 4_000_000_000, np.uint32))
    with pytest.raises(IndexError):
        open_bit_index(written, "kind").probe(as_codes(clustered(64, 30), 64), 4)


def test_an_array_that_would_have_to_be_unpickled_is_refused(written: Path) -> None:
    place = written / "kind.rows.npy"
    np.save(place, np.array([{"a": 1}] * 30, dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="cannot be read"):
        open_bit_index(written, "kind")


@pytest.mark.parametrize("part", ["codes", "rows", "order", "offsets"])
def test_a_file_that_is_cut_off_is_refused(written: Path, part: str) -> None:
    place = written / f"kind.{part}.npy"
    os.truncate(place, place.stat().st_size - 1)
    with pytest.raises(ValueError, match="cannot be read"):
        open_bit_index(written, "kind")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("part", ["codes", "rows", "order", "offsets"])
def test_a_full_disk_is_told(tmp_path: Path, part: str) -> None:
    (tmp_path / f"kind.{part}.npy").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_bit_index(tmp_path, "kind", as_codes(clustered(64, 3000), 64), np.arange(3000))


@BOTH_WIDTHS
@pytest.mark.parametrize("radius", [0, 3, 10])
def test_an_index_made_in_memory_finds_what_comparing_with_every_code_finds(bits: int, radius: int) -> None:
    chance = random.Random(bits + radius)
    values = [chance.getrandbits(bits) for _ in range(300)]
    near = [value ^ sum(1 << chance.randrange(bits) for _ in range(4)) for value in values[:20]]
    codes, rows = as_codes(values, bits), np.arange(300)
    hits = make_bit_index(codes, rows).probe(as_codes(near, bits), radius)
    assert as_found(hits) == by_hand(values, list(range(300)), near, radius)
