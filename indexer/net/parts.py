# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a file (RFC 9110 §14): which part an answer holds, and by what mark the file is known again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import requests

from indexer.core.errors import InputProblem

WHOLE, PART, NOT_THERE = 200, 206, 416
STATUSES = frozenset({WHOLE, PART, NOT_THERE})

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_SIZE = re.compile(r"bytes \*/(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Extent:
    """What of a file an answer holds.

    Attributes:
        start: number of the first byte.
        end: of the byte after the last; None when the answer ends where the connection does.
        size: of the whole file, None when the server does not say.
    """

    start: int
    end: int | None
    size: int | None


def read_extent(response: requests.Response) -> Extent:
    """Where the answer begins and ends in the file, and how large the whole is.

    Raises:
        InputProblem: the server does not say, or packs what it sends.
    """
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise InputProblem(response.url, "the server packs the file, so its parts cannot be told")
    said = response.headers.get("Content-Range", "").strip()
    if response.status_code == PART:
        part = _RANGE.fullmatch(said)
        if part is None or int(part[2]) < int(part[1]):
            raise InputProblem(response.url, "the server does not say which part of the file it sends")
        return Extent(int(part[1]), int(part[2]) + 1, None if part[3] == "*" else int(part[3]))
    if response.status_code == NOT_THERE:  # RFC 9110 §15.5.17: the size of the whole stands there
        whole = _SIZE.fullmatch(said)
        return Extent(0, 0, int(whole[1]) if whole else None)
    length = response.headers.get("Content-Length", "")
    size = int(length) if length.isascii() and length.isdigit() and len(length) <= len(str(1 << 60)) else None
    return Extent(0, size, size)


def version_mark(headers: Mapping[str, str]) -> str | None:
    """The mark by which this version of the file can be known again, None if the server gives none."""
    return (headers.get("ETag") or headers.get("Last-Modified") or "").strip() or None


def is_strong(mark: str | None) -> bool:
    """Whether the server may be asked to compare this mark; a weak one, or a date, is only compared by ourselves.

    RFC 9110 §13.1.5: two versions made within a second may bear the same date.
    """
    return mark is not None and mark.startswith('"')
