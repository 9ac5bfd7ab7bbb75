# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a list of links to posts: a text file of one address a line, or a table (CSV, TSV) with or without headings.

Addresses may hold commas. Without headings a comma therefore ends one only where all that follows is dates and names
of picture files; with headings the table's own rules hold.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from indexer.core.errors import InputProblem
from indexer.core.types import Skipped
from indexer.exports.base import is_picture
from indexer.links.addresses import read_address
from indexer.posts.moments import post_moment

MOST_LINKS = 20_000
"""Each costs one or two requests to somebody's server; a longer list is one of a data set that was named by mistake."""

_LIST_BYTES = 16 << 20
_ADDRESS = frozenset(("url", "link", "address", "post", "post_url", "permalink", "page", "href", "uri"))
_DATE = frozenset(("date", "published", "published_at", "created", "created_at", "posted", "posted_at", "time"))
_FILE = frozenset(("file", "filename", "file_name", "file name", "work", "picture"))
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class PostLink:
    """One line. `published` is as in `Mention`; `file` is the artist's own file that the post shows, as they say."""

    address: str
    published: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class _Headings:
    """Which column holds what."""

    delimiter: str
    address: int
    date: int | None
    file: int | None

    def link_of(self, line: str) -> tuple[str, list[str]]:
        """The address, and what else the line says."""
        cells = next(csv.reader([line], delimiter=self.delimiter))
        further = [cells[at] for at in (self.date, self.file) if at is not None and at < len(cells)]
        return cells[self.address] if self.address < len(cells) else "", further


def read_post_list(written: str) -> list[PostLink | Skipped]:
    """The links of a list, each once, and what is wrong with its other lines.

    Raises:
        InputProblem: it cannot be read, is no text, holds no address, or far more than anybody's posts.
    """
    lines = [
        (number, line.strip())
        for number, line in enumerate(_text(written).splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    headings = _headings(lines[0][1]) if lines else None
    entries = [
        entry for number, line in lines[bool(headings) :] for entry in _entries(f"line {number}", line, headings)
    ]
    found: dict[str, PostLink] = {}
    for entry in entries:
        if isinstance(entry, PostLink):
            found.setdefault(entry.address, entry)
    if not found:
        raise InputProblem(written, "no line of it is a web address")
    if len(found) > MOST_LINKS:
        raise InputProblem(written, f"it lists more than {MOST_LINKS:,} addresses; split it, if all are posts of yours")
    again = sum(isinstance(entry, PostLink) for entry in entries) - len(found)
    repeated = [Skipped(written, f"left out: {again} of its lines, since their addresses stand in it already")]
    wrong = [entry for entry in entries if isinstance(entry, Skipped)]
    return [*found.values(), *wrong, *(repeated if again else ())]


def _text(written: str) -> str:
    try:
        with Path(written).open("rb") as stream:
            data = stream.read(_LIST_BYTES + 1)
    except (OSError, ValueError) as problem:
        gone = isinstance(problem, FileNotFoundError)
        because = "there is no such file" if gone else "it cannot be opened as a file"
        raise InputProblem(written, because) from problem
    if len(data) > _LIST_BYTES:
        raise InputProblem(written, f"it is larger than {_LIST_BYTES >> 20} MB, which no list of posts is")
    try:
        text = data.decode(_MARKS.get(data[:2], "utf-8-sig"))
    except UnicodeError as problem:
        raise InputProblem(written, "it is not a text file; save the list as text or CSV (UTF-8)") from problem
    if "\0" in text:
        raise InputProblem(written, "it is not a text file; save the list as text or CSV (UTF-8)")
    return text


def _headings(line: str) -> _Headings | None:
    for delimiter in "\t;,":
        try:
            names = [name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter))]
        except csv.Error:
            continue
        address = _column(names, _ADDRESS)
        if address is not None:
            return _Headings(delimiter, address, _column(names, _DATE), _column(names, _FILE))
    return None


def _column(names: Sequence[str], known: frozenset[str]) -> int | None:
    return next((at for at, name in enumerate(names) if name in known), None)


def _entries(where: str, line: str, headings: _Headings | None) -> Iterator[PostLink | Skipped]:
    try:
        written, further = headings.link_of(line) if headings else _link_of(line)
    except csv.Error as problem:
        yield Skipped(where, f"it is not a line of a table ({problem})")
        return
    address = _address(written)
    if address is None:
        yield Skipped(where, "it is not a web address")
        return
    published = file = None
    for cell in filter(None, map(str.strip, further)):
        published, file = published or post_moment(cell), file or (cell if is_picture(cell) else None)
        if post_moment(cell) is None and not is_picture(cell):
            yield Skipped(where, f"“{cell[:40]}” is neither a date such as 2019-05-02 nor the name of a picture file")
    yield PostLink(address, published, file)


def _link_of(line: str) -> tuple[str, list[str]]:
    """The same of a line of a table without headings."""
    if "\t" in line:
        address, *further = line.split("\t")
        return address, further
    for delimiter in ";,":
        cells, further = next(csv.reader([line], delimiter=delimiter)), list[str]()
        while len(cells) > 1 and _says_more(cells[-1].strip()):
            further.insert(0, cells.pop())
        if further:
            return delimiter.join(cells), further
    return line, []


def _says_more(cell: str) -> bool:
    """Whether this cannot be the end of an address. A file with its folder could be."""
    return not cell or post_moment(cell) is not None or (is_picture(cell) and "/" not in cell)


def _address(written: str) -> str | None:
    """The address as it is asked for; None for what is none."""
    text = written.strip().strip("<>\"'")
    known = read_address(text)
    if known is None or not text.isprintable() or " " in text:
        return None
    if "://" not in text:
        text = f"https://{text}" if "." in known.host else ""
    try:
        parts = urlsplit(text)
        return urldefrag(text).url if parts.scheme.lower() in ("http", "https") and parts.hostname else None
    except ValueError:
        return None
