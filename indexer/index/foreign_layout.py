# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a stranger's folder make up its vector index, and which report tells how it wants to be asked.

Layouts are those of clip-retrieval (`datasets.md` §1.6, §1.7) and autofaiss (§3.2). Nothing is opened here but the
report, which is a small JSON file.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from indexer.core.errors import IndexProblem

POPULATED_NAME = "populated.index"
_SINGLE_NAMES = ("image.index", "knn.index", "faiss")
_PART_NAMES = (re.compile(r"(\d+)\.index"), re.compile(r"knn\.index(\d+)"))
_PART_FOLDERS = ("", "index-parts", "image.index")
_REPORT_NAMES = ("image.json", "index_infos.json", "infos.json")
_LARGEST_REPORT_BYTES = 1 << 20

_NOT_ON_WINDOWS = (
    "its index is in the merged form, which cannot be opened on Windows; "
    "it can be searched there where the parts that it was merged from (00.index, 01.index …) lie beside it"
)


@dataclass(frozen=True, slots=True)
class IndexFiles:
    """An index as it lies there.

    Attributes:
        places: its files in order; more than one where it is in parts.
        merged: it is `populated.index`, which has its lists in another file of the same folder.
        report: what autofaiss wrote about it, None when there is no such file.
    """

    places: tuple[Path, ...]
    merged: bool = False
    report: Path | None = None


class Report(msgspec.Struct):
    """The part of autofaiss's report that is used: how to ask the index."""

    index_param: str = ""


def find_index(folder: Path) -> IndexFiles | None:
    """The vector index of a folder; None when there is none by a known name.

    On Windows a merged index is passed over for its parts.

    Raises:
        IndexProblem: it is merged, this is Windows, and there are no parts.
    """
    populated = next((place for place in _populated_places(folder) if place.is_file()), None)
    if populated and merged_lists_open_here():
        return IndexFiles((populated,), merged=True, report=_find_report(folder))
    single = next((folder / name for name in _SINGLE_NAMES if (folder / name).is_file()), None)
    if single:
        return IndexFiles((single,), report=_find_report(folder))
    parts = _find_parts(folder)
    if parts:
        return IndexFiles(parts, report=_find_report(folder) or _find_report_of_part(parts[0]))
    if populated:
        raise IndexProblem(folder, _NOT_ON_WINDOWS)
    return None


def merged_lists_open_here() -> bool:
    """Whether FAISS has lists on disk here: they are left out of it on Windows (`datasets.md` §4.1)."""
    return sys.platform != "win32"


def read_report(place: Path) -> Report | None:
    """What autofaiss wrote about an index; None when that cannot be read, which a stranger's may not."""
    try:
        if place.stat().st_size > _LARGEST_REPORT_BYTES:
            return None
        return msgspec.json.decode(place.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _populated_places(folder: Path) -> Iterator[Path]:
    yield folder / POPULATED_NAME
    yield folder / "image.index" / POPULATED_NAME


def _find_report(folder: Path) -> Path | None:
    return next((folder / name for name in _REPORT_NAMES if (folder / name).is_file()), None)


def _find_report_of_part(part: Path) -> Path | None:
    """The names of a part and of its report end alike, by autofaiss: `knn.index01` · `infos.json01`."""
    report = part.with_name("infos.json" + part.name.removeprefix("knn.index"))
    return report if report.is_file() else None


def _find_parts(folder: Path) -> tuple[Path, ...]:
    """Files that are numbered alike, in the order of their numbers; those of the first folder that has any.

    Raises:
        IndexProblem: a number is missing in between, so that an unknown share of the rows would be.
    """
    for name in _PART_FOLDERS:
        for pattern in _PART_NAMES:
            parts = _numbered(folder / name, pattern)
            if parts:
                _check_complete(folder, parts)
                return tuple(parts[number] for number in sorted(parts))
    return ()


def _numbered(folder: Path, pattern: re.Pattern[str]) -> dict[int, Path]:
    if not folder.is_dir():
        return {}
    found = ((pattern.fullmatch(place.name), place) for place in folder.iterdir() if place.is_file())
    return {int(match[1]): place for match, place in found if match}


def _check_complete(folder: Path, parts: dict[int, Path]) -> None:
    """clip-retrieval counts parts from 0, autofaiss's README from 1 (`datasets.md` §3.2)."""
    first = min(parts) if min(parts) in (0, 1) else 0
    missing = sorted(set(range(first, max(parts) + 1)) - set(parts))
    if missing:
        raise IndexProblem(folder, f"its part {missing[0]:02d} is missing, and so are all the rows in it")
