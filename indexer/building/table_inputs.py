# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the user wrote to the files of a table: folders, patterns, lists of addresses, addresses, files."""

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from indexer.core.errors import InputProblem
from indexer.tables.asked_file import is_address
from indexer.tables.opening import TABLE_MARK, find_tables

LIST_ENDING = ".txt"

_MAX_LIST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Input:
    """One file of a table, not opened yet.

    Attributes:
        place: an absolute path, or an address.
        name: what it is called within its set: the last part of its place, with as much of what stands before it as
            is needed to tell the files apart.
    """

    place: str
    name: str


def find_inputs(written: Sequence[str]) -> list[Input]:
    """All files, in the order in which they are to be read; one that is written twice is read once.

    Raises:
        InputProblem: there is no such file, a folder holds no table, or a list holds something else than addresses.
    """
    places = list(dict.fromkeys(place for text in written for place in _places(text)))
    return [Input(place, name) for place, name in zip(places, _names(places), strict=True)]


def _places(text: str) -> Iterator[str]:
    if is_address(text):
        yield text
        return
    path = Path(text.partition(TABLE_MARK)[0])
    if path.is_dir():
        yield from _all(text, find_tables(path), "there is no table in that folder")
    elif not path.exists() and glob.has_magic(text):
        matching = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - a pattern may begin anywhere
        found = [path for path in map(Path, matching) if path.is_file()]
        yield from _all(text, found, "no file is called like that")
    elif path.suffix.lower() == LIST_ENDING:
        yield from _listed(path)
    elif path.exists():
        yield str(Path(text).absolute())
    else:
        raise InputProblem(text, "there is no such file or folder")


def _all(text: str, paths: Sequence[Path], because: str) -> Iterator[str]:
    if not paths:
        raise InputProblem(text, because)
    yield from (str(path.absolute()) for path in paths)


def _listed(path: Path) -> list[str]:
    """The addresses in a list; empty lines and lines that begin with `#` are passed over."""
    try:
        if path.stat().st_size > _MAX_LIST_BYTES:
            raise InputProblem(path, "it is too large to be a list of addresses")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InputProblem(path, "it cannot be read as a list of addresses") from problem
    listed = [(number, line.strip()) for number, line in enumerate(lines, start=1)]
    found = [(number, line) for number, line in listed if line and not line.startswith("#")]
    for number, line in found:
        if not is_address(line):
            raise InputProblem(path, f"line {number} is not a web address; such a list holds addresses, one a line")
    if not found:
        raise InputProblem(path, "there is no address in it")
    return [line for _, line in found]


def _names(places: Sequence[str]) -> list[str]:
    """The shortest endings that tell the files apart; where none does, as with queries, the number is added."""
    parts = [_parts(place) for place in places]
    depth = 1
    while depth < max(map(len, parts), default=1) and len({one[-depth:] for one in parts}) < len(set(parts)):
        depth += 1
    names = ["/".join(one[-depth:]) for one in parts]
    times = Counter(names)
    return [name if times[name] == 1 else f"{name} ({number})" for number, name in enumerate(names, start=1)]


def _parts(place: str) -> tuple[str, ...]:
    text = unquote(urlsplit(place).path) if is_address(place) else place.replace(os.sep, "/")
    return tuple(part for part in text.split("/") if part) or (place,)
