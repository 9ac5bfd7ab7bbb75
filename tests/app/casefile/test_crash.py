# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that is killed while it writes leaves a case that opens and holds everything it had saved."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.casefile.case import Case
from app.casefile.events import EventKind
from app.casefile.runs import RunStatus
from indexer.core.errors import StorageProblem
from tests.app.casefile.samples import PLAN

WRITE_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from app.casefile.case import Case
from app.casefile.decisions import Mine, Pair
from tests.app.casefile.samples import PLAN, found

case = Case.open(Path(sys.argv[1]))
run = case.runs.begin(PLAN).run_id
for number in count():
    case.findings.add(run, [found(f"{number}-{part}") for part in range(50)])
    case.decisions.decide([Pair("work", str(number))], Mine.MINE)
    print(number, flush=True)
"""
STOP_HALFWAY = """
import sys, time
from pathlib import Path
from app.casefile.case import Case

case = Case.open(Path(sys.argv[1]))
with case._database.transaction():
    case._database.write_many("INSERT INTO coverage VALUES (1, ?, '', '', 0, '', 1, ?, NULL, 0)",
                              [(str(number), "x" * 2000) for number in range(10_000)])
    print("halfway", flush=True)
    time.sleep(60)
"""
STOP_WHILE_MAKING = """
import sys, time
from pathlib import Path
from app.casefile.database import Database
from app.casefile.migrations import make_schema

database = Database.create(Path(sys.argv[1]))
with database.transaction():
    make_schema(database)
    database.write("CREATE TABLE filler (text)")
    database.write_many("INSERT INTO filler VALUES (?)", [("x" * 2000,) for _ in range(10_000)])
    print("halfway", flush=True)
    time.sleep(60)
"""


def test_kill_while_writing_loses_nothing_that_was_saved(place: Path) -> None:
    Case.create(place, sample=False).close()
    said = _kill_after(WRITE_FOR_EVER, place, lines=12)
    saved = int(said[-1]) + 1
    with Case.open(place) as case:
        assert case.events.verify_chain() is None
        run = case.runs.unfinished_run(PLAN.digest)
        assert run is not None
        assert run.status is RunStatus.RUNNING
        rows = [finding.match.row for finding in case.findings.of_run(run.run_id)]
        assert rows[: saved * 50] == [f"{number}-{part}" for number in range(saved) for part in range(50)]
        assert len(rows) % 50 == 0
        answered = [event for event in case.events.all() if event.kind is EventKind.ANSWERED]
        assert len(answered) == len(case.decisions.all()) >= saved
        case.runs.finish(run.run_id)
    assert list(place.parent.iterdir()) == [place]


def test_kill_in_the_middle_of_a_change_takes_the_change_back(place: Path) -> None:
    with Case.create(place, sample=False) as case:
        run = case.runs.begin(PLAN)
    before = place.read_bytes()
    _kill_after(STOP_HALFWAY, place, lines=1)
    assert len(place.read_bytes()) > len(before), "the change must have reached the file"
    with Case.open(place) as case:
        assert case.findings.coverage(run.run_id) == []
        assert case.events.verify_chain() is None
        assert case.runs.all() == [run]
    assert list(place.parent.iterdir()) == [place]


def test_kill_while_a_case_is_made_leaves_what_is_refused_in_a_sentence(place: Path) -> None:
    _kill_after(STOP_WHILE_MAKING, place, lines=1)
    for _ in range(2):
        with pytest.raises(StorageProblem, match="its making was cut short"):
            Case.open(place)


def _kill_after(script: str, path: Path, lines: int) -> list[str]:
    """Run a script, kill it as soon as it has said this many lines, and return all that it said."""
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline().strip() for _ in range(lines)]
        writer.kill()
        rest = writer.stdout.read().splitlines()
    return [line for line in [*said, *rest] if line]
