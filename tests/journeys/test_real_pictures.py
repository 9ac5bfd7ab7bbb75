"""The main job on real pictures: a hundred works, two thousand pictures, altered copies of fifty among them.

The pictures are Debian's openclipart-png, one of each family (tests/helpers/clipart.py). What is asked of the program:
every identical, recompressed, resized, mirrored and turned copy is found with the right grade, most cropped ones too,
and no work without a copy has a match that may enter a letter.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.app.test_check_command import read
from tests.helpers import clipart
from tests.helpers.program import run

WORKS, COPIED, DATASET = 100, 50, 2000
CROPPED_FOUND = 0.85
"""Least share of copies cropped to 80 % that is found; simple drawings have little in them that could be told again."""
SYMMETRIC_DIFFERENCE = 6.0
"""Mean grey difference (0–255, at 64 × 64) up to which a mirrored or turned picture is the same picture."""

Edit = Callable[[Image.Image], Image.Image]
ALTERED: dict[str, tuple[Edit, str]] = {
    "recompressed": (lambda picture: picture, "jpg"),
    "resized": (lambda picture: picture.resize((round(picture.width * 0.6), round(picture.height * 0.6))), "png"),
    "mirrored": (lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "png"),
    "turned": (lambda picture: picture.transpose(Image.Transpose.ROTATE_270), "jpg"),
    "cropped": (lambda picture: picture.crop(_middle(picture, 0.8)), "png"),
}
GRADES = {
    "identical": "identical_file",
    "recompressed": "same_image",
    "resized": "same_image",
    "mirrored": "edited_copy",
    "turned": "edited_copy",
}

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not clipart.FOLDER.is_dir(), reason=clipart.MISSING),
]


def _middle(picture: Image.Image, share: float) -> tuple[int, int, int, int]:
    width, height = round(picture.width * share**0.5), round(picture.height * share**0.5)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return left, top, left + width, top + height


@pytest.fixture(scope="module", params=[2026, pytest.param(7, marks=pytest.mark.full)])
def checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The check's JSON, the works that were copied and those that were not."""
    place = tmp_path_factory.mktemp("journey")
    pictures = list(clipart.one_of_each_family())
    random.Random(request.param).shuffle(pictures)
    works = pictures[:WORKS]
    portfolio, dataset = place / "portfolio", place / "dataset"
    portfolio.mkdir()
    dataset.mkdir()
    for work in works:
        shutil.copy(work, portfolio / work.name)
    for work in works[:COPIED]:
        _add_copies(work, dataset)
    for number, other in enumerate(pictures[WORKS : WORKS + DATASET - COPIED * (len(ALTERED) + 1)]):
        shutil.copy(other, dataset / f"other {number:04d} {other.name}")
    built = run("index", "build", "--from", "images", dataset, "--out", place / "index", timeout_s=600)
    assert f"{DATASET:,} pictures indexed, 0 files skipped" in built.stdout, built.stderr
    done = run("check", portfolio, "--source", place / "index", "--json", place / "out.json", timeout_s=600)
    assert done.returncode == 0, done.stderr
    return {
        "answer": read(place / "out.json"),
        "copied": {work.name: work for work in works[:COPIED]},
        "not copied": {work.name for work in works[COPIED:]},
    }


def _add_copies(work: Path, dataset: Path) -> None:
    shutil.copy(work, dataset / f"identical {work.name}")
    picture = clipart.load(work)
    for name, (edit, ending) in ALTERED.items():
        edit(picture).save(dataset / f"{name} {work.stem}.{ending}", quality=75)


def found_rows(checked: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Matches that may enter a letter, by the work's name and what was done to the copy."""
    strong = set(GRADES.values()) | {"listed"}
    return {
        (Path(match["artwork"]).name, match["row"].partition(" ")[0]): match
        for match in checked["answer"]["matches"]
        if match["grade"] in strong
    }


def strange_claims(checked: dict[str, Any]) -> list[tuple[str, str]]:
    """Works and rows that the program calls copies of each other, though nobody copied them and they share no part."""
    strong = set(GRADES.values()) | {"listed"}
    claims = [match for match in checked["answer"]["matches"] if match["grade"] in strong]
    return [
        (work, row)
        for work, row in ((Path(claim["artwork"]).name, claim["row"]) for claim in claims)
        if Path(row).stem.partition(" ")[2] != Path(work).stem and (work, _name_of(row)) not in clipart.shared_parts()
    ]


def _name_of(row: str) -> str:
    """The name in the package of a row that is no copy: `other 0012 NAME`."""
    return row.removeprefix("other ").partition(" ")[2]


@pytest.mark.parametrize("done", GRADES)
def test_every_copy_is_found_with_the_right_grade(checked: dict[str, Any], done: str) -> None:
    found = found_rows(checked)
    wrong = {}
    for name, work in checked["copied"].items():
        match = found.get((name, done))
        grade = match["grade"] if match else None
        if grade != GRADES[done] and not (grade == "same_image" and _looks_unchanged(work, done)):
            wrong[name] = grade
    assert not wrong


@pytest.mark.parametrize(("done", "kind", "amount"), [("mirrored", "mirrored", None), ("turned", "turned", 90.0)])
def test_what_was_done_to_a_copy_is_named(checked: dict[str, Any], done: str, kind: str, amount: float | None) -> None:
    found = found_rows(checked)
    wrong = {}
    for name, work in checked["copied"].items():
        edits = found[name, done]["edits"]
        if {"kind": kind, "amount": amount} not in edits and not _has_a_symmetry(work):
            wrong[name] = edits
    assert not wrong


def test_no_work_without_a_copy_is_claimed_to_have_one(checked: dict[str, Any]) -> None:
    claimed = {work for work, _ in strange_claims(checked) if work in checked["not copied"]}
    assert not claimed


def test_nothing_but_its_own_copies_is_claimed_of_a_work(checked: dict[str, Any]) -> None:
    assert not strange_claims(checked)


def test_no_pair_is_excused_that_is_not_claimed(checked: dict[str, Any]) -> None:
    rows = {(Path(match["artwork"]).name, _name_of(match["row"])) for match in checked["answer"]["matches"]}
    claimed = {
        (Path(match["artwork"]).name, _name_of(match["row"]))
        for match in checked["answer"]["matches"]
        if match["grade"] in GRADES.values()
    }
    assert not (clipart.shared_parts() & rows) - claimed


def test_most_cropped_copies_are_found(checked: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    found = found_rows(checked)
    cropped = Counter((name, "cropped") in found for name in checked["copied"])
    with capsys.disabled():
        print(f"\ncropped to 80 %: {cropped[True]} of {COPIED} found")
    assert cropped[True] >= CROPPED_FOUND * COPIED


def _looks_unchanged(work: Path, done: str) -> bool:
    """Whether the altered picture shows what the work shows, so that nobody could tell the edit."""
    if done not in ALTERED:
        return False
    return _difference(clipart.load(work), ALTERED[done][0](clipart.load(work))) <= SYMMETRIC_DIFFERENCE


def _has_a_symmetry(work: Path) -> bool:
    """Whether any turn or mirror leaves the picture as it is: then its copies can be named in more than one way."""
    picture = clipart.load(work)
    return any(_difference(picture, picture.transpose(way)) <= SYMMETRIC_DIFFERENCE for way in Image.Transpose)


def _difference(a: Image.Image, b: Image.Image) -> float:
    greys = [np.asarray(one.convert("L").resize((64, 64)), float) for one in (a, b)]
    return float(np.abs(greys[0] - greys[1]).mean())
