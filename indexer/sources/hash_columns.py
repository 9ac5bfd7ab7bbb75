# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns of fingerprints that data sets publish: which kinds there are, and what a value of each looks like."""

from collections.abc import Mapping
from dataclasses import replace

from indexer.fingerprints.base import Kind
from indexer.tables.columns import Columns

DIGITS: Mapping[Kind, int] = {Kind.SHA256: 64, Kind.MD5: 32, Kind.PIXEL_HASH: 32, Kind.PHASH: 16}
"""Hexadecimal digits of a value, by kind; the kinds that tables have (`datasets.md` §2)."""

WORDS: Mapping[Kind, str] = {
    Kind.SHA256: "SHA-256 digests (64 hexadecimal digits)",
    Kind.MD5: "MD5 digests (32 hexadecimal digits)",
    Kind.PIXEL_HASH: "MD5 digests of pixels (32 hexadecimal digits)",
    Kind.PHASH: "64-bit hashes (16 hexadecimal digits)",
}
"""What the values of each kind are, for people."""


METHOD = (
    "how this data set computed its fingerprints is inferred from what it published, not documented; where it did so "
    "in another way, copies are missed"
)
"""Said with every answer from a column of perceptual hashes (`datasets.md` §2.3)."""


def hash_columns(columns: Columns) -> dict[Kind, str]:
    """The columns of fingerprints among those that are known by their names."""
    named = {
        Kind.SHA256: columns.sha256,
        Kind.MD5: columns.md5,
        Kind.PIXEL_HASH: columns.pixel_hash,
        Kind.PHASH: columns.phash,
    }
    return {kind: name for kind, name in named.items() if name}


def with_hash_columns(columns: Columns, chosen: Mapping[Kind, str]) -> Columns:
    """The same, with these columns of fingerprints where their names did not tell."""
    return replace(
        columns,
        sha256=chosen.get(Kind.SHA256, columns.sha256),
        md5=chosen.get(Kind.MD5, columns.md5),
        pixel_hash=chosen.get(Kind.PIXEL_HASH, columns.pixel_hash),
        phash=chosen.get(Kind.PHASH, columns.phash),
    )
