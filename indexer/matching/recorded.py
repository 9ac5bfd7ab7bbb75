# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture fetched today held against what the row recorded of it: its hash, else its look, else its shape."""

import math
from dataclasses import dataclass
from enum import Enum, auto

from indexer.fingerprints.phash import phash
from indexer.matching.thresholds import ASPECT_GAP
from indexer.matching.thresholds_unseen import RECORDED_PHASH_BITS
from indexer.matching.views import SeenPicture
from indexer.sources.base import RowFacts


class Recorded(Enum):
    """Whether the picture is the one that the row speaks of."""

    AGREES = auto()
    CHANGED = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Held:
    """The answer.

    Attributes:
        by: what was compared, in a word for people; empty where nothing was recorded.
        fetched_utc: when the picture was fetched; None for one that lies on this machine.
    """

    outcome: Recorded
    by: str = ""
    fetched_utc: str | None = None


def hold_against_row(seen: SeenPicture, facts: RowFacts, fetched_utc: str | None) -> Held:
    """By the strongest that the row records. An equal shape says too little to be called agreement."""
    outcome, by = _compare(seen, facts)
    return Held(outcome, by, fetched_utc)


def phash_agrees(seen: SeenPicture, facts: RowFacts) -> bool | None:
    """Whether the picture's pHash, computed again, is the row's as far as decoders agree; None where it has none."""
    if facts.phash is None:
        return None
    return (phash(seen.view.image) ^ facts.phash).bit_count() <= RECORDED_PHASH_BITS


def _compare(seen: SeenPicture, facts: RowFacts) -> tuple[Recorded, str]:
    for name, recorded, found in (("SHA-256", facts.sha256, seen.sha256), ("MD5", facts.md5, seen.md5)):
        if recorded:
            return Recorded.AGREES if recorded == found else Recorded.CHANGED, name
    agrees = phash_agrees(seen, facts)
    if agrees is not None:
        return Recorded.AGREES if agrees else Recorded.CHANGED, "pHash fingerprint"
    if facts.width and facts.height and not _same_shape(seen.view.full_size, (facts.width, facts.height)):
        return Recorded.CHANGED, "ratio of width to height"
    return Recorded.UNKNOWN, ""


def _same_shape(size: tuple[int, int], recorded: tuple[int, int]) -> bool:
    """In either order, since some sets swap width and height (`datasets.md` §2.2)."""
    rounding = 1 / min(*size, *recorded)
    ratio, theirs = math.log(size[0] / size[1]), math.log(recorded[0] / recorded[1])
    return min(abs(ratio - theirs), abs(ratio + theirs)) <= ASPECT_GAP + rounding
