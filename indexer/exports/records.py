# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives whose layout nobody has described: whatever JSON or CSV is in them, searched for records of pictures.

A record is an object, or a line of a table, that has an address on the platform or a date, and names a picture file.
The names of its fields are inferred from the platform's public programming interface.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.types import Skipped
from indexer.exports.archive import Archive, canonical
from indexer.exports.base import Mention, is_picture
from indexer.exports.listed import iso_moment, moment, read_text

_RECORD_BYTES = 32 << 20
"""Of a file that is read whole, since its shape is not known."""

_DEEPEST = 12
_HEAD_BYTES = 1 << 16
_MOST_HEADS = 40


@dataclass(frozen=True, slots=True)
class Fields:
    """What the fields of a record may be called, the likeliest first, and the platform's host."""

    host: str
    page: tuple[str, ...]
    post_id: tuple[str, ...]
    published: tuple[str, ...]


def speaks_of(archive: Archive, host: str) -> bool:
    """Whether a list in the archive, or the archive's own name, names the platform."""
    word = host.split(".", maxsplit=1)[0]
    if word in PurePosixPath(archive.shown.replace("\\", "/")).name.lower():
        return True
    lists = [name for name in archive.names if _is_list(name)]
    return any(host.encode() in archive.head(name, _HEAD_BYTES) for name in lists[:_MOST_HEADS])


def read_records(archive: Archive, fields: Fields) -> Iterator[Mention | Skipped]:
    """What every list in the archive says of pictures."""
    for name in archive.names:
        if not _is_list(name):
            continue
        if archive.size(name) > _RECORD_BYTES:
            yield Skipped(name, f"it is larger than {_RECORD_BYTES >> 20} MB, and its layout is not known")
            continue
        try:
            content = _content(read_text(archive, name), name)
        except InputProblem as problem:
            yield Skipped(name, problem.because)
        except (msgspec.DecodeError, csv.Error, UnicodeDecodeError, RecursionError):
            yield Skipped(name, "it is damaged: it is not the table or list (JSON) that its name promises")
        else:
            for record in _records(content, fields, _DEEPEST):
                yield from _mentions(record, fields)


def file_key(name: str) -> str:
    """By what a record and a file meet: the file's own name, without letter case."""
    return canonical(PurePosixPath(name).name).casefold()


def _is_list(name: str) -> bool:
    return name.lower().endswith((".json", ".csv"))


def _content(text: bytes, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    if name.lower().endswith(".json"):
        return msgspec.json.decode(text)
    return list(csv.DictReader(io.StringIO(text.decode("utf-8"))))


def _records(value: object, fields: Fields, deepest: int) -> Iterator[Mapping[str, object]]:
    """Every outermost object that has an address or a date of a post."""
    if deepest == 0:
        return
    if isinstance(value, dict):
        if _first(value, fields.page) or _first(value, fields.published):
            yield value
        else:
            for part in value.values():
                yield from _records(part, fields, deepest - 1)
    elif isinstance(value, list):
        for part in value:
            yield from _records(part, fields, deepest - 1)


def _mentions(record: Mapping[str, object], fields: Fields) -> Iterator[Mention]:
    page = _first(record, fields.page)
    for text in dict.fromkeys(_texts(record, _DEEPEST)):
        path = unquote(urlsplit(text).path) if "://" in text else text
        if is_picture(path):
            yield Mention(
                file_key(path),
                _when(_first(record, fields.published)),
                address=text if "://" in text else None,
                page=page if page and fields.host in page else None,
                post_id=_first(record, fields.post_id),
                names_file=False,
            )


def _first(record: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    return next((str(record[name]) for name in names if record.get(name) not in (None, "")), None)


def _texts(value: object, deepest: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and deepest:
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part, deepest - 1)


def _when(text: str | None) -> str | None:
    if text and text.isdecimal() and len(text) <= 11:
        return moment(int(text))
    return iso_moment(text)
