"""An index is put where it harms nothing: what is not the program's own is never overwritten or removed."""

from pathlib import Path

import pytest

from indexer.core.errors import IndexProblem, StorageProblem
from indexer.index.manifest import read_manifest
from tests.helpers.indexes import build_index
from tests.helpers.permissions import CANNOT_FORBID, WHY, folder_for_everybody, ordinary_user
from tests.helpers.pictures import draw, save_all


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return save_all(tmp_path / "pictures", {"a.png": draw(1), "b.png": draw(2)})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "index"


def everything(folder: Path) -> dict[str, bytes]:
    files = sorted(place for place in folder.rglob("*") if place.is_file())
    return {place.relative_to(folder).as_posix(): place.read_bytes() for place in files}


def assert_refused(pictures: Path, out: Path, words: str, within: Path) -> None:
    """Refused in a sentence, with nothing written and nothing removed."""
    before = everything(within)
    with pytest.raises((StorageProblem, IndexProblem)) as caught:
        build_index(pictures, out)
    assert words in caught.value.because
    assert everything(within) == before


@pytest.mark.parametrize("place", [".", "index", "deep/er/index", "../pictures/index", "../pictures"])
def test_not_inside_the_folder_of_pictures(pictures: Path, tmp_path: Path, place: str) -> None:
    assert_refused(pictures, pictures / place, "inside the folder of pictures", tmp_path)


def test_not_inside_it_by_way_of_a_link(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(pictures, target_is_directory=True)
    assert_refused(pictures, tmp_path / "elsewhere" / "index", "inside the folder of pictures", tmp_path)


def test_not_inside_it_when_the_user_stands_there(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    assert_refused(Path(), Path("index"), "inside the folder of pictures", tmp_path)
    assert_refused(Path(), Path(), "inside the folder of pictures", tmp_path)


def test_beside_the_pictures_however_that_is_written(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    assert build_index(Path(), Path("../one")).rows == 2
    assert build_index(pictures, pictures / ".." / "two").rows == 2
    assert {place.name for place in tmp_path.iterdir()} == {"pictures", "one", "two"}


def test_a_place_can_be_made_on_the_way(pictures: Path, tmp_path: Path) -> None:
    assert build_index(pictures, tmp_path / "deep" / "er" / "index").rows == 2


def test_an_empty_folder_is_taken(pictures: Path, out: Path) -> None:
    out.mkdir()
    assert build_index(pictures, out).rows == 2


def test_an_empty_folder_is_taken_where_the_user_stands(
    pictures: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out.mkdir()
    monkeypatch.chdir(out)
    assert build_index(pictures, Path()).rows == 2
    assert read_manifest(out).rows == 2


def test_a_link_to_an_index_stays_a_link(pictures: Path, out: Path, tmp_path: Path) -> None:
    build_index(pictures, out)
    (tmp_path / "link").symlink_to(out, target_is_directory=True)
    save_all(pictures, {"c.png": draw(3)})
    assert build_index(pictures, tmp_path / "link").rows == 3
    assert (tmp_path / "link").is_symlink()
    assert read_manifest(out).rows == 3


def test_not_over_something_else(pictures: Path, out: Path, tmp_path: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    assert_refused(pictures, out, "there is something else there, not an index", tmp_path)


def test_not_over_a_file(pictures: Path, out: Path, tmp_path: Path) -> None:
    out.write_text("years of work")
    assert_refused(pictures, out, "there is something else there, not an index", tmp_path)


def test_not_below_a_file(pictures: Path, out: Path, tmp_path: Path) -> None:
    out.write_text("years of work")
    assert_refused(pictures, out / "index", "cannot be written", tmp_path)


def test_not_over_an_index_of_a_newer_version(pictures: Path, out: Path, tmp_path: Path) -> None:
    out.mkdir()
    (out / "index.json").write_text('{"format": 99}')
    assert_refused(pictures, out, "there is something else there, not an index", tmp_path)


def test_not_over_the_very_pictures_that_lie_inside_an_older_index(pictures: Path, out: Path, tmp_path: Path) -> None:
    """Replacing the index removes its folder, and the pictures with it."""
    build_index(pictures, out)
    pictures = pictures.rename(out / "pictures")
    assert_refused(pictures, out, "the folder of pictures lies inside that place", tmp_path)


def test_not_over_an_older_index_that_pictures_lie_inside_of_by_a_link(
    pictures: Path, out: Path, tmp_path: Path
) -> None:
    build_index(pictures, out)
    (tmp_path / "link").symlink_to(pictures.rename(out / "pictures"), target_is_directory=True)
    assert_refused(tmp_path / "link", out, "the folder of pictures lies inside that place", tmp_path)


@pytest.mark.parametrize("name", ["notes.txt", "more/notes.txt"])
def test_not_over_an_index_that_holds_something_of_the_users(
    pictures: Path, out: Path, tmp_path: Path, name: str
) -> None:
    build_index(pictures, out)
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("bought in Lyon")
    assert_refused(pictures, out, f"it also holds {name.partition('/')[0]}, which is no part of an index", tmp_path)


def test_what_systems_leave_in_folders_does_not_count(pictures: Path, out: Path) -> None:
    build_index(pictures, out)
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (out / name).write_bytes(b"litter")
    assert build_index(pictures, out).rows == 2


def test_a_damaged_index_can_be_built_again(pictures: Path, out: Path) -> None:
    build_index(pictures, out)
    (out / "rows.sqlite").write_bytes(b"damaged")
    (out / "phash.codes.npy").unlink()
    assert build_index(pictures, out).rows == 2
    assert len(read_manifest(out).files) == len(list(out.iterdir())) - 1


def test_an_older_index_that_the_user_set_aside_is_not_removed(pictures: Path, out: Path, tmp_path: Path) -> None:
    build_index(pictures, out)
    out.rename(tmp_path / "index.old")
    assert_refused(pictures, out, "an older index lies there; move or remove it", tmp_path)


def test_an_older_index_that_the_user_copied_is_not_removed(pictures: Path, out: Path, tmp_path: Path) -> None:
    build_index(pictures, out)
    build_index(pictures, tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / "index.old")
    assert_refused(pictures, out, "an older index lies there; move or remove it", tmp_path)


@pytest.mark.parametrize("content", [{"thesis.txt": "years of work"}, {"deep/thesis.txt": "years of work"}])
def test_a_folder_of_the_users_own_that_is_called_partial_is_not_cleared(
    pictures: Path, out: Path, tmp_path: Path, content: dict[str, str]
) -> None:
    for name, text in content.items():
        place = tmp_path / "index.partial" / name
        place.parent.mkdir(parents=True)
        place.write_text(text)
    assert_refused(pictures, out, "there is something else there, not an unfinished index", tmp_path)


def test_a_file_of_the_users_own_that_is_called_partial(pictures: Path, out: Path, tmp_path: Path) -> None:
    (tmp_path / "index.partial").write_text("years of work")
    assert_refused(pictures, out, "there is something else there, not an unfinished index", tmp_path)


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_place_that_may_not_be_written_to_is_a_sentence() -> None:
    with folder_for_everybody() as folder:
        pictures = save_all(folder / "pictures", {"a.png": draw(1)})
        with ordinary_user(), pytest.raises(StorageProblem, match="cannot be written"):
            build_index(pictures, folder / "index")
