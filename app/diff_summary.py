# SPDX-License-Identifier: GPL-3.0-or-later
"""What a comparison of two versions of a data set gave: told in plain words, and written as JSON and CSV.

It says where a row is listed and where it no longer is, and never why.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from app.check_result import as_cell
from app.documents.visible import make_visible
from indexer.core.about import this_tool
from indexer.core.files import write_atomically
from indexer.sources.diff_contract import (
    Change,
    DiffAsked,
    FileCompared,
    ListedAt,
    RowCompared,
    Version,
    VersionsCompared,
)

_MOST_ROWS = 40
"""Of each kind on screen; all of them stand in JSON and CSV."""

_MOST_TEXT = 120

_HEADINGS = {
    Change.WENT: "No longer listed in the new version",
    Change.CAME: "Listed in the new version, and not in the old one",
    Change.UNKNOWN: "Not known: found in one version only, and not all of the other could be read",
    Change.IN_BOTH: "Listed in both versions",
}


@dataclass(frozen=True, slots=True)
class TableDiff:
    """Rows that speak of the person, and which files they were looked for in."""

    asked: DiffAsked
    versions: VersionsCompared
    rows: tuple[RowCompared, ...]

    def of(self, change: Change) -> list[RowCompared]:
        """The rows of which that became."""
        return [row for row in self.rows if row.change is change]

    def write_json(self, place: Path) -> None:
        """Write everything, readable by people and without this program."""
        tool, asked = this_tool(), self.asked
        content = {
            "tool": {"name": tool.name, "version": tool.version},
            "compared_utc": self.versions.compared_utc,
            "asked": {"names": asked.names, "sites": asked.sites, "addresses": asked.addresses},
            "old": _as_json(self.versions.old),
            "new": _as_json(self.versions.new),
            "counts": {change: len(self.of(change)) for change in Change},
            "rows": self.rows,
        }
        write_atomically(place, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")

    def write_csv(self, place: Path) -> None:
        """Write one line a row, for spreadsheets."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(_COLUMNS)
        for row in self.rows:
            writer.writerow([as_cell(value_of(row)) for value_of in _COLUMNS.values()])
        write_atomically(place, out.getvalue().encode("utf-8-sig"))


def describe_diff(diff: TableDiff) -> Iterator[str]:
    """Line by line: the two versions, then the rows, what is gone first."""
    old, new = diff.versions.old, diff.versions.new
    yield from _version("Old version", old, (row.old for row in diff.rows))
    yield from _version("New version", new, (row.new for row in diff.rows))
    yield f"Rows are known again by {_key(old, new)}, letter by letter."
    for change, heading in _HEADINGS.items():
        rows = diff.of(change)
        if rows or change is not Change.UNKNOWN:
            yield f"{heading}: {len(rows):,}"
        for row in rows[:_MOST_ROWS]:
            yield from _row(row)
        if len(rows) > _MOST_ROWS:
            yield f"  … and {len(rows) - _MOST_ROWS:,} more (all of them with --json or --csv)"
    yield "These files were compared, and no others. Why a row came or went, this program cannot know."


def _version(label: str, version: Version, listed: Iterable[ListedAt | None]) -> Iterator[str]:
    revision = f", revision {make_visible(version.revision)}" if version.revision else ""
    yield f"{label}: {make_visible(version.written)}{revision}"
    mine = sum(one.times for one in listed if one)
    files = "1 file" if len(version.files) == 1 else f"{len(version.files):,} files"
    yield f"  {files}, {version.rows:,} rows, of which {mine:,} speak of you"
    for state, count in _by_state(version.files).items():
        yield f"  {state}: {count:,} of the files"
    for one in version.unread:
        yield f"  not read to the end: {make_visible(one.path)}, because {make_visible(one.because)}"


def _by_state(files: Iterable[FileCompared]) -> dict[str, int]:
    """How many files are what they should be, as far as that is known."""
    counts: dict[str, int] = {}
    for file in files:
        counts[_state(file)] = counts.get(_state(file), 0) + 1
    return counts


def _state(file: FileCompared) -> str:
    if file.agrees is not None:
        return "agrees with its publisher's checksum" if file.agrees else "is not what its publisher stated"
    if file.sha256 is None:
        return "not compared with any checksum"
    if file.is_copy:
        return "a copy of some columns of the published file, its checksum written down"
    return "its checksum written down; no publisher's checksum is known here to compare it with"


def _row(row: RowCompared) -> Iterator[str]:
    text = f"  “{make_visible(_short(row.text))}”" if row.text else ""
    yield f"  {make_visible(row.address) or 'no address'}{text}"
    yield f"    {'; '.join(_places(row))}"
    if row.is_address_elsewhere:
        yield f"    {_elsewhere(row)}"


def _places(row: RowCompared) -> Iterator[str]:
    for label, listed in (("old", row.old), ("new", row.new)):
        if listed:
            times = f", the first of {listed.times:,} times" if listed.times > 1 else ""
            yield f"{label} version: {make_visible(listed.file)} row {listed.row:,}{times}"


def _elsewhere(row: RowCompared) -> str:
    if row.old:
        return "The new version still lists this address, with another text."
    return "The old version lists this address as well, with another text."


def _key(old: Version, new: Version) -> str:
    names = ("address", "text")[: len(old.key)]
    columns = zip(names, old.key, new.key, strict=False)
    return " and ".join(f"{name} ({a if a == b else f'{a}, {b}'})" for name, a, b in columns)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"


def _as_json(version: Version) -> dict[str, Any]:
    """With, for each file, whether it agrees with what its publisher stated; null where that was not compared."""
    content: dict[str, Any] = msgspec.to_builtins(version)
    for file, facts in zip(content["files"], version.files, strict=True):
        file["agrees"] = facts.agrees
    return content


_COLUMNS: dict[str, Callable[[RowCompared], object]] = {
    "change": lambda row: row.change,
    "address": lambda row: row.address,
    "text": lambda row: row.text,
    "old_file": lambda row: row.old and row.old.file,
    "old_row": lambda row: row.old and row.old.row,
    "old_times": lambda row: row.old.times if row.old else 0,
    "new_file": lambda row: row.new and row.new.file,
    "new_row": lambda row: row.new and row.new.row,
    "new_times": lambda row: row.new.times if row.new else 0,
    "note": lambda row: _elsewhere(row) if row.is_address_elsewhere else "",
}
