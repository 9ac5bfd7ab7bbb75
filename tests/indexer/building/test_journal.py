"""The journal knows a file again by name, size and time of change, and numbers pictures in the order of names."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.building import journal as journal_module
from indexer.building.journal import JOURNAL_NAME, Journal, Stored
from indexer.core.hashing import Digests
from indexer.core.types import Skipped
from indexer.fingerprints.base import FileFingerprints, Kind, PictureFingerprints
from indexer.fingerprints.intake import FingerprintedFile
from indexer.images.scanning import FoundFile

PICTURE = PictureFingerprints(1, 1, 640, 480, (0x00000000FFFFFFFF,) * 8, (), (bytes(32),) * 8, 80, (b"mini",) * 8, 40.0)


def file(name: str, size_bytes: int = 100, mtime_ns: int = 7) -> FoundFile:
    return FoundFile(Path("/pictures") / name, name, size_bytes, mtime_ns)


def digests(name: str) -> Digests:
    return Digests(hashlib.sha256(name.encode()).hexdigest(), hashlib.md5(name.encode()).hexdigest())


def read(found: FoundFile, *frames: int, cut_short: str | None = None) -> FingerprintedFile:
    pictures = tuple(replace(PICTURE, frame=frame) for frame in frames or (1,))
    return FingerprintedFile(found, FileFingerprints(digests(found.name), pictures, cut_short))


def opened(folder: Path, *, parts: bool = False) -> Journal:
    return Journal(folder, "/pictures", "recipe 1", parts=parts)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(opened(tmp_path)) as ready:
        yield ready


def test_a_file_is_known_by_name_size_and_time(journal: Journal) -> None:
    journal.add(read(file("a.png")))
    assert journal.knows(file("a.png"))
    assert not journal.knows(file("b.png"))
    assert not journal.knows(file("a.png", size_bytes=101))
    assert not journal.knows(file("a.png", mtime_ns=8))


def test_a_file_that_was_skipped_is_looked_at_again(journal: Journal) -> None:
    journal.add(Skipped("a.png", "it is empty"))
    assert not journal.knows(file("a.png"))


def test_rows_are_numbered_by_names_and_frames(journal: Journal) -> None:
    for found in (read(file("b.gif"), 1, 3), read(file("a/z.png")), read(file("a.png", size_bytes=5))):
        journal.add(found)
    rows = list(journal.rows())
    assert [(row.row, row.name, row.size_bytes) for row in rows] == [
        (0, "a.png", 5),
        (1, "a/z.png", 100),
        (2, "b.gif", 100),
        (3, "b.gif#3", 100),
    ]
    assert rows[1].sha256 == digests("a/z.png").sha256


def test_fingerprints_come_with_their_rows_and_plain_pictures_have_none(journal: Journal) -> None:
    plain = replace(PICTURE, contrast=1.0, pdq_quality=10, miniature=())
    journal.add(FingerprintedFile(file("a.png"), FileFingerprints(digests("a.png"), (plain,))))
    journal.add(read(file("b.png")))
    assert list(journal.stored(Kind.SHA256)) == [
        Stored(row, bytes.fromhex(digests(name).sha256)) for row, name in enumerate(["a.png", "b.png"])
    ]
    assert list(journal.stored(Kind.PHASH)) == [Stored(1, bytes.fromhex("00000000ffffffff"))]
    assert list(journal.stored(Kind.PDQ)) == [Stored(1, bytes(32))]
    assert list(journal.stored(Kind.MINIATURE)) == [Stored(1, b"mini")]


def test_a_file_read_without_keypoints_is_read_again_where_they_are_wanted(tmp_path: Path) -> None:
    with_keypoints = replace(read(file("b.gif"), 1, 3).fingerprints, keypoints=(b"one", b"two"))
    with closing(opened(tmp_path)) as journal:
        journal.add(read(file("a.png")))
        journal.add(FingerprintedFile(file("b.gif"), with_keypoints))
    with closing(opened(tmp_path, parts=True)) as journal:
        assert not journal.knows(file("a.png"))
        assert journal.knows(file("b.gif"))
        assert list(journal.stored(Kind.KEYPOINTS)) == [Stored(1, b"one"), Stored(2, b"two")]
    with closing(opened(tmp_path)) as journal:
        assert journal.knows(file("a.png")), "nothing more is wanted of it"


def test_what_was_not_taken_whole_is_told(journal: Journal) -> None:
    journal.add(read(file("b.tif"), cut_short="the TIFF file is damaged"))
    journal.add(Skipped("a.txt", "it is a text file"))
    journal.add(read(file("c.png")))
    assert list(journal.skipped()) == [
        Skipped("a.txt", "it is a text file"),
        Skipped("b.tif", "the TIFF file is damaged"),
    ]


def test_a_file_that_became_unreadable_gives_its_pictures_up(journal: Journal) -> None:
    journal.add(read(file("a.png")))
    journal.add(Skipped("a.png", "it is empty"))
    assert list(journal.rows()) == []
    assert not journal.holds_pictures()


def test_files_that_a_later_scan_does_not_meet_are_dropped(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as journal:
        journal.add(read(file("a.png")))
        journal.add(read(file("b.png")))
        journal.add(Skipped("c.txt", "it is a text file"))
    with closing(opened(tmp_path)) as journal:
        assert journal.knows(file("b.png"))
        journal.add(read(file("d.png")))
        journal.forget_unseen()
        assert [row.path for row in journal.rows()] == ["b.png", "d.png"]
        assert list(journal.skipped()) == []


def kept(folder: Path) -> int:
    """What another process, or the next start after a kill, would find."""
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as database:
        return int(database.execute("SELECT count(*) FROM files").fetchone()[0])


def test_it_is_written_down_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(journal_module.time, "monotonic", lambda: now)
    with closing(opened(tmp_path)) as journal:
        journal.add(read(file("a.png")))
        assert kept(tmp_path) == 0
        now = 101.5
        journal.add(read(file("b.png")))
        assert kept(tmp_path) == 2
        journal.add(read(file("c.png")))
        assert kept(tmp_path) == 2
    assert kept(tmp_path) == 3
