"""The window's pages, one at a time, and what the window costs."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPointF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.casefile.case import Case
from app.gui.models.case_view import read_case
from app.gui.models.finding_list import FindingList
from app.gui.models.rows import Shown
from app.gui.pages.running_page import time_left_words
from app.gui.widgets.picture_pair import PicturePair
from app.writing import rows_for_letters
from indexer.core.types import Basis, Grade
from tests.app.casefile.samples import PLAN, found
from tests.app.gui.conftest import Person

HEAVY = "cv2 duckdb faiss imagehash jinja2 numpy open_clip PIL pyarrow requests torch typst"

OPEN_AND_LIST_MODULES = f"""
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.gui import main_window, main

def look():
    (window,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, main_window.MainWindow)]
    if "M-001" in window.windowTitle() or window.relay.is_busy or ".exhibit" not in window.windowTitle():
        return
    timer.stop()
    print("heavy:", [name for name in "{HEAVY}".split() if name in sys.modules])
    window.close()

application = QApplication([])
timer = QTimer(interval=20)
timer.timeout.connect(look)
timer.start()
sys.exit(main.main([sys.argv[1]]))
"""


def open_case(person: Person, case: Path) -> None:
    person.window.open_case(case)
    person.waits_for("M-001")
    person.waits_until_all_is_done()


def test_the_window_s_process_stays_light(case_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPEN_AND_LIST_MODULES, str(case_file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "heavy: []", done.stderr
    assert done.returncode == 0


def test_a_case_says_its_name_as_it_is(person: Person, case_file: Path) -> None:
    open_case(person, case_file)
    assert case_file.name in person.sees(), "a name with markup is shown as it is"


def test_choosing_a_finding_shows_why_it_counts(person: Person, case_file: Path) -> None:
    open_case(person, case_file)
    person.presses(Qt.Key.Key_Down)
    person.waits_for("Row: b.png")
    assert "M-002  work 1.png: the same picture, resized or saved again" in person.sees()
    assert "Compared: the two pictures, pixel by pixel" in person.sees()


def test_the_strange_picture_is_blurred_until_it_is_clicked(person: Person, case_file: Path) -> None:
    open_case(person, case_file)
    pair = person.window.findChild(PicturePair)
    assert pair.candidate.is_blurred()
    assert "Blurred until you click it" in person.sees()
    assert not pair.work.is_blurred()
    hidden = pair.candidate.pixmap().toImage()
    person.qtbot.mouseClick(pair.candidate, Qt.MouseButton.LeftButton)
    assert not pair.candidate.is_blurred()
    assert "Blurred until you click it" not in person.sees()
    assert pair.candidate.pixmap().toImage() != hidden
    assert pair.candidate.size() == pair.work.size(), "both pictures keep the same room"
    person.finding_list().setFocus()
    person.presses(Qt.Key.Key_Down)
    person.waits_until_all_is_done()
    assert pair.candidate.is_blurred(), "the next one is hidden again"
    pair.candidate.setFocus()
    person.presses(Qt.Key.Key_Space)
    assert not pair.candidate.is_blurred(), "the space bar shows it as well"


def test_what_was_looked_at_is_one_click_away_and_back(person: Person, case_file: Path) -> None:
    open_case(person, case_file)
    person.clicks("What we looked at")
    assert "What we did not look at" in person.sees()
    assert "broken.png: the PNG file is damaged or cut off." in person.sees()
    person.clicks("Back to the rows")
    assert "Is it my picture?" in person.sees()


def test_a_file_that_is_no_case_is_told_in_the_window(person: Person, tmp_path: Path) -> None:
    (tmp_path / "letter.exhibit").write_text("dear all")
    person.window.open_case(tmp_path / "letter.exhibit")
    person.waits_for("this is not a case of Exhibit A")
    assert "Is your work listed?" in person.sees()


def test_a_case_without_a_check_says_so(person: Person, tmp_path: Path) -> None:
    Case.create(tmp_path / "new.exhibit", sample=False).close()
    person.window.open_case(tmp_path / "new.exhibit")
    person.waits_for("No check yet")


def test_a_folder_can_be_dropped(person: Person, tmp_path: Path) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "one.png").write_bytes(b"")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "one.png")), QUrl.fromLocalFile(str(tmp_path / "art"))])
    target = person.window._start
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), copy, data, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target.viewport(), enter)
    drop = QDropEvent(QPointF(5, 5), copy, data, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target.viewport(), drop)
    person.clicks("Check")
    assert "Add at least one place to search." in person.sees(), "the folder is there"


def test_everything_that_takes_the_focus_has_a_name(person: Person, case_file: Path) -> None:
    def nameless() -> list[QWidget]:
        return [
            one
            for one in person.window.findChildren(QWidget)
            if one.isVisible()
            and one.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not one.accessibleName()
            and not (isinstance(one, QPushButton) and one.text())
            and one.focusProxy() is None
        ]

    assert nameless() == []
    open_case(person, case_file)
    assert nameless() == []


def test_the_window_lives_while_a_large_case_is_read(person: Person, tmp_path: Path, qtbot: QtBot) -> None:
    """Order, not time: the window's own timer goes on ticking between the wish and its fulfilment."""
    with Case.create(tmp_path / "large.exhibit", sample=False) as case:
        run = case.runs.begin(PLAN)
        case.findings.add(run.run_id, (found(str(number)) for number in range(20_000)))
        case.runs.finish(run.run_id)
    beats: list[str] = []
    timer = QTimer(person.window, interval=5)
    timer.timeout.connect(lambda: beats.append("beat"))
    timer.start()
    person.window.open_case(tmp_path / "large.exhibit")
    assert beats == [], "asking returns at once"
    qtbot.waitUntil(lambda: "large.exhibit" in person.window.windowTitle(), timeout=60_000)
    timer.stop()
    assert len(beats) > 10
    assert len(person.lines()) == 20_000


def test_the_time_left_is_said_once_it_is_more_than_a_guess() -> None:
    assert time_left_words(1, 100, 1.0) == ""
    assert time_left_words(0, 100, 10.0) == ""
    assert time_left_words(50, 100, 10.0) == "less than a minute left in this step"
    assert time_left_words(10, 100, 60.0) == "about 9 minutes left in this step"
    assert time_left_words(1, 100, 300.0) == "about 8 hours left in this step"


class Bell(QObject):
    rang = Signal(bool)


def test_reference_counts_of_the_constants_stay_where_they_are(qtbot: QtBot, case_file: Path) -> None:
    """PySide6 6.12.0 loses a reference to True at each signal and one to None at each override that Qt calls."""
    model, bell = FindingList(), Bell()
    model.load(read_case(case_file).rows, Shown.ALL)
    heard = []
    bell.rang.connect(heard.append)
    before = (sys.getrefcount(True), sys.getrefcount(None))
    for _ in range(20_000):
        bell.rang.emit(True)
        model.rowCount()
        model.data(model.index(0, 0))
    lost = [then - now for then, now in zip(before, (sys.getrefcount(True), sys.getrefcount(None)), strict=True)]
    assert len(heard) == 20_000
    assert max(lost) < 100


def test_a_row_found_by_its_address_says_that_no_picture_was_compared_and_takes_both_answers(
    person: Person, tmp_path: Path
) -> None:
    place = tmp_path / "listed.exhibit"
    with Case.create(place, sample=False) as case:
        run = case.runs.begin(PLAN).run_id
        listed = {"artwork": None, "verified": False, "basis": (Basis.ADDRESS,), "edit": None, "edits": ()}
        case.findings.add(run, [found("7", grade=Grade.LISTED, **listed), found("8", grade=Grade.NAMED, **listed)])
        case.runs.finish(run)
    open_case(person, place)
    person.waits_for("None of your pictures was compared: this row was found by its address or its words.")
    assert "M-001  no picture compared: listed by its address or account" in person.sees()
    assert "only its fingerprint" not in person.sees()
    assert "No small copy" not in person.sees()
    person.clicks("Mine")
    person.clicks("Don’t know")
    assert "Answered (1)" in person.sees()
    person.clicks("Mine")
    assert "This row enters no removal request, whatever you answer." in person.sees()
    person.clicks("My own")
    person.waits_until_all_is_done()
    with Case.open(place) as case:
        finished = case.runs.all()[-1]
        assert [list(rows) for rows in rows_for_letters(case, finished).values()] == [["M-001"]]


def case_with_chance_hits(place: Path) -> Path:
    """Two rows to answer, and a dozen that chance alone could have brought."""
    with Case.create(place, sample=False) as case:
        run_id = case.runs.begin(PLAN).run_id
        case.findings.add(run_id, [found("1"), found("2", grade=Grade.POSSIBLE, verified=False, chance=0.3)])
        told = (
            "The pHash fingerprints differ in 10 of 64 bits.",
            "This check expects about 9.4 chance hits this near.",
        )
        unlikely = {"grade": Grade.POSSIBLE, "verified": False, "basis": (Basis.HASH,), "edit": None, "reasons": told}
        case.findings.add(run_id, [found(str(row), **unlikely, chance=9.4) for row in range(10, 22)])
        case.runs.finish(run_id)
    return place


def test_rows_that_chance_may_explain_wait_in_a_drawer_that_says_how_many_it_explains(
    person: Person, tmp_path: Path
) -> None:
    open_case(person, case_with_chance_hits(tmp_path / "far.exhibit"))
    assert len(person.lines()) == 2
    drawer = person.button("▸ 12 more rows, of which chance explains about 9")
    person.qtbot.mouseClick(drawer, Qt.MouseButton.LeftButton)
    person.waits_until_all_is_done()
    assert len(person.lines()) == 12
    assert all("possible" in line for line in person.lines())
    assert not any(person.button(kind).isChecked() for kind in ("To answer", "Answered", "All"))
    person.clicks("Not mine")
    person.waits_until_all_is_done()
    assert "▾ 11 more rows, of which chance explains about 9" in person.sees()
    person.qtbot.mouseClick(person.button("▾"), Qt.MouseButton.LeftButton)
    assert len(person.lines()) == 2
    assert person.button("To answer (2)").isChecked()
    person.clicks("All")
    assert len(person.lines()) == 14


def test_without_such_rows_there_is_no_drawer(person: Person, case_file: Path) -> None:
    open_case(person, case_file)
    assert "chance explains" not in person.sees()
