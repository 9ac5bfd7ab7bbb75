"""The artist's folder as works and as what was skipped, each under the name that the user would give it."""

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Artwork
from indexer.fingerprints.cache import FingerprintCache
from indexer.matching.portfolio import Work, read_portfolio
from tests.helpers.monitors import WatchfulMonitor, stop_after
from tests.helpers.odd_files import animation, tiff_pages
from tests.helpers.pictures import as_bytes, draw, save_all
from tests.helpers.queries import query_of

STRIP_OFFSETS = 273  # TIFF's tag of where the pixels lie


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture and one in a folder below; the user stands beside."""
    save_all(tmp_path / "works", {"a.png": draw(1, (96, 64)), "more/b.jpg": draw(2, (64, 96))})
    monkeypatch.chdir(tmp_path)
    return tmp_path / "works"


def read(folder: str | Path, cache: FingerprintCache | None = None) -> list[Work | Artwork]:
    return list(read_portfolio(os.fspath(folder), cache, Monitor()))


def paths(entries: list[Work | Artwork]) -> list[str]:
    return [(entry.artwork if isinstance(entry, Work) else entry).path for entry in entries]


def skipped(entries: list[Work | Artwork]) -> dict[str, str | None]:
    return {entry.path: entry.skipped for entry in entries if isinstance(entry, Artwork)}


def test_a_picture_is_a_work_with_all_that_is_asked_for_it(folder: Path) -> None:
    work = read(folder)[0]
    assert isinstance(work, Work)
    query = query_of((folder / "a.png").read_bytes(), str(folder / "a.png"))
    assert replace(work.artwork, changed=None) == Artwork(str(folder / "a.png"), query.digests.sha256, 96, 64)
    assert work.path == folder / "a.png"
    assert work.query == query


@pytest.mark.parametrize("written", ["./works", "../{here}/works", "works/"])
def test_paths_begin_with_the_folder_as_the_user_wrote_it(folder: Path, written: str) -> None:
    written = written.format(here=folder.parent.name)
    slash = "" if written.endswith("/") else "/"
    assert paths(read(written)) == [f"{written}{slash}a.png", f"{written}{slash}more/b.jpg"]


def test_a_single_picture_is_called_as_it_was_written(folder: Path) -> None:
    assert paths(read("./works/a.png")) == ["./works/a.png"]
    (folder / "a.png").write_bytes(b"")
    assert skipped(read("./works/a.png")) == {"./works/a.png": "the file is empty"}


@pytest.mark.parametrize("data", [animation("GIF", 3), tiff_pages([draw(1), draw(2), draw(3)])], ids=["gif", "tiff"])
def test_further_frames_have_their_number_behind_the_name(folder: Path, data: bytes) -> None:
    (folder / "a.png").write_bytes(data)
    entries = read("works/a.png")
    assert paths(entries) == ["works/a.png", "works/a.png#2", "works/a.png#3"]
    works = [entry for entry in entries if isinstance(entry, Work)]
    assert [work.query.work for work in works] == paths(entries)
    assert [work.query.fingerprints.frame for work in works] == [1, 2, 3]
    assert len({work.artwork.sha256 for work in works}) == 1
    assert {work.path for work in works} == {Path("works/a.png")}


def test_pages_behind_a_damaged_one_are_skipped_and_those_before_it_are_not(folder: Path) -> None:
    data = bytearray(tiff_pages([draw(1), draw(2), draw(3)], compression="tiff_adobe_deflate"))
    with Image.open(io.BytesIO(data)) as pages:
        pages.seek(1)
        strip = pages.tag_v2[STRIP_OFFSETS][0]
    data[strip : strip + 200] = bytes(200)
    (folder / "a.png").write_bytes(data)
    entries = read("works/a.png")
    assert paths(entries) == ["works/a.png", "works/a.png#2"]
    assert isinstance(entries[0], Work)
    assert skipped(entries) == {"works/a.png#2": "the TIFF file is damaged or cut off; the pages before it were read"}


def test_what_is_no_picture_is_skipped_with_its_reason(folder: Path) -> None:
    (folder / "notes.txt").write_text("bought in Lyon")
    (folder / "cut.png").write_bytes(as_bytes(draw(3))[:2000])
    entries = read("works")
    assert paths(entries) == [f"works/{name}" for name in ("a.png", "cut.png", "more/b.jpg", "notes.txt")]
    reasons = skipped(entries)
    assert list(reasons) == ["works/cut.png", "works/notes.txt"]
    assert reasons["works/cut.png"] == "the PNG file is damaged or cut off"
    assert all(reasons.values())


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputProblem):
        read(tmp_path / "gone")


def test_what_was_read_once_is_not_opened_again(folder: Path, tmp_path: Path) -> None:
    with FingerprintCache(tmp_path / "prints.sqlite") as cache:
        first = read(folder, cache)
        stat = (folder / "a.png").stat()
        (folder / "a.png").write_bytes(bytes(stat.st_size))
        os.utime(folder / "a.png", ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert read(folder, cache) == first


def test_progress_counts_every_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("no picture")
    monitor = WatchfulMonitor()
    list(read_portfolio(str(folder), None, monitor))
    assert monitor.told == [Progress("reading your pictures", done, 3) for done in range(4)]


def test_a_stop_ends_it(folder: Path) -> None:
    with pytest.raises(Cancelled):
        list(read_portfolio(str(folder), None, stop_after(0)))


def test_a_flat_picture_is_a_work_of_which_it_is_said_that_only_its_very_file_would_be_found(folder: Path) -> None:
    Image.new("RGB", (90, 90), "teal").save(folder / "flat.png")
    works = {
        entry.artwork.path: entry for entry in read_portfolio(str(folder), None, Monitor()) if isinstance(entry, Work)
    }
    notes = {Path(path).name: work.artwork.note for path, work in works.items() if work.artwork.note}
    assert notes == {"flat.png": "it is too plain to be known by its look: only the very same file would be found"}
    assert {Path(path).name for path, work in works.items() if work.artwork.plain} == {"flat.png"}
