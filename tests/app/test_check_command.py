"""`exhibit-a check`: what a person and a program get from it."""

import csv
import io
import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing
import referencing.jsonschema
from PIL import Image

from app.casefile.case import Case
from app.casefile.runs import RunStatus
from tests.helpers.program import run
from tests.helpers.viewer_rows import KINDS, listed_rows
from tests.helpers.viewer_server import DATASET, HubSet, serve_set

GRADES = {
    "work 0.png": ("a.png", "identical_file", None),
    "work 1.png": ("b.png", "same_image", None),
    "work 2.png": ("c.png", "same_image", "resized to 50 %"),
    "work 3.png": ("d.jpg", "edited_copy", "mirrored"),
}


def read(place: Path) -> dict[str, Any]:
    """The JSON, held against the published schema."""
    answer = json.loads(place.read_text(encoding="utf-8"))
    schemas = resources.files("resources") / "schemas"
    check, scores = (json.loads((schemas / f"{name}.schema.json").read_text()) for name in ("check", "scores"))
    known = referencing.Registry().with_resource(
        "exhibit-a/scores", referencing.jsonschema.DRAFT202012.create_resource(scores)
    )
    jsonschema.Draft202012Validator(check, registry=known).validate(answer)
    return answer


def in_letters(answer: dict[str, Any]) -> dict[str, tuple[str, str, str | None]]:
    grades = ("identical_file", "same_image", "edited_copy", "listed")
    return {
        Path(match["artwork"]).name: (match["row"], match["grade"], match["edit"])
        for match in answer["matches"]
        if match["grade"] in grades
    }


def test_every_copy_is_found_with_its_grade_and_nothing_else_counts(
    portfolio: Path, index: Path, tmp_path: Path
) -> None:
    done = run("check", portfolio, "--source", index, "--json", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    assert in_letters(read(tmp_path / "out.json")) == GRADES
    assert "Found: 4 of your 5 pictures, in 4 rows." in done.stdout
    assert "does not say that any model was trained on it" in done.stdout


def test_what_could_not_be_read_is_named_with_its_reason(portfolio: Path, index: Path, tmp_path: Path) -> None:
    run("check", portfolio, "--source", index, "--json", tmp_path / "out.json")
    skipped = {Path(a["path"]).name: a["skipped"] for a in read(tmp_path / "out.json")["artworks"] if a["skipped"]}
    assert skipped == {
        "broken.png": "the PNG file is damaged or cut off",
        "notes.txt": "it is a text file, not a picture",
    }


def test_paths_begin_with_the_folder_as_it_was_given(
    portfolio: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(portfolio.parent)
    run("check", f"./{portfolio.name}", "--source", index, "--json", tmp_path / "out.json", PYTHONPATH=repository())
    answer = read(tmp_path / "out.json")
    assert {Path(artwork["path"]).parent.as_posix() for artwork in answer["artworks"]} == {portfolio.name}
    assert all(artwork["path"].startswith(f"./{portfolio.name}/") for artwork in answer["artworks"])


def repository() -> str:
    return str(Path(__file__).parents[2])


def test_coverage_names_every_way_of_looking(portfolio: Path, index: Path, tmp_path: Path) -> None:
    run("check", portfolio, "--source", index, "--lanes", "exact", "--json", tmp_path / "out.json")
    answer = read(tmp_path / "out.json")
    because = {entry["lane"]: entry["because"] for entry in answer["coverage"]}
    assert because["exact"] is None
    assert because["perceptual"] == "you did not ask for this way of looking"
    assert set(because) == {"exact", "perceptual", "local", "neural", "location", "attribution"}
    assert in_letters(answer) == {"work 0.png": GRADES["work 0.png"]}


def test_a_dead_source_costs_only_itself(portfolio: Path, index: Path, tmp_path: Path) -> None:
    dead = tmp_path / "no index"
    dead.mkdir()
    done = run("check", portfolio, "--source", index, "--source", dead, "--json", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    answer = read(tmp_path / "out.json")
    assert in_letters(answer) == GRADES
    (because,) = {entry["because"] for entry in answer["coverage"] if entry["source"] == str(dead)}
    assert because.startswith("it is not an index folder (it has no index.json); a folder of pictures becomes one by ")
    assert "not searched:" in done.stdout


def test_no_source_at_all_is_not_an_answer(portfolio: Path, tmp_path: Path) -> None:
    done = run("check", portfolio, "--source", tmp_path / "nowhere", "--json", tmp_path / "out.json")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("No source could be searched.")
    assert not any(entry["searched"] for entry in read(tmp_path / "out.json")["coverage"])


def test_rows_of_the_part_that_a_service_keeps_are_an_answer(portfolio: Path) -> None:
    with serve_set(HubSet(listed_rows(), kinds=KINDS, keeps=5)) as hub:
        source = f"hf://datasets/{DATASET}#viewer={hub.url}"
        done = run("check", portfolio, "--allow-private-hosts", "--source", source, "--site", "luna-vale.org")
    assert done.returncode == 0, done.stderr
    assert "No source could be searched" not in done.stderr
    assert "Listed: 1 row holds an address or account that you named." in done.stdout
    assert "the service keeps the first 5 of at least 7 rows" in done.stdout


def test_a_damaged_index_is_not_searched_and_the_damaged_file_is_named(
    portfolio: Path, index: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(index, tmp_path / "index")
    place = copy / "phash.codes.npy"
    data = bytearray(place.read_bytes())
    data[-1] ^= 1
    place.write_bytes(data)
    done = run("check", portfolio, "--source", copy)
    assert done.returncode == 1
    assert "its file phash.codes.npy is damaged" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "--source", "x"), "there is no such folder. Nothing was checked. Look at the path and try again."),
        ((".", "--source", "x", "--json", "nowhere/out.json"), "there is no folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = run("check", *arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", ".", "--source", "x", "--lanes", "magic"),
        ("check", "", "--source", "x"),
        ("check", ".", "--source", ""),
        ("chekc",),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).returncode == 2


def test_the_table_is_safe_to_open_in_a_spreadsheet(index: Path, tmp_path: Path, portfolio: Path) -> None:
    works = tmp_path / "=works"
    works.mkdir()
    shutil.copy(portfolio / "work 0.png", works / "=1+1.png")
    run("check", works, "--source", index, "--csv", tmp_path / "out.csv")
    run("check", "=works", "--source", index, "--csv", tmp_path / "out2.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8-sig"))))
    assert [row["grade"] for row in rows] == ["identical_file"]
    assert rows[0]["row"] == "a.png"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_a_case_is_created_and_added_to(portfolio: Path, index: Path, tmp_path: Path) -> None:
    place = tmp_path / "mine.exhibit"
    for _ in range(2):
        assert run("check", portfolio, "--source", index, "--case", place).returncode == 0
    with Case.open(place) as case:
        runs = case.runs.all()
        found = list(case.findings.of_run(runs[-1].run_id))
        assert [one.status for one in runs] == [RunStatus.FINISHED] * 2
        assert len([one for one in found if one.match.may_enter_letter]) == 4
        assert all(one.match.reasons for one in found)
        assert case.events.verify_chain() is None
        assert case.works.thumbnail(found[0].match.artwork or "") is not None


def test_rows_of_the_demo_never_enter_a_real_case(
    portfolio: Path, index: Path, sample_index: Path, tmp_path: Path
) -> None:
    real, sample = tmp_path / "real.exhibit", tmp_path / "sample.exhibit"
    run("check", portfolio, "--source", index, "--case", real)
    run("check", portfolio, "--source", sample_index, "--case", sample)
    before = real.read_bytes()
    into_real = run("check", portfolio, "--source", sample_index, "--case", real)
    into_sample = run("check", portfolio, "--source", index, "--case", sample)
    both = run("check", portfolio, "--source", index, "--source", sample_index)
    assert (into_real.returncode, into_sample.returncode, both.returncode) == (1, 1, 1)
    assert real.read_bytes() == before
    with Case.open(sample) as case:
        assert case.facts.is_sample
        assert len(case.runs.all()) == 1


def test_nothing_is_fetched_unless_it_is_asked_for(portfolio: Path, dataset: Path, tmp_path: Path) -> None:
    from tests.app.conftest import build

    remote = build(dataset, tmp_path / "ix", shareable=True, base_url="http://192.0.2.1/")
    done = run("check", portfolio, "--source", remote, "--json", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    seen = {match["artwork"]: match["verified"] for match in read(tmp_path / "out.json")["matches"]}
    assert sum(seen.values()) == 1, "only the identical file is known without its picture"


def test_the_programs_own_process_loads_no_heavy_library(portfolio: Path, index: Path) -> None:
    heavy = ("faiss", "cv2", "torch", "open_clip", "pyarrow", "numpy", "PIL", "scipy", "typst", "PySide6")
    script = (
        "import sys\nfrom app.cli import program\n"
        f"try: program(['check', {str(portfolio)!r}, '--source', {str(index)!r}])\n"
        "except SystemExit: pass\n"
        f"print('loaded:', [name for name in {heavy!r} if name in sys.modules])"
    )
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert "loaded: []" in done.stdout


def test_a_folder_without_a_picture_is_not_a_no(index: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("check", tmp_path / "empty", "--source", index, "--json", tmp_path / "out.json")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("There was no picture to look for.")
    assert not any(entry["searched"] for entry in read(tmp_path / "out.json")["coverage"])


def test_a_row_of_two_versions_is_there_once_and_both_stand_in_json_and_table(
    portfolio: Path, index: Path, tmp_path: Path
) -> None:
    shutil.copytree(portfolio, art := tmp_path / "art")
    with Image.open(art / "work 0.png") as work:
        work.save(art / "work 0 again.webp", lossless=True)
    run("check", art, "--source", index, "--json", tmp_path / "out.json", "--csv", tmp_path / "out.csv")
    (match,) = [match for match in read(tmp_path / "out.json")["matches"] if match["row"] == "a.png"]
    assert Path(match["artwork"]).name == "work 0.png"
    assert [Path(path).name for path in match["also"]] == ["work 0 again.webp"]
    assert match["copy"]
    table = csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig")))
    (line,) = [line for line in table if line["row"] == "a.png"]
    assert line["also_like"].endswith("work 0 again.webp")
    assert line["copy"] == str(match["copy"])
