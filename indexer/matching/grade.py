# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder of DESIGN §2.4: from what is known of one work and one row to a grade with its reasons."""

from dataclasses import replace

from indexer.core.types import Basis, Edit, EditKind, Grade
from indexer.fingerprints.base import Kind
from indexer.matching import explain, explain_confidence
from indexer.matching.chance import Chance
from indexer.matching.confidence import EQUAL_DIGESTS, ConfidenceScales, Measure, own_scales, rarity, strength
from indexer.matching.doubts import doubts
from indexer.matching.evidence import EXACT, Evidence, Graded, NotSeen
from indexer.matching.recorded import Recorded
from indexer.matching.thresholds_unseen import (
    BITS_UNCOUNTED,
    BOUND_TOLD,
    CALIBRATED_SHARE,
    CHANCE_FOR_LETTER,
    VOTES_UNSEEN,
)
from indexer.matching.verify import SecondLook, Verdict
from indexer.sources.base import Candidate


def grade(evidence: Evidence, chance: Chance, scales: ConfidenceScales | None = None) -> Graded | None:
    """The grade of a row for a work; None when it was only proposed by likeness and nothing bears it out.

    Args:
        scales: what confidence is read from; those that the program comes with if None.
    """
    graded = _grade(evidence, chance)
    return graded and _with_confidence(graded, evidence, chance, own_scales() if scales is None else scales)


def _grade(evidence: Evidence, chance: Chance) -> Graded | None:
    equal = _grade_equal(evidence)
    if equal:
        return _anybodys(equal, evidence.look) if evidence.is_blank else equal
    if isinstance(evidence.look, NotSeen):
        return _grade_unseen(evidence, evidence.look, chance)
    return _grade_seen(evidence, evidence.look, chance)


def _grade_equal(evidence: Evidence) -> Graded | None:
    """By a digest of the file or of all pixels; None where none is equal."""
    if evidence.has_same_bytes:
        digest = next(kind for kind in EXACT if kind in evidence.nearest)
        rendition = evidence.nearest[digest].rendition
        same = explain.same_bytes_as_published(digest, rendition.words) if rendition else explain.same_bytes(digest)
        return Graded(Grade.IDENTICAL_FILE, verified=True, basis=(Basis.BYTES,), reasons=(same,))
    if Kind.PIXEL_HASH in evidence.nearest:
        return Graded(Grade.SAME_IMAGE, verified=True, basis=(Basis.PIXELS,), reasons=(explain.same_pixels(),))
    return None


def _anybodys(equal: Graded, look: SecondLook | NotSeen) -> Graded:
    """Of a blank picture: whoever saves a white square in the same size has the same pixels, so no more than possible.

    The same file stays the same file, but is to be looked at first: many programs write the same bytes for everybody.
    """
    if equal.grade is Grade.IDENTICAL_FILE:
        return replace(equal, reasons=(*equal.reasons, explain.nothing_to_see()), caution=explain.anybodys_file())
    reasons = (*equal.reasons, explain.nothing_to_see())
    if isinstance(look, NotSeen):
        reasons = (*reasons, _why_unseen(look))
    return replace(equal, grade=Grade.POSSIBLE, verified=isinstance(look, SecondLook), reasons=reasons)


def _with_confidence(graded: Graded, evidence: Evidence, chance: Chance, scales: ConfidenceScales) -> Graded:
    """The same with how likely it is right, in a figure and a sentence; or with why there is no figure."""
    if _grade_equal(evidence) and not evidence.is_blank:
        return replace(graded, confidence=EQUAL_DIGESTS)
    if graded.grade is Grade.LOOKS_ALIKE or graded.basis == (Basis.EMBEDDING,):  # whose reasons say what it is worth
        return graded
    confidence, told = _confidence(_measure(graded, evidence, chance), scales, chance.pictures)
    at = len(graded.reasons) - (not graded.verified)  # why a picture was not seen has the last word
    reasons = (*graded.reasons[:at], told, *graded.reasons[at:])
    return replace(graded, confidence=confidence, reasons=reasons)


def _confidence(
    measure: tuple[Measure, float] | None, scales: ConfidenceScales, pictures: int
) -> tuple[float | None, str]:
    """The figure, and all that it takes for granted; or none, and why."""
    scale = scales.scale(measure[0]) if measure else None
    confidence = scales.confidence(*measure, pictures) if measure else None
    if measure is None or scale is None or confidence is None:
        return None, explain_confidence.no_confidence()
    is_bound = scale.is_bound(measure[1], pictures)
    if is_bound and confidence < BOUND_TOLD:
        return None, explain_confidence.too_little_measured(scale, pictures)
    told = explain_confidence.confident(confidence, scales.listed_share, scale, pictures, is_bound=is_bound)
    return confidence, told


def _measure(graded: Graded, evidence: Evidence, chance: Chance) -> tuple[Measure, float] | None:
    """What says how likely the match is right: the second look, else the rarity of its hash; None for neither."""
    look = evidence.look
    if isinstance(look, SecondLook):
        return (Measure.STRENGTH, strength(look.strength)) if look.strength else None
    if Basis.HASH in graded.basis and graded.chance is not None:
        return Measure.RARITY, rarity(graded.chance, chance.works)
    return None


def scores(evidence: Evidence) -> dict[str, float]:
    """The measurements, with names and units as in resources/schemas/scores.schema.json."""
    found: dict[str, float] = {}
    for kind, name in ((Kind.PHASH, "phash_distance"), (Kind.PDQ, "pdq_distance")):
        if kind in evidence.nearest:
            found[name] = evidence.nearest[kind].distance
    if Kind.MINIATURE in evidence.nearest:
        found["miniature_cosine"] = round(1.0 - evidence.nearest[Kind.MINIATURE].distance, 4)
    if Kind.KEYPOINTS in evidence.nearest:
        found["keypoint_votes"] = round(1.0 / evidence.nearest[Kind.KEYPOINTS].distance)
    if evidence.content_cosine is not None:
        found["clip_cosine"] = round(evidence.content_cosine, 4)
    if isinstance(evidence.look, SecondLook):
        found |= _look_scores(evidence.look)
    return found


def _look_scores(look: SecondLook) -> dict[str, float]:
    found: dict[str, float] = {"strength": round(look.strength, 3)} if look.strength else {}
    if look.likeness:
        found["blocks"] = look.likeness.blocks
        found["blocks_alike"] = round(look.likeness.blocks_alike, 4)
        found["colour_step"] = round(look.likeness.colour_step, 2)
        found["residual"] = round(look.likeness.residual, 4)
        found["worst_spot"] = round(look.likeness.worst_spot, 2)
    if look.alignment:
        found["inliers"] = look.alignment.inliers
        found["work_share"] = round(look.alignment.left, 4)
        found["picture_share"] = round(look.alignment.cover, 4)
    return found


def _grade_seen(evidence: Evidence, look: SecondLook, chance: Chance) -> Graded | None:
    hits = _hash_reasons(evidence)
    expected = _expected(evidence, chance)
    content = _content_reasons(evidence)
    fingerprints = (*([Basis.HASH] if hits else []), *([Basis.EMBEDDING] if content else []))
    inliers = look.alignment.inliers if look.alignment else 0  # none where whole frames were laid on each other
    basis = (Basis.PIXELS, *([Basis.GEOMETRY] if inliers else []), *fingerprints)
    if look.verdict in (Verdict.SAME, Verdict.EDITED) and look.likeness:
        grade = Grade.SAME_IMAGE if look.verdict is Verdict.SAME else Grade.EDITED_COPY
        seen = explain.same_part(look.likeness, inliers) if inliers else explain.same_frame(look.likeness)
        reasons = (seen, *_held_reasons(evidence), *hits, *content)
        return Graded(grade, verified=True, basis=basis, reasons=reasons, edits=look.edits, chance=expected)
    if not hits:
        return None
    told = explain.too_plain() if look.verdict is Verdict.TOO_PLAIN else explain.compared_and_different()
    return Graded(Grade.LOOKS_ALIKE, verified=True, basis=(Basis.HASH,), reasons=(told, *hits), chance=expected)


def _grade_unseen(evidence: Evidence, look: NotSeen, chance: Chance) -> Graded | None:
    hits = _hash_reasons(evidence)
    expected = _expected(evidence, chance)
    why_unseen = _why_unseen(look)
    if not hits or expected is None:
        return _grade_points(evidence, why_unseen) or _grade_content(evidence, why_unseen)
    reasons = [*hits, *_content_reasons(evidence), explain.chance_hits(expected), why_unseen]
    best = min(evidence.hashes, key=lambda hit: _expected_of(hit, chance))
    edits = _edits_of_hash(best)
    doubted = (*doubts(evidence.query, evidence.facts, best), *_far_alone(best, evidence.source, chance))
    reasons += doubted
    if look.changed or doubted or expected > CHANCE_FOR_LETTER:
        return Graded(Grade.POSSIBLE, verified=False, basis=(Basis.HASH,), reasons=tuple(reasons), chance=expected)
    grade = Grade.EDITED_COPY if edits else Grade.SAME_IMAGE
    return Graded(grade, verified=False, basis=(Basis.HASH,), reasons=tuple(reasons), edits=edits, chance=expected)


def _far_alone(hit: Candidate, source: str, chance: Chance) -> tuple[str, ...]:
    """Of a hash that is far: that nobody knows how near strangers come in its own source, whatever others counted."""
    asked = chance.asked_of(hit.kind, source)
    if asked.tail or hit.distance <= BITS_UNCOUNTED.get(hit.kind, 0):
        return ()
    return (explain.far_alone(are_too_few=asked.is_counted),)


def _why_unseen(look: NotSeen) -> str:
    return explain.changed() if look.changed else explain.not_seen(look.because)


def _grade_points(evidence: Evidence, why_unseen: str) -> Graded | None:
    """Points in the same arrangement, and no pixels seen: repeated texture gives that too, so no more than possible."""
    found = evidence.nearest.get(Kind.KEYPOINTS)
    votes = round(1 / found.distance) if found and found.distance else 0
    if votes < VOTES_UNSEEN:
        return None
    reasons = (explain.points_alone(votes), *_content_reasons(evidence), why_unseen)
    return Graded(Grade.POSSIBLE, verified=False, basis=(Basis.GEOMETRY,), reasons=reasons)


def _grade_content(evidence: Evidence, why_unseen: str) -> Graded | None:
    """Nothing but the content speaks for the row: similar only, unless it was measured what that is worth."""
    cosine = evidence.content_cosine
    if cosine is None:
        return None
    told, chance, grade = explain.not_calibrated(kept=evidence.scale is not None), None, Grade.LOOKS_ALIKE
    measured: tuple[str, ...] = ()
    if evidence.scale is not None and evidence.scale.calibration.are_the_published:
        record = evidence.scale.calibration
        score = evidence.scale.score(cosine, evidence.embedding)
        share = evidence.scale.share(score)
        measured = (explain.calibrated(share, record.listed, background=record.background if record.normalised else 0),)
        told, chance = explain.too_common(), evidence.scale.expected(score)
        if share.high <= CALIBRATED_SHARE:
            told, grade = explain.chance_hits(chance), Grade.POSSIBLE
    reasons = (explain.near_content(cosine), *measured, told, why_unseen)
    return Graded(grade, verified=False, basis=(Basis.EMBEDDING,), reasons=reasons, chance=chance)


def _held_reasons(evidence: Evidence) -> tuple[str, ...]:
    """Of a picture that was fetched: whether it is the one that the row recorded."""
    held = evidence.held
    if held is None or held.fetched_utc is None:
        return ()
    if held.outcome is Recorded.AGREES:
        return (explain.recorded_picture(held.by, held.fetched_utc),)
    return (explain.as_found(held.fetched_utc),)


def _content_reasons(evidence: Evidence) -> tuple[str, ...]:
    cosine = evidence.content_cosine
    return () if cosine is None else (explain.near_content(cosine),)


def _hash_reasons(evidence: Evidence) -> tuple[str, ...]:
    return tuple(explain.near_hash(hit.kind, hit.distance, hit.form) for hit in evidence.hashes)


def _expected(evidence: Evidence, chance: Chance) -> float | None:
    """Chance hits as rare as the more telling hash, by any of those that were asked; None without any."""
    return chance.expected_by_any([_expected_of(hit, chance) for hit in evidence.hashes])


def _expected_of(hit: Candidate, chance: Chance) -> float:
    return chance.expected(hit.kind, hit.distance, form=hit.form is not None)


def _edits_of_hash(hit: Candidate) -> tuple[Edit, ...]:
    """How the work was laid, or in which form it was, when it was that near; how much a copy lost is not measured."""
    edits = [Edit(EditKind.CROPPED if hit.form.is_cropped else EditKind.EMBEDDED)] if hit.form else []
    edits += [Edit(EditKind.MIRRORED)] if hit.orientation.is_mirrored else []
    if hit.orientation.degrees:
        edits.append(Edit(EditKind.TURNED, float(hit.orientation.degrees)))
    return tuple(edits)
