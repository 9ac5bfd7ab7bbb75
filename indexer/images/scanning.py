# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks a folder: every file comes out, as a file to look at or as *skipped, because…*."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import Skipped
from indexer.images.loading import why_not_opened


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of the folder.

    Attributes:
        path: where it is.
        name: its path relative to the folder, with `/` on every system; the folder's own name when it is one file.
        size_bytes, mtime_ns: enough to tell, without reading, that it has not changed.
    """

    path: Path
    name: str
    size_bytes: int
    mtime_ns: int


def scan(folder: Path, monitor: Monitor | None = None) -> Iterator[FoundFile | Skipped]:
    """Yield every file below `folder`, in the order of their names; a single file is a folder of one.

    Links to folders are not followed, so that a loop of links ends. What cannot be read is a `Skipped`.

    Raises:
        InputProblem: `folder` itself does not exist or cannot be read.
    """
    try:
        if folder.is_file():
            yield _found(folder, folder.name)
            return
        with os.scandir(folder):
            pass
    except OSError as problem:
        gone = isinstance(problem, FileNotFoundError)
        raise InputProblem(folder, "there is no such folder" if gone else why_not_opened(problem)) from problem
    yield from _walk(folder, "", monitor or Monitor())


def _walk(folder: Path, prefix: str, monitor: Monitor) -> Iterator[FoundFile | Skipped]:
    monitor.check()
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as problem:
        yield Skipped(prefix.rstrip("/"), why_not_opened(problem))
        return
    for entry in ordered:
        name = prefix + entry.name
        if not _is_text(entry.name):
            shown = os.fsencode(name).decode("utf-8", "backslashreplace")
            yield Skipped(shown, "its name is not valid text on this system; rename it to have it checked")
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), name + "/", monitor)
        else:
            yield _file_or_reason(Path(entry.path), name)


def _file_or_reason(path: Path, name: str) -> FoundFile | Skipped:
    try:
        if path.is_dir():
            return Skipped(name, "it is a link to a folder, and links to folders are not followed")
        if not path.is_file():
            broken = path.is_symlink()
            return Skipped(name, "it is a link to nothing" if broken else "it is not an ordinary file")
        return _found(path, name)
    except OSError as problem:
        return Skipped(name, why_not_opened(problem))


def _found(path: Path, name: str) -> FoundFile:
    facts = path.stat()
    return FoundFile(path, name, facts.st_size, facts.st_mtime_ns)


def _is_text(name: str) -> bool:
    """False for a name whose bytes are not valid Unicode; it could be neither stored nor printed faithfully."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
