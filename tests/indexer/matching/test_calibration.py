"""Measuring what a cosine is worth: independent counts, exact bounds, a record that is believed only where it fits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.fingerprints.clip_models import ClipSpace
from indexer.fingerprints.clip_weights import read_weights
from indexer.images.altering import ALTERATIONS, altered_copies
from indexer.matching.binomial import Share
from indexer.matching.calibrate import LEAST_PICTURES, _Embedded, calibrate, measure
from indexer.matching.calibration import (
    FORMAT,
    Calibration,
    Collection,
    Copies,
    calibration_place,
    read_calibration,
    write_calibration,
)
from indexer.matching.content_scale import ContentScale, nearness, of_one_check, put_to_use, write_background
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
    collections=(Collection("set", 4, 50, (0.2, 0.5, 0.5, 0.9), (Copies("mirrored", (0.4, 0.6, 0.95, 1.0)),)),),
)
(SET,) = RECORD.collections


@pytest.mark.parametrize(("cosine", "hits"), [(0.95, 0), (0.9, 1), (0.6, 1), (0.5, 3), (0.2, 4), (-1.0, 4)])
def test_shares_are_counted_from_what_was_measured(cosine: float, hits: int) -> None:
    assert RECORD.unrelated(cosine) == Share(hits, 4)


def test_chance_grows_with_works_and_rows() -> None:
    small, large = ContentScale(RECORD, 1, 50), ContentScale(RECORD, 3, 500)
    assert small.expected(0.9) == pytest.approx(Share(1, 4).high)
    assert large.expected(0.9) == pytest.approx(30 * small.expected(0.9))


def test_rows_of_other_sources_are_chances_too_by_what_was_measured_with_their_own_weights() -> None:
    other = replace(RECORD, collections=(replace(SET, listed=100),))
    asked = {"small": ContentScale(RECORD, 2, 50), "large": ContentScale(other, 2, 400)}
    for scale in of_one_check(asked).values():
        assert scale.expected(0.9) == pytest.approx(2 * Share(1, 4).high * (50 / 50 + 400 / 100))


def test_a_record_is_found_again_for_its_own_space_only(tmp_path: Path) -> None:
    write_calibration(tmp_path / "measured", RECORD)
    assert read_calibration(tmp_path / "measured", SPACE) == RECORD
    assert read_calibration(tmp_path / "measured", replace(SPACE, preprocessing="other")) is None
    assert read_calibration(tmp_path / "measured", replace(SPACE, weights_sha256="cd" * 32)) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_a_damaged_record_is_no_record(tmp_path: Path, content: bytes) -> None:
    calibration_place(tmp_path, SPACE).write_bytes(content)
    assert read_calibration(tmp_path, SPACE) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"format": FORMAT + 1},
        {"collections": ()},
        *({"collections": (replace(SET, **one),)} for one in ({"listed": 0}, {"asked": 5}, {"nearest_unrelated": ()})),
    ],
)
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
        calibrate(CalibrationAsked(SMALL.name, small_weights, (folder,)), tmp_path / "measured", Monitor())


def test_pictures_of_all_collections_count_together_unless_one_is_surely_worse() -> None:
    calm = Collection("calm", 200, 50, (0.2,) * 200, (Copies("mirrored", (0.9,) * 200),))
    crowded = Collection("crowded", 100, 30, (0.8,) * 100, (Copies("mirrored", (0.95,) * 100),))
    record = replace(RECORD, collections=(calm, crowded))
    assert (record.asked, record.listed) == (300, 80)
    assert record.unrelated(0.9) == Share(0, 300)
    assert record.unrelated(0.5) == Share(100, 100), "of the crowded one all have a stranger this near"
    assert record.copies == (Copies("mirrored", (0.9,) * 200 + (0.95,) * 100),)


def test_a_lead_is_the_cosine_without_the_mean_of_the_nearest_background(tmp_path: Path) -> None:
    background = np.eye(4, 32, dtype=np.float32)
    vector = np.zeros(32, np.float32)
    vector[:4] = 0.5, 0.7, 0.1, 0.5
    assert nearness(vector[None], background)[0] == pytest.approx((0.5 + 0.7 + 0.5) / 3)
    record = replace(RECORD, normalised=True, background=4)
    assert put_to_use(record, tmp_path, 1, 50) is None, "without its background it says nothing"
    write_background(tmp_path, SPACE, background)
    scale = put_to_use(record, tmp_path, 1, 50)
    assert scale is not None
    assert scale.score(0.9, vector.tobytes()) == pytest.approx(0.9 - 1.7 / 3)
    assert put_to_use(replace(record, background=5), tmp_path, 1, 50) is None, "of another measurement"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x01\x00" + b"x" * 200])
def test_a_damaged_background_is_none(tmp_path: Path, content: bytes) -> None:
    calibration_place(tmp_path, SPACE).with_suffix(".background.npy").write_bytes(content)
    assert put_to_use(replace(RECORD, normalised=True, background=4), tmp_path, 1, 50) is None


def crowd(random: np.random.Generator, count: int, pull: float) -> NDArray[np.float32]:
    """Vectors of length 1 that lean towards a common one."""
    common = np.ones(32) / np.sqrt(32)
    vectors = random.normal(size=(count, 32)) / np.sqrt(32) + pull * common
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def embedded(name: str, random: np.random.Generator, pull: float, noise: float) -> _Embedded:
    own = crowd(random, 80, pull)
    copies = own[:, None] + random.normal(size=(80, len(ALTERATIONS), 32)) * noise
    copies /= np.linalg.norm(copies, axis=2, keepdims=True)
    return _Embedded(name, own, copies.astype(np.float32), crowd(random, 80, pull), crowd(random, 40, pull))


def test_scores_are_held_against_the_background_where_that_separates_better(small_weights: Path) -> None:
    random = np.random.default_rng(4)
    weights = read_weights(small_weights, SMALL)
    mixed = [embedded("scattered", random, 0.0, 0.13), embedded("crowded", random, 2.0, 0.13)]
    record = measure(weights, mixed, np.concatenate([one.background for one in mixed]))
    assert record.normalised
    assert record.separation is not None
    assert record.separation.normalised > record.separation.plain
    alike = [embedded("one", random, 0.0, 0.01), embedded("two", random, 0.0, 0.01)]
    assert not measure(weights, alike, np.concatenate([one.background for one in alike])).normalised


def test_one_picture_in_two_folders_stands_in_one_of_them(small_weights: Path, tmp_path: Path) -> None:
    pictures = {f"{number}.png": draw(number, (60, 48)) for number in range(LEAST_PICTURES)}
    first, second = (save_all(tmp_path / name, pictures) for name in ("one", "two"))
    with pytest.raises(InputProblem, match=f"at least {LEAST_PICTURES} different pictures") as told:
        calibrate(CalibrationAsked(SMALL.name, small_weights, (first, second)), tmp_path / "kept", Monitor())
    assert str(second) in str(told.value)
