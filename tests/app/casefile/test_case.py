# SPDX-License-Identifier: GPL-3.0-or-later
"""One file, one owner at a time, and clear sentences."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from app.casefile.case import Case
from app.casefile.events import Actor, EventKind
from app.casefile.works import SeenWork
from indexer.core.about import this_tool
from indexer.core.errors import StorageProblem
from tests.app.casefile.samples import JPEG, NASTY_TEXTS, PLAN, artwork, found, raw_file

HOLD = """
import sys
from pathlib import Path
from app.casefile.case import Case
with Case.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.readline()
"""
TRY = """
import sys
from pathlib import Path
from app.casefile.case import Case
from indexer.core.errors import StorageProblem
try:
    Case.open(Path(sys.argv[1])).close()
except StorageProblem as problem:
    print(problem.because)
"""


def test_a_new_case_knows_its_facts(place: Path) -> None:
    with Case.create(place, sample=False, title="The lake pictures") as case:
        facts = case.facts
    with Case.open(place) as case:
        assert case.facts == facts
    assert UUID(facts.case_id).version == 4
    assert (facts.title, facts.is_sample, facts.tool) == ("The lake pictures", False, this_tool())


def test_two_cases_never_share_an_id(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a", sample=False) as a, Case.create(tmp_path / "b", sample=False) as b:
        assert a.facts.case_id != b.facts.case_id


def test_the_first_event_tells_of_the_making(case: Case, tmp_path: Path) -> None:
    (event,) = case.events.all()
    assert (event.kind, event.actor) == (EventKind.CASE_CREATED, Actor.USER)
    assert event.body["case"] == case.facts.case_id
    with Case.create(tmp_path / "demo.exhibit", sample=True) as demo:
        assert [event.actor for event in demo.events.all()] == [Actor.DEMO]


def test_a_closed_case_is_a_single_file(place: Path) -> None:
    with Case.create(place, sample=False) as case:
        run = case.runs.begin(PLAN)
        case.works.add(run.run_id, [SeenWork(artwork(), JPEG)])
        case.findings.add(run.run_id, [found()])
        case.runs.finish(run.run_id)
    assert [file.name for file in place.parent.iterdir()] == [place.name]


def test_opening_and_closing_changes_nothing(place: Path) -> None:
    Case.create(place, sample=False).close()
    before = place.read_bytes()
    Case.open(place).close()
    assert place.read_bytes() == before


def test_after_each_commit_the_one_file_holds_everything(case: Case, tmp_path: Path) -> None:
    case.runs.begin(PLAN)
    case.close()
    copy = tmp_path / "copy.exhibit"
    copy.write_bytes(case.path.read_bytes())
    with Case.open(copy) as other:
        assert len(other.runs.all()) == 1


@pytest.mark.parametrize("name", ["my 🎨 case", "عمل", 'it\'s 100% "mine"? #1; file:x', "x" * 200])
def test_a_case_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Case.create(path, sample=False, title=name).close()
    with Case.open(path) as case:
        assert case.facts.title == name
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("title", NASTY_TEXTS)
def test_a_case_may_have_any_title(place: Path, title: str) -> None:
    Case.create(place, sample=False, title=title).close()
    with Case.open(place) as case:
        assert case.facts.title == title
        assert case.events.all()[0].body["title"] == title
        assert case.events.verify_chain() is None


def test_a_name_that_is_no_text_is_a_sentence_and_leaves_nothing(place: Path) -> None:
    with pytest.raises(StorageProblem, match="not valid text"):
        Case.create(place, sample=False, title="broken \udcff name")
    assert not place.exists()


def test_a_name_too_long_for_the_journal_beside_it_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="cannot be opened or made there"):
        Case.create(tmp_path / ("x" * 250), sample=False)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_never_written_over(place: Path) -> None:
    place.write_text("mine")
    with pytest.raises(StorageProblem, match="already a file of that name"):
        Case.create(place, sample=False)
    assert place.read_text() == "mine"


def test_missing_folders_and_files_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="no such file or folder"):
        Case.create(tmp_path / "nowhere" / "a.exhibit", sample=False)
    with pytest.raises(StorageProblem, match="no such file or folder"):
        Case.open(tmp_path / "a.exhibit")
    with pytest.raises(StorageProblem, match="cannot be used"):
        Case.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_second_window_is_refused_and_the_first_goes_on(case: Case, place: Path) -> None:
    with pytest.raises(StorageProblem, match="open in another window or program"):
        Case.open(place)
    case.runs.begin(PLAN)
    assert len(case.runs.all()) == 1


def test_a_second_program_is_refused_even_after_a_second_window_was(case: Case, place: Path) -> None:
    with pytest.raises(StorageProblem):
        Case.open(place)
    assert "open in another window or program" in _run(TRY, place)


def test_a_case_held_by_another_program_is_refused_until_that_is_done(place: Path) -> None:
    Case.create(place, sample=False).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StorageProblem, match="open in another window or program"):
            Case.open(place)
        holder.communicate("done\n", timeout=30)
    Case.open(place).close()


def test_a_case_can_be_opened_again_after_a_refusal(place: Path) -> None:
    place.write_bytes(b"")
    with pytest.raises(StorageProblem):
        Case.open(place)
    place.unlink()
    Case.create(place, sample=False).close()
    Case.open(place).close()


def test_a_full_disk_is_a_sentence_and_loses_nothing_saved(case: Case) -> None:
    run = case.runs.begin(PLAN)
    connection = case._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageProblem, match="the disk is full"):
        case.works.add(run.run_id, [SeenWork(artwork(), b"\xff" * 100_000)])
    connection.execute(f"PRAGMA max_page_count = {pages + 1000}")
    assert case.works.all() == []
    assert case.events.verify_chain() is None
    case.works.add(run.run_id, [SeenWork(artwork(), b"\xff" * 100_000)])
    assert case.works.thumbnail(artwork().path) == b"\xff" * 100_000


def test_a_file_that_turned_read_only_is_a_sentence(case: Case) -> None:
    case._database._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageProblem, match="no permission to write"):
        case.runs.begin(PLAN)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to this user")
def test_a_read_only_file_and_a_read_only_folder_are_refused_at_once(place: Path) -> None:
    Case.create(place, sample=False).close()
    place.chmod(0o444)
    with pytest.raises(StorageProblem, match="no permission"):
        Case.open(place)
    place.chmod(0o644)
    place.parent.chmod(0o555)
    try:
        with pytest.raises(StorageProblem):
            Case.open(place)
    finally:
        place.parent.chmod(0o755)


def test_a_mistake_of_ours_is_not_dressed_up_as_a_problem_of_the_disk(case: Case) -> None:
    with pytest.raises(sqlite3.IntegrityError), case._database.transaction():
        case._database.write("UPDATE facts SET title = 'other'")
    with pytest.raises(sqlite3.OperationalError):
        case._database.rows("SELECT nonsense")


def test_an_exception_inside_a_transaction_takes_everything_back(case: Case) -> None:
    def change_and_be_interrupted() -> None:
        with case._database.transaction():
            case._database.write("UPDATE chain_end SET number = 99")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change_and_be_interrupted()
    assert case.events.end.number == 1


def test_text_that_was_damaged_is_a_sentence(place: Path) -> None:
    Case.create(place, sample=False).close()
    with raw_file(place) as file:
        file.execute("UPDATE facts SET title = CAST(x'ff' AS TEXT)")
    with pytest.raises(StorageProblem, match="the file is damaged"):
        Case.open(place)


def test_a_case_needs_no_picture_library_and_no_window() -> None:
    heavy = "numpy", "faiss", "cv2", "PIL", "pyarrow", "torch", "PySide6"
    script = f"import sys, app.casefile.case; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def _run(script: str, path: Path) -> str:
    return subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True).stdout
