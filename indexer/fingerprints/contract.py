# SPDX-License-Identifier: GPL-3.0-or-later
"""What fetching weights is asked and what it answers. Imports nothing heavy: the program's own process uses these."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WeightsAsked:
    """What to fetch, from where, and where to keep it. `sha256` is lower-case hex."""

    pair: str
    url: str
    sha256: str
    models: Path
    ledger: Path
    offline: bool = False
    allow_private_hosts: bool = False


@dataclass(frozen=True, slots=True)
class WeightsOffered:
    """What the server says before anything is fetched. `size_bytes` is None when it does not say."""

    url: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class WeightsFetched:
    """Weights that are there, and fit their model."""

    path: Path
    size_bytes: int
