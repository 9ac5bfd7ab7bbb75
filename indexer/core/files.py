# SPDX-License-Identifier: GPL-3.0-or-later
"""Small file habits: write aside and swap in, so that a reader never meets half a file."""

import os
import shutil
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, flush it to disk, and rename it into place; nothing half-written is left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".partial")
    try:
        with aside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def swap_in_folder(fresh: Path, place: Path) -> None:
    """Put the finished folder `fresh` where `place` is; an older folder there is set aside first, then removed.

    A kill in between leaves both folders whole; calling it again with the same two finishes the swap.
    """
    old = place.with_name(place.name + ".old")
    if fresh.exists() or not place.exists():  # otherwise an earlier call came as far as the removal
        if place.exists():
            _remove(old)
            place.rename(old)
        fresh.rename(place)
    _remove(old)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
