# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service of the clip-retrieval protocol answers, read as the words of a stranger (`datasets.md` §1).

Nothing here asks anybody. Whatever JSON value comes in, either rows come out or one sentence.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexer.core.errors import InputProblem

LEAST_SIMILARITY = -1.01
"""Below it a row is a filler: re-ordered indexes answer one of -3.4e38 and a meaningless id (`datasets.md` §1.3)."""
MOST_SIMILARITY = 1.1
"""Compressed indexes give slightly more than 1, and are a few hundredths off (`datasets.md` §1.3). Beyond this it is no
cosine: the index holds vectors of other lengths, or measures distances."""

LONGEST_ADDRESS = 8192
"""Characters; no web server takes longer addresses."""
LONGEST_TEXT = 4096
"""Characters kept of a caption; the rest is cut."""
_LONGEST_NAME = 256
_MOST_INDEXES = 10_000
_LARGEST_ID = 2**63 - 1
_LARGEST_EDGE = 2**31 - 1

_ADDRESSES = ("url", "image_url")
_CAPTIONS = ("caption", "text")
_WIDTHS = ("original_width", "width")
_HEIGHTS = ("original_height", "height")
"""Columns in lower case, the better one first: servers name them as their tables did (`URL`, `TEXT`, `WIDTH`); the
original size is that of the picture before img2dataset shrank it (`datasets.md` §2.12)."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MD5 = re.compile(r"[0-9a-f]{32}")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RowColumns:
    """What the service says of a row, as far as this program uses it; None where it says nothing usable.

    Attributes:
        notes: what of it was left out, one plain sentence each.
    """

    url: str | None = None
    caption: str | None = None
    width: int | None = None
    height: int | None = None
    sha256: str | None = None
    md5: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearRow:
    """A row that the service found near. `columns` is None where it came without any, as all but the first may."""

    id: int
    similarity: float
    columns: RowColumns | None = field(default=None, compare=False)


def read_index_names(content: object) -> tuple[str, ...]:
    """The indexes that a service has, from its answer to `/indices-list`.

    Raises:
        InputProblem: it is no list of names.
    """
    if not isinstance(content, list) or not all(isinstance(name, str) and name for name in content):
        raise InputProblem("indices-list", "what answers there is no lookup service: it gives no list of indexes")
    if len(content) > _MOST_INDEXES or any(len(name) > _LONGEST_NAME for name in content):
        raise InputProblem("indices-list", "it gives a list of indexes that is too long to be one")
    return tuple(_clean(name) for name in content)


def read_near_rows(content: object, count: int) -> list[NearRow]:
    """The rows of an answer to `/knn-service`, each once, the nearest first, `count` at most; fillers are left out.

    Raises:
        InputProblem: it is no list of rows, or their similarities are no cosines.
    """
    if not isinstance(content, list):
        raise InputProblem("knn-service", "its answer is not a list of rows")
    rows: dict[int, NearRow] = {}
    for entry in content:
        row = _near_row(entry)
        if row and (row.id not in rows or rows[row.id].similarity < row.similarity):
            rows[row.id] = row
    return sorted(rows.values(), key=lambda row: -row.similarity)[:count]


def read_columns(content: object) -> dict[int, RowColumns]:
    """What rows say, by their ids, from an answer to `/metadata`.

    Raises:
        InputProblem: it is no list of rows.
    """
    if not isinstance(content, list):
        raise InputProblem("metadata", "its answer is not a list of rows")
    return {_id_of(entry): columns_of(_mapping(entry.get("metadata"))) for entry in map(_mapping, content)}


def _near_row(entry: object) -> NearRow | None:
    """A row; None for a filler."""
    said = _mapping(entry)
    number, similarity = _id_of(said), said.get("similarity", "")
    if isinstance(similarity, bool) or not isinstance(similarity, int | float | None):
        raise InputProblem("knn-service", "its answer holds a row without a similarity")
    # not (a > b) instead of a <= b, so that what is not a number is a filler as well
    if number < 0 or similarity is None or not similarity >= LEAST_SIMILARITY or similarity == float("inf"):
        return None
    if similarity > MOST_SIMILARITY:
        raise InputProblem("knn-service", "its similarities are no cosines, so it cannot be told what is near")
    columns = {name: value for name, value in said.items() if name not in ("id", "similarity")}
    return NearRow(number, float(similarity), columns_of(columns) if columns else None)


def columns_of(said: Mapping[str, Any]) -> RowColumns:
    """What the columns say whose names are known, in whatever capitals; none of them may be there."""
    columns = {name.lower(): value for name, value in said.items()}
    notes = []
    url = _first_text(columns, _ADDRESSES)
    if url and len(url) > LONGEST_ADDRESS:
        notes.append(f"Its address is {len(url):,} characters long and was left out.")
        url = None
    if not url and (path := _first_text(columns, ("image_path",))):
        notes.append(f"The service calls its picture {_cut(path, LONGEST_ADDRESS)}.")
    caption = _first_text(columns, _CAPTIONS)
    if not (url or caption or notes):
        notes.append("The service says neither an address nor a caption of this row.")
    return RowColumns(
        url=url,
        caption=_cut(caption, LONGEST_TEXT) if caption else None,
        width=_first_edge(columns, _WIDTHS),
        height=_first_edge(columns, _HEIGHTS),
        sha256=_digest(columns.get("sha256"), _SHA256),
        md5=_digest(columns.get("md5"), _MD5),
        notes=tuple(notes),
    )


def _mapping(entry: object) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise InputProblem("knn-service", "its answer holds something that is no row")
    return entry


def _id_of(said: Mapping[str, Any]) -> int:
    number = said.get("id")
    if isinstance(number, bool) or not isinstance(number, int) or not -1 <= number <= _LARGEST_ID:
        raise InputProblem("knn-service", "its answer holds a row without a number")
    return number


def _first_text(columns: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """The first of these columns that holds text."""
    for name in names:
        value = columns.get(name)
        if isinstance(value, str) and value.strip():
            return _clean(value)
    return None


def _first_edge(columns: Mapping[str, Any], names: Sequence[str]) -> int | None:
    """The first of these columns that holds a size in pixels; a column with gaps comes as fractions (640.0)."""
    for name in names:
        value = columns.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LARGEST_EDGE:
            return int(value) or None
    return None


def _digest(value: object, form: re.Pattern[str]) -> str | None:
    lower = value.strip().lower() if isinstance(value, str) else ""
    return lower if form.fullmatch(lower) else None


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _clean(text: str) -> str:
    """Without halves of characters, which JSON can write and no file can hold."""
    return _SURROGATE.sub("\ufffd", text)
