# SPDX-License-Identifier: GPL-3.0-or-later
"""The second look: both pictures at hand, compared pixel by pixel, and what was done to the copy.

First as whole frames in all eight orientations, strictly; then, where that fails, by keypoints, mirrored and inverted
too, with what both show laid over each other and compared block by block.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from indexer.core.types import Edit
from indexer.images.variants import Orientation
from indexer.matching.agreement import Agreement, agreement
from indexer.matching.alignment import Alignment, Matrix, describe, mirror
from indexer.matching.alterations import name_alterations
from indexer.matching.appearance import Likeness, compare
from indexer.matching.frames import (
    best_orientation,
    compare_frames,
    compared_size,
    frame_placement,
    guessed_frames,
    laid_size,
    likely_orientations,
)
from indexer.matching.geometry import orientation_edits, placed_edits, resize_edit
from indexer.matching.overlap import Overlap, lay, nudged
from indexer.matching.thresholds import ALTERATION_EDGE
from indexer.matching.thresholds_look import (
    AGREE_EDGE,
    FINE_EDGE,
    FINE_INLIERS,
    FRAME_LIKELY,
    FRAME_SURE,
    NAMED_LEAST_EDGE,
    NUDGE_EDGE,
    NUDGE_NEEDLESS,
    VARIANTS_PLACED,
    VOTES_CLEAR,
)
from indexer.matching.tone_map import tone_map
from indexer.matching.view import View
from indexer.matching.voting import Vote, place, vote


class Verdict(StrEnum):
    """What the second look saw."""

    SAME = "same"
    EDITED = "edited"
    DIFFERENT = "different"
    TOO_PLAIN = "too_plain"


@dataclass(frozen=True, slots=True)
class SecondLook:
    """The verdict with its measurements.

    Attributes:
        edits: what was done to the work: where it lies in the copy first, then what was done to its pixels.
        likeness: of the frames, or of the aligned overlap.
        alignment: None when whole frames were compared.
        agreement: how the blocks of the overlap agree; of pictures that differ, that of the best placement tried.
    """

    verdict: Verdict
    edits: tuple[Edit, ...] = ()
    likeness: Likeness | None = None
    alignment: Alignment | None = None
    agreement: Agreement | None = None

    @property
    def strength(self) -> float:
        """How much speaks for a copy, comparable between whole frames and parts: places that agree, less those that do
        not, which weigh heavier; 0 where nothing was found.
        """
        if self.agreement is None and self.likeness and self.verdict in (Verdict.SAME, Verdict.EDITED):
            return _frame_strength(self.likeness)
        return self.agreement.strength if self.agreement else 0.0


def _frame_strength(likeness: Likeness) -> float:
    return likeness.blocks * (3 * likeness.blocks_alike - 2) * (1 - likeness.residual)


def second_look(work: View, other: View, *, parts: bool = True) -> SecondLook:
    """Compare a work with a candidate's picture; without `parts` as whole frames only, in a tenth of the time."""
    ways = likely_orientations(work.coarse, other.coarse, work.full_size, other.full_size)
    frames = {way: _compared(work, other, way) for way in ways}
    same = {way: likeness for way, likeness in frames.items() if likeness.is_same_frame}
    if same:
        orientation = best_orientation(same)
        turned = orientation_edits(orientation)
        edits = (*turned, *resize_edit(laid_size(work.full_size, orientation), other.full_size))
        placed = frame_placement(work.size, other.size, orientation)
        altered = _altered(work, other, placed)
        verdict = Verdict.EDITED if turned or altered else Verdict.SAME
        agreed = _frame_agreement(work, other, placed, same[orientation])
        return SecondLook(verdict, (*edits, *altered), same[orientation], agreement=agreed)
    aligned = _compare_placed(work, other) if parts else None
    if aligned and aligned.verdict is not Verdict.DIFFERENT:
        return aligned
    both_flat = not (work.coarse.any() or other.coarse.any())
    if both_flat or any(likeness.is_too_plain for likeness in frames.values()):
        return SecondLook(Verdict.TOO_PLAIN)
    return aligned or SecondLook(Verdict.DIFFERENT)


def _compared(work: View, other: View, way: Orientation) -> Likeness:
    size = compared_size(work.size, other.size)
    return compare_frames(work.shrunk(size), other.shrunk(laid_size(size, way)), way)


def _frame_agreement(work: View, other: View, placed: Matrix, likeness: Likeness) -> Agreement | None:
    """Of frames that passed as the same: a tiny one has few blocks that tell, and is no less sure for it."""
    laid = _laid(work, other, placed, 0)
    if laid is None:
        return None
    return replace(laid.agreement, strength=max(laid.agreement.strength, _frame_strength(likeness)))


@dataclass(frozen=True, slots=True)
class _Judged:
    alignment: Alignment
    overlap: Overlap
    agreement: Agreement

    @property
    def rank(self) -> tuple[bool, float]:
        """Copies first, then what more speaks for."""
        return self.agreement.is_copy, self.agreement.strength


def _compare_placed(work: View, other: View) -> SecondLook | None:
    """The first placement of the work whose overlap shows the same; of none that does, the best one."""
    best: _Judged | None = None
    for homography, inliers in _placements(work, other):
        judged = _judge(work, other, homography, inliers)
        if judged and (best is None or judged.rank > best.rank):
            best = judged
            if best.agreement.is_copy and (inliers or best.agreement.share >= FRAME_SURE):
                break
    if best is None:
        return None
    if not best.agreement.is_copy:
        return SecondLook(Verdict.DIFFERENT, agreement=best.agreement)
    return _accepted(work, other, best)


def _placements(work: View, other: View) -> Iterator[tuple[Matrix, int]]:
    """Where the work may lie, what costs least first: frames that look alike, what keypoints vote for, other frames."""
    guessed = list(guessed_frames(work.coarse, other.coarse, work.size, other.size))
    for likeness, homography in guessed:
        if likeness >= FRAME_LIKELY:
            yield homography, 0
    for number, found in _votes(work, other)[:VARIANTS_PLACED]:
        if placed := place(found):
            mirrored = number % 2 == 1
            yield (placed.homography @ mirror(work.size[0]) if mirrored else placed.homography), placed.inliers
    for likeness, homography in guessed:
        if likeness < FRAME_LIKELY:
            yield homography, 0


def _votes(work: View, other: View) -> list[tuple[int, Vote]]:
    """What keypoints vote for in each form of the work, by its number, most votes first; one clear vote is enough."""
    voted: list[tuple[int, Vote]] = []
    for number, variant in enumerate(work.variants):
        if found := vote(variant, other.keypoints):
            voted.append((number, found))
            if found.count >= VOTES_CLEAR:
                break
    return sorted(voted, key=lambda one: -one[1].count)


def _judge(work: View, other: View, homography: Matrix, inliers: int) -> _Judged | None:
    """Lay both over each other as the placement says, nudge them until they fit, and compare."""
    judged = _laid(work, other, homography, inliers)
    if judged is None or judged.agreement.share >= NUDGE_NEEDLESS:
        return judged
    for edge in (NUDGE_EDGE, NUDGE_EDGE, AGREE_EDGE):
        overlap = lay(work.pyramid, other.pyramid, homography, edge)
        moved = nudged(overlap, homography) if overlap else None
        if moved is None or describe(moved, inliers, work.size, other.size) is None:
            break
        homography = moved
    again = _laid(work, other, homography, inliers)
    if again and again.agreement.strength > judged.agreement.strength:
        judged = again
    return _looked_at_closely(work, other, judged) if judged.agreement.is_open and inliers >= FINE_INLIERS else judged


def _looked_at_closely(work: View, other: View, judged: _Judged) -> _Judged:
    """Half covered, or with little in it, a copy has too few blocks that tell: finer ones are more.

    And where hues were turned, dark may have become light in one place and not in another: the work is given the
    copy's tones first.
    """
    fine = _laid(work, other, judged.alignment.homography, judged.alignment.inliers, FINE_EDGE)
    if fine is None or fine.agreement.is_copy:
        return fine or judged
    laid, alignment = fine.overlap, fine.alignment
    toned = replace(laid, work=tone_map(laid.work, laid.other, laid.mask))
    agreed = agreement(toned, alignment)
    return replace(fine, agreement=agreed) if agreed.is_copy else judged


def _laid(work: View, other: View, homography: Matrix, inliers: int, edge: int = AGREE_EDGE) -> _Judged | None:
    alignment = describe(homography, inliers, work.size, other.size)
    overlap = lay(work.pyramid, other.pyramid, homography, edge) if alignment else None
    if alignment is None or overlap is None:
        return None
    return _Judged(alignment, overlap, agreement(overlap, alignment))


def _accepted(work: View, other: View, judged: _Judged) -> SecondLook:
    alignment, agreed = judged.alignment, judged.agreement
    measured = compare(judged.overlap.work, judged.overlap.other, judged.overlap.mask)
    likeness = replace(measured, blocks=agreed.blocks, blocks_alike=agreed.share)
    enlarged = alignment.scale * other.reduced / work.reduced
    edits = (*placed_edits(alignment, enlarged), *_altered(work, other, alignment.homography))
    return SecondLook(Verdict.EDITED, edits, likeness, alignment, agreed)


def _altered(work: View, other: View, homography: Matrix) -> tuple[Edit, ...]:
    """What was done to the pixels of what both show."""
    overlap = lay(work.pyramid, other.pyramid, homography, ALTERATION_EDGE)
    if overlap is None or min(overlap.mask.shape) < NAMED_LEAST_EDGE:
        return ()
    return name_alterations(
        overlap.work,
        overlap.other,
        overlap.mask,
        work_scale=overlap.work_scale * work.reduced,
        copy_scale=overlap.other_scale * other.reduced,
    )
