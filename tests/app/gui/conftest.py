"""A window as a person has it before them, and what they see and click there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from app.gui.style.theme import apply_theme
from app.paths import places
from tests.helpers.program import run

PATIENCE_MS = 120_000


class Person:
    """Sees words, clicks buttons by their words, types into fields by their names, and waits."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    def sees(self, root: QWidget | None = None) -> str:
        """Every visible label, button and list line."""
        found = (root or self.window).findChildren(QWidget)
        texts = [one.text() for one in found if isinstance(one, QLabel | QAbstractButton) and one.isVisible()]
        return "\n".join([*texts, *self.lines(), self.window.statusBar().currentMessage()])

    def lines(self) -> list[str]:
        """The lines of the list that is shown."""
        view = self.finding_list()
        model = view.model() if view else None
        return [model.data(model.index(row, 0)) for row in range(model.rowCount())] if model else []

    def finding_list(self) -> QTableView | None:
        """The list that is shown."""
        return next((view for view in self.window.findChildren(QTableView) if view.isVisible()), None)

    def button(self, words: str, root: QWidget | None = None) -> QPushButton:
        """The visible button whose words begin like this."""
        buttons = [
            one
            for one in (root or self.window).findChildren(QPushButton)
            if one.text().startswith(words) and one.isVisible()
        ]
        assert len(buttons) == 1, f"{words}: {[one.text() for one in buttons]}"
        return buttons[0]

    def clicks(self, words: str, root: QWidget | None = None) -> None:
        """Click a button."""
        button = self.button(words, root)
        assert button.isEnabled()
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def types(self, name: str, text: str, root: QWidget | None = None) -> None:
        """Type into the field of this name."""
        fields = [one for one in (root or self.window).findChildren(QWidget) if one.accessibleName() == name]
        (field,) = [one for one in fields if isinstance(one, QLineEdit | QPlainTextEdit)]
        field.setFocus()
        field.clear()
        self.qtbot.keyClicks(field, text)

    def presses(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        self.qtbot.keyClick(self.window.focusWidget() or self.window, key, modifier)

    def waits_for(self, words: str) -> None:
        """Wait until these words are in sight."""

        def is_in_sight() -> None:
            assert words in self.sees()

        self.qtbot.waitUntil(is_in_sight, timeout=PATIENCE_MS)

    def waits_until_all_is_done(self) -> None:
        """Wait until nothing is under way in the background."""
        self.qtbot.waitUntil(lambda: not self.window.relay.is_busy, timeout=PATIENCE_MS)

    def chooses_folder(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The folder for the pictures."""
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
        self.clicks("Choose folder…")

    def adds_place(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A place to search."""
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
        self.clicks("Add index folder…")
        self.waits_until_all_is_done()

    def places(self) -> list[str]:
        """The places that are chosen."""
        (view,) = [one for one in self.window.findChildren(QListWidget) if one.isVisible()]
        return [view.item(line).text() for line in range(view.count())]


@pytest.fixture(scope="session")
def case_file(tmp_path_factory: pytest.TempPathFactory, portfolio: Path, index: Path) -> Path:
    """A case of a finished check. Tests that answer take a copy."""
    place = tmp_path_factory.mktemp("case") / "mine <b>&.exhibit"
    assert run("check", portfolio, "--source", index, "--case", place).returncode == 0
    return place


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[[], Person]]:
    """Opens windows, and closes them when the test is over; not by qtbot, which would not wait for their work."""
    apply_theme(qapp)
    opened: list[Person] = []

    def make() -> Person:
        window = MainWindow(places())
        window.show()
        opened.append(Person(window, qtbot))
        return opened[-1]

    yield make
    for person in opened:
        person.waits_until_all_is_done()
        person.window.close()
        person.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def person(open_window: Callable[[], Person]) -> Person:
    """Somebody before a fresh window."""
    return open_window()
