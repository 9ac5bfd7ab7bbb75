"""A column of hashes is read however a set wrote it, and what is no hash is counted, not fatal."""

import hashlib
import uuid
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.tables.hash_values import as_hex, read_hashes

HASHES = [0x8000000000000001, 0xC7B0D0685FE58B23, 0x00000000FFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0]
HEX = [f"{value:016x}" for value in HASHES]
RAW = [value.to_bytes(8, "big") for value in HASHES]

WRITTEN = {
    "text": pa.array(HEX),
    "large text": pa.array(HEX, pa.large_string()),
    "capitals": pa.array([text.upper() for text in HEX]),
    "a dictionary": pa.array(HEX).dictionary_encode(),
    "bytes": pa.array(RAW),
    "bytes of one length": pa.array(RAW, pa.binary(8)),
    "text as bytes": pa.array([text.encode() for text in HEX], pa.binary()),
    "numbers": pa.array(HASHES, pa.uint64()),
    "numbers with a sign": pa.array(np.array(HASHES, np.uint64).view(np.int64)),
    "a slice": pa.array(["x", *HEX, "y"]).slice(1, len(HEX)),
}


@pytest.mark.parametrize("column", WRITTEN.values(), ids=WRITTEN)
def test_a_64_bit_hash_is_the_same_however_it_is_written(column: pa.Array) -> None:
    found = read_hashes(column, 16)
    assert found.keys.tolist() == HASHES
    assert found.rows.tolist() == list(range(len(HASHES)))
    assert (found.empty, found.malformed) == (0, 0)
    assert [as_hex(value, 16) for value in column.to_pylist()] == HEX


@pytest.mark.parametrize(("digits", "make"), [(64, hashlib.sha256), (32, hashlib.md5)], ids=["sha256", "md5"])
def test_of_a_digest_the_first_eight_bytes_are_kept(digits: int, make: Any) -> None:
    digests = [make(str(number).encode()) for number in range(50)]
    expected = [int.from_bytes(digest.digest()[:8], "big") for digest in digests]
    for column in (
        pa.array([digest.hexdigest() for digest in digests]),
        pa.array([digest.digest() for digest in digests]),
        pa.array([digest.digest() for digest in digests], pa.binary(digits // 2)),
    ):
        assert read_hashes(column, digits).keys.tolist() == expected
        assert [as_hex(value, digits) for value in column.to_pylist()] == [digest.hexdigest() for digest in digests]


def test_a_pixel_hash_with_the_dashes_of_a_uuid_is_the_same() -> None:
    md5 = hashlib.md5(b"pixels").hexdigest()
    dashed = str(uuid.UUID(md5))
    found = read_hashes(pa.array([dashed, md5, None, dashed.upper()]), 32)
    assert found.keys.tolist() == [int(md5[:16], 16)] * 3
    assert found.rows.tolist() == [0, 1, 3]
    assert [as_hex(one, 32) for one in (dashed, uuid.UUID(md5), md5.upper())] == [md5] * 3


def test_what_is_no_hash_is_counted_and_the_rest_keeps_its_place() -> None:
    column = pa.array([None, HEX[1], "", "g" * 16, HEX[1][:-1], HEX[2], "é" * 8, "0x" + HEX[0][2:]])
    found = read_hashes(column, 16)
    assert found.rows.tolist() == [1, 5]
    assert found.keys.tolist() == HASHES[1:3]
    assert (found.empty, found.malformed) == (2, 4)


@pytest.mark.parametrize(
    "column",
    [pa.array([1.5, None]), pa.array([[1], None]), pa.array([True, None]), pa.array([7, None], pa.int32())],
    ids=str,
)
def test_a_column_of_another_type_holds_none(column: pa.Array) -> None:
    found = read_hashes(column, 16)
    assert (len(found.keys), found.empty, found.malformed) == (0, 1, 1)


def test_whole_numbers_are_no_digests() -> None:
    assert len(read_hashes(pa.array(HASHES, pa.uint64()), 32).keys) == 0
    assert as_hex(7, 32) is None


@pytest.mark.parametrize("value", [None, True, 1.5, [], 1 << 64, -(1 << 63) - 1, "abc", b"abc", "é" * 16])
def test_one_value_that_is_no_hash(value: object) -> None:
    assert as_hex(value, 16) is None


@given(st.lists(st.none() | st.text(max_size=40) | st.from_regex(r"[0-9a-fA-F]{16}", fullmatch=True), max_size=30))
def test_a_column_gives_what_its_values_give_one_by_one(values: list[str | None]) -> None:
    found = read_hashes(pa.array(values, pa.string()), 16)
    one_by_one = {row: text for row, value in enumerate(values) if (text := as_hex(value, 16))}
    assert dict(zip(found.rows.tolist(), (f"{int(key):016x}" for key in found.keys), strict=True)) == one_by_one
    assert found.empty == sum(not value for value in values)
    assert found.malformed == len(values) - found.empty - len(one_by_one)


def test_no_rows() -> None:
    assert read_hashes(pa.array([], pa.string()), 64).keys.tolist() == []
    assert read_hashes(pa.array([None], pa.null()), 64).empty == 1
