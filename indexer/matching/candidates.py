# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the rows that a source proposes get the full second look, and which are only proposed by some likeness."""

from collections import defaultdict
from collections.abc import Iterable

from indexer.fingerprints.base import Kind
from indexer.matching.thresholds import ALIGN_NEAREST, REACH
from indexer.sources.base import Candidate, RowId

Pair = tuple[str, RowId]
"""A work's name and a row."""

Kinds = dict[Kind, Candidate]


def by_row(candidates: Iterable[Candidate]) -> dict[Pair, Kinds]:
    """The nearest candidate of each kind, for each work and row."""
    rows: dict[Pair, Kinds] = defaultdict(dict)
    for candidate in candidates:
        kinds = rows[candidate.work, candidate.row]
        known = kinds.get(candidate.kind)
        if known is None or candidate.distance < known.distance:
            kinds[candidate.kind] = candidate
    return rows


def is_only_proposed(nearest: Kinds) -> bool:
    """Whether nothing speaks for the row but a likeness of miniatures or content, or few places, as by chance."""
    parts = nearest.get(Kind.KEYPOINTS)
    if parts and parts.distance <= 1 / REACH.part_votes_sure:
        return False
    return set(nearest) <= {Kind.MINIATURE, Kind.KEYPOINTS, Kind.CLIP}


def worth_aligning(rows: dict[Pair, Kinds]) -> set[Pair]:
    """Pairs whose parts are compared too, which is slow: of those that are only proposed, the nearest of each work.

    There is no other limit: a work may have any number of copies, and what a hash or a placement speaks for is few.
    """
    nearest_rows = likeliest(rows, Kind.MINIATURE, ALIGN_NEAREST) | likeliest(rows, Kind.CLIP, ALIGN_NEAREST)
    votes = {pair for pair, nearest in rows.items() if Kind.KEYPOINTS in nearest}
    return nearest_rows | votes | {pair for pair, nearest in rows.items() if not is_only_proposed(nearest)}


def likeliest(rows: dict[Pair, Kinds], kind: Kind, count: int) -> set[Pair]:
    """Of the pairs that are only proposed, the `count` nearest of each work by this kind."""
    proposed: dict[str, list[tuple[float, Pair]]] = defaultdict(list)
    for pair, nearest in rows.items():
        if is_only_proposed(nearest) and kind in nearest:
            proposed[pair[0]].append((nearest[kind].distance, pair))
    return {pair for ranked in proposed.values() for _, pair in sorted(ranked)[:count]}
