"""Pictures that fool comparing: blank, tiny, huge, very long, of text, of texture, or alike by design.

A folder of them is searched in an index of the same files and of recompressed copies, by the command line. None of them
may be taken for another; each is found as itself, and its copy too where there is enough to see.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.helpers import odd_pictures
from tests.helpers.pictures import draw, save_all
from tests.helpers.program import run

FAMILIES = odd_pictures.PLAIN | odd_pictures.FULL
COPY_GRADES = ("identical_file", "same_image", "edited_copy")
COPY = " copy.jpg"

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

Found = Mapping[str, Mapping[str, str]]
"""By work: rows with their grades."""


@pytest.fixture(scope="module")
def pictures() -> Mapping[str, Image.Image]:
    """All of them, by `family/name`."""
    return {f"{family}/{name}": picture for family, make in FAMILIES.items() for name, picture in make().items()}


@pytest.fixture(scope="module")
def place(pictures: Mapping[str, Image.Image], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The works, and an index of them and their copies."""
    place = tmp_path_factory.mktemp("odd")
    save_all(place / "works", {f"{name}.png": picture for name, picture in pictures.items()})
    save_all(place / "set", {f"{name}.png": picture for name, picture in pictures.items()})
    save_all(place / "set", {f"{name}{COPY}": odd_pictures.on_white(picture) for name, picture in pictures.items()})
    built = run("index", "build", "--from", "images", place / "set", "--out", place / "index", timeout_s=1200)
    assert f"{2 * len(pictures):,} pictures indexed, 0 files skipped" in built.stdout, built.stderr
    return place


@pytest.fixture(scope="module")
def answer(place: Path) -> Any:
    """What the check writes."""
    return check(place)


@pytest.fixture(scope="module")
def found(answer: Any, place: Path) -> Found:
    """The copies in it."""
    return rows_in(answer, place, COPY_GRADES)


def test_every_picture_is_looked_for_whatever_it_is_like(answer: Any, pictures: Mapping[str, Image.Image]) -> None:
    assert [work["skipped"] for work in answer["artworks"]] == [None] * len(pictures)


def check(place: Path) -> Any:
    done = run("check", place / "works", "--source", place / "index", "--json", place / "out.json", timeout_s=1500)
    assert done.returncode == 0, done.stderr
    return json.loads((place / "out.json").read_text("utf-8"))


def rows_in(answer: Any, place: Path, grades: Collection[str]) -> Found:
    found: dict[str, dict[str, str]] = {}
    for match in answer["matches"]:
        if match["grade"] in grades:
            work = Path(match["artwork"]).relative_to(place / "works").with_suffix("").as_posix()
            found.setdefault(work, {})[match["url"]] = match["grade"]
    return found


def _of(family: str, found: Found) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name in FAMILIES[family]():
        yield f"{family}/{name}", found.get(f"{family}/{name}", {})


@pytest.mark.parametrize("family", FAMILIES)
def test_none_is_taken_for_another(family: str, found: Found) -> None:
    wrong = {
        (work, row): grade
        for work, rows in _of(family, found)
        for row, grade in rows.items()
        if row not in (f"{work}.png", f"{work}{COPY}")
    }
    assert not wrong


@pytest.mark.parametrize("family", FAMILIES)
def test_the_very_file_is_found_however_little_it_holds(family: str, found: Found) -> None:
    assert {rows.get(f"{work}.png") for work, rows in _of(family, found)} == {"identical_file"}


@pytest.mark.parametrize("family", odd_pictures.FULL)
def test_a_recompressed_copy_is_found_where_there_is_enough_to_see(family: str, found: Found) -> None:
    missed = [work for work, rows in _of(family, found) if rows.get(f"{work}{COPY}") not in COPY_GRADES]
    assert not missed


def test_a_plain_picture_whose_copy_is_not_found_is_called_too_plain_or_shown_as_alike(
    answer: Any, place: Path, found: Found
) -> None:
    alike = rows_in(answer, place, ["looks_alike"])
    works = [work for family in odd_pictures.PLAIN for work, rows in _of(family, found) if f"{work}{COPY}" not in rows]
    untold = [work for work in works if f"{work}{COPY}" not in alike.get(work, {})]
    done = run("fingerprint", *(place / "works" / f"{work}.png" for work in untold), "--json", place / "prints.json")
    assert done.returncode == 0, done.stderr
    records = json.loads((place / "prints.json").read_text("utf-8"))
    assert [record["path"] for record in records if not record["too_plain"]] == []
    assert len(records) == len(untold)


@pytest.mark.parametrize("ending", ["png", pytest.param("jpg", marks=pytest.mark.full)])
def test_a_hundred_megapixels_are_found_and_are_nobody_else(ending: str, tmp_path: Path) -> None:
    large, other = odd_pictures.huge(), draw(921, (900, 900))
    (tmp_path / "works").mkdir()
    large.save(tmp_path / "works" / f"large.{ending}", compress_level=1)
    save_all(tmp_path / "set", {"small copy.jpg": large.resize((900, 900)), "other.png": other})
    built = run("index", "build", "--from", "images", tmp_path / "set", "--out", tmp_path / "index")
    assert built.returncode == 0, built.stderr
    assert rows_in(check(tmp_path), tmp_path, COPY_GRADES) == {"large": {"small copy.jpg": "same_image"}}
