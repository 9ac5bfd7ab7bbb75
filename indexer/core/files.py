# SPDX-License-Identifier: GPL-3.0-or-later
"""Small file habits: write aside and swap in, so that a reader never meets half a file."""

import os
import shutil
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, flush it to disk, and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".partial")
    with aside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)


def swap_in_folder(fresh: Path, place: Path) -> None:
    """Put the finished folder `fresh` where `place` is. An older folder there is set aside first, then removed.

    A kill between the two renames leaves the old folder as `NAME.old` beside the finished one; nothing is lost.
    """
    old = place.with_name(place.name + ".old")
    if old.exists() and place.exists():
        shutil.rmtree(old)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    if old.exists():
        shutil.rmtree(old)
