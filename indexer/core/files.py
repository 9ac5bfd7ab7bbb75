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
    if place.exists():
        if old.exists():
            shutil.rmtree(old)
        place.rename(old)
    fresh.rename(place)
    if old.exists():
        shutil.rmtree(old)
