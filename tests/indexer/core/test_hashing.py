"""Digests are those of the standard library, whatever the size."""

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from indexer.core.hashing import CHUNK_BYTES, Digests, digest_stream, sha256_of_file

SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7]


def content(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(size % 251)


@pytest.mark.parametrize("size", SIZES)
def test_both_digests_of_a_stream(size: int) -> None:
    data = content(size)
    assert digest_stream(io.BytesIO(data)) == Digests(hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest())


@pytest.mark.parametrize("size", SIZES)
def test_the_checksum_of_a_file(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(content(size))
    assert sha256_of_file(tmp_path / "file") == hashlib.sha256(content(size)).hexdigest()


@given(some.lists(some.binary(max_size=50), max_size=5))
def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end(pieces: list[bytes]) -> None:
    left = [piece for piece in pieces if piece]

    class Drips(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            return left.pop(0) if left else b""

    assert digest_stream(Drips()).sha256 == hashlib.sha256(b"".join(pieces)).hexdigest()


def test_known_digests() -> None:
    made = digest_stream(io.BytesIO(b"abc"))
    assert made.md5 == "900150983cd24fb0d6963f7d28e17f72"
    assert made.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
