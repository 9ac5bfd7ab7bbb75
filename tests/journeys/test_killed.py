"""Killing the program loses nothing that was done; the next start goes on."""

import json
import signal
import sqlite3
from pathlib import Path

import pytest

from app.casefile.case import Case
from app.casefile.runs import RunStatus
from indexer.matching.check import BATCH_WORKS
from tests.app.test_check_command import read
from tests.helpers.pictures import draw, save_all
from tests.helpers.program import end_when, run

WORKS, OTHERS = 3 * BATCH_WORKS, 200

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with a copy of every third work."""
    folder = tmp_path_factory.mktemp("killed") / "pictures"
    others = {f"other {number}.png": draw(5000 + number) for number in range(OTHERS)}
    return save_all(folder, others | {f"copy {number}.jpg": draw(number) for number in range(0, WORKS, 3)})


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed works") / "works"
    return save_all(folder, {f"work {number}.png": draw(number) for number in range(WORKS)})


@pytest.fixture(scope="module")
def whole_index(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    out = tmp_path_factory.mktemp("whole") / "index"
    assert run("index", "build", "--from", "images", pictures, "--out", out).returncode == 0
    return out


def read_so_far(partial: Path) -> int:
    """Files that the journal of an unfinished build holds for good."""
    try:
        with sqlite3.connect(f"{(partial / 'journal.sqlite').as_uri()}?mode=ro", uri=True) as journal:
            return int(journal.execute("SELECT count(*) FROM files").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_a_killed_build_goes_on_and_gives_the_same_index(pictures: Path, whole_index: Path, tmp_path: Path) -> None:
    out = tmp_path / "index"
    build = ["index", "build", "--from", "images", pictures, "--out", out, "--dataset", "pictures"]
    partial = tmp_path / "index.partial"
    killed = end_when(build, lambda: read_so_far(partial) > 20)
    assert killed.returncode == -signal.SIGKILL
    assert not out.exists(), "an unfinished index is never found where a finished one is looked for"
    kept = read_so_far(partial)
    done = run(*build)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.partition("(")[2].partition(" file")[0]) >= kept
    ours, whole = (json.loads((place / "index.json").read_text()) for place in (out, whole_index))
    assert ours["rows"] == OTHERS + len(range(0, WORKS, 3))
    assert ours["files"] == whole["files"], "byte for byte the index of a build that nobody killed"


def test_an_unfinished_index_says_so(pictures: Path, tmp_path: Path, portfolio: Path) -> None:
    out = tmp_path / "index"
    build = ["index", "build", "--from", "images", pictures, "--out", out]
    end_when(build, lambda: read_so_far(tmp_path / "index.partial") > 0)
    done = run("index", "info", out)
    assert done.returncode == 1
    assert "no such folder" in done.stderr or "not finished" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_check_that_is_cut_short_goes_on_in_the_same_case(
    portfolio: Path, whole_index: Path, tmp_path: Path, own_home: Path, how: int
) -> None:
    place, answer = tmp_path / "mine.exhibit", tmp_path / "out.json"
    check = ["check", portfolio, "--source", whole_index, "--case", place, "--json", answer]
    checkpoints = own_home / "data" / "checkpoints"
    cut = end_when(check, lambda: any(one.stat().st_size for one in checkpoints.glob("*.jsonl")), how)
    assert cut.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL), cut.stderr
    if how == signal.SIGINT:
        half = read(answer)
        assert half["finished_utc"] is None
        assert not any(entry["searched"] for entry in half["coverage"])
        assert any("works had been searched" in entry["because"] for entry in half["coverage"])
    done = run(*check)
    assert done.returncode == 0, done.stderr
    assert "Gone on from an interrupted check" in done.stdout
    found = {Path(match["artwork"]).stem for match in read(answer)["matches"] if match["grade"] == "same_image"}
    assert found == {f"work {number}" for number in range(0, WORKS, 3)}
    assert not list(checkpoints.glob("*.jsonl")), "a finished check leaves nothing to go on with"
    with Case.open(place) as case:
        runs = case.runs.all()
        assert runs[-1].status is RunStatus.FINISHED
        assert len(runs) == (2 if how == signal.SIGINT else 1), "a killed run is the same run; a stopped one has ended"
        assert case.events.verify_chain() is None
        counted = [one for one in case.findings.of_run(runs[-1].run_id) if one.match.may_enter_letter]
        assert len(counted) == len(found)


def test_a_second_check_reads_only_what_changed(portfolio: Path, whole_index: Path, tmp_path: Path) -> None:
    run("check", portfolio, "--source", whole_index)
    for work in portfolio.iterdir():
        facts = work.stat()
        hidden = work.with_suffix(".hidden")
        work.rename(hidden)
        work.write_bytes(b"\0" * facts.st_size)  # the same size and time, but nothing that could be decoded
        import os

        os.utime(work, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    try:
        done = run("check", portfolio, "--source", whole_index, "--lanes", "exact", "--json", tmp_path / "out.json")
        assert [artwork for artwork in read(tmp_path / "out.json")["artworks"] if artwork["skipped"]] == []
    finally:
        for hidden in portfolio.glob("*.hidden"):
            hidden.replace(hidden.with_suffix(".png"))
    assert done.returncode == 0
