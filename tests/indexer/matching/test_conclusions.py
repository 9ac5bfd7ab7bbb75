"""Real checks of works that resemble one another, batch by batch, stopped and gone on with."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor
from indexer.core.types import Match
from indexer.index.manifest import Made
from indexer.matching import check
from indexer.matching.check import run_check
from indexer.matching.contract import CheckEvent, Found, OwnControls, Placed, Tally
from tests.helpers.indexes import build_index, copy_index, sign_again
from tests.helpers.monitors import stop_at
from tests.helpers.pictures import draw, save_all
from tests.indexer.matching.making import asking, places_in


def sketch_of(picture: Image.Image) -> Image.Image:
    """The same drawing before its colours were made."""
    return ImageOps.autocontrast(picture.convert("L"), cutoff=2).convert("RGB")


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One work in three versions, and two others."""
    folder = tmp_path_factory.mktemp("works") / "art"
    final = draw(1)
    save_all(folder, {"final.png": final, "sketch.png": sketch_of(final), "fox.png": draw(5), "owl.png": draw(9)})
    final.save(folder / "final.jpg", quality=95)
    return folder


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("set")
    listed = {
        "bytes.png": draw(1),
        "small.png": draw(1).resize((240, 180)),
        "grey.png": sketch_of(draw(1)).resize((300, 225)),
        "other.png": draw(30),
    }
    build_index(save_all(root / "pictures", listed), root / "index")
    return root / "index"


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions of a work fall into different batches."""
    monkeypatch.setattr(check, "BATCH_WORKS", 1)


def matches(events: Sequence[CheckEvent]) -> list[Match]:
    return [event.match for event in events if isinstance(event, Found)]


def shown(events: Sequence[CheckEvent]) -> dict[tuple[str, str], Placed]:
    """By work and row, what is left once every row has its work."""
    assert matches(events)
    return {(Path(one.artwork or "").name, one.row): one for one in events if isinstance(one, Placed) and not one.taken}


def names(placed: Placed) -> set[str]:
    return {Path(path).name for path in placed.also}


@pytest.mark.usefixtures("one_by_one")
def test_each_row_has_the_work_that_it_is_nearest_to_and_names_the_others(
    works: Path, index: Path, tmp_path: Path
) -> None:
    rows = shown(list(run_check(asking(works, index), places_in(tmp_path), Monitor())))
    assert ("final.png", "bytes.png") in rows, "the very bytes go before all likeness"
    assert names(rows["final.png", "bytes.png"]) <= {"final.jpg", "sketch.png"}
    assert "final.jpg" in names(rows["final.png", "bytes.png"])
    assert [work for work, row in rows if row == "grey.png"] == ["sketch.png"]
    of_small = [work for work, row in rows if row == "small.png"]
    assert of_small in (["final.png"], ["final.jpg"])


@pytest.mark.usefixtures("one_by_one")
def test_a_check_that_was_stopped_tells_whose_the_rows_are_so_far_and_gone_on_with_all_of_them(
    works: Path, index: Path, tmp_path: Path
) -> None:
    places = places_in(tmp_path)
    before: list[CheckEvent] = []
    with pytest.raises(Cancelled):
        for event in run_check(asking(works, index), places, stop_at("searching and comparing", 3)):
            before.append(event)  # noqa: PERF402 - what came before the exception is wanted
    assert any(isinstance(event, Placed) for event in before)
    whole = shown(list(run_check(asking(works, index), places_in(tmp_path / "other"), Monitor())))
    assert shown(list(run_check(asking(works, index), places, Monitor()))) == whole


def test_a_hit_on_a_work_younger_than_the_index_is_an_error_and_says_so(tmp_path: Path, index: Path) -> None:
    folder, old = tmp_path / "art", copy_index(index, tmp_path / "old index")
    sign_again(old, made=Made("2019-05-01T10:00:00Z", "exhibit-a", "1"))
    tags = Image.Exif()
    tags._ifds[0x8769] = {0x9003: "2020:01:02 00:00:00"}
    folder.mkdir()
    draw(1).save(folder / "made later.jpg", quality=95, exif=tags)
    draw(40).save(folder / "another.jpg", exif=tags)
    draw(5).save(folder / "undated.png")
    events = list(run_check(asking(folder, old), places_in(tmp_path), Monitor()))
    (told,) = [event for event in events if isinstance(event, OwnControls)]
    assert told.later == Tally(1, 2)
    assert (told.collected, told.collected_by) == ("2019-05-01", "the day on which its index was made")
    cautions = {match.row: match.caution for match in matches(events) if match.may_enter_letter}
    assert "this work was made on 2020-01-02" in (cautions["small.png"] or "")
