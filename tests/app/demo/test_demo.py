"""`exhibit-a demo`: the whole journey, on samples, with nothing leaving the machine."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from app.casefile.case import Case
from app.casefile.decisions import Mine
from app.cli import program
from indexer.net.ledger import entries
from tests.app.test_check_command import read
from tests.helpers.program import run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo") / "sample"
    done = run("demo", "--out", out, "--pictures", "80")
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_it_leaves_everything_that_it_promises(demo: tuple[Path, str]) -> None:
    out, said = demo
    left = {place.name for place in out.iterdir()}
    assert left >= {"index", "matches.json", "matches.csv", "report.pdf", "letter.pdf", "sample.exhibit", "portfolio"}
    assert "Nothing left this machine." in said


def test_every_copy_is_found_the_cropped_one_by_its_parts(demo: tuple[Path, str]) -> None:
    out, said = demo
    truth = {(copy["work"], copy["row"]): copy["done"] for copy in json.loads((out / "truth.json").read_text())}
    answer = read(out / "matches.json")
    counted = {
        (Path(match["artwork"]).name, match["row"]): match["edit"]
        for match in answer["matches"]
        if match["grade"] in ("identical_file", "same_image", "edited_copy")
    }
    missed = {done for pair, done in truth.items() if pair not in counted}
    assert counted.keys() <= truth.keys(), "nothing is counted that is no copy"
    assert not missed
    assert "not found:" not in said
    named = {edit for pair, edit in counted.items() if truth[pair] == edit}
    assert named >= {"mirrored", "turned 90° clockwise", "turned 180° clockwise", "resized to 50 %"}


def test_every_page_says_sample(demo: tuple[Path, str]) -> None:
    out, _ = demo
    for name in ("report.pdf", "letter.pdf"):
        pages = PdfReader(out / name).pages
        assert pages
        assert all("SAMPLE" in page.extract_text().replace(" ", "") for page in pages), name


def test_its_case_is_a_sample_with_answers_and_a_whole_log(demo: tuple[Path, str]) -> None:
    out, _ = demo
    with Case.open(out / "sample.exhibit") as case:
        findings = list(case.findings.of_case())
        assert case.facts.is_sample
        assert case.events.verify_chain() is None
        assert {one.answers.mine for one in findings if one.match.may_enter_letter} == {Mine.MINE}
        assert len(case.letters.all()) == 1


def test_pictures_were_fetched_and_only_from_this_machine(demo: tuple[Path, str]) -> None:
    out, _ = demo
    (ledger,) = (out / "program" / "data" / "ledgers").iterdir()
    asked = list(entries(ledger))
    assert asked
    assert {entry.host for entry in asked} == {"127.0.0.1"}


def test_it_keeps_its_things_to_itself(demo: tuple[Path, str], own_home: Path) -> None:
    assert list(own_home.iterdir()) == []


def test_it_replaces_an_earlier_demo_and_nothing_else(demo: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear diary")
    refused = run("demo", "--out", tmp_path, "--pictures", "20")
    assert refused.returncode == 1
    assert "choose another with --out" in refused.stderr
    assert [place.name for place in tmp_path.iterdir()] == ["diary.txt"]


def test_with_window_its_case_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[list[str]] = []
    monkeypatch.setattr("app.gui.main.main", lambda arguments: opened.append(arguments) or 0)
    done = CliRunner().invoke(program, ["demo", "--out", str(tmp_path / "sample"), "--pictures", "30", "--window"])
    assert done.exit_code == 0, done.output
    assert opened == [[str(tmp_path / "sample" / "sample.exhibit")]]


def test_the_self_test_tries_every_part(tmp_path: Path) -> None:
    done = run("--self-test")
    assert done.returncode == 0, done.stdout
    assert done.stdout.strip().endswith("Everything works.")
    assert "FAILED" not in done.stdout
