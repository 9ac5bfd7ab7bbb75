"""Archives that are damaged, locked, or traps: one sentence each, and no name in them reaches the disk."""

import os
import zipfile
from pathlib import Path

import pytest

from indexer.core.errors import InputProblem, StorageProblem
from indexer.exports import zipped
from indexer.exports.archive import Archive, canonical
from indexer.exports.zipped import open_archive, open_nested
from tests.helpers.account_exports import as_zip, mojibake, save_folder, save_zip

FILES = {"a/one.jpg": b"one", "two.json": b"[2]"}


@pytest.fixture(params=[save_zip, save_folder])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    """The same files, packed and unpacked."""
    return open_archive(request.param(tmp_path / "export", FILES), "export")


def test_files_are_read_packed_or_not(archive: Archive, tmp_path: Path) -> None:
    with archive:
        assert archive.names == ["a/one.jpg", "two.json"]
        assert (archive.read("two.json"), archive.size("a/one.jpg"), archive.head("a/one.jpg", 2)) == (b"[2]", 3, b"on")
        assert archive.changed_ns("two.json") > 0
        archive.copy_out("a/one.jpg", tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"one"


def test_a_file_beyond_the_limit_is_refused_and_nothing_is_left(archive: Archive, tmp_path: Path) -> None:
    with archive:
        with pytest.raises(InputProblem, match="larger than"):
            archive.read("a/one.jpg", 2)
        with pytest.raises(InputProblem, match="larger than"):
            archive.copy_out("a/one.jpg", tmp_path / "copy", 2)
        assert not (tmp_path / "copy").exists()


def test_no_room_is_no_fault_of_the_archive(archive: Archive, tmp_path: Path) -> None:
    with archive, pytest.raises(StorageProblem, match="cannot be used"):
        archive.copy_out("a/one.jpg", tmp_path / "nowhere" / "copy")


def test_a_file_that_was_changed_in_the_archive_is_one_sentence(tmp_path: Path) -> None:
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w") as packed:
        packed.writestr("one.jpg", b"sixteen letters.")
    place.write_bytes(place.read_bytes().replace(b"sixteen", b"sixtean", 1))
    with open_archive(place, "a.zip") as archive, pytest.raises(InputProblem, match="damaged in the archive"):
        archive.read("one.jpg")


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("damaged", [False, True])
def test_a_file_packed_in_a_rare_way_is_one_sentence(method: int, damaged: bool, tmp_path: Path) -> None:
    data = bytearray(as_zip({"one.jpg": b"one" * 999}, method))
    if damaged:
        data[50:70] = b"\xff" * 20
    (tmp_path / "a.zip").write_bytes(data)
    with open_archive(tmp_path / "a.zip", "a.zip") as archive:
        assert archive.head("one.jpg", 9) == b""
        with pytest.raises(InputProblem, match="packed in a way that this program does not read"):
            archive.read("one.jpg")
        with pytest.raises(InputProblem, match="unpack the archive yourself"):
            archive.copy_out("one.jpg", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_file_said_to_begin_where_the_archive_ends_is_one_sentence(tmp_path: Path) -> None:
    data = bytearray(as_zip({"one.jpg": b"one"}))
    at = data.index(b"PK\x01\x02") + 42
    data[at : at + 4] = (len(data) - 3).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(data)
    with open_archive(tmp_path / "a.zip", "a.zip") as archive:
        assert archive.head("one.jpg", 9) == b""
        with pytest.raises(InputProblem, match="damaged in the archive"):
            archive.read("one.jpg")


def locked() -> bytes:
    data = bytearray(as_zip({"one.jpg": b"one"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    return bytes(data)


def bomb() -> bytes:
    data = bytearray(as_zip({"one.jpg": b"one"}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (0xF0000000).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (locked(), "protected by a password"),
        (bomb(), "would unpack to far more"),
        (as_zip(FILES)[:-30], "neither a folder nor a .zip"),
        (b"", "neither a folder nor a .zip"),
        (b"Rar!\x1a\x07\x00 and more", "neither a folder nor a .zip"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(data: bytes, sentence: str, tmp_path: Path) -> None:
    place = tmp_path / "a.zip"
    place.write_bytes(data)
    with pytest.raises(InputProblem, match=sentence) as raised:
        open_archive(place, "my export")
    assert raised.value.path == "my export"


def test_a_list_longer_than_any_account_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MOST_MEMBERS", 1)
    with pytest.raises(InputProblem, match="lists 2 files"):
        open_archive(save_zip(tmp_path / "a.zip", FILES), "a.zip")


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="there is no such file or folder"):
        open_archive(tmp_path / "nowhere.zip", "nowhere.zip")


def test_names_that_lead_out_of_the_archive_reach_no_file(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    with open_archive(save_zip(tmp_path / "a.zip", {"../evil.jpg": b"1", "/evil.jpg": b"2"}), "a.zip") as archive:
        for number, name in enumerate(archive.names):
            archive.copy_out(name, room / f"{number}.jpg")
    assert {place.name for place in tmp_path.rglob("*.jpg")} == {"0.jpg", "1.jpg"}


def test_what_a_mac_adds_is_not_seen(tmp_path: Path) -> None:
    with open_archive(save_zip(tmp_path / "a.zip", FILES | {"__MACOSX/a/._one.jpg": b"x"}), "a.zip") as archive:
        assert len(archive.names) == 2


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_out_of_an_unpacked_archive_is_skipped_with_its_reason(tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "export", FILES)
    (folder / "out").symlink_to(tmp_path, target_is_directory=True)
    with open_archive(folder, "export") as archive:
        assert len(archive.names) == 2
        assert [skipped.path for skipped in archive.skipped] == ["out"]


def test_an_archive_within_an_archive_is_read_and_its_copy_removed(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    outer = open_archive(save_zip(tmp_path / "a.zip", {"posts.zip": as_zip(FILES)}), "a.zip")
    with outer, open_nested(outer, "posts.zip", room) as inner:
        assert inner.read("two.json") == b"[2]"
    assert not list(room.iterdir())


@pytest.mark.parametrize("name", ["Ölbilder/ß.jpg", "日本/絵.png", "🎨.jpg", "plain.jpg", ""])
def test_every_spelling_of_a_name_becomes_the_one(name: str) -> None:
    assert canonical(mojibake(name)) == canonical(name) == name
    if name.startswith("Ö"):
        assert canonical(name.encode().decode("cp437")) == name
        assert canonical("O\u0308" + name[1:]) == name
