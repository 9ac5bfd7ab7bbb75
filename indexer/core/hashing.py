# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashes of bytes: the digests that data sets publish, read in one pass, and the checksum of a file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 and MD5 of the same bytes, lower-case hex.

    Data sets publish one or the other of the file as downloaded (`datasets.md` §2: sha256 in DataComp, CC12M and
    CommonCatalog; md5 in LAION's `-md5` tables, PD12M and Danbooru), so both are always made.
    """

    sha256: str
    md5: str


def digest_stream(stream: BinaryIO) -> Digests:
    """Read `stream` to its end and return both digests."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    while chunk := stream.read(CHUNK_BYTES):
        sha256.update(chunk)
        md5.update(chunk)
    return Digests(sha256.hexdigest(), md5.hexdigest())


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file, lower-case hex, read in chunks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
