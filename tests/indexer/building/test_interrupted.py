"""A build that was killed, stopped, or ran out of room goes on where it was and ends as one without a break."""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from errno import ENOSPC
from pathlib import Path

import pytest

from indexer.building import journal as journal_module
from indexer.building import pictures as pictures_module
from indexer.building import unfinished as unfinished_module
from indexer.building.contract import Built
from indexer.building.journal import JOURNAL_NAME
from indexer.core.errors import Cancelled, IndexProblem, StorageProblem
from indexer.index.folder import PictureIndex
from indexer.index.manifest import MANIFEST_NAME, read_manifest
from tests.helpers.children import kill_when_it_says, run_child
from tests.helpers.indexes import build_index, content
from tests.helpers.monitors import stop_at
from tests.helpers.pictures import draw, save_all

COUNT = 40

BUILD = """
import os, sys, time
from pathlib import Path
from indexer.building import journal
from indexer.building.contract import PictureBuild
from indexer.building.pictures import build_from_pictures
from indexer.core.progress import Monitor

journal._COMMIT_EVERY_S = -1.0  # else a test would have to wait a second for anything to be on disk

class Talking(Monitor):
    def progress(self, progress):
        print(progress.stage, progress.done, flush=True)
        if progress.done == int(sys.argv[3]):
            time.sleep(60)

if __name__ == "__main__":
    build_from_pictures(PictureBuild(Path(sys.argv[1]), Path(sys.argv[2]), "Test set"), Talking(), workers=1)
"""

STOP_AT_THE_END = """
import sys, time
from pathlib import Path
from indexer.building import pictures
from indexer.building.contract import PictureBuild

def here(*_, **__):
    print("here", flush=True)
    time.sleep(60)

if __name__ == "__main__":
    setattr(pictures, sys.argv[3], here)
    pictures.build_from_pictures(PictureBuild(Path(sys.argv[1]), Path(sys.argv[2]), "Test set"), workers=1)
"""

DIE_AT_EACH_STATEMENT = """
import os, sqlite3, sys
from pathlib import Path
from indexer.building.journal import Journal

class Dying(sqlite3.Connection):
    left = 0

    def _count(self):
        Dying.left -= 1
        if Dying.left < 0:
            os._exit(9)

    def execute(self, *question):
        self._count()
        return super().execute(*question)

    def executescript(self, script):
        for part in script.split(";"):
            self.execute(part)

    def commit(self):
        self._count()
        super().commit()

connect = sqlite3.connect
sqlite3.connect = lambda *place, **options: connect(*place, factory=Dying, **options)
for statements in range(20):
    child = os.fork()
    if not child:
        Dying.left = statements
        Journal(Path(sys.argv[1]) / str(statements), "/pictures", "recipe")
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures, a file that is none, and a film. Not to be changed."""
    folder = tmp_path_factory.mktemp("many") / "pictures"
    save_all(folder, {f"{seed:02d}.png": draw(seed, (160, 120)) for seed in range(COUNT)})
    (folder / "notes.txt").write_text("milk, eggs")
    first, *rest = [draw(900 + number, (100, 80)) for number in range(3)]
    first.save(folder / "film.gif", save_all=True, append_images=rest)
    return folder


@pytest.fixture(scope="module")
def whole(many: Path) -> Path:
    """The index of a build without a break."""
    out = many.with_name("whole")
    build_index(many, out)
    return out


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    return tmp_path / "index.partial"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return save_all(tmp_path / "pictures", {f"{seed:02d}.png": draw(seed, (160, 120)) for seed in range(8)})


def held(partial: Path) -> int:
    """Files that the journal of an unfinished build could go on from."""
    with closing(sqlite3.connect(partial / JOURNAL_NAME)) as journal:
        return int(journal.execute("SELECT count(*) FROM files WHERE size_bytes IS NOT NULL").fetchone()[0])


def assert_same_but_for_the_time(one: Path, other: Path) -> None:
    files, others = content(one), content(other)
    manifests = [json.loads(each.pop(MANIFEST_NAME)) for each in (files, others)]
    for manifest in manifests:
        assert manifest.pop("made")["utc"]
    assert manifests[0] == manifests[1]
    assert files == others


def stop(pictures: Path, out: Path, after: int) -> None:
    with pytest.raises(Cancelled):
        build_index(pictures, out, stop_at("reading pictures", after))


def names(out: Path) -> list[str]:
    with PictureIndex(out) as index:
        return [row.name for row in index.rows]


@pytest.mark.parametrize("after", [1, 23])
def test_a_killed_build_goes_on_where_the_journal_ends(
    many: Path, whole: Path, out: Path, partial: Path, after: int
) -> None:
    kill_when_it_says(BUILD, f"reading pictures {after}", many, out, str(after))
    assert not out.exists()
    journaled = held(partial)
    assert journaled == after
    built = build_index(many, out)
    assert built == Built(rows=COUNT + 3, skipped=1, resumed=journaled)
    assert_same_but_for_the_time(out, whole)
    assert not partial.exists()


def test_a_build_that_is_killed_again_and_again_gets_there(many: Path, whole: Path, out: Path, partial: Path) -> None:
    for so_far in (9, 17):
        kill_when_it_says(BUILD, f"reading pictures {so_far}", many, out, str(so_far))
    assert build_index(many, out).resumed == 17
    assert_same_but_for_the_time(out, whole)


def test_a_build_that_is_killed_while_it_writes_the_checksums_has_read_nothing_in_vain(
    many: Path, whole: Path, out: Path, partial: Path
) -> None:
    """For a large set this step takes minutes, and what was read may have taken days."""
    kill_when_it_says(STOP_AT_THE_END, "here", many, out, "record_files")
    assert build_index(many, out) == Built(rows=COUNT + 3, skipped=1, resumed=COUNT + 1)
    assert_same_but_for_the_time(out, whole)


def test_a_build_that_is_killed_between_manifest_and_swap_only_swaps(
    many: Path, whole: Path, out: Path, partial: Path
) -> None:
    kill_when_it_says(STOP_AT_THE_END, "here", many, out, "swap_in_folder")
    assert not out.exists()
    manifest = (partial / MANIFEST_NAME).read_bytes()
    assert build_index(many, out) == Built(rows=COUNT + 3, skipped=1, resumed=COUNT + 1)
    assert (out / MANIFEST_NAME).read_bytes() == manifest
    assert_same_but_for_the_time(out, whole)
    assert not partial.exists()


def test_a_build_that_is_killed_in_the_middle_of_the_swap_finishes_it(
    pictures: Path, out: Path, partial: Path, tmp_path: Path
) -> None:
    """The old index is set aside already, the new one is not in its place yet."""
    build_index(pictures, out)
    out.rename(tmp_path / "index.old")
    build_index(pictures, tmp_path / "new")
    (tmp_path / "new").rename(partial)
    assert build_index(pictures, out).rows == 8
    assert {place.name for place in tmp_path.iterdir()} == {"pictures", "index"}


def test_a_finished_index_of_other_pictures_does_not_take_their_place(
    many: Path, pictures: Path, out: Path, partial: Path
) -> None:
    kill_when_it_says(STOP_AT_THE_END, "here", many, out, "swap_in_folder")
    assert build_index(pictures, out) == Built(rows=8, skipped=0, resumed=0)
    assert names(out) == [f"{seed:02d}.png" for seed in range(8)]


@pytest.mark.parametrize("asked", [{"shareable": True}, {"dataset": "Other", "base_url": "https://a.org"}])
def test_a_finished_index_that_was_asked_for_otherwise_does_not_take_its_place(
    many: Path, whole: Path, out: Path, partial: Path, asked: dict[str, object]
) -> None:
    shutil.copytree(whole, partial)
    build_index(many, out, **asked)
    manifest = read_manifest(out)
    assert (manifest.pictures_root is None) == ("shareable" in asked)
    assert (manifest.dataset, manifest.base_url) == (asked.get("dataset", "Test set"), asked.get("base_url"))


def test_a_finished_index_that_was_damaged_since_is_made_anew(pictures: Path, out: Path, partial: Path) -> None:
    build_index(pictures, out)
    out.rename(partial)
    (partial / "rows.sqlite").write_bytes(b"damaged")
    assert build_index(pictures, out) == Built(rows=8, skipped=0, resumed=0)
    assert len(names(out)) == 8


def test_stopping_keeps_what_was_read(pictures: Path, out: Path, partial: Path) -> None:
    stop(pictures, out, after=3)
    assert not out.exists()
    journaled = held(partial)
    assert journaled >= 3
    assert build_index(pictures, out) == Built(rows=8, skipped=0, resumed=journaled)


def test_pictures_that_changed_or_went_in_between_are_noticed(pictures: Path, out: Path, partial: Path) -> None:
    stop(pictures, out, after=5)
    journaled = held(partial)
    draw(100, (200, 100)).save(pictures / "00.png")
    (pictures / "01.png").unlink()
    (pictures / "02.png").write_text("not a picture any more")
    draw(300, (160, 120)).save(pictures / "zz.png")
    assert build_index(pictures, out) == Built(rows=7, skipped=1, resumed=journaled - 3)
    with PictureIndex(out) as index:
        rows = list(index.rows)
    assert [row.name for row in rows] == ["00.png", "03.png", "04.png", "05.png", "06.png", "07.png", "zz.png"]
    assert (rows[0].width, rows[0].height) == (200, 100)
    assert json.loads((out / "skipped.jsonl").read_text())["path"] == "02.png"


def test_a_file_that_was_no_picture_and_became_one_is_taken(pictures: Path, out: Path) -> None:
    (pictures / "00.png").write_text("not yet")
    stop(pictures, out, after=3)
    draw(0).save(pictures / "00.png")
    assert build_index(pictures, out).rows == 8


def test_a_film_that_became_shorter_loses_its_frames(pictures: Path, out: Path, tmp_path: Path) -> None:
    frames = [draw(seed, (100, 80)) for seed in range(4)]
    film = pictures / "00 film.gif"
    frames[0].save(film, save_all=True, append_images=frames[1:])
    stop(pictures, out, after=3)
    frames[0].save(film)
    assert build_index(pictures, out).rows == 9
    assert [name for name in names(out) if name.startswith(film.name)] == [film.name]


def test_an_unfinished_build_of_another_folder_is_not_gone_on_with(
    many: Path, pictures: Path, out: Path, partial: Path
) -> None:
    stop(many, out, after=5)
    before = held(partial)
    with pytest.raises(IndexProblem) as caught:
        build_index(pictures, out)
    assert caught.value.because == (
        "it holds an unfinished index of another folder or version; remove it or choose another place"
    )
    assert held(partial) == before


def test_an_unfinished_build_of_other_fingerprints_is_not_gone_on_with(
    pictures: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(pictures, out, after=3)
    monkeypatch.setattr(pictures_module, "RECIPE", "phash 2, pdq 1, miniature 1, input 1")
    with pytest.raises(IndexProblem, match="of another folder or version"):
        build_index(pictures, out)


def test_names_of_the_set_may_change_between_the_starts(pictures: Path, out: Path) -> None:
    stop(pictures, out, after=3)
    build_index(pictures, out, dataset="Other", version="2")
    assert (read_manifest(out).dataset, read_manifest(out).version) == ("Other", "2")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_kill_while_the_journal_begins_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    """Killed before every statement in turn."""
    done = run_child(DIE_AT_EACH_STATEMENT, tmp_path)
    ends = [int(line) for line in done.stdout.split()]
    assert done.returncode == 0, done.stderr
    assert (ends.count(9) > 8, set(ends)) == (True, {0, 9})
    for statements in range(20):
        with closing(journal_module.Journal(tmp_path / str(statements), "/pictures", "recipe")) as journal:
            assert not journal.holds_pictures()


@pytest.mark.parametrize("damage", [b"nonsense", b"SQLite format 3\x00" + bytes(5000)], ids=["words", "zeros"])
def test_a_damaged_journal_is_a_sentence(pictures: Path, out: Path, partial: Path, damage: bytes) -> None:
    partial.mkdir()
    (partial / JOURNAL_NAME).write_bytes(damage)
    with pytest.raises(StorageProblem) as caught:
        build_index(pictures, out)
    assert caught.value.because == "the unfinished index there is damaged; remove it and start again"
    shutil.rmtree(partial)
    assert build_index(pictures, out).rows == 8


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A disk that has no room left when files are flushed to it; undone inside the test by `undo`."""

    def fsync(_: int) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        yield patch


FULL = "the disk is full; what was done is kept, and the same command goes on once there is room"


def test_a_disk_that_is_full_at_the_end_costs_nothing(pictures: Path, out: Path, full_disk: pytest.MonkeyPatch) -> None:
    with pytest.raises(StorageProblem) as caught:
        build_index(pictures, out)
    assert caught.value.because == FULL
    assert not out.exists()
    full_disk.undo()
    assert build_index(pictures, out) == Built(rows=8, skipped=0, resumed=8)


def test_a_disk_that_is_full_while_pictures_are_read_costs_little(
    many: Path, whole: Path, out: Path, partial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself says that there is no room: its file may have so many pages and no more."""
    connect = sqlite3.connect

    def small(*place: object, **options: object) -> sqlite3.Connection:
        connection = connect(*place, **options)
        connection.execute("PRAGMA max_page_count = 12")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", small)
        patch.setattr(journal_module, "_COMMIT_EVERY_S", -1.0)
        with pytest.raises(StorageProblem) as caught:
            build_index(many, out)
    assert caught.value.because == FULL
    journaled = held(partial)
    assert 0 < journaled < COUNT
    assert build_index(many, out).resumed == journaled
    assert_same_but_for_the_time(out, whole)


def test_a_disk_that_is_full_while_arrays_are_written_costs_nothing(
    pictures: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    def save(*_: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", save)
        with pytest.raises(StorageProblem) as caught:
            build_index(pictures, out)
    assert caught.value.because == FULL
    assert build_index(pictures, out) == Built(rows=8, skipped=0, resumed=8)


def test_a_second_build_at_the_same_place_waits_and_then_says_so(
    pictures: Path, out: Path, partial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished_module, "_LOCK_PATIENCE_S", 0.1)
    with closing(journal_module.Journal(partial, str(pictures), "recipe")), pytest.raises(IndexProblem) as caught:
        build_index(pictures, out)
    assert caught.value.because == "another program is building this index at the moment"
