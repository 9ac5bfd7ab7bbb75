"""Every file of a folder comes out once, in a stable order, as a file or as *skipped, because…*."""

import os
import random
import shutil
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import Skipped
from indexer.images.scanning import FoundFile, scan
from tests.helpers.permissions import CANNOT_FORBID, WHY, folder_for_everybody, ordinary_user

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
BYTES_AS_NAMES = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets any bytes be a name")
NOT_TEXT = "its name is not valid text on this system; rename it to have it checked"

ODD_NAMES = {
    "emoji": "🎨🖌️ final.png",
    "newline": "two\nlines.png",
    "right-to-left mark": "\u202egnp.exe.png",
    "arabic": "لوحة.png",
    "composed and not": "e\u0301 é.png",
    "spaces": "  .png ",
    "percent": "%s %d {0}.png",
    "quotes": "a'b\"c`d.png",
    "dash": "-rf.png",
    "hidden": ".secret.png",
    "no ending": "picture",
    "many dots": "a..b...png",
    "very long": "x" * 251 + ".png",
}


class StopsAtOnce(Monitor):
    def check(self) -> None:
        raise Cancelled


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def found(folder: Path) -> list[str]:
    return [entry.name for entry in scan(folder) if isinstance(entry, FoundFile)]


def skipped(folder: Path) -> list[Skipped]:
    return [entry for entry in scan(folder) if isinstance(entry, Skipped)]


def between_two_good_ones(folder: Path) -> list[Skipped]:
    """What is skipped in a folder that also holds `a.png` before and `z.png` after; both must come out."""
    put(folder / "a.png")
    put(folder / "z.png")
    names = found(folder)
    assert names[0] == "a.png"
    assert names[-1] == "z.png"
    return skipped(folder)


def test_every_file_comes_with_its_place_size_and_time(tmp_path) -> None:
    place = put(tmp_path / "sub" / "a.png", b"12345")
    os.utime(place, ns=(1, 1_700_000_000_123_456_789))
    assert list(scan(tmp_path)) == [FoundFile(place, "sub/a.png", 5, place.stat().st_mtime_ns)]


def test_the_order_is_that_of_the_names_folder_by_folder(tmp_path) -> None:
    names = ["a.png", "b/a.png", "b/c/z.png", "b/z.png", "c.png", "ä.png"]
    for name in random.Random(3).sample(names, len(names)):
        put(tmp_path / name)
    assert found(tmp_path) == names
    assert found(tmp_path) == found(tmp_path)


@given(some.sets(some.sampled_from([f"{a}/{b}{c}" for a in "xyz" for b in "ab" for c in ("", "1", "2/q")])))
def test_every_file_comes_exactly_once(tmp_path_factory, names: set[str]) -> None:
    names = {name for name in names if not any(other.startswith(name + "/") for other in names)}
    folder = tmp_path_factory.mktemp("tree")
    for name in names:
        put(folder / name)
    assert sorted(found(folder)) == sorted(names)
    shutil.rmtree(folder)


def test_an_empty_folder_has_nothing(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    assert list(scan(tmp_path)) == []


def test_a_single_file_is_a_folder_of_one(tmp_path) -> None:
    place = put(tmp_path / "a.png")
    assert list(scan(place)) == [FoundFile(place, "a.png", 1, place.stat().st_mtime_ns)]


def test_the_order_of_names_does_not_depend_on_how_the_folder_is_written(tmp_path, monkeypatch) -> None:
    put(tmp_path / "b.png")
    put(tmp_path / "a" / "c.png")
    monkeypatch.chdir(tmp_path)
    assert found(Path()) == found(tmp_path) == found(tmp_path / "a" / "..")


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_an_odd_name_is_a_name(tmp_path, name: str) -> None:
    put(tmp_path / name)
    put(tmp_path / "sub" / name)
    assert set(found(tmp_path)) == {name, f"sub/{name}"}


def test_a_file_with_nothing_in_it_is_found_here_and_judged_where_it_is_opened(tmp_path) -> None:
    put(tmp_path / "empty.png", b"")
    assert found(tmp_path) == ["empty.png"]


def test_a_folder_with_the_name_of_a_picture_is_a_folder(tmp_path) -> None:
    put(tmp_path / "x.png" / "inside.png")
    assert found(tmp_path) == ["x.png/inside.png"]


@BYTES_AS_NAMES
def test_a_name_that_is_no_text_is_said_so_and_can_be_printed(tmp_path) -> None:
    put(Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff.png")))
    assert between_two_good_ones(tmp_path) == [Skipped("m\\xff.png", NOT_TEXT)]


@BYTES_AS_NAMES
def test_a_folder_whose_name_is_no_text_is_said_so_once(tmp_path) -> None:
    put(Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff/sub/a.png")))
    assert between_two_good_ones(tmp_path) == [Skipped("m\\xff", NOT_TEXT)]


@BYTES_AS_NAMES
@pytest.mark.parametrize("below", ["", "sub", "a.png"])
def test_a_chosen_place_whose_path_is_no_text_is_refused_in_a_sentence(tmp_path, below: str) -> None:
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff"))
    put(place / "a.png")
    put(place / "sub" / "a.png")
    with pytest.raises(InputProblem) as caught:
        list(scan(place / below))
    assert caught.value.because == NOT_TEXT
    assert "m\\xff" in caught.value.path
    str(caught.value).encode()


@POSIX
def test_a_link_to_a_file_is_that_file(tmp_path) -> None:
    put(tmp_path / "outside" / "a.png", b"123")
    (tmp_path / "works").mkdir()
    (tmp_path / "works" / "b.png").symlink_to(tmp_path / "outside" / "a.png")
    (only,) = scan(tmp_path / "works")
    assert isinstance(only, FoundFile)
    assert (only.name, only.size_bytes) == ("b.png", 3)


@POSIX
def test_a_link_to_nothing_is_said_so(tmp_path) -> None:
    (tmp_path / "m.png").symlink_to(tmp_path / "gone.png")
    assert between_two_good_ones(tmp_path) == [Skipped("m.png", "it is a link to nothing")]


@POSIX
def test_links_that_go_round_in_a_circle_are_said_so(tmp_path) -> None:
    (tmp_path / "m.png").symlink_to(tmp_path / "n.png")
    (tmp_path / "n.png").symlink_to(tmp_path / "m.png")
    assert between_two_good_ones(tmp_path) == [
        Skipped("m.png", "it is a link to nothing"),
        Skipped("n.png", "it is a link to nothing"),
    ]


@POSIX
def test_a_link_to_a_folder_is_not_followed_so_that_a_circle_ends(tmp_path) -> None:
    put(tmp_path / "sub" / "b.png")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path, target_is_directory=True)
    because = "it is a link to a folder, and links to folders are not followed"
    assert between_two_good_ones(tmp_path) == [Skipped("sub/loop", because)]
    assert found(tmp_path).count("sub/b.png") == 1


@POSIX
def test_a_chosen_folder_may_be_a_link(tmp_path) -> None:
    put(tmp_path / "works" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "works", target_is_directory=True)
    assert found(tmp_path / "link") == ["a.png"]


@POSIX
def test_a_pipe_is_not_opened(tmp_path) -> None:
    os.mkfifo(tmp_path / "m.png")
    assert between_two_good_ones(tmp_path) == [Skipped("m.png", "it is not an ordinary file")]


@POSIX
def test_a_socket_is_not_opened(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("m.png")
        assert between_two_good_ones(tmp_path) == [Skipped("m.png", "it is not an ordinary file")]


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_folder_without_permission_is_skipped_and_named() -> None:
    with folder_for_everybody() as folder:
        put(folder / "m" / "secret.png")
        (folder / "m").chmod(0)
        put(folder / "a.png")
        put(folder / "z.png")
        with ordinary_user():
            entries = list(scan(folder))
        assert [getattr(entry, "name", entry) for entry in entries] == [
            "a.png",
            Skipped("m", "this program has no permission to read it"),
            "z.png",
        ]


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_folder_that_may_be_listed_but_not_entered_has_its_files_named() -> None:
    with folder_for_everybody() as folder:
        put(folder / "m" / "secret.png")
        (folder / "m").chmod(0o444)
        with ordinary_user():
            assert skipped(folder) == [Skipped("m/secret.png", "this program has no permission to read it")]


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_chosen_folder_without_permission_is_refused() -> None:
    with folder_for_everybody() as folder:
        (folder / "m").mkdir(0)
        with ordinary_user(), pytest.raises(InputProblem, match="this program has no permission to read it"):
            list(scan(folder / "m"))


def test_a_folder_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(InputProblem, match="there is no such folder"):
        list(scan(tmp_path / "gone"))


@POSIX
def test_a_chosen_pipe_is_refused(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputProblem, match=r"the system cannot read it \(not a directory\)"):
        list(scan(tmp_path / "pipe"))


@POSIX
def test_a_chosen_link_to_nothing_is_refused(tmp_path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(InputProblem, match="there is no such folder"):
        list(scan(tmp_path / "link"))


def test_a_folder_that_vanishes_during_the_scan_is_skipped_and_the_scan_goes_on(tmp_path) -> None:
    put(tmp_path / "a.png")
    put(tmp_path / "m" / "b.png")
    put(tmp_path / "z.png")
    entries = scan(tmp_path)
    seen: list[object] = [next(entries)]
    shutil.rmtree(tmp_path / "m")
    seen += entries
    assert [getattr(entry, "name", entry) for entry in seen] == [
        "a.png",
        Skipped("m", "it disappeared while the folder was being read"),
        "z.png",
    ]


def test_a_file_that_vanishes_during_the_scan_is_skipped_and_the_scan_goes_on(tmp_path) -> None:
    for name in ("a.png", "m.png", "z.png"):
        put(tmp_path / name)
    entries = scan(tmp_path)
    next(entries)
    (tmp_path / "m.png").unlink()
    gone, last = entries
    assert gone == Skipped("m.png", "it disappeared while the folder was being read")
    assert isinstance(last, FoundFile)


def test_folders_within_folders_may_be_as_many_as_the_system_allows(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1200):
        Path("d").mkdir()
        os.chdir("d")
    Path("deep.png").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "z.png")
    try:
        assert found(tmp_path) == ["d/" * 1200 + "deep.png", "z.png"]
    finally:
        _remove_deep(tmp_path / "d")


def _remove_deep(folder: Path) -> None:
    """`shutil.rmtree` goes down by recursion, which ends before this tree does."""
    folders = [str(folder)]
    while (Path(folders[-1]) / "d").is_dir():
        folders.append(folders[-1] + "/d")
    for place in reversed(folders):
        for file in Path(place).iterdir():
            file.unlink()
        Path(place).rmdir()


def test_a_stop_takes_effect(tmp_path) -> None:
    put(tmp_path / "a.png")
    with pytest.raises(Cancelled):
        list(scan(tmp_path, StopsAtOnce()))
