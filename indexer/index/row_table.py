# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of each row of a picture index: one SQLite table, read row by row and never whole."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

ROWS_NAME = "rows.sqlite"


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

    row: int
    path: str
    frame: int
    width: int
    height: int
    sha256: str
    md5: str
    size_bytes: int

    @property
    def name(self) -> str:
        """The path, with `#2` for further frames or pages."""
        return self.path if self.frame == 1 else f"{self.path}#{self.frame}"


_COLUMNS = ", ".join(field.name for field in fields(PictureRow))
_SCHEMA = """
CREATE TABLE rows (
  row INTEGER PRIMARY KEY, path TEXT NOT NULL, frame INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  sha256 TEXT NOT NULL, md5 TEXT NOT NULL, size_bytes INTEGER NOT NULL
)
"""


class RowTable:
    """Read access to `rows.sqlite`. The file may be a stranger's: it is opened read-only and without extensions."""

    def __init__(self, folder: Path) -> None:
        place = (folder / ROWS_NAME).absolute()
        self._database = sqlite3.connect(f"{place.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._database.execute("PRAGMA trusted_schema = OFF")
        self._database.execute("PRAGMA cell_size_check = ON")

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM rows").fetchone()[0])

    def __getitem__(self, row: int) -> PictureRow:
        found = self._database.execute(f"SELECT {_COLUMNS} FROM rows WHERE row = ?", (row,)).fetchone()  # noqa: S608
        if found is None:
            raise IndexError(row)
        return PictureRow(*found)

    def __iter__(self) -> Iterator[PictureRow]:
        for found in self._database.execute(f"SELECT {_COLUMNS} FROM rows ORDER BY row"):  # noqa: S608
            yield PictureRow(*found)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


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
