# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the rows that a source proposes get the full second look, and which are only proposed by some likeness."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from indexer.fingerprints.base import Kind
from indexer.matching.doubts import same_shape
from indexer.matching.thresholds import ALIGN_NEAREST, FORM_BITS, REACH
from indexer.sources.base import Candidate, Query, RowFacts, RowId

Pair = tuple[str, RowId]
"""A work's name and a row."""

Kinds = dict[Kind, Candidate]


def by_row(candidates: Iterable[Candidate]) -> dict[Pair, Kinds]:
    """The nearest candidate of each kind, for each work and row; of a form only where the whole work is not near."""
    rows: dict[Pair, Kinds] = defaultdict(dict)
    for candidate in candidates:
        kinds = rows[candidate.work, candidate.row]
        known = kinds.get(candidate.kind)
        if known is None or _rank(candidate) < _rank(known):
            kinds[candidate.kind] = candidate
    return rows


def _rank(candidate: Candidate) -> tuple[bool, float]:
    return candidate.form is not None, candidate.distance


def forms_by_row(candidates: Iterable[Candidate]) -> dict[Pair, list[Candidate]]:
    """All candidates that are works in another form, for each work and row."""
    rows: dict[Pair, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.form is not None:
            rows[candidate.work, candidate.row].append(candidate)
    return rows


def in_form(nearest: Kinds, forms: Sequence[Candidate], query: Query, facts: RowFacts) -> Kinds:
    """With the nearest form that has the row's recorded shape, where it explains the row better than the whole work.

    A plain copy that lost much comes nearer to some form now and then. So a whole work that is as near as forms are
    asked for, and has the recorded shape, stays; and no form of another shape takes its place.
    """
    known = nearest.get(Kind.PHASH)
    if known is None or _explains(known, query, facts):
        return nearest
    nearer = [one for one in forms if known.form is not None or one.distance < known.distance]
    fitting = [one for one in nearer if same_shape(query, facts, one)]
    best = min(fitting, key=lambda one: one.distance, default=known)
    return nearest | {Kind.PHASH: best}


def _explains(known: Candidate, query: Query, facts: RowFacts) -> bool:
    """Whether the whole work is near enough that no form need be thought of."""
    return known.form is None and known.distance <= FORM_BITS and same_shape(query, facts, known)


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
