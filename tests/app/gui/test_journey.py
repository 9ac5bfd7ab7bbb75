"""The window's journeys, through what a person sees and clicks, with the real work behind it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.casefile.case import Case
from app.casefile.decisions import Mine, Page
from app.casefile.runs import RunStatus
from app.gui.widgets.letter_dialog import LetterDialog
from app.paths import places
from tests.app.gui.conftest import Person
from tests.helpers.pictures import draw, save_all

OpenWindow = Callable[[], Person]


@pytest.fixture
def own_case(case_file: Path, tmp_path: Path) -> Path:
    """A copy that may be answered."""
    return Path(shutil.copy(case_file, tmp_path / "mine.exhibit"))


def save_to(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(place), ""))
    return place


def start_check(person: Person, folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person.chooses_folder(folder, monkeypatch)
    person.adds_place(index, monkeypatch)
    person.clicks("Check")


def opened(person: Person, case: Path, line: str = "M-001") -> Person:
    person.window.open_case(case)
    person.waits_for(line)
    person.waits_until_all_is_done()
    return person


def fill_in_letter(person: Person) -> LetterDialog:
    person.clicks("Write removal request…")
    person.waits_until_all_is_done()
    (dialog,) = person.window.findChildren(LetterDialog)
    assert dialog.isVisible()
    person.types("Your name", "Ada Maler", dialog)
    person.types("Your e-mail", "ada@example.org", dialog)
    person.types("Who receives it", "The Test Set Project", dialog)
    return dialog


def test_from_an_empty_start_to_a_saved_letter(
    person: Person, portfolio: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Is your work listed?" in person.sees()
    start_check(person, portfolio, index, monkeypatch)
    assert "Checking your pictures" in person.sees()
    person.waits_for("M-001")
    assert person.lines()[0] == "M-001  work 0.png\nthe very same file\nnot answered yet"
    assert person.lines()[3] == "M-004  work 3.png\nan edited copy (mirrored)\nnot answered yet"
    assert "does not say that any model was trained on it" in person.sees()
    person.clicks("Mine")
    person.clicks("Not allowed")
    assert person.lines()[0].startswith("M-002"), "an answered row leaves the list, and the next one is shown"
    assert "Answered (1)" in person.sees()
    person.clicks("Not mine")
    person.waits_until_all_is_done()
    dialog = fill_in_letter(person)
    assert "1 row that you have called yours will be named." in person.sees(dialog)
    letter = save_to(tmp_path / "letter.pdf", monkeypatch)
    person.clicks("Save letter…", dialog)
    person.waits_for("Nothing was sent.")
    text = " ".join(PdfReader(letter).pages[0].extract_text().split())
    assert "Ada Maler" in text
    assert "M-001" in text
    assert "M-002" not in text
    report = save_to(tmp_path / "report.pdf", monkeypatch)
    person.clicks("Save report…")
    person.waits_for("Report saved")
    assert report.read_bytes().startswith(b"%PDF-")
    with Case.open(places().cases / "my works.exhibit") as case:
        (record,) = case.letters.all()
        assert record.letter.recipient_name == "The Test Set Project"
        assert len(record.letter.rows) == 1
        assert case.events.verify_chain() is None


def test_the_check_button_says_what_is_missing(
    person: Person, portfolio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.clicks("Check")
    assert "Choose the folder with your pictures first." in person.sees()
    person.types("Folder with your pictures", "nowhere at all")
    person.clicks("Check")
    assert "There is no folder nowhere at all." in person.sees()
    person.chooses_folder(portfolio, monkeypatch)
    person.clicks("Check")
    assert "Add at least one place to search." in person.sees()


def test_places_are_described_added_once_and_removed(
    person: Person, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.clicks("Remove")
    assert "There is nothing to remove." in person.sees()
    person.adds_place(index, monkeypatch)
    assert person.places() == [f"Test set, version 7: 34 pictures listed\n{index}"]
    person.adds_place(index, monkeypatch)
    assert "That place is in the list already." in person.sees()
    person.adds_place(tmp_path, monkeypatch)
    assert "Not added." in person.sees()
    assert "it is not an index folder" in person.sees()
    assert len(person.places()) == 1
    person.clicks("Remove")
    assert person.places() == []


def test_a_stopped_check_keeps_what_it_found_and_goes_on_later(
    person: Person, index: Path, portfolio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_all(tmp_path / "many", {f"{number}.png": draw(5000 + number) for number in range(40)})
    shutil.copy(portfolio / "work 0.png", folder / "a.png")
    news: list[object] = []

    def stop_at_first(told: object) -> None:
        news.append(told)
        if len(news) == 1:
            person.clicks("Stop")
            assert "Stopping…" in person.sees()

    person.window.relay.reported.connect(stop_at_first)
    start_check(person, folder, index, monkeypatch)
    person.waits_for("The check was stopped before its end.")
    person.waits_until_all_is_done()
    with Case.open(places().cases / "many.exhibit") as case:
        assert case.runs.all()[-1].status is RunStatus.STOPPED
    assert "stopped before the end" in person.sees()
    assert "No match" not in person.sees()
    person.clicks("Go on with the check")
    person.waits_for("M-001  a.png")
    assert "stopped before the end" not in person.sees()


def test_closing_the_window_stops_the_check_and_waits_for_it(
    person: Person, portfolio: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_check(person, portfolio, index, monkeypatch)
    person.window.close()
    assert person.window.isVisible(), "it waits without standing still"
    assert "Stopping." in person.sees()
    person.qtbot.waitUntil(lambda: not person.window.isVisible(), timeout=20_000)
    assert not person.window.relay.is_busy


def test_nothing_else_is_begun_while_a_check_runs(
    person: Person, portfolio: Path, index: Path, case_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_check(person, portfolio, index, monkeypatch)
    person.window.open_case(case_file)
    assert "A check is running. Stop it first." in person.sees()
    person.waits_for("M-001")


def test_a_damaged_index_is_no_answer(
    person: Person, portfolio: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(index, tmp_path / "index")
    place = copy / "phash.codes.npy"
    data = bytearray(place.read_bytes())
    data[-1] ^= 1
    place.write_bytes(data)
    start_check(person, portfolio, copy, monkeypatch)
    person.waits_for("Nothing was searched")
    assert "its file phash.codes.npy is damaged" in person.sees()
    assert "No match" not in person.sees()


def test_no_match_says_what_was_looked_at_and_what_was_not(
    person: Person, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_all(tmp_path / "quiet", {"alone.png": draw(4711)})
    (folder / "notes.txt").write_text("not a picture")
    start_check(person, folder, index, monkeypatch)
    person.waits_for("No match in what was searched")
    seen = person.sees()
    assert "This says nothing about any other list." in seen
    lanes = "the very same file, fingerprints of whole pictures, parts of pictures"
    assert f"Test set, version 7 (34 rows): {lanes}." in seen
    assert "Names, because no name or handle of yours was given." in seen
    assert "notes.txt: it is a text file, not a picture." in seen
    assert "Check the same folder against a further data set." in seen
    assert "safe" not in seen.lower()
    assert "Write removal request…" not in seen, "no button that can do nothing"
    assert "Save report…" in seen


def test_a_folder_without_pictures_is_not_a_no(
    person: Person, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    start_check(person, tmp_path / "empty", index, monkeypatch)
    person.waits_for("There was no picture to look for")
    assert "No match" not in person.sees()


def test_answers_are_there_again_when_the_case_is_opened_again(open_window: OpenWindow, own_case: Path) -> None:
    first = opened(open_window(), own_case)
    first.clicks("Not mine")
    first.waits_until_all_is_done()
    first.window.close()
    again = opened(open_window(), own_case, line="M-002")
    assert [line[:5] for line in again.lines()] == ["M-002", "M-003", "M-004"]
    again.clicks("Answered (1)")
    assert again.lines() == ["M-001  work 0.png\nthe very same file\nnot mine"]
    assert again.button("Not mine").isChecked()


def test_answers_of_an_earlier_check_count_in_a_later_one(
    person: Person, portfolio: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_check(person, portfolio, index, monkeypatch)
    person.waits_for("M-001")
    person.clicks("Not mine")
    person.waits_until_all_is_done()
    person.presses(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert "your earlier answers count" in person.sees()
    person.clicks("Check")
    person.waits_for("Answered (1)")


def test_answers_by_keyboard_and_taken_back(person: Person, own_case: Path) -> None:
    opened(person, own_case)
    for key in (Qt.Key.Key_M, Qt.Key.Key_O, Qt.Key.Key_U):
        person.presses(key)
    assert "To answer (2)" in person.sees()
    person.presses(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    person.waits_for("The last answer was taken back.")
    assert person.lines()[0] == "M-002  work 1.png\nthe same picture, resized or saved again\nnot answered yet"
    person.clicks("Undo last answer")
    person.waits_for("M-001  work 0.png\nthe very same file\nmine")
    person.waits_until_all_is_done()
    with Case.open(own_case) as case:
        (found, *_) = case.findings.by_strength(case.runs.all()[-1].run_id)
        assert (found.answers.mine, found.answers.page) == (Mine.MINE, None)


def test_both_answers_are_kept_with_their_row(person: Person, own_case: Path) -> None:
    opened(person, own_case)
    person.clicks("Mine")
    person.clicks("Licensed")
    person.waits_until_all_is_done()
    with Case.open(own_case) as case:
        found = list(case.findings.by_strength(case.runs.all()[-1].run_id))
        assert [(one.answers.mine, one.answers.page) for one in found[:2]] == [(Mine.MINE, Page.LICENSED), (None, None)]


def test_taking_back_nothing_is_said(person: Person, own_case: Path) -> None:
    opened(person, own_case)
    person.clicks("Undo last answer")
    person.waits_for("There is no answer to take back")


def test_when_all_is_answered_that_is_said(person: Person, own_case: Path) -> None:
    opened(person, own_case)
    for _ in range(4):
        person.clicks("Unsure")
    assert "Every row that counts is answered." in person.sees()
    assert "To answer (0)" in person.sees()


def test_an_answer_that_cannot_be_kept_is_not_shown_as_kept(person: Person, own_case: Path) -> None:
    opened(person, own_case)
    with Case.open(own_case):
        person.clicks("Not mine")
        person.waits_for("The answer was not kept.")
        person.waits_until_all_is_done()
        assert "the case is open in another window or program" in person.sees()
    assert "Answered (0)" in person.sees()
    assert not person.button("Not mine").isChecked()


def test_no_letter_without_a_row_that_is_called_mine(person: Person, own_case: Path) -> None:
    opened(person, own_case)
    person.clicks("Unsure")
    person.clicks("Write removal request…")
    person.waits_for("Answer “Mine” for a row first")
    assert not any(dialog.isVisible() for dialog in person.window.findChildren(LetterDialog))


def test_a_letter_says_what_it_still_needs(person: Person, own_case: Path) -> None:
    opened(person, own_case)
    person.clicks("Mine")
    dialog = fill_in_letter(person)
    person.types("Your e-mail", " ", dialog)
    person.clicks("Save letter…", dialog)
    assert "Still missing: your e-mail." in person.sees(dialog)
    assert dialog.isVisible()
    person.clicks("Cancel", dialog)


def test_a_letter_that_cannot_be_saved_is_told(
    person: Person, own_case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(person, own_case)
    person.clicks("Mine")
    dialog = fill_in_letter(person)
    (tmp_path / "a file").write_text("and no folder")
    save_to(tmp_path / "a file" / "letter.pdf", monkeypatch)
    person.clicks("Save letter…", dialog)
    person.waits_for("a file")
    assert "Traceback" not in person.sees()
    person.waits_until_all_is_done()
    with Case.open(own_case) as case:
        assert case.letters.all() == []


def test_a_sample_is_called_a_sample_everywhere(
    person: Person, portfolio: Path, sample_index: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.chooses_folder(portfolio, monkeypatch)
    person.adds_place(sample_index, monkeypatch)
    assert person.places()[0].startswith("SAMPLE · ")
    person.adds_place(index, monkeypatch)
    person.clicks("Check")
    assert "The sample data set is never searched together with real ones." in person.sees()
    person.clicks("Remove")
    person.clicks("Check")
    person.waits_for("SAMPLE: an invented artist and an invented data set.")
    assert "my works (sample).exhibit" in person.sees()


def test_the_samples_open_from_the_first_page(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.gui.background.SAMPLE_PICTURES", 60)
    person.clicks("See it with samples")
    assert "Making the samples" in person.sees()
    person.waits_for("sample.exhibit")
    assert "SAMPLE: an invented artist" in person.sees()
    person.waits_until_all_is_done()
    person.presses(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    person.clicks("Add the sample data set")
    person.waits_until_all_is_done()
    assert person.places()[0].startswith("SAMPLE · ")
