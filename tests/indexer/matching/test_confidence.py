"""From a likelihood ratio to a figure that never says more than was measured, and keeps the order."""

import json
from dataclasses import replace
from math import exp, log
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.about import this_tool
from indexer.matching.binomial import Share
from indexer.matching.confidence import (
    NOT_CALIBRATED,
    ConfidenceScales,
    Measure,
    Scale,
    own_scales,
    rarity,
    read_scales,
    squeezed,
)
from indexer.matching.error_rates import PictureSet

RESOURCES = Path(__file__).parents[3] / "resources"
SCHEMA = json.loads((RESOURCES / "schemas" / "calibration.schema.json").read_text("utf-8"))
KEPT = sorted((RESOURCES / "calibration").glob("*.json"))

STRENGTH = Scale(Measure.STRENGTH, -5.0, 0.25, 900, 93, 3000, 0, pictures_a_work=1000)
SCALES = ConfidenceScales(
    1, "2026-11-25", this_tool(), "python -m tests.benchmarks.copies.fit", (PictureSet("wesnoth", 93, 3000, 900),),
    (STRENGTH,),
)  # fmt: skip


def test_well_below_the_bound_a_ratio_is_what_the_curve_says() -> None:
    assert STRENGTH.log_ratio(20.0) == pytest.approx(0.0)
    odds = 0.05 / 0.95 * exp(2.0)
    assert SCALES.confidence(Measure.STRENGTH, 28.0) == pytest.approx(odds / (1 + odds))


@given(st.integers(1, 100_000), st.floats(-50, 5000))
def test_no_figure_goes_beyond_what_so_many_clean_works_bear_out(clean: int, strength: float) -> None:
    scales = replace(SCALES, scales=(replace(STRENGTH, works_without_copies=clean),))
    bound = Share(0, clean).high
    figure = scales.confidence(Measure.STRENGTH, strength)
    assert figure is not None
    assert 0 < figure < 0.05 / (0.05 + 0.95 * bound)


@given(st.floats(-1000, 20_000), st.floats(0.01, 1000))
def test_what_is_stronger_is_always_ahead_however_strong_both_are(strength: float, more: float) -> None:
    weaker, stronger = (SCALES.confidence(Measure.STRENGTH, value) for value in (strength, strength + more))
    assert weaker < stronger


@given(st.floats(-20, 20), st.floats(-100, 100))
def test_squeezing_has_no_step_and_never_turns(most: float, value: float) -> None:
    step = 1e-4
    rise = squeezed(value + step, most) - squeezed(value, most)
    assert 0 < rise <= step * (1 + 1e-6)
    assert squeezed(value, most) <= value + 1e-9
    assert squeezed(value, most) < most


def test_among_ten_times_as_many_pictures_a_ratio_is_a_tenth_and_so_is_the_most_that_is_borne_out() -> None:
    """Of one strength ten times as many pictures bring ten times as many false matches, unless that was measured."""
    for strength in (10.0, 24.0, 5000.0):
        measured, larger = (STRENGTH.log_ratio(strength, pictures) for pictures in (1000, 10_000))
        assert measured == STRENGTH.log_ratio(strength)
        assert larger == pytest.approx(measured - log(10))
    figure = SCALES.confidence(Measure.STRENGTH, 5000.0, 10_000)
    assert figure is not None
    assert figure < 0.05 / (0.05 + 0.95 * 10 * Share(0, 3000).high)


@given(st.integers(0, 1000), st.floats(-50, 5000))
def test_a_check_against_fewer_pictures_is_no_surer_than_was_measured(pictures: int, strength: float) -> None:
    assert STRENGTH.log_ratio(strength, pictures) == STRENGTH.log_ratio(strength)


def test_a_rare_hash_has_its_rows_counted_already() -> None:
    rare = replace(STRENGTH, by=Measure.RARITY)
    assert rare.log_ratio(24.0, 10**9) == rare.log_ratio(24.0)
    assert not rare.is_bound(24.0, 10**9)


def test_a_ratio_is_a_bound_where_it_is_stronger_or_the_check_larger_than_was_measured() -> None:
    assert not STRENGTH.is_bound(24.0, 1000)
    assert STRENGTH.is_bound(24.0, 1001), "a larger check"
    assert STRENGTH.is_bound(5000.0), "stronger than 3,000 works bear out"


def test_the_program_s_own_scale_says_how_few_pictures_each_work_was_held_against() -> None:
    scale = own_scales().scale(Measure.STRENGTH)
    assert scale is not None
    assert scale.pictures_a_work == 4


def test_a_measure_without_a_scale_has_no_figure() -> None:
    assert SCALES.confidence(Measure.RARITY, 9.0) is None
    assert NOT_CALIBRATED.confidence(Measure.STRENGTH, 9.0) is None


def test_the_same_hash_is_rarer_among_fewer_rows_and_as_rare_for_each_of_many_works() -> None:
    assert rarity(1e-6, 1) == pytest.approx(6.0)
    assert rarity(1e-4, 100) == pytest.approx(6.0)
    assert rarity(0.0, 1) > 100


def test_what_was_kept_is_read_again_the_last_by_name(tmp_path: Path) -> None:
    assert read_scales(tmp_path) is NOT_CALIBRATED
    (tmp_path / "1.json").write_bytes(msgspec.json.encode(replace(SCALES, note="older")))
    (tmp_path / "2.json").write_bytes(msgspec.json.encode(SCALES))
    (tmp_path / "3.json").write_bytes(msgspec.json.encode(replace(SCALES, format=2)))
    assert read_scales(tmp_path) == SCALES
    jsonschema.validate(json.loads((tmp_path / "2.json").read_bytes()), SCHEMA)


@pytest.mark.parametrize(
    "change", [{"slope": 0.0}, {"slope": -1.0}, {"works_without_copies": 0}, {"pictures_a_work": 0}]
)
def test_a_scale_that_does_not_rise_or_knows_no_clean_work_is_none(tmp_path: Path, change: dict[str, float]) -> None:
    broken = replace(SCALES, scales=(replace(STRENGTH, **change),))
    (tmp_path / "1.json").write_bytes(msgspec.json.encode(broken))
    with pytest.raises(ValueError, match="Expected"):
        read_scales(tmp_path)


@pytest.mark.parametrize("place", KEPT, ids=lambda place: place.name)
def test_the_program_s_own_keeps_to_the_schema(place: Path) -> None:
    jsonschema.validate(json.loads(place.read_bytes()), SCHEMA)
    assert own_scales().collections
    for scale in own_scales().scales:
        clean = sum(one.works_without_copies for one in own_scales().collections)
        assert scale.works_without_copies <= clean
        assert log(1 / Share(0, scale.works_without_copies).high) == pytest.approx(scale.most)
