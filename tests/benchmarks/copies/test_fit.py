"""Confidence fitted to pairs that are made up with known odds."""

import sys
from dataclasses import replace
from math import expm1, log
from pathlib import Path

import numpy as np
import pytest

from indexer.core.types import Grade
from indexer.matching.confidence import Measure, read_scales
from tests.benchmarks.copies.fit import fit_all, main
from tests.benchmarks.copies.labelled import Copy, LabelledSet, Plan
from tests.benchmarks.copies.pairs import Asked, Pair, labelled_pairs, read_pairs, write_pairs
from tests.benchmarks.copies.unseen import search_unseen
from tests.helpers.pictures import draw, save_all


def pair(
    work: str, row: str, is_copy: bool, strength: float | None, grade: Grade | None = None, **more: object
) -> Pair:
    facts = {
        "edit": None,
        "group": None,
        "verified": True,
        "basis": (),
        "chance": None,
        "confidence": None,
        "edits": (),
    }
    scores = {} if strength is None else {"strength": expm1(strength)}
    return Pair(
        work=work, row=row, is_copy=is_copy, grade=grade, scores=scores, lanes=(), collection="set", **(facts | more)
    )


def asked(work: str, has_copies: bool) -> Asked:
    return Asked(work, has_copies, None, "set", pictures=2000)


def drawn(copies: int, works: int, apart: float) -> list[Pair | Asked]:
    """The measure of copies is normal around 6 + `apart`, that of the strongest false match of a work around 6."""
    random = np.random.default_rng(3)
    right = [
        pair(f"a{at}", f"r{at}", True, float(value), Grade.EDITED_COPY)
        for at, value in enumerate(random.normal(6 + apart, 1, copies))
    ]
    wrong = [
        pair(f"b{at}", f"s{at}", False, float(value), Grade.LOOKS_ALIKE)
        for at, value in enumerate(random.normal(6, 1, works))
    ]
    return [
        *right,
        *wrong,
        *(asked(one.work, True) for one in right),
        *(asked(one.work, False) for one in wrong),
    ]


def test_the_ratio_is_that_of_the_two_distributions_however_many_there_are_of_each() -> None:
    """Of two normal distributions of one spread the logarithm of the ratio is a straight line, of slope 2 here."""
    for copies, works in ((3000, 3000), (6000, 1500)):
        scale = fit_all(drawn(copies, works, 2.0), []).scale(Measure.STRENGTH)
        assert scale is not None
        assert scale.slope == pytest.approx(2.0, rel=0.12)
        # the works of the copies were asked for as well, and had no false match: a false one is so much rarer
        assert scale.intercept + scale.slope * 7.0 == pytest.approx(log((copies + works) / works), abs=0.25)


def test_copies_that_were_missed_make_every_match_count_for_less() -> None:
    known = drawn(2000, 2000, 2.0)
    missed = [pair(f"a{at}", f"m{at}", True, None) for at in range(2000)]
    whole, half = (fit_all(lines, []).scale(Measure.STRENGTH) for lines in (known, [*known, *missed]))
    assert whole is not None
    assert half is not None
    assert half.log_ratio(7.0) == pytest.approx(whole.log_ratio(7.0) - log(2), abs=0.02)


def test_only_the_strongest_false_match_of_a_work_counts() -> None:
    known = drawn(500, 500, 3.0)
    more = [pair(f"b{at}", f"t{at}", False, 1.0, Grade.LOOKS_ALIKE) for at in range(500)]
    assert fit_all(known, []).scales == fit_all([*known, *more], []).scales


def test_where_all_is_apart_the_slope_stays_finite_and_few_clean_works_bear_out_little() -> None:
    lines = [pair("a", f"r{at}", True, 4.0 + at / 40, Grade.SAME_IMAGE) for at in range(40)]
    lines += [asked("a", True), *(asked(f"b{at}", False) for at in range(10))]
    fitted = fit_all(lines, [])
    (scale,) = fitted.scales
    assert 0 < scale.slope < 10
    figure = fitted.confidence(Measure.STRENGTH, 9.0)
    assert figure is not None
    assert figure < 0.05 / (0.05 + 0.95 * 0.3085)


def test_hashes_alone_are_fitted_by_how_rare_they_are_for_one_work() -> None:
    works = 50
    lines: list[Pair | Asked] = [asked(f"b{at}", False) for at in range(works)]
    for at in range(60):
        chance = 10.0 ** -(at % 6)
        lines.append(pair(f"b{at % works}", f"s{at}", at % 6 > 2, None, Grade.POSSIBLE, verified=False, chance=chance))
    (scale,) = fit_all([], lines).scales
    assert scale.by is Measure.RARITY
    assert scale.log_ratio(6.0) > scale.log_ratio(2.0)


def test_the_scale_keeps_how_many_pictures_each_work_was_held_against() -> None:
    known = drawn(200, 200, 3.0)
    assert fit_all(known, []).scales[0].pictures_a_work == 2000
    smaller = [*known, Asked("z", False, None, "a smaller set", pictures=500)]
    assert fit_all(smaller, []).scales[0].pictures_a_work == 500, "the fewest: what is not known to hold is not told"
    older = [replace(line, pictures=0) if isinstance(line, Asked) else line for line in known]
    assert fit_all(older, [], pictures_a_work=4).scales[0].pictures_a_work == 4
    with pytest.raises(ValueError, match="do not say how many pictures each work was held against"):
        fit_all(older, [])


def test_false_matches_of_clean_works_are_counted() -> None:
    lines = [*drawn(200, 200, 3.0), pair("b7", "x", False, 9.0, Grade.EDITED_COPY)]
    (scale,) = fit_all(lines, []).scales
    assert (scale.false_works, scale.works_without_copies, scale.copies) == (1, 200, 200)


@pytest.mark.parametrize(
    ("lines", "because"),
    [
        ([], "nothing to fit"),
        ([pair("a", "r", True, 5.0)], "no work without copies"),
        ([pair("a", "r", True, 1.0), pair("b", "s", False, 5.0), asked("b", False)], "no larger than that of other"),
    ],
)
def test_pairs_that_bear_nothing_are_told_in_a_sentence(lines: list[Pair | Asked], because: str) -> None:
    with pytest.raises(ValueError, match=because):
        fit_all(lines, [])


def test_the_command_writes_what_the_program_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = drawn(200, 200, 3.0)
    write_pairs(tmp_path / "pairs.jsonl", known)
    assert read_pairs(tmp_path / "pairs.jsonl") == known
    out = tmp_path / "out" / "copies.json"
    out.parent.mkdir()
    monkeypatch.setattr(sys, "argv", ["fit", str(tmp_path / "pairs.jsonl"), "--out", str(out), "--note", "a note"])
    assert main() == 0
    assert "200 copies, 200 clean works, 0 of them false" in capsys.readouterr().out
    read = read_scales(out.parent)
    assert read.note == "a note"
    assert read.command == "python -m tests.benchmarks.copies.fit pairs.jsonl --out copies.json --note 'a note'"
    assert [one.name for one in read.collections] == ["set"]


def test_a_search_that_sees_no_picture_gives_pairs_to_fit_hashes_by(tmp_path: Path) -> None:
    listed, works = tmp_path / "listed", tmp_path / "works"
    drawn_pictures = {f"w{seed}.png": draw(seed, (240, 180)) for seed in range(6)}
    save_all(works, drawn_pictures)
    copies = {f"copy{seed}.png": drawn_pictures[f"w{seed}.png"].resize((160, 120)) for seed in range(3)}
    save_all(listed, copies | {f"other{seed}.png": draw(100 + seed, (240, 180)) for seed in range(8)})
    made = tuple(
        Copy(f"copy{seed}.png", f"w{seed}.png", "smaller", "common", 0, frozenset(), frozenset()) for seed in range(3)
    )
    names = [f"w{seed}.png" for seed in range(6)]
    labelled = LabelledSet(
        "set", tmp_path, Plan(6, 1, 8, 0), ("common",), tuple(names[:3]), tuple(names[3:]), {}, made, 8
    )
    lines = list(labelled_pairs(labelled, search_unseen(labelled)))
    found = [line for line in lines if isinstance(line, Pair) and line.grade]
    assert {line.row for line in found if line.is_copy} == set(copies)
    assert not any(line.verified for line in found)
    assert all(line.chance is not None for line in found)
    (scale,) = fit_all([], lines).scales
    assert (scale.by, scale.copies, scale.works_without_copies) == (Measure.RARITY, 3, 3)
    assert scale.pictures_a_work == 11
