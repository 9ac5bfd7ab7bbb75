# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives whose layout nobody has described: whatever JSON or CSV is in them, searched for records of pictures.

A record is an object, or a line of a table, that has an address on the platform or a date, and names a picture file.
The names of its fields are inferred from the platform's public programming interface.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.types import Skipped
from indexer.exports.archive import Archive, canonical
from indexer.exports.base import Mention, is_picture
from indexer.exports.listed import iso_moment, moment, read_text
from indexer.exports.ownership import (
    describes_account,
    is_by_another,
    is_word_of_others,
    lists_others,
    owner_in_account,
    owner_in_list,
)

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


@dataclass(frozen=True, slots=True)
class _Whose:
    """What the account's owner is called, and whether this part of a list is the owner's so far."""

    owner: frozenset[str]
    is_own: bool


@dataclass(frozen=True, slots=True)
class _Record:
    content: Mapping[str, object]
    whose: _Whose


def speaks_of(archive: Archive, host: str) -> bool:
    """Whether a list in the archive, or the archive's own name, names the platform."""
    word = host.split(".", maxsplit=1)[0]
    if word in PurePosixPath(archive.shown.replace("\\", "/")).name.lower():
        return True
    lists = [name for name in archive.names if is_list(name)]
    return any(host.encode() in archive.head(name, _HEAD_BYTES) for name in lists[:_MOST_HEADS])


def read_records(archive: Archive, fields: Fields) -> Iterator[Mention | Skipped]:
    """What every list in the archive says of pictures, those of others marked as such."""
    owner = _owner(archive)
    for name in filter(is_list, archive.names):
        try:
            content = _content(archive, name)
        except InputProblem as problem:
            yield Skipped(name, problem.because)
            continue
        is_own = not lists_others(name)
        whose = _Whose(owner or owner_in_list(content), is_own)
        for record in _records(content, fields, whose, _DEEPEST):
            yield from _mentions(record, fields)


def file_key(name: str) -> str:
    """By what a record and a file meet: the file's own name, without letter case."""
    return canonical(PurePosixPath(name).name).casefold()


def is_list(name: str) -> bool:
    """Whether a file is a list or table, of whatever."""
    return name.lower().endswith((".json", ".csv"))


def _owner(archive: Archive) -> frozenset[str]:
    """What the account's owner is called; nothing where no file on the account can be read."""
    names: frozenset[str] = frozenset()
    for name in filter(describes_account, archive.names):
        with suppress(InputProblem):
            names |= owner_in_account(_content(archive, name))
    return names


def _content(archive: Archive, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    if archive.size(name) > _RECORD_BYTES:
        raise InputProblem(name, f"it is larger than {_RECORD_BYTES >> 20} MB, and its layout is not known")
    text = read_text(archive, name)
    try:
        if name.lower().endswith(".json"):
            return msgspec.json.decode(text)
        return list(csv.DictReader(io.StringIO(text.decode("utf-8"))))
    except (msgspec.DecodeError, csv.Error, UnicodeDecodeError, RecursionError) as problem:
        because = "it is damaged: it is not the table or list (JSON) that its name promises"
        raise InputProblem(name, because) from problem


def _records(value: object, fields: Fields, whose: _Whose, deepest: int) -> Iterator[_Record]:
    """Every outermost object that has an address or a date of a post."""
    if deepest == 0:
        return
    if isinstance(value, dict) and (_first(value, fields.page) or _first(value, fields.published)):
        yield _Record(value, whose)
    else:
        for part, of_part in _parts(value, whose):
            yield from _records(part, fields, of_part, deepest - 1)


def _parts(value: object, whose: _Whose) -> Iterator[tuple[object, _Whose]]:
    """What an object or a list holds, and whose each part is."""
    if isinstance(value, dict):
        if is_by_another(value, whose.owner):
            whose = replace(whose, is_own=False)
        for field, part in value.items():
            yield part, replace(whose, is_own=False) if is_word_of_others(field) else whose
    elif isinstance(value, list):
        for part in value:
            yield part, whose


def _mentions(record: _Record, fields: Fields) -> Iterator[Mention]:
    page = _first(record.content, fields.page)
    for text, is_own in dict.fromkeys(_texts(record.content, record.whose, _DEEPEST)):
        path = unquote(urlsplit(text).path) if "://" in text else text
        if is_picture(path):
            yield Mention(
                file_key(path),
                _when(_first(record.content, fields.published)),
                address=text if "://" in text else None,
                page=page if page and fields.host in page else None,
                post_id=_first(record.content, fields.post_id),
                is_own=is_own,
                names_file=False,
            )


def _first(record: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    return next((str(record[name]) for name in names if record.get(name) not in (None, "")), None)


def _texts(value: object, whose: _Whose, deepest: int) -> Iterator[tuple[str, bool]]:
    """Every text in a record, and whether it is in a part that is the owner's."""
    if isinstance(value, str):
        yield value, whose.is_own
    elif deepest:
        for part, of_part in _parts(value, whose):
            yield from _texts(part, of_part, deepest - 1)


def _when(text: str | None) -> str | None:
    if text and text.isdecimal() and len(text) <= 11:
        return moment(int(text))
    return iso_moment(text)
