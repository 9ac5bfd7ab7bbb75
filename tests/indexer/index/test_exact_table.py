"""Digests are found by their first eight bytes; whoever asks confirms the rest."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.index.exact_table import ExactTable, open_exact_table, write_exact_table


def digest(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def test_every_digest_is_found_and_no_other(tmp_path: Path) -> None:
    rows = np.arange(500) * 7 + 3
    write_exact_table(tmp_path, "sha256", [digest(number) for number in range(500)], rows)
    table = open_exact_table(tmp_path, "sha256")
    assert len(table) == 500
    assert [table.candidates(digest(number)) for number in range(500)] == [[int(row)] for row in rows]
    assert [table.candidates(digest(number)) for number in range(500, 600)] == [[]] * 100


def test_digests_that_begin_alike_are_all_proposed(tmp_path: Path) -> None:
    alike = [b"the same" + bytes([number]) * 24 for number in range(3)]
    write_exact_table(tmp_path, "sha256", [digest(1), *alike, digest(2)], np.arange(5))
    table = open_exact_table(tmp_path, "sha256")
    assert table.candidates(alike[1]) == [1, 2, 3]
    assert table.candidates(b"the same" + b"never written") == [1, 2, 3]


def test_a_file_that_is_there_twice_gives_both_rows(tmp_path: Path) -> None:
    write_exact_table(tmp_path, "md5", [digest(1)[:16], digest(2)[:16], digest(1)[:16]], np.array([9, 4, 7]))
    assert open_exact_table(tmp_path, "md5").candidates(digest(1)[:16]) == [9, 7]


@given(st.lists(st.binary(min_size=8, max_size=8), max_size=30), st.binary(min_size=8, max_size=8))
def test_lookup_is_what_comparing_with_all_gives(digests: list[bytes], asked: bytes) -> None:
    keys = np.sort(np.array([int.from_bytes(value, "big") for value in digests], np.uint64))
    table = ExactTable(keys, np.arange(len(digests)))
    for wanted in (asked, *digests[:3]):
        assert len(table.candidates(wanted)) == digests.count(wanted)


def test_a_table_without_rows_finds_nothing(tmp_path: Path) -> None:
    write_exact_table(tmp_path, "sha256", [], np.empty(0, np.int64))
    assert open_exact_table(tmp_path, "sha256").candidates(digest(1)) == []


WRONG_ARRAYS = {
    "keys are fractions": ("keys", np.zeros(3)),
    "keys are words": ("keys", np.full(3, "seven")),
    "keys too few": ("keys", np.zeros(2, np.uint64)),
    "keys are a table": ("keys", np.zeros((3, 1), np.uint64)),
    "rows are fractions": ("rows", np.zeros(3)),
    "rows too many": ("rows", np.zeros(4, np.int64)),
}


@pytest.mark.parametrize(("part", "array"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
def test_arrays_that_do_not_fit_are_refused_when_opened(tmp_path: Path, part: str, array: np.ndarray) -> None:
    write_exact_table(tmp_path, "sha256", [digest(number) for number in range(3)], np.arange(3))
    np.save(tmp_path / f"sha256.{part}.npy", array)
    with pytest.raises(ValueError, match="fit"):
        open_exact_table(tmp_path, "sha256")


@pytest.mark.parametrize("at_once", [1, 7, 64, 1000])
def test_a_table_that_is_sorted_range_by_range_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    digests = [digest(number % 90) for number in range(100)] + [b"\0" * 32, b"\xff" * 32]
    write_exact_table(tmp_path, "sha256", digests, np.arange(102))
    whole = [np.load(tmp_path / f"sha256.{part}.npy") for part in ("keys", "rows")]
    monkeypatch.setattr("indexer.index.exact_table._ROWS_AT_ONCE", at_once)
    monkeypatch.setattr("indexer.index.exact_table._BLOCK_ROWS", 13)
    write_exact_table(tmp_path, "sha256", digests, np.arange(102))
    assert all(
        (np.load(tmp_path / f"sha256.{part}.npy") == one).all()
        for part, one in zip(("keys", "rows"), whole, strict=True)
    )
