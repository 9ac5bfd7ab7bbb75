"""Evidence as a test wants it: views without a file, candidates, rows, works."""

import os
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from indexer.core.progress import Monitor
from indexer.core.types import Artwork, Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.pixel_hashes import PixelHashes
from indexer.fingerprints.work_keypoints import WorkKeypoints
from indexer.images.shrinking import shrink_within
from indexer.images.variants import Orientation
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching.chance import Chance, RowsAsked
from indexer.matching.chosen import ChosenSource, Shared
from indexer.matching.content import ContentModels
from indexer.matching.contract import CheckPlaces, CheckSettings
from indexer.matching.portfolio import Work
from indexer.matching.view import VIEW_EDGE, View
from indexer.net.network import Network
from indexer.sources.base import Candidate, RowFacts, RowId
from tests.helpers.queries import queries_of


def rows_asked(rows: int) -> tuple[RowsAsked, ...]:
    """Rows of a source that has both hashes, of which nothing was counted."""
    return RowsAsked(Kind.PHASH, rows), RowsAsked(Kind.PDQ, rows)


SMALL_CHECK = Chance({Kind.PHASH: 80, Kind.PDQ: 80}, rows_asked(1000), 10)
"""Ten works against a thousand rows."""

HUGE_CHECK = Chance({Kind.PHASH: 80_000, Kind.PDQ: 80_000}, rows_asked(10**9), 10_000)
"""Ten thousand works against a thousand million rows."""


def view(picture: Image.Image) -> View:
    """The picture as the second look is given it."""
    return View(shrink_within(picture.convert("RGB"), VIEW_EDGE), picture.size)


def candidate(
    kind: Kind,
    distance: float = 0.0,
    orientation: Orientation = Orientation.UPRIGHT,
    work: str = "work.png",
    row: str = "0",
) -> Candidate:
    return Candidate(work, RowId(row), kind, orientation, distance)


def nearest(*candidates: Candidate) -> Mapping[Kind, Candidate]:
    """As an `Evidence` holds them."""
    return {one.kind: one for one in candidates}


def row(**changes: object) -> RowFacts:
    """A row of which nothing is known but its name, and what is given."""
    return RowFacts(**{"row": "row.png", "row_key": "key"} | changes)


def work_of(place: Path, name: str | None = None, frame: int = 1) -> Work:
    """A picture file as a work of the portfolio."""
    (query,) = [one for one in queries_of(place.read_bytes(), name or place.name) if one.fingerprints.frame == frame]
    prints = query.fingerprints
    return Work(Artwork(query.work, query.digests.sha256, prints.width, prints.height), place, query)


def places_in(folder: Path) -> CheckPlaces:
    """Everything that a check keeps, below one folder."""
    return CheckPlaces(folder / "prints.sqlite", folder / "checkpoints", folder / "sent.jsonl")


def choose(
    name: str,
    settings: CheckSettings,
    models: ContentModels | None = None,
    monitor: Monitor | None = None,
    places: CheckPlaces | None = None,
) -> ChosenSource:
    """A source of a check, with all that sources share."""
    where, watch = places or places_in(Path("nowhere")), monitor or Monitor()
    finder = Finder(Person(settings.names, settings.sites))
    network = Network(where.ledger, settings.offline, settings.allow_private_hosts)
    keypoints = WorkKeypoints(where.cache.with_name("keypoints.sqlite"), watch)
    shared = Shared(models or ContentModels(settings, where, watch), PixelHashes(watch), keypoints, finder, network)
    return ChosenSource(name, settings, where, shared, watch)


def asking(folder: Path, *sources: str | Path, **options: object) -> CheckSettings:
    """A check by bytes and looks."""
    written = tuple(os.fspath(source) for source in sources)
    return CheckSettings(str(folder), written, **{"lanes": (Lane.EXACT, Lane.PERCEPTUAL)} | options)
