"""What was fingerprinted once is remembered until it changes; a broken memory is begun anew."""

import multiprocessing
import os
import sqlite3
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.core.errors import StorageProblem
from indexer.core.hashing import Digests
from indexer.fingerprints import cache as cache_module
from indexer.fingerprints import store as store_module
from indexer.fingerprints.base import FileFingerprints
from indexer.fingerprints.cache import FingerprintCache
from indexer.images.scanning import FoundFile
from tests.helpers.permissions import CANNOT_FORBID, WHY, folder_for_everybody, ordinary_user
from tests.indexer.fingerprints.test_base import RICH


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "store" / "fingerprints.sqlite"


def file(name: str = "a.png", size: int = 10, mtime: int = 20) -> FoundFile:
    return FoundFile(Path("/works") / name, name, size, mtime)


def made(number: int = 1, cut_short: str | None = None) -> FileFingerprints:
    digests = Digests(f"{number:064x}", f"{number:032x}")
    return FileFingerprints(digests, (replace(RICH, width=number),), cut_short)


def remembered(place: Path, of: FoundFile) -> FileFingerprints | None:
    with FingerprintCache(place) as cache:
        return cache.find(of)


def keep(place: Path, of: FoundFile, what: FileFingerprints) -> None:
    with FingerprintCache(place) as cache:
        cache.keep(of, what)


def test_what_is_kept_is_found_in_the_same_run_and_in_the_next(place) -> None:
    with FingerprintCache(place) as cache:
        cache.keep(file(), made())
        assert cache.find(file()) == made()
    assert remembered(place, file()) == made()


def test_an_unknown_file_is_not_found(place) -> None:
    assert remembered(place, file()) is None


@pytest.mark.parametrize(
    "changed", [file(size=11), file(mtime=21), file(name="b.png")], ids=["size", "time of change", "name"]
)
def test_a_changed_file_is_not_found(place, changed: FoundFile) -> None:
    keep(place, file(), made())
    assert remembered(place, changed) is None


def test_a_changed_file_takes_the_place_of_the_old(place) -> None:
    keep(place, file(), made(1))
    keep(place, file(mtime=99), made(2))
    assert remembered(place, file(mtime=99)) == made(2)
    assert remembered(place, file()) is None


def test_two_files_of_the_same_content_share_what_is_kept(place) -> None:
    keep(place, file("a.png"), made())
    keep(place, file("b.png"), made())
    assert remembered(place, file("a.png")) == remembered(place, file("b.png")) == made()
    with sqlite3.connect(place) as database:
        assert database.execute("SELECT count(*) FROM fingerprints").fetchone() == (1,)
    database.close()


def test_a_file_is_known_by_its_whole_path(place, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    keep(place, FoundFile(Path("a.png"), "a.png", 10, 20), made())
    assert remembered(place, FoundFile(tmp_path / "a.png", "a.png", 10, 20)) == made()
    monkeypatch.chdir(tmp_path.parent)
    assert remembered(place, FoundFile(Path("a.png"), "a.png", 10, 20)) is None


@pytest.mark.parametrize("name", ["🎨.png", "two\nlines.png", "'; DROP TABLE files; --.png", "%_.png"])
def test_an_odd_name_is_a_name(place, name: str) -> None:
    keep(place, file(name), made())
    assert remembered(place, file(name)) == made()


def test_what_is_cut_short_is_not_kept(place) -> None:
    keep(place, file(), made(cut_short="the TIFF file is damaged"))
    assert remembered(place, file()) is None


def test_another_recipe_finds_nothing(place, monkeypatch) -> None:
    keep(place, file(), made())
    monkeypatch.setattr(cache_module, "RECIPE", "phash 2")
    assert remembered(place, file()) is None
    keep(place, file(), made(2))
    assert remembered(place, file()) == made(2)


@pytest.mark.parametrize(
    "junk", [b"this is no database" * 200, b"\x00" * 8192, b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_a_damaged_store_is_begun_anew(place, junk: bytes) -> None:
    keep(place, file(), made())
    place.write_bytes(junk)
    assert remembered(place, file()) is None
    keep(place, file(), made())
    assert remembered(place, file()) == made()


def test_a_store_that_is_cut_off_is_begun_anew(place) -> None:
    with FingerprintCache(place) as cache:
        for number in range(200):
            cache.keep(file(f"{number}.png"), made(number))
    place.write_bytes(place.read_bytes()[:9000])
    with FingerprintCache(place) as cache:
        cache.keep(file(), made())
        assert cache.find(file()) == made()
    assert remembered(place, file()) == made()


def test_damage_that_shows_only_later_costs_what_was_kept_and_nothing_else(place) -> None:
    with FingerprintCache(place) as cache:
        for number in range(300):
            cache.keep(file(f"{number}.png"), made(number))
    _damage_the_fingerprints(place)
    with FingerprintCache(place) as cache:
        for number in range(300):
            cache.find(file(f"{number}.png"))
            cache.keep(file(f"{number}.png"), made(number))
        assert cache.find(file("299.png")) == made(299)
    assert remembered(place, file("299.png")) == made(299)


def _damage_the_fingerprints(place: Path) -> None:
    """Overwrite every page but those that opening looks at: the first, and those of the table of files."""
    data = bytearray(place.read_bytes())
    with sqlite3.connect(place) as database:
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (root,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'fingerprints'").fetchone()
    database.close()
    data[(root - 1) * size : root * size] = b"\xff" * size
    place.write_bytes(data)


def test_a_store_of_another_version_is_begun_anew(place) -> None:
    keep(place, file(), made())
    with sqlite3.connect(place) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert remembered(place, file()) is None
    keep(place, file(), made())
    assert remembered(place, file()) == made()


def test_a_store_without_its_tables_is_begun_anew(place) -> None:
    keep(place, file(), made())
    with sqlite3.connect(place) as database:
        database.execute("DROP TABLE files")
    database.close()
    assert remembered(place, file()) is None


def test_an_entry_that_is_not_what_it_should_be_is_read_again(place) -> None:
    keep(place, file(), made())
    with sqlite3.connect(place) as database:
        database.execute("UPDATE fingerprints SET body = x'93c0'")
    database.close()
    assert remembered(place, file()) is None


def test_a_store_that_another_program_holds_is_not_thrown_away(place, monkeypatch) -> None:
    keep(place, file(), made())
    monkeypatch.setattr(store_module, "PATIENCE_S", 0.1)
    holder = sqlite3.connect(place, isolation_level=None)
    try:
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageProblem, match="the store of fingerprints cannot be opened"):
            FingerprintCache(place)
        holder.execute("ROLLBACK")
    finally:
        holder.close()
    assert remembered(place, file()) == made()


def test_a_store_that_stays_busy_costs_the_remembering_and_not_the_check(place, monkeypatch) -> None:
    monkeypatch.setattr(store_module, "PATIENCE_S", 0.1)
    monkeypatch.setattr(cache_module, "_COMMIT_EVERY_S", 0.0)
    with FingerprintCache(place) as cache:
        holder = sqlite3.connect(place, isolation_level=None)
        try:
            holder.execute("BEGIN IMMEDIATE")
            cache.keep(file(), made())
            assert cache.find(file()) is None
            holder.execute("ROLLBACK")
        finally:
            holder.close()
        cache.keep(file(), made())
    assert remembered(place, file()) == made()


def test_a_place_that_is_no_place_is_a_sentence(tmp_path) -> None:
    (tmp_path / "store").write_text("in the way")
    with pytest.raises(StorageProblem, match="the store of fingerprints cannot be opened"):
        FingerprintCache(tmp_path / "store" / "fingerprints.sqlite")


def test_a_folder_in_the_place_of_the_store_is_a_sentence(tmp_path) -> None:
    (tmp_path / "fingerprints.sqlite").mkdir()
    with pytest.raises(StorageProblem, match="the store of fingerprints cannot be opened"):
        FingerprintCache(tmp_path / "fingerprints.sqlite")
    assert (tmp_path / "fingerprints.sqlite").is_dir()


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_store_that_may_not_be_written_is_still_read() -> None:
    with folder_for_everybody() as folder:
        place = folder / "fingerprints.sqlite"
        keep(place, file(), made())
        with ordinary_user():
            keep(place, file("b.png"), made(2))
            assert remembered(place, file()) == made()
            assert remembered(place, file("b.png")) is None


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_damaged_store_that_may_not_be_replaced_is_a_sentence() -> None:
    with folder_for_everybody() as folder:
        (folder / "fingerprints.sqlite").write_bytes(b"this is no database" * 200)
        with ordinary_user(), pytest.raises(StorageProblem, match="the store of fingerprints cannot be opened"):
            FingerprintCache(folder / "fingerprints.sqlite")


def test_what_is_kept_is_written_down_while_the_run_goes_on(place, monkeypatch) -> None:
    monkeypatch.setattr(cache_module, "_COMMIT_EVERY_S", 0.0)
    with FingerprintCache(place) as cache:
        cache.keep(file(), made())
        assert remembered(place, file()) == made()


def test_a_run_that_is_killed_loses_only_the_last_moment(place) -> None:
    def kept_then_killed() -> None:
        cache_module._COMMIT_EVERY_S = 0.0
        cache = FingerprintCache(place)
        cache.keep(file("a.png"), made(1))
        cache_module._COMMIT_EVERY_S = 3600
        cache.keep(file("b.png"), made(2))
        os._exit(9)

    _run_in_child(kept_then_killed)
    assert remembered(place, file("a.png")) == made(1)
    assert remembered(place, file("b.png")) is None


def _run_in_child(body) -> None:
    if sys.platform == "win32":
        pytest.skip("there is no fork on Windows")
    child = os.fork()
    if child == 0:
        try:
            body()
        finally:
            os._exit(1)
    os.waitpid(child, 0)


def _use(place: Path, number: int, gate, answers) -> None:
    """One of several programs that use the store at the same moment."""
    gate.wait()
    try:
        for entry in range(30):
            with FingerprintCache(place) as cache:
                cache.keep(file(f"{number}-{entry}.png"), made(number * 1000 + entry))
    except Exception as problem:  # noqa: BLE001 - the test shows it
        answers.put(repr(problem))
    else:
        answers.put("good")


def test_several_programs_may_use_a_new_store_at_once(place) -> None:
    context = multiprocessing.get_context("spawn")
    gate, answers = context.Barrier(4), context.Queue()
    programs = [context.Process(target=_use, args=(place, number, gate, answers)) for number in range(4)]
    for program in programs:
        program.start()
    assert [answers.get(timeout=60) for _ in programs] == ["good"] * 4
    for program in programs:
        program.join()
    answers.close()
    answers.join_thread()
    with FingerprintCache(place) as cache:
        known = [cache.find(file(f"{number}-{entry}.png")) for number in range(4) for entry in range(30)]
    assert None not in known


def test_closing_takes_no_longer_than_writing(place) -> None:
    with FingerprintCache(place) as cache:
        for number in range(500):
            cache.keep(file(f"{number}.png"), made(number))
        began = time.monotonic()
    assert time.monotonic() - began < 5
