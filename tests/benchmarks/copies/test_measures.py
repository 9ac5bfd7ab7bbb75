"""What the figures of the benchmark mean, on cases small enough to reckon by hand."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from indexer.core.types import Basis, EditKind, Grade, Lane, Match
from indexer.matching.error_rates import GradeRates, PictureSet, read_error_rates
from tests.benchmarks.copies.error_rates import error_rates, in_words, main, write_error_rates
from tests.benchmarks.copies.intervals import clustered
from tests.benchmarks.copies.labelled import Copy, LabelledSet, Plan, read_manifest, write_manifest
from tests.benchmarks.copies.labels import visible
from tests.benchmarks.copies.measures import Claim, Counted, average_precision, measure, recall_at_precision
from tests.benchmarks.copies.ours import claim_of
from tests.benchmarks.copies.pairs import Asked, Pair, labelled_pairs, write_pairs
from tests.benchmarks.copies.suites import ALL, recipes_of

MIRRORED, CROPPED, TONED = EditKind.MIRRORED, EditKind.CROPPED, EditKind.TONED


def copy(file: str, work: str, edit: str = "mirrored", group: str = "common", must: EditKind = MIRRORED) -> Copy:
    return Copy(file, work, edit, group, 0, frozenset({must}), frozenset({TONED}))


COPIES = (copy("a1", "a"), copy("a2", "a", "cropped", "hard", CROPPED), copy("b1", "b"))


def test_recall_is_counted_by_edit_and_by_group() -> None:
    measured = measure([Claim("a", "a1", 1.0), Claim("a", "a2", 1.0)], COPIES, ())
    assert measured.by_edit == {"mirrored": Counted(1, 2), "cropped": Counted(1, 1)}
    assert measured.by_group == {"common": Counted(1, 2), "hard": Counted(1, 1)}
    assert sorted(one.of for one in measured.found_of_work["common"]) == [1, 1]


def test_a_copy_claimed_for_another_work_is_not_found_and_costs_precision() -> None:
    measured = measure([Claim("b", "a1", 1.0), Claim("b", "b1", 1.0)], COPIES, ())
    assert measured.by_group["common"] == Counted(1, 2)
    assert measured.precision == Counted(1, 2)


def test_a_claim_that_is_not_accepted_finds_nothing_but_has_its_place_in_the_ranking() -> None:
    measured = measure([Claim("a", "a1", 0.9), Claim("a", "a2", 0.1, is_accepted=False)], COPIES, ("c",))
    assert measured.by_group["hard"] == Counted(0, 1)
    assert measured.precision == Counted(1, 1)
    assert measured.micro_ap == pytest.approx(2 / 3)


def test_a_work_without_copies_that_gets_two_matches_is_one_false_work() -> None:
    claims = [Claim("c", "x", 1.0), Claim("c", "y", 1.0), Claim("d", "x", 1.0, is_accepted=False)]
    assert measure(claims, COPIES, ("c", "d", "e")).false_works == Counted(1, 3)


def test_a_pair_that_is_claimed_twice_counts_once_with_its_better_claim() -> None:
    claims = [Claim("a", "a1", 0.2, is_accepted=False), Claim("a", "a1", 0.7), Claim("a", "a1", 0.5)]
    measured = measure(claims, COPIES, ())
    assert measured.precision == Counted(1, 1)
    assert measured.micro_ap == pytest.approx(1 / 3)


def test_average_precision_is_the_mean_of_the_precision_at_each_copy() -> None:
    ranked = [(4.0, True), (3.0, False), (2.0, True), (1.0, False)]
    assert average_precision(ranked, 2) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert average_precision(ranked, 4) == pytest.approx((1 / 1 + 2 / 3) / 4), "copies without a claim count as missed"


def test_among_equal_scores_the_false_claims_come_first() -> None:
    assert average_precision([(1.0, True), (1.0, False), (1.0, True)], 2) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_no_threshold_tells_equal_scores_apart() -> None:
    ranked = [(2.0, True), (1.0, True), (1.0, False)]
    assert recall_at_precision(ranked, 2, 1.0) == pytest.approx(0.5)
    assert recall_at_precision(ranked, 2, 0.6) == pytest.approx(1.0)


def test_recall_at_a_precision_may_lie_beyond_a_dip() -> None:
    ranked = [(9.0, False), *((8.0 - at / 10, True) for at in range(9))]
    assert recall_at_precision(ranked, 9, 0.9) == pytest.approx(1.0)
    assert recall_at_precision(ranked, 9, 1.0) == 0.0


def found(
    grade: Grade, strength: float | None = None, confidence: float | None = None, *, verified: bool = True
) -> Match:
    scores = {} if strength is None else {"strength": strength}
    return Match("a", "set", "1", "1", None, None, grade, verified=verified, confidence=confidence, scores=scores)


def test_our_matches_are_ranked_by_their_strength_though_none_is_given_a_confidence() -> None:
    falling = [
        found(Grade.IDENTICAL_FILE, 2.0, confidence=1.0), found(Grade.EDITED_COPY, 900.0), found(Grade.SAME_IMAGE, 3.0),
        found(Grade.SAME_IMAGE, verified=False), found(Grade.LOOKS_ALIKE, 5.0), found(Grade.POSSIBLE, verified=False),
    ]  # fmt: skip
    scores = [claim_of(match).score for match in falling]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_a_ranking_is_worth_no_more_than_all_and_no_less_than_nothing(ranked: list[tuple[int, bool]]) -> None:
    positives = sum(truth for _, truth in ranked)
    assert 0 <= average_precision(ranked, positives) <= 1
    assert 0 <= recall_at_precision(ranked, positives, 0.9) <= 1


def test_edits_are_named_rightly_when_all_that_must_be_is_and_nothing_that_may_not() -> None:
    def named(*kinds: EditKind) -> Counted:
        claims = [Claim("a", "a1", 1.0, named=frozenset(kinds))]
        return measure(claims, COPIES, ()).named_rightly["mirrored"]

    assert named(MIRRORED) == named(MIRRORED, TONED) == Counted(1, 1)
    assert named() == named(TONED) == named(MIRRORED, CROPPED) == Counted(0, 1)


def test_a_kind_counts_as_wrong_where_it_is_missing_and_where_it_has_no_place() -> None:
    claims = [
        Claim("a", "a1", 1.0, named=frozenset({MIRRORED, CROPPED})),
        Claim("a", "a2", 1.0, named=frozenset({CROPPED})),
        Claim("b", "b1", 1.0, named=frozenset({TONED})),
    ]
    assert measure(claims, COPIES, ()).kinds_named == {MIRRORED: Counted(1, 2), CROPPED: Counted(1, 2)}


def test_copies_of_one_work_do_not_make_an_interval_narrow() -> None:
    apart = clustered([Counted(int(at % 2), 1) for at in range(100)])
    together = clustered([Counted(10 * (at % 2), 10) for at in range(10)])
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_nothing_missed_is_bounded_by_the_number_of_works_and_not_of_copies() -> None:
    few, many = clustered([Counted(0, 100)] * 10), clustered([Counted(0, 1)] * 1000)
    assert few.low == many.low == 0
    assert few.high == pytest.approx(0.3085, abs=1e-3), "Clopper and Pearson for 0 of 10"
    assert many.high == pytest.approx(0.00368, abs=1e-4)


def test_of_no_works_nothing_is_known() -> None:
    assert (clustered([]).low, clustered([Counted(0, 0)]).high) == (0.0, 1.0)


def pair(work: str, row: str, grade: Grade | None, *, is_copy: bool, lane: Lane = Lane.LOCAL) -> Pair:
    return Pair(
        work,
        row,
        is_copy,
        None,
        None,
        grade,
        grade is not None,
        (),
        None,
        None,
        (),
        {},
        (lane,) if grade else (),
        "set",
    )


KNOWN: list[Pair | Asked] = [
    pair("a", "a1", Grade.SAME_IMAGE, is_copy=True, lane=Lane.PERCEPTUAL),
    pair("a", "a2", Grade.EDITED_COPY, is_copy=True),
    pair("a", "a3", None, is_copy=True),
    pair("c", "x", Grade.EDITED_COPY, is_copy=False),
    pair("c", "y", Grade.EDITED_COPY, is_copy=False),
    Asked("a", has_copies=True, sort=None, collection="set"),
    *(Asked(work, has_copies=False, sort=None, collection="set") for work in "cde"),
]


def rate_of(grade: Grade, lane: Lane | None = None) -> GradeRates:
    return next(row for row in error_rates(KNOWN) if (row.grade, row.lane) == (grade, lane))


def test_false_works_of_a_grade_are_counted_among_the_works_without_copies() -> None:
    row = rate_of(Grade.EDITED_COPY, Lane.LOCAL)
    assert (row.matches, row.false_matches) == (3, 2)
    assert (row.false_works.found, row.false_works.of) == (1, 3)


def test_a_copy_of_a_stronger_grade_is_not_missed_by_a_weaker_one() -> None:
    assert rate_of(Grade.EDITED_COPY).missed_copies.found == 1
    assert rate_of(Grade.SAME_IMAGE).missed_copies.found == 2
    assert rate_of(Grade.EDITED_COPY, Lane.LOCAL).missed_copies.found == 2, "the other one was found by another lane"


def test_no_false_work_is_said_with_its_bound() -> None:
    assert in_words(rate_of(Grade.SAME_IMAGE).false_works) == "0 of 3, at most 71 %"


def test_the_file_of_error_rates_says_of_what_it_was_counted(tmp_path: Path) -> None:
    write_error_rates(tmp_path / "rates.json", KNOWN)
    (written,) = read_error_rates(tmp_path)
    assert written.collections == (PictureSet("set", 1, 3, 3),)
    assert {row.grade for row in written.rows} == {Grade.SAME_IMAGE, Grade.EDITED_COPY}


def unseen(work: str, row: str, grade: Grade | None, *, is_copy: bool) -> Pair:
    """As `unseen.py` writes it: hashes alone."""
    return replace(pair(work, row, grade, is_copy=is_copy, lane=Lane.PERCEPTUAL), verified=False)


UNSEEN: list[Pair | Asked] = [
    unseen("a", "a1", Grade.SAME_IMAGE, is_copy=True),
    unseen("a", "a2", Grade.POSSIBLE, is_copy=True),
    unseen("d", "x", Grade.POSSIBLE, is_copy=False),
    pair("a", "a3", Grade.IDENTICAL_FILE, is_copy=True, lane=Lane.EXACT),  # equal bytes need no picture
    Asked("a", has_copies=True, sort=None, collection="set"),
    *(Asked(work, has_copies=False, sort=None, collection="set") for work in "cd"),
]


def written_by_command(room: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    write_pairs(room / "seen.jsonl", KNOWN)
    write_pairs(room / "unseen.jsonl", UNSEEN)
    monkeypatch.chdir(room)
    monkeypatch.setattr(sys, "argv", ["error_rates", *words])
    return main()


def test_of_pictures_that_were_not_seen_the_file_has_lines_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("seen.jsonl", "--unseen", "unseen.jsonl", "--out", "rates/r.json", "--note", "Small.")
    (tmp_path / "rates").mkdir()
    assert written_by_command(tmp_path, monkeypatch, *asked) == 0
    (written,) = read_error_rates(tmp_path / "rates")
    rows = {(row.grade, row.verified): row for row in written.rows if row.lane is None}
    assert set(rows) == {(Grade.SAME_IMAGE, True), (Grade.EDITED_COPY, True), (Grade.SAME_IMAGE, False),
                         (Grade.POSSIBLE, False)}  # fmt: skip
    possible = rows[Grade.POSSIBLE, False]
    assert (possible.false_works.found, possible.false_works.of) == (1, 2), "of the works of that search alone"
    assert (possible.missed_copies.found, possible.missed_copies.of) == (1, 3), "a3 by its bytes alone"
    assert rows[Grade.EDITED_COPY, True] == rate_of(Grade.EDITED_COPY)
    assert written.collections == (PictureSet("set", 1, 3, 3),), "the works of both searches count once"
    assert written.note.startswith("Small. Of pictures that were not compared: ")
    assert "3 copies of one work" in written.note
    assert "2 unrelated works" in written.note
    assert written.command == (
        "python -m tests.benchmarks.copies.error_rates seen.jsonl --unseen unseen.jsonl --out r.json --note Small."
    )


def test_a_run_that_is_given_twice_does_not_count_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert written_by_command(tmp_path, monkeypatch, "seen.jsonl", "seen.jsonl", "--out", "r.json") == 1
    assert "works of set stand there twice" in capsys.readouterr().err
    assert not (tmp_path / "r.json").exists()


def labelled_set(folder: Path) -> LabelledSet:
    return LabelledSet("set", folder, Plan(4, 2, 10, 0), ("common",), ("a", "b"), ("c",), {"c": "text"}, COPIES, 10)


def test_a_set_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    made = labelled_set(tmp_path)
    write_manifest(made)
    assert read_manifest(tmp_path) == made


def test_pairs_hold_matches_missed_copies_and_works_without_either(tmp_path: Path) -> None:
    match = Match(
        "works/a", "s", "a1", "k", None, None, Grade.SAME_IMAGE, True, basis=(Basis.PIXELS,), scores={"pdq_distance": 2}
    )
    write_pairs(tmp_path / "pairs.jsonl", labelled_pairs(labelled_set(tmp_path), [match]))
    lines = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert [(line["work"], line["row"], line["grade"]) for line in lines[:3]] == [
        ("a", "a1", "same_image"),
        ("a", "a2", None),
        ("b", "b1", None),
    ]
    assert lines[0]["lanes"] == ["perceptual"]
    assert [(line["work"], line["has_copies"]) for line in lines[3:]] == [("a", True), ("b", True), ("c", False)]


def painting(size: tuple[int, int] = (240, 180)) -> Image.Image:
    """Colourful noise, coarse enough to survive."""
    cells = np.random.default_rng(7).integers(0, 256, (9, 12, 3), np.uint8)
    return Image.fromarray(cells).resize(size, Image.Resampling.BICUBIC)


def test_what_cannot_be_seen_need_not_be_named() -> None:
    grey, square = painting().convert("L").convert("RGB"), painting((200, 200))
    must, may = visible(ALL["grey"], grey, grey)
    assert (must, EditKind.GREYED in may) == (frozenset(), True)
    assert visible(ALL["grey"], painting(), grey)[0] == {EditKind.GREYED}
    assert visible(ALL["square from the middle"], square, square)[0] == frozenset()


@pytest.mark.parametrize("group", ["common", "hard", "field", "more", "copydays", "augly"])
def test_every_edit_gives_a_picture_and_the_same_one_again(group: str) -> None:
    work, other = painting(), painting((150, 210)).transpose(Image.Transpose.ROTATE_90)
    for name, recipe in recipes_of(group).items():
        first, again = (recipe.apply(work, other, np.random.default_rng(3)) for _ in range(2))
        assert (first.mode, first.tobytes()) == ("RGB", again.tobytes()), name
        assert min(first.size) >= 8, name
        assert not recipe.must & recipe.may, name


def test_suites_hold_what_the_field_lists() -> None:
    assert len(recipes_of("field")) == 57
    assert len(recipes_of("common")) >= 20
    assert len(recipes_of("hard")) >= 12
    with pytest.raises(ValueError, match="no such group of edits: soft"):
        recipes_of("common,soft")
