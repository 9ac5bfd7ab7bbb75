# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows in whose pictures a part of a work lies: asked by keypoints, as the work is, mirrored, and with light inverted.

A mirrored or inverted copy needs no second look at the work: its keypoints are known by exchanging parts of their
descriptions. Turned, larger and smaller copies need nothing, since keypoints have a direction and a size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.core.progress import Monitor
from indexer.fingerprints.base import Kind
from indexer.fingerprints.keypoints import Keypoints
from indexer.fingerprints.picture_keypoints import unpack
from indexer.images.variants import Orientation
from indexer.index.keypoint_index import KeypointIndex, NearKeypoints
from indexer.index.keypoint_places import Places
from indexer.sources.base import Candidate, Query, Reach, RowId
from indexer.sources.fitted_votes import count_fitted
from indexer.sources.placement_votes import LEAST_VOTES, count_votes

NEAREST = 96
"""Keypoints looked at for each one of the work, which is enough for some fifty copies in one index. Where half as many
rows are surely copies, the work is asked for again with `_WIDER` times as many."""

_WIDER = 4

MOST_COPIES = 1536
"""Keypoints looked at for each one, and rows looked at closely, at most: a choice. Beyond it the search says so."""

CLEARLY_NEARER, SURELY_NEAR = 0.75, 0.02
"""A pair counts when its squared distance is under this share of that of the next one elsewhere in the same picture
(along an edge, or in a texture, all are alike), and of that of the last one looked at, which is chance: or under this
value instead of the latter, since the last one is no chance where a work has more copies than are looked at. Measured
on 16 works with 44 copies each: true pairs lie at 0.06 of the last one's in the middle, others at 0.89."""

_PLACES_ACROSS = 64
"""Keypoints within one 64th of a picture's long edge are one place, and no rivals."""

MOST_FITTED = 80
"""Rows that are looked at closely, those with most coarse votes first; others after them as long as one of the last
`_STILL_SURE` is surely a copy, since coarse votes put them in order but roughly."""

_STILL_SURE = 16

_VARIANTS = ((False, False), (True, False), (False, True))
"""Mirrored, inverted. Both at once is an edit that hardly anybody makes, and would cost a third more."""

Look = tuple[Keypoints, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Parts:
    """Rows that show parts of one work.

    Attributes:
        candidates: by falling votes.
        sure: how many of them, the first ones, have `part_votes_sure`; the others may be there by chance.
        is_limited: whether there were so many sure ones that others may have been left out.
    """

    candidates: tuple[Candidate, ...]
    sure: int
    is_limited: bool = False


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Rows, and how many places of the work fit one placement in each; `is_limited` as in `Parts`."""

    rows: list[tuple[int, int]]
    is_limited: bool


def find_parts(index: KeypointIndex, query: Query, reach: Reach, monitor: Monitor) -> Parts:
    """Rows by falling votes: all with `reach.part_votes_sure`, of the others the `reach.part_count` with most votes.

    Raises:
        Cancelled: the user stopped.
    """
    looks = [unpack(packed) for packed in query.keypoints]
    votes: dict[int, tuple[int, Orientation]] = {}
    is_limited = False
    for mirrored, inverted in _VARIANTS if any(len(found) for found, _ in looks) else ():
        laid = Orientation.MIRRORED if mirrored else Orientation.UPRIGHT
        asked = [_varied(look, mirrored=mirrored, inverted=inverted) for look in looks]
        fitted = _fitted(index, asked, reach.part_votes_sure, monitor)
        is_limited |= fitted.is_limited
        for row, count in fitted.rows:
            votes[row] = max(votes.get(row, (0, laid)), (count, laid), key=lambda vote: vote[0])
    ranked = sorted(votes.items(), key=lambda item: (-item[1][0], item[0]))
    sure = sum(count >= reach.part_votes_sure for _, (count, _) in ranked)
    found = tuple(
        Candidate(query.work, RowId(str(row)), Kind.KEYPOINTS, laid, 1 / count)
        for row, (count, laid) in ranked[: sure + reach.part_count]
    )
    return Parts(found, sure, is_limited)


def _fitted(index: KeypointIndex, looks: Sequence[Look], sure: int, monitor: Monitor) -> _Fitted:
    """Rows that the keypoints of all looks at one work vote for together, among as many neighbours as it has copies."""
    nearest = NEAREST
    while True:
        fitted = _fitted_among(index, looks, nearest, sure, monitor)
        copies = sum(count >= sure for _, count in fitted.rows)
        if fitted.is_limited or 2 * copies < nearest or nearest >= len(index):
            return fitted
        if nearest >= MOST_COPIES:
            return _Fitted(fitted.rows, is_limited=True)
        nearest = min(nearest * _WIDER, MOST_COPIES)


def _fitted_among(index: KeypointIndex, looks: Sequence[Look], nearest: int, sure: int, monitor: Monitor) -> _Fitted:
    width, height = looks[0][1]
    monitor.check()
    near = index.near(np.concatenate([found.descriptors for found, _ in looks]), nearest)
    near = near.only(_is_no_chance(near))
    all_looks = [Places.of(0, found.points, found.sizes, found.angles, max(size)) for found, size in looks]
    work, other = Places.together(all_looks).only(near.query), near.places
    votes = count_votes(work, other, (width / max(width, height) / 2, height / max(width, height) / 2))
    return _fitted_rows(work, other, votes.row[np.argsort(-votes.count, kind="stable")].tolist(), sure, monitor)


def _fitted_rows(work: Places, other: Places, ranked: Sequence[int], sure: int, monitor: Monitor) -> _Fitted:
    """Looks closely at rows in their order, until none of the last ones is sure."""
    by_row = np.argsort(other.row, kind="stable")
    rows = other.row[by_row]
    fitted: list[tuple[int, int]] = []
    latest_sure = 0
    for at, row in enumerate(ranked):
        if at >= max(MOST_FITTED, latest_sure + _STILL_SURE):
            break
        if at >= max(MOST_FITTED, MOST_COPIES):
            return _Fitted(fitted, is_limited=True)
        monitor.check()
        pairs = by_row[np.searchsorted(rows, row) : np.searchsorted(rows, row, "right")]
        count = count_fitted(work.only(pairs), other.only(pairs))
        if count >= sure:
            latest_sure = at + 1
        if count >= LEAST_VOTES:
            fitted.append((row, count))
    return _Fitted(fitted, is_limited=False)


def _is_no_chance(near: NearKeypoints) -> NDArray[np.bool_]:
    """Which pairs are nearer than chance brings them: of a work's keypoint and a row, the nearest pair at most."""
    order = np.lexsort((near.distance, near.places.row, near.query))
    query, places, distance = near.query[order], near.places.only(order), near.distance[order]
    last = np.zeros(int(query.max(initial=-1)) + 1, np.float32)
    np.maximum.at(last, query, distance)
    starts = np.flatnonzero((np.diff(query, prepend=-1) != 0) | (np.diff(places.row, prepend=-1) != 0))
    spot = (places.x * _PLACES_ACROSS).astype(np.int64) * _PLACES_ACROSS + (places.y * _PLACES_ACROSS).astype(np.int64)
    is_same_place = spot == np.repeat(spot[starts], np.diff(np.append(starts, len(spot))))
    rival = np.minimum.reduceat(np.where(is_same_place, np.inf, distance), starts) if len(starts) else distance
    first = distance[starts]
    is_clear = (first < CLEARLY_NEARER * last[query[starts]]) | (first < SURELY_NEAR)
    counts = np.zeros(len(order), np.bool_)
    counts[order[starts]] = is_clear & (first <= CLEARLY_NEARER * rival)
    return counts


def _varied(look: Look, *, mirrored: bool, inverted: bool) -> Look:
    found, size = look
    found = found.mirrored(size[0]) if mirrored else found
    return (found.inverted() if inverted else found), size
