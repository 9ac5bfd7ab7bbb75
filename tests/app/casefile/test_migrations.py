# SPDX-License-Identifier: GPL-3.0-or-later
"""Older files are brought up to date after a copy; newer and foreign ones are refused and stay as they are."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from app.casefile import migrations
from app.casefile.case import Case
from app.casefile.database import APPLICATION_ID, Database
from app.casefile.events import Actor, EventKind
from app.casefile.works import SeenWork
from indexer.core.errors import StorageProblem
from indexer.core.types import Artwork, Coverage, Lane
from tests.app.casefile.samples import PLAN, add_work_as_step_1_did, artwork, raw_file


def _fill_notes(database: Database) -> None:
    database.write("INSERT INTO notes VALUES ('from a function')")


LATER = ("CREATE TABLE notes (text TEXT);\nCREATE INDEX notes_by_text ON notes (text);\n", _fill_notes)


def _break(database: Database) -> None:
    database.write("INSERT INTO notes VALUES ('half')")
    raise StorageProblem(database.path, "the step failed")


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program has learned two more steps."""
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS + LATER)


@pytest.fixture
def older_file(place: Path) -> Path:
    """A case of the version that this program writes, with a run in it."""
    with Case.create(place, sample=False) as case:
        case.runs.begin(PLAN)
    return place


def test_the_file_carries_our_mark_and_its_version(older_file: Path) -> None:
    with raw_file(older_file) as file:
        assert file.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert file.execute("PRAGMA user_version").fetchone() == (migrations.newest_version(),)


def test_an_older_case_is_brought_up_to_date(older_file: Path, request: pytest.FixtureRequest) -> None:
    first = migrations.newest_version()
    request.getfixturevalue("newer_program")
    with Case.open(older_file) as case:
        assert case._database.version == first + 2
        assert case._database.rows("SELECT text FROM notes") == [("from a function",)]
        assert len(case.runs.all()) == 1
        steps = [event for event in case.events.all() if event.kind is EventKind.CASE_UPGRADED]
        assert [(event.body["form"], event.actor) for event in steps] == [
            (first + 1, Actor.PROGRAM),
            (first + 2, Actor.PROGRAM),
        ]
        assert case.events.verify_chain() is None


def test_the_works_of_a_case_from_before_notes_are_kept_without_one(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:2])
        with Case.create(place, sample=False) as case:
            run = case.runs.begin(PLAN).run_id
    add_work_as_step_1_did(place, run)
    noted = Artwork("b.psd", note="only the preview was looked at")
    with Case.open(place) as case:
        case.works.add(run, [SeenWork(noted)])
        assert [work.artwork for work in case.works.all()] == [artwork(), noted]
        assert case.events.verify_chain() is None


def test_what_was_searched_in_a_case_of_form_3_is_kept_and_a_copy_of_it_too(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Form 4 also keeps what must be said of a search that was done."""
    with monkeypatch.context() as before:
        before.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:3])
        with Case.create(place, sample=False) as case:
            run = case.runs.begin(PLAN).run_id
    with raw_file(place) as file:
        values = (run, "coyo", "COYO-700M", "1", 7, "location", 1)
        file.execute("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", values)
    noted = Coverage("coyo", "COYO-700M", "1", 7, Lane.ATTRIBUTION, searched=True, note="some handles cannot be found")
    with Case.open(place) as case:
        case.findings.add_coverage(run, [noted])
        old = Coverage("coyo", "COYO-700M", "1", 7, Lane.LOCATION, searched=True)
        assert list(case.findings.coverage(run)) == [old, noted]
        assert case.events.verify_chain() is None
    with raw_file(place.with_name(f"{place.name}.before-v{migrations.newest_version()}")) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (3,)


def test_before_that_a_copy_is_put_beside_it(older_file: Path, newer_program: None) -> None:
    version = migrations.newest_version()
    Case.open(older_file).close()
    copy = older_file.with_name(f"{older_file.name}.before-v{version}")
    assert {file.name for file in older_file.parent.iterdir()} == {older_file.name, copy.name}
    with raw_file(copy) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (version - 2,)
        assert file.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def test_an_earlier_copy_is_never_written_over(older_file: Path, newer_program: None) -> None:
    copy = older_file.with_name(f"{older_file.name}.before-v{migrations.newest_version()}")
    copy.write_text("an earlier copy")
    Case.open(older_file).close()
    assert copy.read_text() == "an earlier copy"
    assert copy.with_name(copy.name + "-2").exists()


def test_a_new_case_has_every_step_and_no_copy(place: Path, newer_program: None) -> None:
    with Case.create(place, sample=False) as case:
        assert case._database.rows("SELECT text FROM notes") == [("from a function",)]
        assert [event.kind for event in case.events.all()] == [EventKind.CASE_CREATED]
    assert list(place.parent.iterdir()) == [place]


def test_a_step_that_fails_leaves_no_trace(older_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = migrations.newest_version()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, LATER[0], _break))
    with pytest.raises(StorageProblem, match="the step failed"):
        Case.open(older_file)
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:-1])
    with Case.open(older_file) as case:
        assert case._database.version == version + 1
        assert case._database.rows("SELECT text FROM notes") == []
        assert case.events.verify_chain() is None


def test_no_room_for_the_copy_means_no_upgrade(older_file: Path, newer_program: None) -> None:
    before = older_file.read_bytes()
    older_file.with_name(f"{older_file.name}.before-v{migrations.newest_version()}.partial").mkdir()
    with pytest.raises(StorageProblem):
        Case.open(older_file)
    assert older_file.read_bytes() == before


def test_a_case_of_a_newer_program_is_refused_and_stays_as_it_is(older_file: Path) -> None:
    with raw_file(older_file) as file:
        file.execute(f"PRAGMA user_version = {migrations.newest_version() + 1}")
    before = older_file.read_bytes()
    with pytest.raises(StorageProblem, match=r"a newer version of this program wrote it.*update the program"):
        Case.open(older_file)
    assert older_file.read_bytes() == before
    assert list(older_file.parent.iterdir()) == [older_file]


def test_a_newer_version_that_stands_only_in_a_tools_journal_is_seen(older_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / older_file.name
    copy.parent.mkdir()
    with raw_file(older_file) as file:
        file.commit()
        file.execute("PRAGMA journal_mode = WAL")
        file.execute(f"PRAGMA user_version = {migrations.newest_version() + 1}")
        for name in (older_file.name, older_file.name + "-wal"):
            shutil.copy(older_file.with_name(name), copy.with_name(name))
    with pytest.raises(StorageProblem, match="a newer version"):
        Case.open(copy)
    with pytest.raises(StorageProblem, match="a newer version"):
        Case.open(copy)


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_another_programs_database_is_refused_and_stays_as_it_is(place: Path, mode: str) -> None:
    connection = sqlite3.connect(place)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE photographs (name TEXT)")
    connection.close()
    _assert_refused(place, "not a case of Exhibit A")


@pytest.mark.parametrize("content", [b"", b"Dear diary", b"SQLite format 3\0", b"\0" * 5000], ids=len)
def test_what_is_no_database_is_refused_and_stays_as_it_is(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    _assert_refused(place, "not a case of Exhibit A")


@pytest.mark.parametrize("keep", [0.0, 0.001, 0.1, 0.5, 0.999])
def test_a_truncated_case_is_refused_and_stays_as_it_is(older_file: Path, keep: float) -> None:
    whole = older_file.read_bytes()
    older_file.write_bytes(whole[: int(len(whole) * keep)])
    _assert_refused(older_file, "not a case of Exhibit A|damaged")


def test_a_file_that_only_carries_our_mark_is_refused(place: Path) -> None:
    connection = sqlite3.connect(place)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    _assert_refused(place, "not a case of Exhibit A")


def test_a_case_without_a_version_is_refused(older_file: Path) -> None:
    with raw_file(older_file) as file:
        file.execute("PRAGMA user_version = 0")
    _assert_refused(older_file, "not a case of Exhibit A")


def test_a_case_without_its_facts_is_refused(older_file: Path) -> None:
    with raw_file(older_file) as file:
        file.execute("DELETE FROM facts")
    _assert_refused(older_file, "damaged")


def _assert_refused(path: Path, sentence: str) -> None:
    before = path.read_bytes()
    with pytest.raises(StorageProblem, match=sentence):
        Case.open(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
