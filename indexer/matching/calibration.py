# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured with a CLIP model: how near altered copies and unrelated pictures come.

A cosine means something else for each model and each file of weights, so without such a record a content fingerprint
never counts. The record keeps what was measured, not a verdict; shares and their bounds are computed from it.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from indexer.core.errors import StorageProblem
from indexer.core.files import write_atomically
from indexer.fingerprints.clip_models import ClipSpace
from indexer.matching.binomial import Share

FORMAT = 2
"""1 was of one folder, without a background."""

_LARGEST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Copies:
    """One way of altering pictures, and the score of each altered copy against its own original, rising."""

    done: str
    cosines: tuple[float, ...]

    def reaching(self, cosine: float) -> Share:
        """Copies that come at least so near."""
        return Share(len(self.cosines) - bisect_left(self.cosines, cosine), len(self.cosines))


@dataclass(frozen=True, slots=True)
class Collection:
    """One folder of pictures. A part of them was asked for, a part stood for a data set without them.

    Attributes:
        name: of the folder.
        asked: pictures that were asked for; they are independent of each other.
        listed: how many unrelated pictures it gave; each picture asked for was held against those of all collections.
        nearest_unrelated: for each picture asked for, the score of the nearest unrelated one, rising.
    """

    name: str
    asked: int
    listed: int
    nearest_unrelated: tuple[float, ...]
    copies: tuple[Copies, ...]

    def unrelated(self, score: float) -> Share:
        """Pictures that have an unrelated one at least so near among all those listed."""
        return Share(self.asked - bisect_left(self.nearest_unrelated, score), self.asked)


@dataclass(frozen=True, slots=True)
class Separation:
    """Share of altered copies that come nearer than all but a twentieth of unrelated pictures, in every collection."""

    plain: float
    normalised: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A record. Scores are cosines, or, where that separated better, how much nearer they are than the background.

    Attributes:
        space: model, weights and preprocessing that it was made with.
        are_the_published: the weights are known to be those that the pair's makers publish.
        background: pictures, of no other use, that a picture asked for is held against too; their vectors lie beside.
        normalised: whether scores are cosines less the mean of the cosines to the nearest of the background.
        separation: what both ways of scoring were worth.
    """

    format: int
    space: ClipSpace
    are_the_published: bool
    made_utc: str
    program: str
    collections: tuple[Collection, ...]
    background: int = 0
    normalised: bool = False
    separation: Separation | None = None

    @property
    def asked(self) -> int:
        """Pictures that were asked for."""
        return sum(one.asked for one in self.collections)

    @property
    def listed(self) -> int:
        """Unrelated pictures that each was held against."""
        return sum(one.listed for one in self.collections)

    @property
    def copies(self) -> tuple[Copies, ...]:
        """The altered copies of all collections, by what was done to them."""
        done = dict.fromkeys(copies.done for one in self.collections for copies in one.copies)
        return tuple(Copies(name, tuple(sorted(self._scores_of(name)))) for name in done)

    def _scores_of(self, done: str) -> Iterator[float]:
        return (
            score
            for one in self.collections
            for copies in one.copies
            if copies.done == done
            for score in copies.cosines
        )

    def unrelated(self, score: float) -> Share:
        """Pictures that have an unrelated one at least so near: of all, or of one collection that is surely worse."""
        each = [one.unrelated(score) for one in self.collections]
        together = Share(sum(one.hits for one in each), sum(one.of for one in each))
        return max((together, *each), key=lambda share: share.low)


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
    whole = all(len(one.nearest_unrelated) == one.asked for one in record.collections)
    return record if fits and whole and record.listed > 0 and record.asked > 0 else None
