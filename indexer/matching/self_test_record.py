# SPDX-License-Identifier: GPL-3.0-or-later
"""What a self-test of an index is asked and what it found. Imports nothing heavy: the program's own process uses it."""

from dataclasses import dataclass
from pathlib import Path

from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.matching.binomial import Share

AS_KEPT = "its own fingerprint, as the index keeps it"
AS_IT_IS = "the picture itself"
AS_SHIPPED = "its own vector, from the embeddings beside the index"


@dataclass(frozen=True, slots=True)
class SelfTestAsked:
    """What to test.

    Attributes:
        source: the index, or a folder of vectors, as the user wrote it.
        pictures: where the pictures of its rows lie, instead of the folder that the index names.
        rows: how many rows are drawn; `seed` says which.
        registry: file of the data sets that were set up here by name, None for none.
    """

    source: str
    pictures: Path | None = None
    rows: int = 200
    seed: int = 0
    registry: Path | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Distances: bits for hashes, 1 - cosine for vectors. `low` and `high` leave out a twentieth on their side."""

    least: float
    low: float
    middle: float
    high: float
    most: float


@dataclass(frozen=True, slots=True)
class Tried:
    """Rows that were asked for in one form, by one kind of fingerprint.

    Attributes:
        form: what was asked: `AS_KEPT`, `AS_IT_IS`, or what was done to the picture, in words.
        found: rows of the index that were found again.
        distances: of those found; None when none was, and for equal digests.
        first: rows that no other was nearer than, where the nearest `among` were looked at; None elsewhere.
    """

    kind: Kind
    form: str
    found: Share
    distances: Spread | None = None
    first: Share | None = None
    among: int = 0


@dataclass(frozen=True, slots=True)
class Apart:
    """How far different rows of the sample are from each other, all pairs of them."""

    kind: Kind
    pairs: int
    distances: Spread


@dataclass(frozen=True, slots=True)
class Crowding:
    """How many times more pairs of different hashes come near each other than the model of chance says.

    Attributes:
        codes: different hashes that were drawn.
        bits: the nearest distance at which enough pairs were counted, and `factor` there.
        reach: the radius of a search, and the factor that is reckoned with `at_reach`.
    """

    kind: Kind
    codes: int
    bits: int
    factor: float
    reach: int
    at_reach: float


@dataclass(frozen=True, slots=True)
class NotTried:
    """A way of looking that was not tested, and why, in words that follow "not tested, because"."""

    lane: Lane
    because: str


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What came out.

    Attributes:
        rows: all rows of the index; `asked` of them were drawn by `seed`.
        pictures: rows of the sample whose very picture was at hand; `changed` had another file in its place.
        problems: what is wrong with the index, one plain sentence each, without a full stop; empty when nothing is.
        crowding: how near hashes come to each other, by kind, where there are enough to tell.
        notes: what these figures do not tell, and what else was seen, one plain sentence each.
    """

    dataset: str
    version: str
    rows: int
    asked: int
    seed: int
    pictures: int
    changed: int
    tried: tuple[Tried, ...]
    apart: tuple[Apart, ...]
    not_tried: tuple[NotTried, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    crowding: tuple[Crowding, ...] = ()
