"""Files that may not be read, also for a user to whom nothing is forbidden."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534

CANNOT_FORBID = sys.platform == "win32"
WHY = "Windows has other permissions"


@contextmanager
def folder_for_everybody() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    try:
        yield place
    finally:
        for folder, _, _ in os.walk(place):
            Path(folder).chmod(0o755)
        shutil.rmtree(place)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """What is done inside is done as a user to whom something can be forbidden."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
