# SPDX-License-Identifier: GPL-3.0-or-later
"""Small cases and what goes into them, so that each test says only what it is about."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.casefile.runs import RunId, RunPlan
from app.casefile.works import work_key
from indexer.core.types import Artwork, Basis, Edit, EditKind, Grade, Match
from indexer.matching.contract import Found

PLAN = RunPlan({"lanes": ["exact", "perceptual"], "radius": 8}, "My art", ("coyo",), sample=False)
JPEG = b"\xff\xd8 a small picture \xff\xd9"
NASTY_TEXTS = (
    "plain.png",
    "Ünï cödé 日本語 🎨👩🏽‍🎨.png",
    "عمل فني \u200f(1)\u200e.png",
    'it\'s a "quoted" name; DROP TABLE works;--.png',
    "line one\nline two\ttabbed\r\n.png",
    "e\u0301 beside \u00e9",
    "nothing\x00after",
    "x" * 5000,
    "",
)


def artwork(path: str = "My art/lake.png", sha256: str | None = "a" * 64) -> Artwork:
    return Artwork(path, sha256, 800, 600)


def match(row: str = "7", **changes: Any) -> Match:
    """A match with every field filled in."""
    whole = Match(
        artwork="My art/lake.png",
        source="coyo",
        row=row,
        row_key=f"coyo-700m:part-00001:{row}",
        url="https://example.org/lake.jpg",
        caption="a lake",
        grade=Grade.EDITED_COPY,
        verified=True,
        confidence=0.98,
        basis=(Basis.PIXELS, Basis.GEOMETRY),
        edit="cropped to 60 %",
        edits=(Edit(EditKind.CROPPED, 0.6), Edit(EditKind.MIRRORED)),
        chance=1e-9,
        scores={"phash_bits": 4.0, "inliers": 120.0},
        reasons=("The same picture, cropped.",),
    )
    return replace(whole, **changes)


def found(row: str = "7", thumbnail: bytes | None = None, **changes: Any) -> Found:
    return Found(match(row, **changes), "COYO-700M", "2022-08", candidate_thumbnail=thumbnail)


@contextmanager
def raw_file(path: Path) -> Iterator[sqlite3.Connection]:
    """The file without its guards, as somebody with a database tool would open it."""
    connection = sqlite3.connect(path)
    try:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        connection.commit()
    finally:
        connection.close()


def add_work_as_step_1_did(path: Path, run: RunId) -> None:
    """Put `artwork()` into a case of an older version, which today's program can only write after an upgrade."""
    work = artwork()
    with raw_file(path) as file:
        columns = "path, key, sha256, width, height, first_run, last_run"
        values = (work.path, work_key(work), work.sha256, work.width, work.height, run, run)
        file.execute(f"INSERT INTO works ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
