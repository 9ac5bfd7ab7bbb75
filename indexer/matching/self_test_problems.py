# SPDX-License-Identifier: GPL-3.0-or-later
"""What the findings of a self-test say against an index, in plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from indexer.fingerprints.base import Kind
from indexer.matching.binomial import Share
from indexer.matching.own_fingerprints import MIXED_UP, Kept, kinds_that_disagree
from indexer.matching.self_test_record import AS_IT_IS, AS_KEPT, Tried

FEW = 0.01
"""Share of pictures, at the lower end of what was counted, that may lead elsewhere before that is called a problem."""

_NOT_TOGETHER = "the rows’ facts and their fingerprints do not belong together"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What problems are told from.

    Attributes:
        kept: what the index keeps of the rows that were drawn.
        strangers: pictures at hand whose fingerprints are those of other rows; None when none was at hand.
        restated: rows whose table tells another pHash than the index keeps; None where no table tells one.
    """

    tried: tuple[Tried, ...]
    kept: Mapping[Kind, Kept]
    strangers: Share | None = None
    restated: Share | None = None


def problems_of(evidence: Evidence) -> tuple[str, ...]:
    """One sentence for each problem."""
    mixed_up = [*_by_pictures(evidence.strangers), *_by_table(evidence.restated), *_by_kinds(evidence.kept)]
    return (*_lost(evidence.tried), *(mixed_up or _unseen(evidence.tried)))


def _lost(tried: tuple[Tried, ...]) -> Iterator[str]:
    for one in tried:
        lost = one.found.of - one.found.hits
        if one.form == AS_KEPT and lost:
            yield (
                f"{lost} of {one.found.of} rows are not found by their own {one.kind}: this index misses what it "
                "holds, and should be built again"
            )


def _unseen(tried: tuple[Tried, ...]) -> Iterator[str]:
    for one in tried:
        lost = Share(one.found.of - one.found.hits, one.found.of)
        if one.form == AS_IT_IS and lost.low > FEW:
            yield (
                f"{lost.hits} of {lost.of} pictures at hand are not found by their {one.kind}: what the index holds "
                "are not the fingerprints of its pictures"
            )


def _by_pictures(strangers: Share | None) -> Iterator[str]:
    if strangers and strangers.low > FEW:
        yield (
            f"{_NOT_TOGETHER}: {strangers.hits} of {strangers.of} pictures at hand, which are the files that their "
            "rows name, have the fingerprints of other rows"
        )


def _by_table(restated: Share | None) -> Iterator[str]:
    if restated and restated.hits:
        yield (
            f"{_NOT_TOGETHER}: for {restated.hits} of {restated.of} rows the table says another phash than the index "
            "keeps; its files were changed, or are in another order"
        )


def _by_kinds(kept: Mapping[Kind, Kept]) -> Iterator[str]:
    disagreeing = kinds_that_disagree(kept)
    if disagreeing and disagreeing.low > MIXED_UP:
        yield (
            f"{_NOT_TOGETHER}: in {disagreeing.hits} of {disagreeing.of} rows one kind of fingerprint is not of the "
            "picture that another kind is of"
        )
