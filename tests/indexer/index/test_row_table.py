"""The table of rows: what was written comes back, nothing is ever changed, and a stranger's table may be nonsense."""

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.index.row_table import ROWS_NAME, PictureRow, RowTable, write_row_table

BROKEN = (ValueError, sqlite3.Error)
"""What the rooms above know as damage."""


def row(number: int, path: str = "a/b.png", frame: int = 1) -> PictureRow:
    digests = hashlib.sha256(b"x").hexdigest(), hashlib.md5(b"x").hexdigest()
    return PictureRow(number, path, frame, 640, 480, *digests, 1234)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_row_table(tmp_path, [row(0), row(1, "c.gif"), row(2, "c.gif", frame=3)])
    return tmp_path


def spoil(folder: Path, *commands: str) -> None:
    with sqlite3.connect(folder / ROWS_NAME) as database:
        for command in commands:
            database.execute(command)
    database.close()


def test_what_was_written_comes_back(written: Path) -> None:
    rows = RowTable(written)
    assert len(rows) == 3
    assert rows[1] == row(1, "c.gif")
    assert list(rows) == [row(0), row(1, "c.gif"), row(2, "c.gif", frame=3)]
    rows.close()


def test_writing_tells_how_many_rows_there_are(tmp_path: Path) -> None:
    assert write_row_table(tmp_path, (row(number) for number in range(7))) == 7


def test_further_frames_are_named_after_their_number() -> None:
    assert [row(0).name, row(0, frame=2).name] == ["a/b.png", "a/b.png#2"]


def test_names_in_any_script_come_back(tmp_path: Path) -> None:
    names = ["täglich/Ölbild.png", "猫/🎨.png", "a'b\"c;--.png", " spaced .png"]
    write_row_table(tmp_path, (row(number, name) for number, name in enumerate(names)))
    rows = RowTable(tmp_path)
    assert [found.path for found in rows] == names
    rows.close()


def test_a_folder_with_signs_in_its_name_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1? Really"
    folder.mkdir()
    write_row_table(folder, [row(0)])
    rows = RowTable(folder)
    assert rows[0] == row(0)
    rows.close()


@pytest.mark.parametrize("number", [3, -1, 2**62])
def test_a_row_that_is_not_there_is_an_index_error(written: Path, number: int) -> None:
    rows = RowTable(written)
    with pytest.raises(IndexError):
        rows[number]
    rows.close()


def test_opening_and_reading_writes_nothing(written: Path) -> None:
    before = {place: (place.read_bytes(), place.stat().st_mtime_ns) for place in written.iterdir()}
    rows = RowTable(written)
    list(rows)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        rows._database.execute("DELETE FROM rows")
    rows.close()
    assert {place: (place.read_bytes(), place.stat().st_mtime_ns) for place in written.iterdir()} == before


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"SQLite format 3\x00" + bytes(84), bytes(4096)], ids=["empty", "words", "head", "zeros"]
)
def test_what_is_no_database_is_refused_when_opened(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ROWS_NAME).write_bytes(data)
    with pytest.raises(BROKEN):
        RowTable(tmp_path)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BROKEN):
        RowTable(tmp_path)
    assert list(tmp_path.iterdir()) == []


ENDLESS = """CREATE VIEW rows AS
WITH RECURSIVE n(row) AS (SELECT 0 UNION ALL SELECT row + 1 FROM n)
SELECT row, '' AS path, 1 AS frame, 1 AS width, 1 AS height, '' AS sha256, '' AS md5, 1 AS size_bytes FROM n
"""
NOT_THE_TABLE = {
    "no table": ["DROP TABLE rows"],
    "another table": ["ALTER TABLE rows RENAME TO lines"],
    "a view that never ends": ["ALTER TABLE rows RENAME TO lines", ENDLESS],
}


@pytest.mark.parametrize("commands", NOT_THE_TABLE.values(), ids=NOT_THE_TABLE)
def test_a_database_without_the_table_is_refused_when_opened(written: Path, commands: list[str]) -> None:
    spoil(written, *commands)
    with pytest.raises(BROKEN):
        RowTable(written)


WRONG_VALUES = {
    "a path that is no text": "path = CAST(x'ff' AS TEXT)",
    "a path that is bytes": "path = x'00'",
    "no such frame": "frame = 0",
    "a frame that is a word": "frame = 'last'",
    "no width": "width = 0",
    "less than no height": "height = -480",
    "a height that is a fraction": "height = 1.5",
    "no digest": "sha256 = ''",
    "a digest in capitals": "sha256 = upper(sha256)",
    "a digest with a tail": "md5 = md5 || char(10)",
    "less than no bytes": "size_bytes = -1",
}


@pytest.mark.parametrize("change", WRONG_VALUES.values(), ids=WRONG_VALUES)
@pytest.mark.parametrize("read", [lambda rows: rows[0], lambda rows: next(iter(rows))], ids=["one", "all"])
def test_values_that_no_build_writes_are_refused(
    written: Path, change: str, read: Callable[[RowTable], PictureRow]
) -> None:
    spoil(written, f"UPDATE rows SET {change} WHERE row = 0")
    rows = RowTable(written)
    with pytest.raises(BROKEN):
        read(rows)
    rows.close()
