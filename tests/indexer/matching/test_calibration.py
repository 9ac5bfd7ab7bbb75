"""Measuring what a cosine is worth: independent counts, exact bounds, a record that is believed only where it fits."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.fingerprints.clip_models import ClipSpace
from indexer.images.altering import ALTERATIONS, altered_copies
from indexer.matching.binomial import Share
from indexer.matching.calibrate import LEAST_PICTURES, calibrate
from indexer.matching.calibration import (
    FORMAT,
    Calibration,
    ContentScale,
    Copies,
    calibration_place,
    read_calibration,
    write_calibration,
)
from indexer.matching.contract import CalibrationAsked
from tests.helpers.clip import SMALL
from tests.helpers.pictures import draw, save_all

SPACE = ClipSpace("M", "T", 32, "ab" * 32, "p")
RECORD = Calibration(
    FORMAT,
    SPACE,
    are_the_published=False,
    made_utc="2026-01-01T00:00:00Z",
    program="test",
    asked=4,
    listed=50,
    nearest_unrelated=(0.2, 0.5, 0.5, 0.9),
    copies=(Copies("mirrored", (0.4, 0.6, 0.95, 1.0)),),
)


@pytest.mark.parametrize(("cosine", "hits"), [(0.95, 0), (0.9, 1), (0.6, 1), (0.5, 3), (0.2, 4), (-1.0, 4)])
def test_shares_are_counted_from_what_was_measured(cosine: float, hits: int) -> None:
    assert RECORD.unrelated(cosine) == Share(hits, 4)


def test_chance_grows_with_works_and_rows() -> None:
    small, large = ContentScale(RECORD, 1, 50), ContentScale(RECORD, 3, 500)
    assert small.expected(0.9) == pytest.approx(Share(1, 4).high)
    assert large.expected(0.9) == pytest.approx(30 * small.expected(0.9))


def test_a_record_is_found_again_for_its_own_space_only(tmp_path: Path) -> None:
    write_calibration(tmp_path / "measured", RECORD)
    assert read_calibration(tmp_path / "measured", SPACE) == RECORD
    assert read_calibration(tmp_path / "measured", replace(SPACE, preprocessing="other")) is None
    assert read_calibration(tmp_path / "measured", replace(SPACE, weights_sha256="cd" * 32)) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_a_damaged_record_is_no_record(tmp_path: Path, content: bytes) -> None:
    calibration_place(tmp_path, SPACE).write_bytes(content)
    assert read_calibration(tmp_path, SPACE) is None


@pytest.mark.parametrize("changes", [{"format": FORMAT + 1}, {"listed": 0}, {"asked": 5}, {"nearest_unrelated": ()}])
def test_a_record_that_does_not_add_up_is_no_record(tmp_path: Path, changes: dict[str, object]) -> None:
    write_calibration(tmp_path, replace(RECORD, **changes))
    assert read_calibration(tmp_path, SPACE) is None


def test_altered_copies_are_the_same_for_the_same_seed() -> None:
    first, again, other = (altered_copies(draw(1, (200, 150)), seed) for seed in (5, 5, 6))
    assert len(first) == len(ALTERATIONS)
    assert all(one.tobytes() == two.tobytes() for one, two in zip(first, again, strict=True))
    assert any(one.tobytes() != two.tobytes() for one, two in zip(first, other, strict=True))


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (3, 2)])
def test_the_smallest_pictures_can_be_altered(size: tuple[int, int]) -> None:
    assert all(min(copy.size) >= 1 for copy in altered_copies(Image.new("RGB", size), 1))


def test_few_pictures_measure_nothing(small_weights: Path, tmp_path: Path) -> None:
    folder = save_all(tmp_path / "few", {f"{number}.png": draw(number, (80, 60)) for number in range(3)})
    (folder / "copy.png").write_bytes((folder / "1.png").read_bytes())
    with pytest.raises(InputProblem, match=f"at least {LEAST_PICTURES} different pictures"):
        calibrate(CalibrationAsked(SMALL.name, small_weights, folder), tmp_path / "measured", Monitor())
