"""The ladder of DESIGN §2.4, rung by rung."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from indexer.core.types import LETTER_GRADES, Basis, Edit, EditKind, Grade
from indexer.fingerprints.base import Kind
from indexer.images.forms import Form
from indexer.images.variants import Orientation
from indexer.matching import explain, explain_confidence
from indexer.matching.agreement import Agreement
from indexer.matching.alignment import Alignment
from indexer.matching.appearance import Likeness
from indexer.matching.chance import Chance, RowsAsked, Tail
from indexer.matching.confidence import NOT_CALIBRATED, ConfidenceScales, Measure, Scale, own_scales
from indexer.matching.evidence import Evidence, Graded, NotSeen
from indexer.matching.grade import grade, scores
from indexer.matching.thresholds import REACH
from indexer.matching.thresholds_unseen import BITS_UNCOUNTED, CHANCE_FOR_LETTER
from indexer.matching.verify import SecondLook, Verdict
from indexer.sources.base import Candidate, Query, RowFacts
from tests.helpers.pictures import draw
from tests.helpers.queries import query_of
from tests.indexer.matching.making import HUGE_CHECK, SMALL_CHECK, candidate, nearest, row

QUERY = query_of(draw(1))  # 480 × 360
MIRROR, HALF = Edit(EditKind.MIRRORED), Edit(EditKind.RESIZED, 0.5)

LIKENESS = Likeness(100, 0.97, 5.0, 0.01, 12.0)
ALIGNMENT = Alignment(np.eye(3), inliers=60, left=0.8, cover=1.0, degrees=0.0, scale=1.0)

SAME = SecondLook(Verdict.SAME, (HALF,), LIKENESS)
EDITED = SecondLook(Verdict.EDITED, (MIRROR,), LIKENESS)
CROPPED = SecondLook(Verdict.EDITED, (Edit(EditKind.CROPPED, 0.8),), LIKENESS, ALIGNMENT)
BLURRED = Edit(EditKind.BLURRED)
FITTED = SecondLook(Verdict.EDITED, (BLURRED,), LIKENESS, replace(ALIGNMENT, inliers=0))
DIFFERENT, TOO_PLAIN = SecondLook(Verdict.DIFFERENT), SecondLook(Verdict.TOO_PLAIN)
ELSEWHERE = NotSeen("it is not on this machine, and nobody asked to fetch it")
CHANGED = NotSeen("the picture there was changed", changed=True)

BYTES = nearest(candidate(Kind.SHA256), candidate(Kind.MD5))
HASHES = nearest(candidate(Kind.PHASH, 4), candidate(Kind.PDQ, 20), candidate(Kind.MINIATURE, 0.01))
PHASH = nearest(candidate(Kind.PHASH, 4))
MINIATURE = nearest(candidate(Kind.MINIATURE, 0.01))


def laid(orientation: Orientation) -> Mapping[Kind, Candidate]:
    return nearest(candidate(Kind.PHASH, 2, orientation))


@dataclass(frozen=True, slots=True)
class Rung:
    """What is known, and what follows from it; `says` are parts of the reasons in their order."""

    nearest: Mapping[Kind, Candidate]
    look: SecondLook | NotSeen
    grade: Grade | None
    verified: bool = False
    basis: tuple[Basis, ...] = ()
    edits: tuple[Edit, ...] = ()
    says: tuple[str, ...] = ()
    facts: RowFacts = field(default_factory=row)
    chance: Chance = SMALL_CHECK


PIXELS, GEOMETRY, HASH = Basis.PIXELS, Basis.GEOMETRY, Basis.HASH
BITS = ("pHash fingerprints differ in 4 of 64", "PDQ fingerprints differ in 20 of 256")
UNSEEN = ("pHash fingerprints differ in 4 of 64", "74,017 checks", "Picture not seen: it is not on this machine")

LADDER = {
    # the same bytes, whatever else is known
    "same bytes": Rung(BYTES, ELSEWHERE, Grade.IDENTICAL_FILE, True, (Basis.BYTES,), says=("same SHA-256",)),
    "same MD5 alone": Rung(
        nearest(candidate(Kind.MD5)), ELSEWHERE, Grade.IDENTICAL_FILE, True, (Basis.BYTES,), says=("same MD5",)
    ),
    "same bytes and hashes": Rung(
        {**BYTES, **HASHES}, SAME, Grade.IDENTICAL_FILE, True, (Basis.BYTES,), says=("byte for byte",)
    ),
    "same bytes, too plain to compare": Rung(
        BYTES, TOO_PLAIN, Grade.IDENTICAL_FILE, True, (Basis.BYTES,), says=("byte for byte",)
    ),
    "same bytes, link changed since": Rung(
        BYTES, CHANGED, Grade.IDENTICAL_FILE, True, (Basis.BYTES,), says=("byte for byte",)
    ),
    "every pixel the same, in another file": Rung(
        nearest(candidate(Kind.PIXEL_HASH)), ELSEWHERE, Grade.SAME_IMAGE, True, (Basis.PIXELS,), says=("every pixel",)
    ),
    # pictures compared
    "compared and the same": Rung(
        HASHES, SAME, Grade.SAME_IMAGE, True, (PIXELS, HASH), (HALF,), ("the same in 97 % of 100 places", *BITS)
    ),
    "compared and edited": Rung(
        HASHES, EDITED, Grade.EDITED_COPY, True, (PIXELS, HASH), (MIRROR,), ("laid over each other", *BITS)
    ),
    "compared and found as a part": Rung(
        HASHES,
        CROPPED,
        Grade.EDITED_COPY,
        True,
        (PIXELS, GEOMETRY, HASH),
        CROPPED.edits,
        ("60 points of your picture", *BITS),
    ),
    "compared and found to fit as a whole frame, by no point": Rung(
        HASHES, FITTED, Grade.EDITED_COPY, True, (PIXELS, HASH), (BLURRED,), ("laid over each other", *BITS)
    ),
    "compared and the same, proposed by its miniature alone": Rung(
        MINIATURE, SAME, Grade.SAME_IMAGE, True, (PIXELS,), (HALF,), ("laid over each other",)
    ),
    "compared and the same, however large the check": Rung(
        HASHES, SAME, Grade.SAME_IMAGE, True, (PIXELS, HASH), (HALF,), ("laid over", *BITS), chance=HUGE_CHECK
    ),
    "compared and different": Rung(
        HASHES, DIFFERENT, Grade.LOOKS_ALIKE, True, (HASH,), says=("are not the same: similar only", *BITS)
    ),
    "compared and too plain": Rung(
        HASHES, TOO_PLAIN, Grade.LOOKS_ALIKE, True, (HASH,), says=("too little detail to be told apart", *BITS)
    ),
    "compared and different, proposed by its miniature alone": Rung(MINIATURE, DIFFERENT, None),
    "compared and too plain, proposed by its miniature alone": Rung(MINIATURE, TOO_PLAIN, None),
    # pictures not compared
    "not seen, nearer than chance": Rung(PHASH, ELSEWHERE, Grade.SAME_IMAGE, False, (HASH,), says=UNSEEN),
    "not seen, mirrored": Rung(laid(Orientation.MIRRORED), ELSEWHERE, Grade.EDITED_COPY, False, (HASH,), (MIRROR,)),
    "not seen, mirrored and turned": Rung(
        laid(Orientation.MIRRORED_90),
        ELSEWHERE,
        Grade.EDITED_COPY,
        False,
        (HASH,),
        (MIRROR, Edit(EditKind.TURNED, 90.0)),
    ),
    "not seen, and chance would do it too": Rung(
        PHASH,
        ELSEWHERE,
        Grade.POSSIBLE,
        False,
        (HASH,),
        says=("4 of 64 bits", "chance hits this near", "Picture not seen"),
        chance=HUGE_CHECK,
    ),
    "not seen, one hash chance and the other not": Rung(
        HASHES, ELSEWHERE, Grade.SAME_IMAGE, False, (HASH,), says=(*BITS, "a million", "not seen"), chance=HUGE_CHECK
    ),
    "the link is changed": Rung(
        PHASH,
        CHANGED,
        Grade.POSSIBLE,
        False,
        (HASH,),
        says=("4 of 64", "74,017 checks", "not the one that the data set recorded"),
    ),
    "not seen, another shape": Rung(
        PHASH,
        ELSEWHERE,
        Grade.POSSIBLE,
        False,
        (HASH,),
        says=(*UNSEEN, "another ratio of width to height"),
        facts=row(width=360, height=360),
    ),
    "not seen, the shape of a turned copy": Rung(
        laid(Orientation.TURNED_90),
        ELSEWHERE,
        Grade.EDITED_COPY,
        False,
        (HASH,),
        (Edit(EditKind.TURNED, 90.0),),
        facts=row(width=180, height=240),
    ),
    "not seen, upright by its hash but turned by its shape": Rung(
        PHASH, ELSEWHERE, Grade.POSSIBLE, False, (HASH,), facts=row(width=180, height=240)
    ),
    "not seen, smaller by three quarters with a pixel of rounding": Rung(
        PHASH, ELSEWHERE, Grade.SAME_IMAGE, False, (HASH,), facts=row(width=121, height=90)
    ),
    "not seen, one side recorded only": Rung(PHASH, ELSEWHERE, Grade.SAME_IMAGE, False, (HASH,), facts=row(width=1)),
    "not seen, and its row records few pixels": Rung(
        PHASH,
        ELSEWHERE,
        Grade.POSSIBLE,
        False,
        (HASH,),
        says=(*UNSEEN, "only 64 × 48 pixels"),
        facts=row(width=64, height=48),
    ),
    "not seen, and many rows have its hash": Rung(
        nearest(replace(candidate(Kind.PHASH, 4), equal=947)),
        ELSEWHERE,
        Grade.POSSIBLE,
        False,
        (HASH,),
        says=(*UNSEEN, "947 rows of this data set have the very same pHash fingerprint"),
    ),
    "not seen, and some rows have its hash": Rung(
        nearest(replace(candidate(Kind.PHASH, 4), equal=49)), ELSEWHERE, Grade.SAME_IMAGE, False, (HASH,), says=UNSEEN
    ),
    "compared and the same, though many rows have its hash": Rung(
        nearest(replace(candidate(Kind.PHASH, 4), equal=947)), SAME, Grade.SAME_IMAGE, True, (PIXELS, HASH), (HALF,)
    ),
    "not seen, points alone": Rung(
        nearest(candidate(Kind.KEYPOINTS, 1 / 31)),
        ELSEWHERE,
        Grade.POSSIBLE,
        False,
        (GEOMETRY,),
        says=("31 points of your picture lie in the same arrangement there; pictures with the same", "not seen"),
    ),
    "not seen, few points alone": Rung(nearest(candidate(Kind.KEYPOINTS, 1 / 11)), ELSEWHERE, None),
    "not seen, proposed by its miniature alone": Rung(MINIATURE, ELSEWHERE, None),
    "changed, proposed by its miniature alone": Rung(MINIATURE, CHANGED, None),
}


@pytest.mark.parametrize("rung", LADDER.values(), ids=LADDER)
def test_the_ladder(rung: Rung) -> None:
    graded = grade(Evidence(QUERY, rung.facts, rung.nearest, rung.look), rung.chance, NOT_CALIBRATED)
    if rung.grade is None:
        assert graded is None
        return
    assert graded is not None
    assert (graded.grade, graded.verified, graded.basis, graded.edits) == (
        rung.grade,
        rung.verified,
        rung.basis,
        rung.edits,
    )
    reasons = tuple(reason for reason in graded.reasons if reason != explain_confidence.no_confidence())
    if rung.says:
        assert len(reasons) == len(rung.says)
    for part, reason in zip(rung.says, reasons, strict=False):
        assert part in reason


def test_the_ladder_has_all_grades_that_a_comparison_can_give() -> None:
    by_word = {Grade.LISTED, Grade.NAMED}
    assert {rung.grade for rung in LADDER.values()} == {None, *Grade} - by_word


def test_similar_only_and_possible_never_enter_a_letter() -> None:
    assert {Grade.LOOKS_ALIKE, Grade.POSSIBLE, Grade.NAMED}.isdisjoint(LETTER_GRADES)


@pytest.mark.parametrize("name", [name for name, rung in LADDER.items() if rung.grade and Kind.PHASH in rung.nearest])
def test_every_grade_by_a_hash_keeps_the_figure_of_chance(name: str) -> None:
    rung = LADDER[name]
    graded = grade(Evidence(QUERY, rung.facts, rung.nearest, rung.look), rung.chance)
    assert graded is not None
    if graded.grade is Grade.IDENTICAL_FILE:
        assert graded.chance is None
    else:
        near = [rung.nearest[kind] for kind in (Kind.PHASH, Kind.PDQ) if kind in rung.nearest]
        hits = [rung.chance.expected(hit.kind, hit.distance, form=hit.form is not None) for hit in near]
        assert graded.chance == rung.chance.expected_by_any(hits)


@settings(deadline=None)
@given(
    phash=st.integers(0, REACH.phash_bits),
    works=st.integers(1, 10**5),
    rows=st.integers(1, 10**10),
    way=st.sampled_from(Orientation),
    look=st.sampled_from([DIFFERENT, TOO_PLAIN, ELSEWHERE, CHANGED]),
)
def test_what_was_not_seen_enters_a_letter_only_while_chance_is_out_of_the_question(
    phash: int, works: int, rows: int, way: Orientation, look: SecondLook | NotSeen
) -> None:
    """Whatever the size of the check, and never once the pictures were compared and differ, or the link is changed."""
    chance = Chance({Kind.PHASH: works * 8}, (RowsAsked(Kind.PHASH, rows),))
    graded = grade(Evidence(QUERY, row(), nearest(candidate(Kind.PHASH, phash, way)), look), chance)
    assert graded is not None
    is_rare = chance.expected(Kind.PHASH, phash) <= CHANCE_FOR_LETTER and phash <= BITS_UNCOUNTED[Kind.PHASH]
    assert (graded.grade in LETTER_GRADES) == (look is ELSEWHERE and is_rare)


def test_ten_bits_of_an_index_that_counted_nothing_are_within_what_chance_brings() -> None:
    """One work against a thousand rows: photographs were measured to bring one such pair in 28 checks, not in 144."""
    check = Chance({Kind.PHASH: 18}, (RowsAsked(Kind.PHASH, 1000),))
    graded = grade(Evidence(QUERY, row(), nearest(candidate(Kind.PHASH, 10)), ELSEWHERE), check, NOT_CALIBRATED)
    assert graded is not None
    assert graded.grade is Grade.POSSIBLE
    assert graded.chance is not None
    assert graded.chance >= 18 * 1000 * 2e-6


TAIL = Tail(4, ((4, 1.0),), 0.0)


@pytest.mark.parametrize(
    ("asked", "expected", "says"),
    [
        (RowsAsked(Kind.PHASH, 10, TAIL, source="mine", is_counted=True), Grade.SAME_IMAGE, None),
        (RowsAsked(Kind.PHASH, 10, source="mine"), Grade.POSSIBLE, "nobody counted"),
        (RowsAsked(Kind.PHASH, 10, source="mine", is_counted=True), Grade.POSSIBLE, "has too few different pictures"),
    ],
)
@pytest.mark.parametrize("others", [(), (TAIL,), (None,)])
def test_beyond_four_bits_a_hash_stands_alone_only_where_near_strangers_were_counted(
    asked: RowsAsked, expected: Grade, says: str | None, others: tuple[Tail | None, ...]
) -> None:
    """In the source of the row itself: what is known of others that are asked changes nothing."""
    beside = tuple(RowsAsked(Kind.PHASH, 10, tail, source="other", is_counted=tail is not None) for tail in others)
    check = Chance({Kind.PHASH: 8}, (*beside, asked))
    evidence = Evidence(QUERY, row(), nearest(candidate(Kind.PHASH, 6)), ELSEWHERE, source="mine")
    graded = grade(evidence, check, NOT_CALIBRATED)
    assert graded is not None
    assert graded.grade is expected
    told = [reason for reason in graded.reasons if "this far apart" in reason]
    assert [says in reason for reason in told if says] == ([True] if says else [])


@settings(deadline=None)
@given(width=st.integers(64, 5000), height=st.integers(64, 5000))
def test_a_recorded_size_lets_a_hash_pass_just_when_the_shape_agrees(width: int, height: int) -> None:
    """Within 2 % and one pixel; far from the border of that, counted in another way."""
    graded = grade(Evidence(QUERY, row(width=width, height=height), PHASH, ELSEWHERE), SMALL_CHECK)
    assert graded is not None
    ratio = (480 / 360) / (width / height)
    tolerance = 0.02 + 1 / min(360, width, height)
    away = max(ratio, 1 / ratio) - 1
    if away < tolerance * 0.95:
        assert graded.grade is Grade.SAME_IMAGE
    elif away > np.expm1(tolerance) * 1.05:
        assert graded.grade is Grade.POSSIBLE


@pytest.mark.parametrize("rung", LADDER.values(), ids=LADDER)
def test_scores_keep_to_their_schema(rung: Rung) -> None:
    schema = json.loads((files("resources") / "schemas" / "scores.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(scores(Evidence(QUERY, rung.facts, rung.nearest, rung.look)), schema)


def test_a_rather_plain_work_is_not_told_from_others_by_its_hash_alone() -> None:
    for quality, expected in ((69, Grade.POSSIBLE), (70, Grade.SAME_IMAGE)):
        plain = replace(QUERY, fingerprints=replace(QUERY.fingerprints, pdq_quality=quality))
        graded = grade(Evidence(plain, row(), PHASH, ELSEWHERE), SMALL_CHECK)
        assert graded is not None
        assert graded.grade is expected
        assert (explain.rather_plain() in graded.reasons) == (quality == 69)


BLANK = query_of(Image.new("RGB", (512, 512), "white"))


def blank(kind: Kind, look: SecondLook | NotSeen = ELSEWHERE, frames: int = 1) -> Graded:
    """The grade of a white square that equals what the row records."""
    query = replace(BLANK, fingerprints=replace(BLANK.fingerprints, frames=frames))
    graded = grade(Evidence(query, row(), nearest(candidate(kind)), look), SMALL_CHECK, SCALES)
    assert graded is not None
    return graded


def test_a_blank_picture_equal_in_every_pixel_is_anybody_s_so_no_letter_names_it() -> None:
    graded = blank(Kind.PIXEL_HASH)
    assert (graded.grade, graded.verified, graded.confidence) == (Grade.POSSIBLE, False, None)
    assert graded.reasons[1] == explain.nothing_to_see()
    assert "Picture not seen" in graded.reasons[-1]


def test_two_blank_pictures_that_were_looked_at_are_told_apart_no_better() -> None:
    graded = blank(Kind.PIXEL_HASH, TOO_PLAIN)
    assert (graded.grade, graded.verified) == (Grade.POSSIBLE, True)
    assert not any("not seen" in reason for reason in graded.reasons)


@pytest.mark.parametrize("kind", [Kind.SHA256, Kind.MD5])
def test_the_very_file_of_a_blank_picture_is_the_same_file_but_is_to_be_looked_at_first(kind: Kind) -> None:
    graded = blank(kind)
    assert (graded.grade, graded.verified, graded.confidence) == (Grade.IDENTICAL_FILE, True, None)
    assert explain.nothing_to_see() in graded.reasons
    assert graded.caution == explain.anybodys_file()


def test_behind_a_blank_first_page_a_file_has_others_that_its_bytes_tell() -> None:
    assert blank(Kind.SHA256, frames=2).confidence == 1.0
    assert blank(Kind.SHA256, frames=2).caution is None
    assert blank(Kind.PIXEL_HASH, frames=2).grade is Grade.POSSIBLE


def of_detail(pixels: NDArray[np.uint8]) -> Query:
    """A large picture whose detail is too fine for any hash of its look."""
    query = query_of(Image.fromarray(pixels))
    assert query.fingerprints.is_too_plain
    return query


def test_of_a_picture_full_of_fine_detail_nobody_is_told_that_there_is_nothing_to_see() -> None:
    """Small copies of it are an even grey, so it has no hash; but nobody else has the very same pixels by accident."""
    noise = of_detail(np.random.default_rng(1).integers(0, 256, (2400, 2400, 3), dtype=np.uint8))
    for kind, expected in ((Kind.PIXEL_HASH, Grade.SAME_IMAGE), (Kind.SHA256, Grade.IDENTICAL_FILE)):
        graded = grade(Evidence(noise, row(), nearest(candidate(kind)), ELSEWHERE), SMALL_CHECK, SCALES)
        assert graded is not None
        assert (graded.grade, graded.confidence, graded.caution) == (expected, 1.0, None)
        assert explain.nothing_to_see() not in graded.reasons


def test_a_pattern_that_anybody_can_make_is_as_blank_as_a_white_square() -> None:
    chequer = of_detail((np.indices((2400, 2400)).sum(axis=0) % 2 * 255).astype(np.uint8))
    graded = grade(Evidence(chequer, row(), nearest(candidate(Kind.PIXEL_HASH)), ELSEWHERE), SMALL_CHECK, SCALES)
    assert graded is not None
    assert graded.grade is Grade.POSSIBLE


SCALES = replace(
    NOT_CALIBRATED,
    scales=(
        Scale(Measure.STRENGTH, -6.0, 6.0, 800, 93, 3000, 0, pictures_a_work=1000),
        Scale(Measure.RARITY, -2.0, 1.5, 300, 93, 3000, 0, pictures_a_work=1000),
    ),
)


def seen(strength: float, verdict: Verdict = Verdict.EDITED) -> SecondLook:
    agreed = Agreement(**{one.name: 0 for one in fields(Agreement)} | {"strength": strength})
    return SecondLook(verdict, (MIRROR,), LIKENESS, agreement=agreed)


def confidence(
    near: Mapping[Kind, Candidate], look: SecondLook | NotSeen, chance: Chance = SMALL_CHECK
) -> float | None:
    graded = grade(Evidence(QUERY, row(), near, look), chance, SCALES)
    assert graded is not None
    return graded.confidence


def test_a_surer_comparison_is_a_surer_match_though_none_is_surer_than_was_measured() -> None:
    rising = [confidence(HASHES, seen(strength)) for strength in (1.0, 20.0, 60.0, 60.01, 500.0, 5000.0)]
    assert rising == sorted(set(rising))
    assert rising[-1] < 0.05 / (0.05 + 0.95 * 0.00123)


def test_a_nearer_hash_is_a_surer_match_and_a_smaller_check_too() -> None:
    near, far = (confidence(nearest(candidate(Kind.PHASH, bits)), ELSEWHERE) for bits in (2, 8))
    assert near > far
    assert confidence(nearest(candidate(Kind.PHASH, 8)), ELSEWHERE, HUGE_CHECK) < far


def test_the_same_file_is_the_same_file_however_many_unrelated_works_were_tried() -> None:
    assert confidence(BYTES, ELSEWHERE) == 1.0
    assert confidence(nearest(candidate(Kind.PIXEL_HASH)), ELSEWHERE) == 1.0


def said_last(look: SecondLook, pictures: int = 0, scales: ConfidenceScales = SCALES) -> str:
    """What is said of how likely a match is right in a check that holds each work against so many pictures."""
    graded = grade(Evidence(QUERY, row(), HASHES, look), replace(SMALL_CHECK, pictures=pictures), scales)
    assert graded is not None
    return graded.reasons[-1]


def test_a_figure_is_told_with_the_share_of_listed_works_that_it_takes_for_granted() -> None:
    assert said_last(seen(4.5)) == (
        "If 5 % of works are listed, about 78 % of matches this strong are right, as measured with 800 altered "
        "copies and 3,000 unrelated works, each held against 1,000 pictures."
    )


@pytest.mark.parametrize("pictures", [0, 20_000, 100_000, 2_000_000])
@pytest.mark.parametrize("strength", [1.0, 4.5, 500.0])
def test_a_result_holds_a_figure_just_where_its_reasons_tell_one(strength: float, pictures: int) -> None:
    chance = replace(SMALL_CHECK, pictures=pictures)
    told = "of matches this strong are right" in said_last(seen(strength), pictures)
    assert (confidence(HASHES, seen(strength), chance) is not None) == told


def test_what_is_stronger_than_was_measured_is_told_as_a_bound_not_as_a_measured_share() -> None:
    assert said_last(seen(500.0)) == (
        "If 5 % of works are listed, at least 97.6 % of matches this strong are right, as measured with 800 altered "
        "copies and 3,000 unrelated works, each held against 1,000 pictures."
    )


def test_with_too_few_unrelated_works_no_figure_is_told_of_a_strong_match() -> None:
    few = replace(SCALES, scales=(replace(SCALES.scales[0], works_without_copies=20),))
    assert said_last(seen(500.0), scales=few) == (
        "How often such a match is right is not told in a figure: it was measured with 20 unrelated works, each held "
        "against 1,000 pictures, which is too little to say that most such matches are right."
    )


def test_a_larger_check_than_was_measured_lowers_the_figure_and_says_so() -> None:
    larger = replace(SMALL_CHECK, pictures=20_000)
    graded = grade(Evidence(QUERY, row(), HASHES, seen(500.0)), larger, SCALES)
    assert graded is not None
    assert graded.confidence is not None
    assert graded.confidence < confidence(HASHES, seen(500.0))
    assert graded.reasons[-1] == (
        "If 5 % of works are listed, at least 67 % of matches this strong are right, as measured with 800 altered "
        "copies and 3,000 unrelated works, each held against 1,000 pictures. This check holds each work against "
        "20,000, so 20 times as many false matches are allowed for."
    )


def test_a_check_far_larger_than_was_measured_is_told_no_figure_and_why() -> None:
    graded = grade(Evidence(QUERY, row(), HASHES, seen(500.0)), replace(SMALL_CHECK, pictures=10**9), SCALES)
    assert graded is not None
    assert (graded.grade, graded.confidence) == (Grade.EDITED_COPY, None)
    assert graded.reasons[-1] == (
        "How often such a match is right is not told in a figure: it was measured with 3,000 unrelated works, each "
        "held against 1,000 pictures, which is too little to say that most such matches are right, in a check that "
        "holds each work against 1,000,000,000."
    )


def test_nobody_reads_beside_a_perfect_copy_that_most_such_matches_are_wrong() -> None:
    """With the program's own scale, among a hundred pictures: 9.1 % is all that 190 unrelated works bear out."""
    assert said_last(seen(500.0), 100, own_scales()) == (
        "How often such a match is right is not told in a figure: it was measured with 190 unrelated works, each held "
        "against 4 pictures, which is too little to say that most such matches are right, in a check that holds each "
        "work against 100."
    )


def test_where_nothing_was_measured_there_is_no_figure_and_it_says_so() -> None:
    graded = grade(Evidence(QUERY, row(), PHASH, ELSEWHERE), SMALL_CHECK, NOT_CALIBRATED)
    assert graded is not None
    assert graded.confidence is None
    assert graded.reasons[-2] == explain_confidence.no_confidence()
    assert confidence(nearest(candidate(Kind.KEYPOINTS, 1 / 31)), ELSEWHERE) is None


def test_what_was_compared_and_is_different_is_given_no_figure_in_words_or_otherwise() -> None:
    graded = grade(Evidence(QUERY, row(), HASHES, seen(3.0, Verdict.DIFFERENT)), SMALL_CHECK, SCALES)
    assert graded is not None
    assert (graded.grade, graded.confidence) == (Grade.LOOKS_ALIKE, None)
    assert "works are listed" not in " ".join(graded.reasons)


def test_what_keypoints_propose_says_how_many_agree() -> None:
    assert scores(Evidence(QUERY, row(), nearest(candidate(Kind.KEYPOINTS, 1 / 31)), ELSEWHERE)) == {
        "keypoint_votes": 31
    }


def test_scores_are_what_was_measured() -> None:
    assert scores(Evidence(QUERY, row(), HASHES, CROPPED)) == {
        "phash_distance": 4,
        "pdq_distance": 20,
        "miniature_cosine": 0.99,
        "strength": 90.09,
        "blocks": 100,
        "blocks_alike": 0.97,
        "colour_step": 5.0,
        "residual": 0.01,
        "worst_spot": 12.0,
        "inliers": 60,
        "work_share": 0.8,
        "picture_share": 1.0,
    }


# Works in another form, of which nobody saw the row's picture


def in_form(form: Form, distance: float = 2) -> Mapping[Kind, Candidate]:
    return nearest(replace(candidate(Kind.PHASH, distance), form=form))


@pytest.mark.parametrize(
    ("form", "size", "edit", "says"),
    [
        (Form.SQUARE, (300, 300), Edit(EditKind.CROPPED), "the square middle of your work"),
        (Form.WITHOUT_TOP, (480, 331), Edit(EditKind.CROPPED), "a part of your work"),
        (Form.ON_SQUARE, (600, 600), Edit(EditKind.EMBEDDED), "your work on a white square"),
    ],
)
def test_a_copy_in_another_form_is_graded_as_edited_and_said_to_be_so(
    form: Form, size: tuple[int, int], edit: Edit, says: str
) -> None:
    facts = row(width=size[0], height=size[1])
    graded = grade(Evidence(QUERY, facts, in_form(form), ELSEWHERE), SMALL_CHECK)
    assert graded is not None
    assert (graded.grade, graded.verified, graded.edits) == (Grade.EDITED_COPY, False, (edit,))
    assert says in graded.reasons[0]


def test_a_row_in_the_shape_of_the_work_is_not_its_square_middle() -> None:
    graded = grade(Evidence(QUERY, row(width=480, height=360), in_form(Form.SQUARE), ELSEWHERE), SMALL_CHECK)
    assert graded is not None
    assert graded.grade is Grade.POSSIBLE
    assert explain.other_shape(Form.SQUARE) in graded.reasons


def test_another_form_is_as_rare_as_everything_that_was_asked() -> None:
    asked = Chance({Kind.PHASH: 8}, (RowsAsked(Kind.PHASH, 10**9, forms=True),), 1, forms=7)
    graded = grade(Evidence(QUERY, row(), in_form(Form.SQUARE, 4), ELSEWHERE), asked)
    assert graded is not None
    assert graded.chance == asked.expected(Kind.PHASH, 4, form=True) > asked.expected(Kind.PHASH, 4)
    assert graded.grade is Grade.POSSIBLE
