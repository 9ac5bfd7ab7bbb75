# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check is asked and what it answers. Imports nothing heavy: the program's own process uses these types."""

from dataclasses import dataclass
from pathlib import Path

from indexer.core.types import Artwork, Coverage, Lane, Match


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What is asked.

    Attributes:
        folder: as the user wrote it.
        sources: as the user wrote them.
        pictures: folder of candidate pictures, instead of the one that an index names.
        fetch: whether candidate pictures may be fetched.
        weights: files of weights for the CLIP models that indexes were made with.
    """

    folder: str
    sources: tuple[str, ...]
    lanes: tuple[Lane, ...] = tuple(Lane)
    names: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    pictures: str | None = None
    fetch: bool = False
    offline: bool = False
    allow_private_hosts: bool = False
    weights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckPlaces:
    """Where a check keeps its things: the store of fingerprints, the folder of checkpoints, the ledger.

    Attributes:
        models: folder of weights that were fetched or put there, None for none.
        calibrations: folder of what was measured with them, None for none.
    """

    cache: Path
    checkpoints: Path
    ledger: Path
    models: Path | None = None
    calibrations: Path | None = None


@dataclass(frozen=True, slots=True)
class CalibrationAsked:
    """What to measure: the model as `MODEL,TAG`, the file of its weights, a folder of different pictures."""

    pair: str
    weights: Path
    pictures: Path


@dataclass(frozen=True, slots=True)
class SourceOpened:
    """A source that will be searched."""

    name: str
    dataset: str
    version: str
    rows: int
    sample: bool


@dataclass(frozen=True, slots=True)
class Resumed:
    """Works whose results an interrupted check had already written down."""

    works: int


@dataclass(frozen=True, slots=True)
class Found:
    """A match with what a report and a case keep beside it. Thumbnails are JPEG, None where no picture was seen."""

    match: Match
    dataset: str
    version: str
    work_thumbnail: bytes | None = None
    candidate_thumbnail: bytes | None = None


CheckEvent = SourceOpened | Artwork | Resumed | Found | Coverage
"""What a check yields, in this order, with artworks and matches as they come."""
