# SPDX-License-Identifier: GPL-3.0-or-later
"""Which column of a table says what."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns by what they say; None, or empty, where no column says it.

    A column within a column is written with dots (`image_info.raw_url`); a column of lists counts for each item.

    Attributes:
        url: addresses of pictures, or of the pages that show them; the picture's own address first.
        caption: texts that may hold a name; the main one first.
        width, height: in pixels.
        sha256, md5: of the file as downloaded, hex.
        pixel_hash: of the decoded pixels, as Danbooru defines it, hex.
        phash: 64 bits as 16 hex digits.
        accounts: columns that hold an account, each with the platform that it is an account of (`flickr`).
        key: identifies a row across versions of the set.
    """

    url: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    width: str | None = None
    height: str | None = None
    sha256: str | None = None
    md5: str | None = None
    pixel_hash: str | None = None
    phash: str | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
