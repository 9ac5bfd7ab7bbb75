# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each row of a picture index: one SQLite table, read row by row and never whole."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import msgspec

ROWS_NAME = "rows.sqlite"

Number = Annotated[int, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Md5 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One picture of a data set.

    Attributes:
        row: its number in the index.
        path: relative to the folder of pictures, with `/`.
        frame: which picture of the file, from 1.
        width, height: in pixels, upright.
        sha256, md5: of the file, lower-case hex.
        size_bytes: of the file.
    """

    row: Number
    path: str
    frame: Count
    width: Count
    height: Count
    sha256: Sha256
    md5: Md5
    size_bytes: Number

    @property
    def name(self) -> str:
        """The path, with `#2` for further frames or pages."""
        return self.path if self.frame == 1 else f"{self.path}#{self.frame}"


_NAMES = tuple(field.name for field in fields(PictureRow))
_COLUMNS = ", ".join(_NAMES)
_SCHEMA = """
CREATE TABLE rows (
  row INTEGER PRIMARY KEY, path TEXT NOT NULL, frame INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  sha256 TEXT NOT NULL, md5 TEXT NOT NULL, size_bytes INTEGER NOT NULL
)
"""


class RowTable:
    """Read access to `rows.sqlite`. The file may be a stranger's: it is opened read-only and without extensions.

    Raises:
        ValueError, sqlite3.Error: when opened, it is no database with that table; when read, a row is not one that a
            build writes.
    """

    def __init__(self, folder: Path) -> None:
        place = (folder / ROWS_NAME).absolute()
        self._database = sqlite3.connect(f"{place.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        try:
            self._database.execute("PRAGMA trusted_schema = OFF")
            self._database.execute("PRAGMA cell_size_check = ON")
            self._check_is_table()
        except BaseException:
            self._database.close()
            raise

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM rows").fetchone()[0])

    def __getitem__(self, row: int) -> PictureRow:
        found = self._database.execute(f"SELECT {_COLUMNS} FROM rows WHERE row = ?", (row,)).fetchone()  # noqa: S608
        if found is None:
            raise IndexError(row)
        return _as_row(found)

    def __iter__(self) -> Iterator[PictureRow]:
        for found in self._database.execute(f"SELECT {_COLUMNS} FROM rows ORDER BY row"):  # noqa: S608
            yield _as_row(found)

    def _check_is_table(self) -> None:
        """A view of that name could compute for ever."""
        if self._database.execute("SELECT type FROM sqlite_master WHERE name = 'rows'").fetchone() != ("table",):
            raise ValueError("it holds no table of rows")

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _as_row(found: tuple[Any, ...]) -> PictureRow:
    """SQLite keeps whatever type was written, so what comes out is checked."""
    return msgspec.convert(dict(zip(_NAMES, found, strict=True)), PictureRow)


def write_row_table(folder: Path, rows: Iterable[PictureRow]) -> int:
    """Write `rows.sqlite` and return how many rows it holds."""
    database = sqlite3.connect(folder / ROWS_NAME)
    try:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute(_SCHEMA)
        marks = ", ".join("?" * len(fields(PictureRow)))
        database.executemany(f"INSERT INTO rows VALUES ({marks})", (astuple(row) for row in rows))  # noqa: S608
        database.commit()
        return int(database.execute("SELECT count(*) FROM rows").fetchone()[0])
    finally:
        database.close()
