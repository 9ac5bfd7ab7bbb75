# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks a folder: every file comes out, as a file to look at or as *skipped, because…*."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import Skipped
from indexer.images.loading import why_not_opened

_Entry = tuple[str, os.DirEntry[str]]
"""A path relative to the chosen folder, and what the system says of it."""

_NAME_NO_TEXT = "its name is not valid text on this system; rename it to have it checked"


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
        if not _is_text(str(folder.absolute())):
            raise InputProblem(printable(str(folder)), _NAME_NO_TEXT)
        if folder.is_file():
            yield _found(folder, folder.name, folder.stat())
            return
        entries = _listed(folder, "")
    except OSError as problem:
        gone = isinstance(problem, FileNotFoundError)
        raise InputProblem(folder, "there is no such folder" if gone else why_not_opened(problem)) from problem
    yield from _walk(entries, monitor or Monitor())


def printable(name: str) -> str:
    """A name that can be shown and stored: bytes of it that are not valid Unicode are written as `\\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _walk(pending: list[_Entry], monitor: Monitor) -> Iterator[FoundFile | Skipped]:
    """Folder after folder, without recursion: folders may be nested deeper than Python can call itself."""
    while pending:
        monitor.check()
        name, entry = pending.pop()
        if not _is_text(entry.name):
            yield Skipped(printable(name), _NAME_NO_TEXT)
        elif entry.is_dir(follow_symlinks=False):
            try:
                pending += _listed(Path(entry.path), name + "/")
            except OSError as problem:
                yield Skipped(name, why_not_opened(problem))
        else:
            yield _file_or_reason(entry, name)


def _listed(folder: Path, prefix: str) -> list[_Entry]:
    """What is in a folder, last name first."""
    with os.scandir(folder) as entries:
        return sorted(((prefix + entry.name, entry) for entry in entries), key=itemgetter(0), reverse=True)


def _file_or_reason(entry: os.DirEntry[str], name: str) -> FoundFile | Skipped:
    path = Path(entry.path)
    try:
        facts = path.stat()
    except OSError as problem:
        broken = entry.is_symlink() and not isinstance(problem, PermissionError)
        return Skipped(name, "it is a link to nothing" if broken else why_not_opened(problem))
    if stat.S_ISDIR(facts.st_mode):
        return Skipped(name, "it is a link to a folder, and links to folders are not followed")
    if not stat.S_ISREG(facts.st_mode):
        return Skipped(name, "it is not an ordinary file")
    return _found(path, name, facts)


def _found(path: Path, name: str, facts: os.stat_result) -> FoundFile:
    return FoundFile(path, name, facts.st_size, facts.st_mtime_ns)


def _is_text(name: str) -> bool:
    """False for a name whose bytes are not valid Unicode; it could be neither stored nor printed faithfully."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
