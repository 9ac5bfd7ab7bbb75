# SPDX-License-Identifier: GPL-3.0-or-later
"""How likely a match is right: a likelihood ratio calibrated on labelled pairs, read from `resources/calibration/`.

A likelihood ratio says how many times likelier a match this strong is of a work that is listed than of one that is not.
It becomes a probability only with a share of works that is taken to be listed, so no figure is told without that share
(`matching.md` §7.4). No figure goes beyond what the unrelated works bear out that were tried: of N without an error,
up to a share of 3.7 / N may err all the same (Clopper and Pearson; the rule of three, at both sides). Below that bound
figures are squeezed together, not cut off: what is stronger stays ahead.

How often an unrelated work gets a false match depends on how many pictures it is held against. Where that was measured
with n pictures a work and a check has more, R, the ratio and its bound are divided by R / n. This takes for granted
that the further pictures are like those that were tried; then R of them give at most R / n times as many false matches
(the union bound). It is an assumption, not a measurement. The rarity of a hash counts the rows already, and needs no
such thing. With fewer pictures nothing is gained.

A figure that was squeezed or divided so is a bound, not a measured share: it is told as "at least", and below
`BOUND_TOLD` not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from math import exp, log, log1p, log10
from typing import Annotated

import msgspec

from indexer.core.about import Tool
from indexer.matching.binomial import Share
from indexer.matching.error_rates import Count, PictureSet
from indexer.matching.thresholds_unseen import LISTED_SHARE, SQUEEZE_NATS

FORMAT = 1
EQUAL_DIGESTS = 1.0
"""Of equal digests of 128 bits and more: among 10¹³ pairs of different files, two have the same by accident once in
10²⁵ checks. No set of unrelated works has to bear that out, so its bound does not hold here. It says that the files are
equal, not that nobody else made the same: blank pictures get no figure."""

Positive = Annotated[float, msgspec.Meta(gt=0)]
Proper = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class Measure(StrEnum):
    """What a scale is read by; larger is surer."""

    STRENGTH = "strength"  # logarithm of 1 + that of the second look, where pictures were compared
    RARITY = "rarity"  # - log10 of the chance hits to expect for one work, where only hashes were compared


@dataclass(frozen=True, slots=True)
class Scale:
    """A logistic curve: the logarithm of the likelihood ratio is intercept + slope × measure.

    Attributes:
        copies, works_with_copies: that it was fitted to.
        works_without_copies: unrelated works that were searched for in the same way.
        false_works: those of them that got a match that counts, however weak.
        pictures_a_work: that each work was held against; the fewest, where collections differ.
    """

    by: Measure
    intercept: float
    slope: Positive
    copies: Count
    works_with_copies: Count
    works_without_copies: Annotated[int, msgspec.Meta(ge=1)]
    false_works: Count
    pictures_a_work: Annotated[int, msgspec.Meta(ge=1)]

    @property
    def most(self) -> float:
        """The largest logarithm of a likelihood ratio that so many unrelated works bear out."""
        return -log(Share(0, self.works_without_copies).high)

    def times_larger(self, pictures: int) -> float:
        """How many times more false matches a check against so many pictures allows for; 1 for rarity."""
        return 1.0 if self.by is Measure.RARITY else max(1.0, pictures / self.pictures_a_work)

    def log_ratio(self, value: float, pictures: int = 0) -> float:
        """The logarithm of the likelihood ratio at a value of the measure; always rises with it.

        Never up to `most`; less the logarithm of `times_larger` in a check that holds each work against so many.
        """
        return squeezed(self.intercept + self.slope * value, self.most) - log(self.times_larger(pictures))

    def is_bound(self, value: float, pictures: int = 0) -> bool:
        """Whether that is no measured ratio but the least that so few unrelated works, or pictures, bear out."""
        return self.times_larger(pictures) > 1 or self.intercept + self.slope * value > self.most - SQUEEZE_NATS


@dataclass(frozen=True, slots=True)
class ConfidenceScales:
    """What was fitted, to which sets, and how to do that again.

    Attributes:
        made: the day, as in 2026-11-25.
        listed_share: the share of works that is taken to be listed, with which ratios become probabilities.
        note: what else must be known, in sentences; empty for nothing.
    """

    format: int
    made: str
    tool: Tool
    command: str
    collections: tuple[PictureSet, ...]
    scales: tuple[Scale, ...]
    listed_share: Proper = LISTED_SHARE
    note: str = ""

    def scale(self, by: Measure) -> Scale | None:
        """The scale of a measure; None where none was fitted."""
        return next((one for one in self.scales if one.by is by), None)

    def confidence(self, by: Measure, value: float, pictures: int = 0) -> float | None:
        """The share of such matches that are right, if `listed_share` of the works are listed; None without a scale.

        Args:
            pictures: that the check holds each work against.
        """
        scale = self.scale(by)
        if scale is None:
            return None
        return _share_of_odds(log(self.listed_share / (1 - self.listed_share)) + scale.log_ratio(value, pictures))


NOT_CALIBRATED = ConfidenceScales(FORMAT, "", Tool("", ""), "", (), ())
"""No scale, so no confidence."""


def strength(of_look: float) -> float:
    """The measure of pictures that were compared. A logarithm, because strengths are counts of places: between none and
    twenty lies more than between a hundred and two hundred.
    """
    return log1p(max(of_look, 0.0))


def rarity(expected: float, works: int) -> float:
    """The measure of hashes: - log10 of the chance hits to expect for one of so many works."""
    return -log10(max(expected, 1e-300) / max(works, 1))


def squeezed(value: float, most: float) -> float:
    """The value where it is well below `most`; beyond that ever nearer to it, by a hyperbola that fits without a bend.

    It flattens slowly, so that floating point tells any two strengths apart that measurement could.
    """
    if value <= most - SQUEEZE_NATS:
        return value
    return most - SQUEEZE_NATS**2 / (value - most + 2 * SQUEEZE_NATS)


def read_scales(folder: Traversable) -> ConfidenceScales:
    """What the files of `folder` hold, the last by name; `NOT_CALIBRATED` where there is none of a known format.

    Raises:
        ValueError: a file there is no such record; a test holds the program's own against their schema.
    """
    found = sorted(
        (one for one in (folder.iterdir() if folder.is_dir() else ()) if one.name.endswith(".json")),
        key=lambda one: one.name,
    )
    known = [msgspec.json.decode(one.read_bytes(), type=ConfidenceScales) for one in found]
    of_format: Sequence[ConfidenceScales] = [one for one in known if one.format == FORMAT]
    return of_format[-1] if of_format else NOT_CALIBRATED


@cache
def own_scales() -> ConfidenceScales:
    """Those that this program comes with."""
    return read_scales(files("resources") / "calibration")


def _share_of_odds(log_odds: float) -> float:
    """A logistic curve that keeps its digits at both ends."""
    if log_odds >= 0:
        return 1 / (1 + exp(-log_odds))
    odds = exp(log_odds)
    return odds / (1 + odds)
