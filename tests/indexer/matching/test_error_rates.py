"""Error rates as they are kept, counted and told."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.core.about import this_tool
from indexer.core.types import Grade, Lane
from indexer.matching.binomial import Share
from indexer.matching.error_rates import (
    ErrorRates,
    GradeRates,
    PictureSet,
    Rate,
    in_order,
    percentage,
    rate_words,
    read_error_rates,
)

RESOURCES = Path(__file__).parents[3] / "resources"
SCHEMA = json.loads((RESOURCES / "schemas" / "error_rates.schema.json").read_text("utf-8"))
KEPT = sorted((RESOURCES / "error_rates").glob("*.json"))

NONE_WRONG = Rate(0, 3000, 0.0, Share(0, 3000).high)
ROW = GradeRates(Grade.EDITED_COPY, Lane.LOCAL, True, 950, 0, NONE_WRONG, Rate(50, 1000, 0.03, 0.08))
MEASURED = ErrorRates(
    1, "2026-11-25", this_tool(), (PictureSet("wesnoth", 93, 3000, 1000, 4000, "paintings"),), (ROW,),
    "python -m tests.benchmarks.copies --pictures wesnoth", ("mirrored",), "a small one",
)  # fmt: skip


def keep(folder: Path, name: str, measured: ErrorRates) -> None:
    (folder / name).write_bytes(msgspec.json.encode(measured))


def test_what_is_written_is_read_again_and_keeps_to_the_schema(tmp_path: Path) -> None:
    keep(tmp_path, "b.json", MEASURED)
    keep(tmp_path, "a.json", replace(MEASURED, note=""))
    (tmp_path / "README.md").write_text("not one of them")
    assert read_error_rates(tmp_path) == (replace(MEASURED, note=""), MEASURED)
    jsonschema.validate(json.loads((tmp_path / "b.json").read_bytes()), SCHEMA)


def test_a_measurement_of_a_later_format_is_left_out(tmp_path: Path) -> None:
    keep(tmp_path, "a.json", replace(MEASURED, format=2))
    assert read_error_rates(tmp_path) == ()


def test_the_program_can_read_its_own() -> None:
    assert len(read_error_rates()) == len(KEPT)


@pytest.mark.parametrize("place", KEPT, ids=lambda place: place.name)
def test_each_kept_measurement_keeps_to_the_schema_and_its_bounds_follow_from_its_counts(place: Path) -> None:
    jsonschema.validate(json.loads(place.read_bytes()), SCHEMA)
    measured = msgspec.json.decode(place.read_bytes(), type=ErrorRates)
    clean = sum(one.works_without_copies for one in measured.collections)
    copies = sum(one.copies for one in measured.collections)
    for row in measured.rows:
        works, missed = row.false_works, row.missed_copies
        assert (works.of, missed.of) == (clean, copies)
        share = Share(works.found, works.of)
        assert (works.low, works.high) == pytest.approx((share.low, share.high))
        assert missed.low <= missed.found / missed.of <= missed.high
        assert row.false_matches <= row.matches


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (NONE_WRONG, "0 of 3,000 works, at most 0.12 %"),
        (Rate(0, 1, 0.0, 0.975), "0 of 1 work, at most 97.5 %"),
        (Rate(4, 800, 0.0014, 0.0127), "4 of 800 works, 0.14 % to 1.3 %"),
        (Rate(20, 20, Share(20, 20).low, 1.0), "20 of 20 works, at least 83 %"),
        (Rate(0, 0, 0.0, 1.0), "not measured"),
    ],
)
def test_a_share_is_told_as_so_many_of_so_many_with_its_bounds(rate: Rate, words: str) -> None:
    assert rate_words(rate, "work", "works") == words


@settings(deadline=None, max_examples=30)
@given(of=st.integers(1, 2000), data=st.data())
def test_no_count_reads_as_never_or_always(of: int, data: st.DataObject) -> None:
    share = Share(data.draw(st.sampled_from([0, min(3, of), of])), of)
    words = rate_words(Rate(share.hits, share.of, share.low, share.high), "work", "works")
    told = words.partition(", ")[2]
    assert told
    assert " 0 %" not in f" {told}"
    assert "100 %" not in told


@given(st.floats(1e-5, 1 - 1e-5))
def test_a_percentage_is_as_exact_as_its_digits_say(share: float) -> None:
    told = percentage(share)
    assert float(told.removesuffix(" %")) == pytest.approx(share * 100, rel=0.06)
    assert told not in ("0 %", "100 %")


def test_rows_go_from_the_strongest_grade_on_with_all_lanes_together_first() -> None:
    rows = [
        replace(ROW, grade=Grade.POSSIBLE, verified=False),
        replace(ROW, verified=False),
        ROW,
        replace(ROW, lane=None),
        replace(ROW, grade=Grade.SAME_IMAGE),
    ]
    assert in_order(rows) == [rows[4], rows[3], rows[2], rows[1], rows[0]]
