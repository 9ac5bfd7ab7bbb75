# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the program keeps its own things. `EXHIBIT_A_HOME` moves all of it, for tests and for a portable copy."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_APP = "exhibit-a"


@dataclass(frozen=True, slots=True)
class Places:
    """Folders and files that the program makes on its own. Nothing of the artist's is kept here but fingerprints.

    Attributes:
        fingerprints: the store of fingerprints; may be deleted at any time.
        checkpoints: what interrupted checks had found.
        ledger: everything that was ever sent.
        log: what job processes said.
    """

    fingerprints: Path
    checkpoints: Path
    ledger: Path
    log: Path


def places() -> Places:
    """The places for this user on this system."""
    home = os.environ.get("EXHIBIT_A_HOME")
    cache = Path(home) / "cache" if home else platformdirs.user_cache_path(_APP, appauthor=False)
    data = Path(home) / "data" if home else platformdirs.user_data_path(_APP, appauthor=False)
    return Places(cache / "fingerprints.sqlite", data / "checkpoints", data / "ledger.jsonl", data / "jobs.log")
