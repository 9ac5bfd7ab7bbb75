# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the program keeps its own things. `EXHIBIT_A_HOME` moves all of it, for tests and for a portable copy."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import platformdirs

_APP = "exhibit-a"


@dataclass(frozen=True, slots=True)
class Places:
    """Folders and files that the program makes on its own. Nothing of the artist's is kept here but fingerprints.

    Attributes:
        fingerprints: the store of fingerprints; may be deleted at any time.
        checkpoints: what interrupted checks had found.
        ledgers: everything that was ever sent, one file a check.
        models: weights of CLIP models that were fetched, or put there by hand.
        calibrations: what was measured with them.
        registry: which data sets were set up here by name.
        datasets: what a first look fetched.
        log: what job processes said.
        cases: where the window puts cases unless it is told another place.
    """

    fingerprints: Path
    checkpoints: Path
    ledgers: Path
    models: Path
    calibrations: Path
    registry: Path
    datasets: Path
    log: Path
    cases: Path

    def new_ledger(self) -> Path:
        """A ledger file for one check; two checks at once must not share one."""
        return self.ledgers / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-{uuid4().hex[:8]}.jsonl"


def places(below: Path | None = None) -> Places:
    """The places for this user on this system, or all of them below one folder."""
    moved = os.environ.get("EXHIBIT_A_HOME")
    home = below or (Path(moved) if moved else None)
    cache = home / "cache" if home else platformdirs.user_cache_path(_APP, appauthor=False)
    data = home / "data" if home else platformdirs.user_data_path(_APP, appauthor=False)
    cases = home / "cases" if home else platformdirs.user_documents_path() / "Exhibit A"
    return Places(
        fingerprints=cache / "fingerprints.sqlite",
        checkpoints=data / "checkpoints",
        ledgers=data / "ledgers",
        models=data / "models",
        calibrations=data / "calibrations",
        registry=data / "registry.json",
        datasets=data / "datasets",
        log=data / "jobs.log",
        cases=cases,
    )
