# SPDX-License-Identifier: GPL-3.0-or-later
"""A column of hashes or digests as numbers: its first 64 bits, however the set wrote them.

Written as hexadecimal digits, large or small, with or without the dashes of a uuid (`datasets.md` §2.10); as raw
bytes; 64-bit hashes also as whole numbers, where a negative one is the same bits read with a sign.
"""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

KEY_DIGITS = 16
"""Hexadecimal digits of the 64 bits that are kept."""

_UUID_LENGTH = 36
_NO_DIGIT = 0xFF
_DIGIT_OF = np.full(256, _NO_DIGIT, np.uint8)
_DIGIT_OF[np.frombuffer(b"0123456789", np.uint8)] = np.arange(10)
_DIGIT_OF[np.frombuffer(b"abcdef", np.uint8)] = _DIGIT_OF[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


@dataclass(frozen=True, slots=True)
class HashValues:
    """What a column, or a piece of it, holds.

    Attributes:
        keys: uint64, the first 64 bits of each usable value.
        rows: int64, where in the piece each of them stands, ascending.
        empty: how many values are missing.
        malformed: how many are of another form.
    """

    keys: NDArray[np.uint64]
    rows: NDArray[np.int64]
    empty: int
    malformed: int


def read_hashes(array: pa.Array, digits: int) -> HashValues:
    """The values of a column.

    Args:
        digits: hexadecimal digits of a whole value, at least 16.
    """
    plain = _plain(array)
    kind = plain.type
    if digits == KEY_DIGITS and (pa.types.is_int64(kind) or pa.types.is_uint64(kind)):
        return _from_numbers(plain)
    if pa.types.is_large_string(kind):
        return _from_text(plain, digits)
    if pa.types.is_large_binary(kind):
        return _from_bytes(plain, digits)
    return HashValues(np.empty(0, np.uint64), np.empty(0, np.int64), plain.null_count, len(plain) - plain.null_count)


def as_hex(value: object, digits: int) -> str | None:
    """One value as `digits` lower-case hexadecimal digits; None when it is no such value."""
    match value:
        case bool():
            return None
        case int() if digits == KEY_DIGITS and -(1 << 63) <= value < 1 << 64:
            return f"{value & (1 << 64) - 1:016x}"
        case UUID():
            text = value.hex
        case bytes() if len(value) * 2 == digits:
            text = value.hex()
        case bytes():
            text = value.decode("latin-1")
        case str():
            text = value
        case _:
            return None
    if len(text) == _UUID_LENGTH:
        text = text.replace("-", "")
    is_hex = len(text) == digits and all(sign in "0123456789abcdefABCDEF" for sign in text)
    return text.lower() if is_hex else None


def _plain(array: pa.Array) -> pa.Array:
    """The same values without dictionary or extension, texts and bytes with large offsets."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_string(array.type):
        return array.cast(pa.large_string())
    if pa.types.is_binary(array.type) or pa.types.is_fixed_size_binary(array.type):
        return array.cast(pa.large_binary())
    return array


def _from_numbers(array: pa.Array) -> HashValues:
    rows = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))
    keys = array.drop_null().to_numpy(zero_copy_only=False).view(np.uint64)
    return HashValues(keys, rows, array.null_count, 0)


def _from_text(array: pa.Array, digits: int) -> HashValues:
    if pc.any(pc.equal(pc.binary_length(array), _UUID_LENGTH)).as_py():
        array = pc.replace_substring(array, "-", "")
    lengths, places, letters = _layout(array)
    return _together(array, lengths, _hex_keys(letters, places, lengths == digits, digits))


def _from_bytes(array: pa.Array, digits: int) -> HashValues:
    lengths, places, data = _layout(array)
    raw = np.flatnonzero(lengths == digits // 2)
    keys = data[places[raw, None] + np.arange(KEY_DIGITS // 2)].view(">u8").astype(np.uint64).ravel()
    if len(raw):
        return _together(array, lengths, (raw, keys))
    return _together(array, lengths, _hex_keys(data, places, lengths == digits, digits))


def _layout(array: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Length of each value, -1 where there is none; where it begins; all bytes."""
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    lengths = np.where(array.is_valid().to_numpy(zero_copy_only=False), np.diff(ends), -1)
    letters = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return lengths, ends[:-1], letters


def _hex_keys(
    letters: NDArray[np.uint8], places: NDArray[np.int64], fits: NDArray[np.bool_], digits: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Rows, among those that fit by their length, that are hexadecimal throughout; and their keys."""
    rows = np.flatnonzero(fits)
    values = _DIGIT_OF[letters[places[rows, None] + np.arange(digits)]]
    is_hex = (values != _NO_DIGIT).all(axis=1)
    first = values[is_hex, :KEY_DIGITS]
    keys = np.ascontiguousarray(first[:, ::2] << 4 | first[:, 1::2]).view(">u8").astype(np.uint64).ravel()
    return rows[is_hex], keys


def _together(
    array: pa.Array, lengths: NDArray[np.int64], found: tuple[NDArray[np.int64], NDArray[np.uint64]]
) -> HashValues:
    """An empty text is a missing value, as files of text have no other way to say so."""
    rows, keys = found
    empty = int((lengths <= 0).sum())
    return HashValues(keys, rows, empty, len(array) - empty - len(rows))
