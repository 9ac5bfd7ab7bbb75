"""The window, through what a person sees and clicks."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QListView
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from app.gui.models.finding_list import FindingList
from tests.helpers.program import run


@pytest.fixture(scope="module")
def case_file(tmp_path_factory: pytest.TempPathFactory, portfolio: Path, index: Path) -> Path:
    place = tmp_path_factory.mktemp("case") / "mine <b>&.exhibit"
    assert run("check", portfolio, "--source", index, "--case", place).returncode == 0
    return place


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    opened = MainWindow()
    qtbot.addWidget(opened)
    opened.show()
    return opened


def words(window: MainWindow) -> str:
    return "\n".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())


def test_an_empty_start_says_what_to_do(window: MainWindow) -> None:
    assert "exhibit-a check" in words(window)


def test_a_case_shows_its_findings_strongest_first(window: MainWindow, case_file: Path) -> None:
    window.open_case(case_file)
    findings = window.findChild(QListView)
    model = findings.model()
    lines = [model.data(model.index(row, 0)) for row in range(model.rowCount())]
    assert lines[0] == "M-001  work 0.png\nthe very same file"
    assert lines[3] == "M-004  work 3.png\nan edited copy (mirrored)"
    assert case_file.name in words(window), "a name with markup is shown as it is"


def test_choosing_a_finding_shows_why_it_counts(window: MainWindow, case_file: Path, qtbot: QtBot) -> None:
    window.open_case(case_file)
    findings = window.findChild(QListView)
    qtbot.keyClick(findings, Qt.Key.Key_Down)
    assert "M-002: the same picture, resized or saved again" in words(window)
    assert "Row: b.png" in words(window)


def test_the_strange_picture_is_blurred_until_it_is_clicked(window: MainWindow, case_file: Path, qtbot: QtBot) -> None:
    window.open_case(case_file)
    strange = window._pictures.candidate
    assert strange.is_blurred()
    assert not window._pictures.work.is_blurred()
    qtbot.mouseClick(strange, Qt.MouseButton.LeftButton)
    assert not strange.is_blurred()
    qtbot.keyClick(window.findChild(QListView), Qt.Key.Key_Down)
    assert strange.is_blurred(), "the next one is hidden again"


def test_a_file_that_is_no_case_is_told_in_the_window(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "letter.exhibit").write_text("dear all")
    window.open_case(tmp_path / "letter.exhibit")
    assert "not a case" in window.statusBar().currentMessage()
    assert "exhibit-a check" in words(window)


class Bell(QObject):
    rang = Signal(bool)


def test_reference_counts_of_the_constants_stay_where_they_are(qtbot: QtBot, case_file: Path) -> None:
    """PySide6 6.12.0 loses a reference to True at each signal and one to None at each override that Qt calls."""
    model, bell = FindingList(), Bell()
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
