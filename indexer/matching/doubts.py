# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a near hash cannot stand alone: what is known of work and row without seeing the row's picture."""

import math
from collections.abc import Iterator

from indexer.fingerprints.base import Kind
from indexer.matching import explain
from indexer.matching.thresholds import ASPECT_GAP
from indexer.matching.thresholds_unseen import EQUAL_HASHES, PLAIN_QUALITY, SMALL_PICTURE
from indexer.sources.base import Candidate, Query, RowFacts


def doubts(query: Query, facts: RowFacts, hit: Candidate) -> tuple[str, ...]:
    """One plain sentence for each; any of them keeps a row that was not seen at `possible`."""
    return tuple(_doubts(query, facts, hit))


def _doubts(query: Query, facts: RowFacts, hit: Candidate) -> Iterator[str]:
    if not same_shape(query, facts, hit):
        yield explain.other_shape(hit.form)
    if facts.width and facts.height and min(facts.width, facts.height) < SMALL_PICTURE:
        yield explain.small_picture(facts.width, facts.height)
    if hit.equal >= EQUAL_HASHES:
        yield explain.stands_for_others(hit.kind, hit.equal)
    if query.fingerprints.pdq_quality < PLAIN_QUALITY and hit.kind in (Kind.PHASH, Kind.PDQ):
        yield explain.rather_plain()


def same_shape(query: Query, facts: RowFacts, hit: Candidate) -> bool:
    """Whether the row's recorded size has the ratio of the work, or of its form; True where none is recorded."""
    if not facts.width or not facts.height:
        return True
    prints = query.fingerprints
    turned = hit.orientation.degrees % 180 != 0
    near = next((one for one in prints.phash_forms if one.form is hit.form), prints)
    width, height = (near.height, near.width) if turned else (near.width, near.height)
    rounding = 1 / min(width, height, facts.width, facts.height)
    return abs(math.log((width / height) / (facts.width / facts.height))) <= ASPECT_GAP + rounding
