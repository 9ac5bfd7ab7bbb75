"""A reader never meets half a file, and a swap that was interrupted can be finished."""

import os
import shutil
from pathlib import Path

import pytest

from indexer.core.files import swap_in_folder, write_atomically
from tests.helpers.permissions import CANNOT_FORBID, WHY, folder_for_everybody, ordinary_user

NEEDS_LINUX = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def folder_with(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "index.json").write_text(text)
    (path / "part").mkdir()
    (path / "part" / "codes.npy").write_text(text)
    return path


def what_is_in(folder: Path) -> str:
    first, second = (folder / "index.json").read_text(), (folder / "part" / "codes.npy").read_text()
    assert first == second, "a mixture of old and new"
    return first


def test_a_file_holds_what_was_written(tmp_path) -> None:
    write_atomically(tmp_path / "report.json", b"new\x00")
    assert (tmp_path / "report.json").read_bytes() == b"new\x00"
    assert names(tmp_path) == {"report.json"}


def test_an_older_file_is_replaced(tmp_path) -> None:
    (tmp_path / "report.json").write_bytes(b"a much longer older one")
    write_atomically(tmp_path / "report.json", b"new")
    assert (tmp_path / "report.json").read_bytes() == b"new"


def test_missing_folders_above_a_file_are_made(tmp_path) -> None:
    write_atomically(tmp_path / "a" / "b" / "report.json", b"new")
    assert (tmp_path / "a" / "b" / "report.json").read_bytes() == b"new"


def test_nothing_is_left_where_a_folder_is_in_the_way(tmp_path) -> None:
    (tmp_path / "report.json").mkdir()
    with pytest.raises(OSError, match="report"):
        write_atomically(tmp_path / "report.json", b"new")
    assert names(tmp_path) == {"report.json"}


@NEEDS_LINUX
def test_nothing_is_left_on_a_full_disk_and_the_older_file_stays(tmp_path) -> None:
    (tmp_path / "report.json").write_bytes(b"old")
    (tmp_path / "report.json.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "report.json", b"new" * 10_000)
    assert names(tmp_path) == {"report.json"}
    assert (tmp_path / "report.json").read_bytes() == b"old"


def test_the_older_file_stays_when_the_writing_is_broken_off(tmp_path, monkeypatch) -> None:
    def breaks_off(_: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "report.json").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "report.json", b"new")
    assert names(tmp_path) == {"report.json"}
    assert (tmp_path / "report.json").read_bytes() == b"old"


def test_a_folder_is_put_where_nothing_was(tmp_path) -> None:
    fresh = folder_with(tmp_path / "index.partial", "new")
    swap_in_folder(fresh, tmp_path / "index")
    assert what_is_in(tmp_path / "index") == "new"
    assert names(tmp_path) == {"index"}


def test_an_older_folder_is_replaced_and_removed(tmp_path) -> None:
    folder_with(tmp_path / "index", "old")
    swap_in_folder(folder_with(tmp_path / "index.partial", "new"), tmp_path / "index")
    assert what_is_in(tmp_path / "index") == "new"
    assert names(tmp_path) == {"index"}


def test_an_older_folder_that_was_left_set_aside_is_removed(tmp_path) -> None:
    folder_with(tmp_path / "index.old", "older")
    folder_with(tmp_path / "index", "old")
    swap_in_folder(folder_with(tmp_path / "index.partial", "new"), tmp_path / "index")
    assert what_is_in(tmp_path / "index") == "new"
    assert names(tmp_path) == {"index"}


class _Killed(BaseException):
    """What a kill looks like to the code that it hits."""


@pytest.mark.parametrize("step", range(1, 5))
@pytest.mark.parametrize("was_there", [True, False])
def test_a_swap_that_was_killed_at_any_step_is_finished_by_the_next(
    tmp_path, monkeypatch, step: int, was_there: bool
) -> None:
    place, fresh = tmp_path / "index", folder_with(tmp_path / "index.partial", "new")
    if was_there:
        folder_with(place, "old")
    with monkeypatch.context() as patched:
        _kill_at(step, patched)
        try:
            swap_in_folder(fresh, place)
        except _Killed:
            assert _one_is_whole(tmp_path)
    swap_in_folder(fresh, place)
    assert what_is_in(place) == "new"
    assert names(tmp_path) == {"index"}


def _kill_at(step: int, patched: pytest.MonkeyPatch) -> None:
    """Let the `step`-th change of the folders be the last; of a removal, half."""
    done = 0

    def dies() -> bool:
        nonlocal done
        done += 1
        return done == step

    really_rename, really_remove = Path.rename, shutil.rmtree

    def rename(self: Path, target: Path) -> None:
        really_rename(self, target)
        if dies():
            raise _Killed

    def remove(path: Path) -> None:
        if dies():
            (path / "index.json").unlink()
            raise _Killed
        really_remove(path)

    patched.setattr(Path, "rename", rename)
    patched.setattr(shutil, "rmtree", remove)


def _one_is_whole(folder: Path) -> bool:
    return any((place / "index.json").is_file() for place in folder.iterdir() if not place.name.endswith(".old"))


def test_a_swap_without_a_fresh_folder_takes_nothing_away(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        swap_in_folder(tmp_path / "index.partial", tmp_path / "index")
    folder_with(tmp_path / "index", "old")
    swap_in_folder(tmp_path / "index.partial", tmp_path / "index")
    assert what_is_in(tmp_path / "index") == "old"


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_folder_that_may_not_be_written_to_is_an_error_of_the_system() -> None:
    with folder_for_everybody() as folder, ordinary_user(), pytest.raises(PermissionError):
        write_atomically(folder / "sub" / "report.json", b"new")
