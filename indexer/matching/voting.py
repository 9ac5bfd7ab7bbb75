# SPDX-License-Identifier: GPL-3.0-or-later
"""Which placement of one picture in the other most matched keypoints agree on.

Every match proposes a placement by itself, because keypoints have a size and a direction; the one that most others
agree with is grown into an affine transform, and then into a homography, by looking again near where it says that
keypoints should be. That finds copies of which only a handful of keypoints are left, and it draws no lots.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.fingerprints.keypoints import Keypoints, unit
from indexer.matching.thresholds_look import (
    AFFINE_REACH,
    CELL_PIXELS,
    GUIDED_LIKENESS,
    HOMOGRAPHY_INLIERS,
    KEYPOINT_RATIO,
    LEAST_VOTES,
    MATCHES_KEPT,
    POINT_REACH,
    VOTE_REACH,
    VOTE_SLOPE,
    VOTE_TURN,
    VOTE_ZOOM,
)

Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Described:
    """Keypoints with their descriptors as vectors of length 1, (n, 128) float32."""

    keypoints: Keypoints
    vectors: Floats

    @classmethod
    def of(cls, keypoints: Keypoints) -> "Described":
        """Prepared for matching."""
        return cls(keypoints, unit(keypoints.descriptors))

    def __len__(self) -> int:
        return len(self.keypoints)


@dataclass(frozen=True, slots=True)
class Placement:
    """A transform (3 × 3) from the first picture's pixels to the second's, and the matches that agree with it.

    Attributes:
        source, target: (n, 2) float32, where the matched keypoints lie in both.
        inliers: how many of them are apart from each other in both pictures.
    """

    homography: Matrix
    source: Floats
    target: Floats
    inliers: int


@dataclass(frozen=True, slots=True)
class Vote:
    """Matches, as numbers of keypoints in both pictures, that share one placement.

    Attributes:
        likeness: (n, m) float32, cosines of all descriptors.
    """

    work: Keypoints
    other: Keypoints
    likeness: Floats
    rows: Indices
    columns: Indices

    @property
    def count(self) -> int:
        """How many there are that lie apart."""
        return _apart(self.work.points[self.rows], self.other.points[self.columns])


def vote(work: Described, other: Described) -> Vote | None:
    """What most matches agree on, before any of it is fitted; None when fewer than `LEAST_VOTES` agree."""
    if min(len(work), len(other)) < LEAST_VOTES:
        return None
    likeness: Floats = work.vectors @ other.vectors.T
    rows, columns = _mutual_matches(likeness)
    if len(rows) < LEAST_VOTES:
        return None
    agreed = _most_agreed(work.keypoints, other.keypoints, rows, columns)
    return None if agreed is None else Vote(work.keypoints, other.keypoints, likeness, rows[agreed], columns[agreed])


def place(voted: Vote) -> Placement | None:
    """The transform that the votes tell, grown over all keypoints that it explains."""
    source, target = voted.work.points[voted.rows], voted.other.points[voted.columns]
    start = _affine(source, target)
    return None if start is None else _grown(voted, start)


def _mutual_matches(likeness: Floats) -> tuple[Indices, Indices]:
    """Pairs that are each other's likeliest, and clearly likelier than the next in the second picture; best first."""
    rows = np.arange(len(likeness))
    nearest = likeness.argmax(axis=1)
    best = likeness[rows, nearest]
    likeness[rows, nearest] = -1.0
    second = likeness.max(axis=1)
    likeness[rows, nearest] = best
    ratio = np.sqrt(np.maximum(2 - 2 * best, 0)) / np.sqrt(np.maximum(2 - 2 * second, 1e-9))
    mutual = best >= likeness.max(axis=0)[nearest]
    kept = np.flatnonzero(mutual & (ratio < KEYPOINT_RATIO))
    kept = kept[np.argsort(ratio[kept], kind="stable")][:MATCHES_KEPT]
    return kept, nearest[kept]


def _most_agreed(work: Keypoints, other: Keypoints, rows: Indices, columns: Indices) -> NDArray[np.bool_] | None:
    """Of the matches those that agree with the placement that one of them proposes and most of them share."""
    source, target = work.points[rows], other.points[columns]
    zoom = other.sizes[columns] / work.sizes[rows]
    turn = np.radians(other.angles[columns] - work.angles[rows])
    a, b = zoom * np.cos(turn), zoom * np.sin(turn)
    from_here = source[None] - source[:, None]  # [proposing match, other match]
    said_x = target[:, None, 0] + a[:, None] * from_here[..., 0] - b[:, None] * from_here[..., 1]
    said_y = target[:, None, 1] + b[:, None] * from_here[..., 0] + a[:, None] * from_here[..., 1]
    off = np.hypot(said_x - target[None, :, 0], said_y - target[None, :, 1])
    reach = VOTE_REACH + VOTE_SLOPE * zoom[:, None] * np.hypot(from_here[..., 0], from_here[..., 1])
    bent = np.abs((turn[None] - turn[:, None] + np.pi) % (2 * np.pi) - np.pi)
    swollen = np.abs(np.log(zoom)[None] - np.log(zoom)[:, None])
    agree = (off <= reach) & (bent <= np.radians(VOTE_TURN)) & (swollen <= np.log(VOTE_ZOOM))
    counts = agree.sum(axis=1)
    for proposing in np.argsort(-counts, kind="stable")[:3]:
        chosen: NDArray[np.bool_] = agree[proposing]
        if _apart(source[chosen], target[chosen]) >= LEAST_VOTES:
            return chosen
    return None


def _affine(source: Floats, target: Floats) -> Matrix | None:
    """The affine transform that most points agree with, by least squares that trust distant ones ever less."""
    design = np.column_stack([source, np.ones(len(source))]).astype(np.float64)
    trust = np.ones(len(source))
    solved: NDArray[Any] = np.zeros((3, 2))
    for _ in range(6):
        weighted = design * trust[:, None]
        solved, _, rank, _ = np.linalg.lstsq(weighted, target * trust[:, None], rcond=None)
        if rank < design.shape[1]:
            return None
        off = np.linalg.norm(design @ solved - target, axis=1)
        trust = 1 / np.sqrt(1 + (off / AFFINE_REACH) ** 2)
    return np.vstack([solved.T, [0.0, 0.0, 1.0]])


def _grown(voted: Vote, start: Matrix) -> Placement | None:
    """Look again, ever nearer, for pairs of keypoints that the placement says are the same; fit it to them."""
    homography, found = start, None
    for reach in (2 * AFFINE_REACH, POINT_REACH):
        rows, columns = _guided(voted, homography, reach)
        source, target = voted.work.points[rows], voted.other.points[columns]
        count = _apart(source, target)
        if count < LEAST_VOTES:
            return None
        fitted = _fit(source, target, count)
        if fitted is None:
            return None
        homography = fitted
        near = _offsets(homography, source, target) <= POINT_REACH
        found = Placement(homography, source[near], target[near], _apart(source[near], target[near]))
    return found


def _fit(source: Floats, target: Floats, count: int) -> Matrix | None:
    """A homography where enough points hold it, else an affine transform."""
    if count < HOMOGRAPHY_INLIERS:
        return _affine(source, target)
    cv2.setRNGSeed(0)  # the same pictures must always give the same grade
    result: Any = cv2.findHomography(source, target, cv2.USAC_MAGSAC, POINT_REACH, maxIters=1000, confidence=0.999)
    if result[0] is None or result[1].sum() < count / 2:
        return _affine(source, target)
    matrix: Matrix = result[0].astype(np.float64)
    return matrix


def _guided(voted: Vote, homography: Matrix, reach: float) -> tuple[Indices, Indices]:
    """Pairs within reach of where the work's keypoints should lie: each other's likeliest there, and alike at all."""
    rows, columns = _near(_through(homography, voted.work.points), voted.other.points, reach)
    likeness = voted.likeness[rows, columns]
    alike = likeness >= GUIDED_LIKENESS
    rows, columns, likeness = rows[alike], columns[alike], likeness[alike]
    best_of_row, best_of_column = np.zeros(len(voted.work), np.float32), np.zeros(len(voted.other), np.float32)
    np.maximum.at(best_of_row, rows, likeness)
    np.maximum.at(best_of_column, columns, likeness)
    kept = (likeness >= best_of_row[rows]) & (likeness >= best_of_column[columns])
    return rows[kept], columns[kept]


def _near(said: Floats, theirs: Floats, reach: float) -> tuple[Indices, Indices]:
    """All pairs of places at most so far apart, by steps along the axes: sorted by one, so that few are looked at."""
    order = np.argsort(theirs[:, 0], kind="stable")
    across = theirs[order, 0]
    first = np.searchsorted(across, said[:, 0] - reach)
    count = np.searchsorted(across, said[:, 0] + reach, side="right") - first
    rows = np.repeat(np.arange(len(said)), count)
    start = np.repeat(first - np.cumsum(count) + count, count)
    columns = order[start + np.arange(len(rows))]
    apart = np.abs(said[rows] - theirs[columns]).sum(axis=1)
    kept = apart <= reach
    return rows[kept], columns[kept]


def _through(homography: Matrix, points: Floats) -> Floats:
    mapped = points.astype(np.float64) @ homography[:, :2].T + homography[:, 2]
    depth = np.where(np.abs(mapped[:, 2:]) < 1e-9, 1e-9, mapped[:, 2:])
    through: Floats = (mapped[:, :2] / depth).astype(np.float32)
    return through


def _offsets(homography: Matrix, source: Floats, target: Floats) -> Floats:
    distances: Floats = np.linalg.norm(_through(homography, source) - target, axis=1)
    return distances


def _apart(source: Floats, target: Floats) -> int:
    """How many matches there are when those in one cell of either picture count once."""
    return min(_cells(source), _cells(target))


def _cells(points: Floats) -> int:
    across, down = (points // CELL_PIXELS).astype(np.int64).T
    return len(set((across * 65536 + down).tolist()))
