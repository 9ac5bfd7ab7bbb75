# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dataset viewer answers, read without trust: rows, columns, counts, and its own words for what went wrong.

The forms are those of the service's documentation (`datasets.md` §5.1). Whatever is not of that form raises
`OddAnswer`, whose text is a reason in plain words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SAID_CHARACTERS = 160
_DEEPEST = 8
"""Columns within columns are read this deep; published sets need four."""

_TEXTS = frozenset({"string", "large_string", "string_view"})


class OddAnswer(Exception):
    """What came is not of the form that the service documents; `str()` follows "not searched, because"."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A column.

    Attributes:
        parts: its name, and those of the columns that hold it before it.
        dtype: of its values, such as `string` or `int64`; None for pictures, classes and the like.
        many: a row holds a list of them.
    """

    parts: tuple[str, ...]
    dtype: str | None
    many: bool

    @property
    def name(self) -> str:
        """With dots, as `tables.columns` writes it."""
        return ".".join(self.parts)

    @property
    def is_text(self) -> bool:
        """Whether `/filter` can compare it with a text."""
        return self.dtype in _TEXTS and not self.many


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `cut` are the columns whose values were shortened by the service, so that they say nothing certain."""

    number: int
    values: Mapping[str, Any]
    cut: frozenset[str]

    def cells(self, feature: Feature) -> Iterator[Any]:
        """All values of a column that came whole and are not empty."""
        if feature.parts[0] not in self.cut:
            yield from _inside(self.values, feature.parts)

    def texts(self, feature: Feature) -> Iterator[str]:
        """The same, as texts; whole numbers, such as those of accounts, in digits."""
        for value in self.cells(feature):
            if isinstance(value, str):
                yield value.encode("utf-8", "replace").decode()  # JSON can hold halves of characters
            elif isinstance(value, int) and not isinstance(value, bool):
                yield str(value)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of an answer.

    Attributes:
        total: rows of the whole answer, None where the service does not count them.
        partial: the service keeps only the first part of the set, and has looked through that part.
    """

    rows: tuple[Row, ...]
    total: int | None
    partial: bool
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """A part of a set: the hub calls them subset, or config, and split."""

    config: str
    split: str

    def __str__(self) -> str:
        return f"{self.config}/{self.split}"


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows a part has; `at_least` where the service counted only those that it keeps."""

    rows: int
    at_least: bool


@dataclass(frozen=True, slots=True)
class Validity:
    """What the service can do with a set."""

    viewer: bool
    search: bool
    filter: bool


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """One of the files that the set is kept in, in their order. `size` is in bytes, None where it is not told."""

    config: str
    split: str
    url: str
    size: int | None


def read_page(content: object) -> Page:
    """The answer of `/rows`, `/first-rows`, `/filter` and `/search`."""
    answer = _object(content)
    rows = tuple(_row(item) for item in _list(answer.get("rows")))
    total = answer.get("num_rows_total")
    return Page(rows, _count(total) if total is not None else None, answer.get("partial") is True, _features(answer))


def read_splits(content: object) -> list[Split]:
    """The answer of `/splits`, in its order."""
    items = [_object(item) for item in _list(_object(content).get("splits"))]
    return [Split(_name(item.get("config")), _name(item.get("split"))) for item in items]


def read_size(content: object, part: Split) -> Size | None:
    """The answer of `/size` for one part; None where it is not among them."""
    answer = _object(content)
    for item in _list(_object(answer.get("size")).get("splits")):
        found = _object(item)
        if (found.get("config"), found.get("split")) == (part.config, part.split):
            counted, estimated = _count(found.get("num_rows")), found.get("estimated_num_rows")
            whole = _count(estimated) if estimated is not None else counted
            return Size(max(counted, whole), answer.get("partial") is True and whole <= counted)
    return None


def read_validity(content: object) -> Validity:
    """The answer of `/is-valid`."""
    answer = _object(content)
    if not isinstance(answer.get("filter"), bool) and not isinstance(answer.get("viewer"), bool):
        raise OddAnswer("its answer does not say what it can do")
    return Validity(*(answer.get(what) is True for what in ("viewer", "search", "filter")))


def read_parquet_files(content: object) -> list[ParquetFile]:
    """The answer of `/parquet`, in its order."""
    found = []
    for item in _list(_object(content).get("parquet_files")):
        file, size = _object(item), _object(item).get("size")
        config, split, url = (_name(file.get(what)) for what in ("config", "split", "url"))
        found.append(ParquetFile(config, split, url, _count(size) if size is not None else None))
    return found


def own_words(content: object) -> str | None:
    """What the service itself says went wrong, shortened and made harmless; None where it says nothing."""
    said = content.get("error") if isinstance(content, dict) else None
    if not isinstance(said, str):
        return None
    plain = " ".join("".join(one if one.isprintable() else " " for one in said).split())
    short = plain[:_SAID_CHARACTERS].rstrip(" .")
    return f"“{short}{'…' if len(plain) > _SAID_CHARACTERS else ''}”" if short else None


def _features(answer: Mapping[str, Any]) -> tuple[Feature, ...]:
    found: list[Feature] = []
    for item in _list(answer.get("features")):
        feature = _object(item)
        found += _columns_in(feature.get("type"), (_name(feature.get("name")),), many=False)
    return tuple(found)


def _columns_in(kind: object, parts: tuple[str, ...], *, many: bool) -> Iterator[Feature]:
    """The innermost columns."""
    inner = _items_of(kind)
    if isinstance(inner, dict) and "_type" not in inner and len(parts) < _DEEPEST:
        for name, one in inner.items():
            yield from _columns_in(one, (*parts, name), many=many or inner is not kind)
    else:
        dtype = inner.get("dtype") if isinstance(inner, dict) and inner.get("_type") == "Value" else None
        yield Feature(parts, dtype if isinstance(dtype, str) else None, many or inner is not kind)


def _items_of(kind: object) -> object:
    """What a list holds, or the kind itself. A list is `[kind]` or `{"feature": kind, "_type": "List"}`."""
    while True:
        if isinstance(kind, list) and len(kind) == 1:
            kind = kind[0]
        elif isinstance(kind, dict) and "feature" in kind and "_type" in kind:
            kind = kind["feature"]
        else:
            return kind


def _inside(value: object, parts: Sequence[str], depth: int = 2 * _DEEPEST) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value if depth else ():
            yield from _inside(item, parts, depth - 1)
    elif parts:
        if isinstance(value, dict) and parts[0] in value:
            yield from _inside(value[parts[0]], parts[1:], depth - 1)
    elif value is not None and value != "" and not isinstance(value, dict):
        yield value


def _row(item: object) -> Row:
    row = _object(item)
    cut = row.get("truncated_cells") or []
    return Row(_count(row.get("row_idx")), _object(row.get("row")), frozenset(str(name) for name in _list(cut)))


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise OddAnswer("its answer is not of the form that it documents")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise OddAnswer("its answer is not of the form that it documents")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise OddAnswer("its answer leaves out a name that it documents")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise OddAnswer("its answer gives a number of rows that is none")
    return value
