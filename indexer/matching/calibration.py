# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured with a CLIP model: how near altered copies and unrelated pictures come.

A cosine means something else for each model and each file of weights, so without such a record a content fingerprint
never counts. The record keeps what was measured, not a verdict; shares and their bounds are computed from it.
"""

from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

import msgspec

from indexer.core.errors import StorageProblem
from indexer.core.files import write_atomically
from indexer.fingerprints.clip_models import ClipSpace
from indexer.matching.binomial import Share

FORMAT = 1
_LARGEST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Copies:
    """One way of altering pictures, and the cosine of each altered copy to its own original, rising."""

    done: str
    cosines: tuple[float, ...]

    def reaching(self, cosine: float) -> Share:
        """Copies that come at least so near."""
        return Share(len(self.cosines) - bisect_left(self.cosines, cosine), len(self.cosines))


@dataclass(frozen=True, slots=True)
class Calibration:
    """A record. Half of the pictures were asked for, the other half stood for a data set without them.

    Attributes:
        space: model, weights and preprocessing that it was made with.
        are_the_published: the weights are known to be those that the pair's makers publish.
        asked: pictures that were asked for; they are independent of each other.
        listed: unrelated pictures that each was held against.
        nearest_unrelated: for each picture asked for, the cosine of the nearest unrelated one, rising.
    """

    format: int
    space: ClipSpace
    are_the_published: bool
    made_utc: str
    program: str
    asked: int
    listed: int
    nearest_unrelated: tuple[float, ...]
    copies: tuple[Copies, ...]

    def unrelated(self, cosine: float) -> Share:
        """Pictures that have an unrelated one at least so near among those listed."""
        reached = len(self.nearest_unrelated) - bisect_left(self.nearest_unrelated, cosine)
        return Share(reached, len(self.nearest_unrelated))


@dataclass(frozen=True, slots=True)
class ContentScale:
    """A record put to use in one check: `works` asked for in a source of `rows`."""

    calibration: Calibration
    works: int
    rows: int

    def share(self, cosine: float) -> Share:
        """As measured, of pictures that have an unrelated one this near."""
        return self.calibration.unrelated(cosine)

    def expected(self, cosine: float) -> float:
        """Chance hits this near to expect in the whole check, at the upper end of what was measured."""
        return self.share(cosine).high * self.works * self.rows / self.calibration.listed


def calibration_place(folder: Path, space: ClipSpace) -> Path:
    """Where the record of these weights lies."""
    return folder / f"{space.weights_sha256}.json"


def write_calibration(folder: Path, record: Calibration) -> Path:
    """Keep a record, in place of an older one of the same weights; return where.

    Raises:
        StorageProblem: it cannot be written.
    """
    place = calibration_place(folder, record.space)
    try:
        write_atomically(place, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
    except OSError as problem:
        raise StorageProblem(place, f"the measurement cannot be written ({problem.strerror or problem})") from problem
    return place


def read_calibration(folder: Path, space: ClipSpace) -> Calibration | None:
    """The record of this very space; None when there is none, or none that can be read."""
    place = calibration_place(folder, space)
    try:
        if place.stat().st_size > _LARGEST_BYTES:
            return None
        record = msgspec.json.decode(place.read_bytes(), type=Calibration)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    fits = record.format == FORMAT and record.space == space
    whole = record.listed > 0 and len(record.nearest_unrelated) == record.asked > 0
    return record if fits and whole else None
