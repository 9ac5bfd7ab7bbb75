# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows in whose pictures a part of a work lies: asked by keypoints, as the work is, mirrored, and with light inverted.

A mirrored or inverted copy needs no second look at the work: its keypoints are known by exchanging parts of their
descriptions. Turned, larger and smaller copies need nothing, since keypoints have a direction and a size.
"""

from collections.abc import Iterator, Sequence

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
"""Keypoints looked at for each one of the work: a work may have some fifty copies in one index."""

CLEARLY_NEARER, SURELY_NEAR = 0.75, 0.02
"""A pair counts when its squared distance is under this share of that of the next one elsewhere in the same picture
(along an edge, or in a texture, all are alike), and of that of the last one looked at, which is chance: or under this
value instead of the latter, since the last one is no chance where a work has more copies than are looked at. Measured
on 16 works with 44 copies each: true pairs lie at 0.06 of the last one's in the middle, others at 0.89."""

_PLACES_ACROSS = 64
"""Keypoints within one 64th of a picture's long edge are one place, and no rivals."""

MOST_FITTED = 80
"""Rows that are looked at closely, those with most coarse votes first: half as many again as a work may have copies."""

_VARIANTS = ((False, False), (True, False), (False, True))
"""Mirrored, inverted. Both at once is an edit that hardly anybody makes, and would cost a third more."""

Look = tuple[Keypoints, tuple[int, int]]


def part_candidates(index: KeypointIndex, query: Query, reach: Reach, monitor: Monitor) -> Iterator[Candidate]:
    """Rows by falling votes: all with `reach.part_votes_sure`, of the others the `reach.part_count` with most votes.

    Raises:
        Cancelled: the user stopped.
    """
    looks = [unpack(packed) for packed in query.keypoints]
    votes: dict[int, tuple[int, Orientation]] = {}
    for mirrored, inverted in _VARIANTS if any(len(found) for found, _ in looks) else ():
        monitor.check()
        laid = Orientation.MIRRORED if mirrored else Orientation.UPRIGHT
        for row, count in _fitted(index, [_varied(look, mirrored=mirrored, inverted=inverted) for look in looks]):
            votes[row] = max(votes.get(row, (0, laid)), (count, laid), key=lambda vote: vote[0])
    ranked = sorted(votes.items(), key=lambda item: (-item[1][0], item[0]))
    sure = sum(count >= reach.part_votes_sure for _, (count, _) in ranked)
    for row, (count, laid) in ranked[: sure + reach.part_count]:
        yield Candidate(query.work, RowId(str(row)), Kind.KEYPOINTS, laid, 1 / count)


def _fitted(index: KeypointIndex, looks: Sequence[Look]) -> Iterator[tuple[int, int]]:
    """Rows that the keypoints of all looks at one work vote for together, and how many places fit one placement."""
    width, height = looks[0][1]
    near = index.near(np.concatenate([found.descriptors for found, _ in looks]), NEAREST)
    near = near.only(_is_no_chance(near))
    all_looks = [Places.of(0, found.points, found.sizes, found.angles, max(size)) for found, size in looks]
    work, other = Places.together(all_looks).only(near.query), near.places
    votes = count_votes(work, other, (width / max(width, height) / 2, height / max(width, height) / 2))
    by_row = np.argsort(other.row, kind="stable")
    rows = other.row[by_row]
    for row in votes.row[np.argsort(-votes.count, kind="stable")[:MOST_FITTED]].tolist():
        pairs = by_row[np.searchsorted(rows, row) : np.searchsorted(rows, row, "right")]
        fitted = count_fitted(work.only(pairs), other.only(pairs))
        if fitted >= LEAST_VOTES:
            yield row, fitted


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
