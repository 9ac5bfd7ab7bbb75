"""`exhibit-a datasets diff`: rows of mine that came or went from LAION to Re-LAION, told, and written as evidence."""

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.casefile.case import Case
from app.casefile.decisions import Mine
from app.casefile.runs import RunPlan
from app.dataset_commands import datasets
from indexer.core.types import Basis, Grade, Match
from indexer.matching.contract import Found
from indexer.sources.provenance import FORMAT, FileRead, Provenance, write_provenance
from tests.helpers.program import run
from tests.helpers.published_tables import LAION_JOINED, RELAION, Entry

STAYS = Entry("https://lunavale.example/1.jpg", "an owl")
GOES = Entry("https://cdn.example.com/2.jpg", "by Luna Vale")
COMES = Entry("https://lunavale.example/3.jpg", "=new")
OTHERS = Entry("https://cdn.example.com/4.jpg", "somebody else's")
ME = ("--name", "Luna Vale", "--site", "https://lunavale.example")


@pytest.fixture
def laion(tmp_path: Path) -> Path:
    LAION_JOINED.write(tmp_path / "laion", [OTHERS, STAYS, GOES])
    return tmp_path / "laion"


@pytest.fixture
def relaion(tmp_path: Path) -> Path:
    RELAION.write(tmp_path / "relaion", [STAYS, OTHERS, COMES])
    return tmp_path / "relaion"


def here(*arguments: str | Path) -> Result:
    return CliRunner().invoke(datasets, ["diff", *map(str, arguments)])


def test_rows_of_mine_that_came_and_went_are_told_and_written_down(laion: Path, relaion: Path, tmp_path: Path) -> None:
    done = run("datasets", "diff", laion, relaion, *ME, "--json", tmp_path / "d.json", "--csv", tmp_path / "d.csv")
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert f"Old version: {laion}\n  2 files, 3 rows, of which 2 speak of you" in said
    assert f"New version: {relaion}\n  2 files, 3 rows, of which 2 speak of you" in said
    assert "Rows are known again by address (URL) and text (TEXT), letter by letter." in said
    assert f"No longer listed in the new version: 1\n  {GOES.url}  “by Luna Vale”\n    old version: part-00001" in said
    assert f"Listed in the new version, and not in the old one: 1\n  {COMES.url}  “=new”\n    new version: part" in said
    assert f"Listed in both versions: 1\n  {STAYS.url}" in said
    assert OTHERS.url not in said
    for claim in ("because", "removed", "deleted", "opt-out"):
        assert claim not in said, "why a row went, nobody here knows"
    told = json.loads((tmp_path / "d.json").read_text(encoding="utf-8"))
    assert told["counts"] == {"in_both": 1, "came": 1, "went": 1, "unknown": 0}
    assert_is_evidence(told["old"], laion)
    assert_is_evidence(told["new"], relaion)
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["address"]: row for row in csv.DictReader(stream)}
    assert (rows[GOES.url]["change"], rows[GOES.url]["old_row"], rows[GOES.url]["new_file"]) == ("went", "0", "")
    assert rows[COMES.url]["text"] == "'=new", "no formula in a spreadsheet"


def assert_is_evidence(version: dict[str, Any], folder: Path) -> None:
    """Another person can tell from it whether they hold the same files."""
    assert version["key"] == ["URL", "TEXT"]
    assert version["rows"] == 3
    for file in version["files"]:
        data = (folder / file["name"]).read_bytes()
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert file["agrees"] is None, "nobody stated a checksum"


def fetched(folder: Path, place: Path, sha256: str | None = None) -> Path:
    """As `datasets get` leaves a set: its files in `files`, and beside that where they are from."""
    place.mkdir()
    folder.rename(place / "files")
    files = {
        one.name: FileRead(
            f"https://hub.example/{one.name}", 1, sha256 or hashlib.sha256(one.read_bytes()).hexdigest(), is_whole=True
        )
        for one in (place / "files").iterdir()
    }
    made = Provenance(FORMAT, "x", "table", "x", "0123abc", (), "2026-01-01T00:00:00Z", "p", files)
    write_provenance(place, made)
    return place / "files"


def test_files_that_were_fetched_here_are_held_against_their_publishers_checksums(
    laion: Path, relaion: Path, tmp_path: Path
) -> None:
    old = fetched(laion, tmp_path / "got old")
    done = here(old, relaion, *ME)
    assert done.exit_code == 0, done.output
    assert f"Old version: {old}, revision 0123abc" in done.output
    assert "agrees with its publisher's checksum: 2 of the files" in done.output
    assert "no publisher's checksum is known here to compare it with: 2 of the files" in done.output
    quick = here(old, relaion, *ME, "--no-checksums")
    assert "not compared with any checksum: 2 of the files" in quick.output
    other = fetched(relaion, tmp_path / "got new", sha256="0" * 64)
    wrong = here(old, other, *ME)
    assert wrong.exit_code == 1
    assert "is not what its publisher stated: 2 of the files" in wrong.output


def test_a_version_that_is_set_up_here_is_opened_by_its_name(laion: Path, relaion: Path) -> None:
    assert CliRunner().invoke(datasets, ["add", "old-laion", str(laion)]).exit_code == 0
    assert "Old version: old-laion\n  2 files" in here("old-laion", relaion, *ME).output
    missing = here("no-such-set", relaion, *ME)
    assert missing.exit_code == 1
    assert len(missing.output.splitlines()) == 1
    assert "no data set of that name is set up" in missing.output


def test_of_a_version_that_is_damaged_nothing_is_called_gone(laion: Path, relaion: Path) -> None:
    min(relaion.iterdir()).write_bytes(b"PAR1 cut short")
    said = here(laion, relaion, *ME).output
    assert "not read to the end: part-00000" in said
    assert "No longer listed in the new version: 0" in said
    assert "Not known: found in one version only, and not all of the other could be read: 2" in said


def test_rows_that_a_check_found_count_as_mine(laion: Path, relaion: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    found = tmp_path / "found.json"
    run("check", mine, "--source", laion, "--site", "lunavale.example", "--name", "Luna Vale", "--json", found)
    done = here(laion, relaion, "--from-check", found)
    assert done.exit_code == 0, done.output
    assert STAYS.url in done.output
    assert GOES.url not in done.output, "a row that only names somebody of that name may be anybody's"
    (tmp_path / "x.json").write_text("{}")
    wrong = here(laion, relaion, "--from-check", tmp_path / "x.json")
    assert wrong.exit_code == 1
    assert wrong.output.endswith("x.json: it is not the JSON that a check writes.\n")


def test_rows_that_i_called_mine_in_a_case_count_as_mine(laion: Path, relaion: Path, tmp_path: Path) -> None:
    match = Match(artwork=None, source="s", row="1", row_key="k", url=GOES.url, caption=GOES.text, grade=Grade.NAMED,
                  verified=False, basis=(Basis.NAME,))  # fmt: skip
    with Case.create(tmp_path / "me.exhibit", sample=False) as case:
        made = case.runs.begin(RunPlan(settings={}, folder="f", sources=("s",), sample=False))
        other = replace(match, row="2", row_key="k2", url=OTHERS.url)
        case.findings.add(made.run_id, [Found(one, "LAION", "1", None, None) for one in (match, other)])
        pairs = {finding.match.url: finding.pair for finding in case.findings.of_case()}
        case.decisions.decide([pairs[GOES.url]], Mine.MINE)
    done = here(laion, relaion, "--case", tmp_path / "me.exhibit")
    assert done.exit_code == 0, done.output
    assert f"No longer listed in the new version: 1\n  {GOES.url}" in done.output
    assert OTHERS.url not in done.output


def test_without_anybody_to_look_for_nothing_is_compared(laion: Path, relaion: Path, tmp_path: Path) -> None:
    done = here(laion, relaion)
    assert done.exit_code == 1
    assert "nobody is looked for" in done.output
    late = here(laion, relaion, *ME, "--json", tmp_path / "no" / "x.json")
    assert late.exit_code == 1
    assert "there is no folder" in late.output
