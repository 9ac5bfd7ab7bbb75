# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of posts in JSON, and moments in time, as archives write them.

A list is cut into its entries first and each entry is read by itself, so that memory holds the file and one entry, and
one odd entry costs only itself.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.types import Skipped
from indexer.exports.archive import Archive

T = TypeVar("T")

_ASSIGNMENT = re.compile(rb"\s*window\.YTD\.\w+\.part\d+\s*=\s*")
"""X writes its lists as scripts: this, the list, perhaps a semicolon."""

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def read_text(archive: Archive, name: str) -> bytes:
    """A text file as UTF-8, whatever Unicode it is in.

    Raises:
        InputProblem: too large, damaged, or not Unicode.
    """
    data = archive.read(name)
    encoding = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)
    if encoding is None:
        return data
    try:
        return data.decode(encoding).encode()
    except UnicodeError as problem:
        raise InputProblem(name, "it is not valid Unicode text") from problem


def read_entries(archive: Archive, name: str, kind: type[T], keys: tuple[str, ...] = ()) -> Iterator[T | Skipped]:
    """The entries of a list of posts; entries of another shape are counted in one `Skipped` at the end.

    Args:
        kind: what an entry is, checked against its types.
        keys: of an object, under which of its keys the list may stand; without any of them it is one entry itself.
    """
    try:
        entries = _cut(read_text(archive, name), keys)
    except InputProblem as problem:
        yield Skipped(name, problem.because)
        return
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield Skipped(name, "it is damaged: it is not the list of posts (JSON) that its name promises")
        return
    odd = 0
    for entry in entries:
        try:
            yield msgspec.json.decode(entry, type=kind, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            odd += 1
    if odd:
        yield Skipped(name, f"{odd} of its {len(entries)} entries are not as this program knows them")


def moment(seconds: float | None) -> str | None:
    """A Unix time as UTC; None for none, and for one that no post can have."""
    if not seconds or seconds < 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None


def iso_moment(text: str | None) -> str | None:
    """A date by ISO 8601: in UTC with a zone, else only its day, because it may be another day elsewhere."""
    try:
        when = datetime.fromisoformat((text or "").strip().replace(" UTC", "Z").replace(" GMT", "Z"))
        if when.tzinfo is None:
            return f"{when.date()}"
        return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None


def _cut(text: bytes, keys: tuple[str, ...]) -> list[msgspec.Raw]:
    if assignment := _ASSIGNMENT.match(text):
        text = text[assignment.end() :].rstrip().removesuffix(b";")
    if text.lstrip()[:1] != b"{":
        return msgspec.json.decode(text, type=list[msgspec.Raw])
    fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    found = [fields[key] for key in keys if key in fields]
    if not found:
        return [msgspec.Raw(text)]
    return [entry for raw in found for entry in msgspec.json.decode(raw, type=list[msgspec.Raw])]
