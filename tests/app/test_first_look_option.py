"""`check --first-look`: the plan is told, what it needs is fetched, and what cannot be had is said."""

import json
from pathlib import Path

import pytest

from tests.helpers.pictures import draw, save_all
from tests.helpers.program import run
from tests.helpers.viewer_server import HubSet, serve_set

ROWS = [
    {"URL": "https://cdn.lunavale.example/fox.jpg", "TEXT": "a fox", "WIDTH": 900, "HEIGHT": 600},
    {"URL": "https://pictures.example/2.jpg", "TEXT": "stones", "WIDTH": 640, "HEIGHT": 480},
]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return save_all(tmp_path / "mine", {"fox.png": draw(1)})


def test_the_set_that_answers_is_searched_and_every_other_says_why_not(mine: Path, tmp_path: Path) -> None:
    """Of all that a first look asks, only one set can be had where the hub is played here."""
    with serve_set(HubSet(ROWS, dataset="laion/laion-art")) as hub:
        done = run(
            "check", mine, "--first-look", "--site", "lunavale.example", "--mirror", hub.url, "--yes",
            "--allow-private-hosts", "--json", tmp_path / "found.json",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("First look, in this order:")
    assert "laion-art: asked where it is, nothing to fetch; answers web addresses" in done.stdout
    assert "Left for later:" in done.stdout
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    (match,) = found["matches"]
    assert (match["grade"], match["url"]) == ("listed", ROWS[0]["URL"])
    searched = {entry["source"] for entry in found["coverage"] if entry["searched"]}
    assert searched == {f"hf://datasets/laion/laion-art#viewer={hub.url}"}
    others = [entry for entry in found["coverage"] if entry["source"] not in searched]
    assert others
    assert all(entry["because"] for entry in others)


def test_with_nothing_to_be_asked_by_the_plan_says_what_is_missing(mine: Path) -> None:
    done = run("check", mine, "--first-look", "--offline", "--yes")
    assert done.returncode == 1
    assert "it could be asked only with your sites or your names" in done.stdout
    assert "Danbooru2023 (metadata), its md5 and pixel_hash: it could be asked only with files" in done.stdout
    names = [line.partition(": it could")[0] for line in done.stdout.splitlines() if ": it could" in line]
    assert len(names) == len(set(names)), "two ways into the same set are told apart"
    assert "Traceback" not in done.stderr


def test_a_no_fetches_nothing_and_ends(mine: Path, tmp_path: Path) -> None:
    done = run("check", mine, "--first-look", "--export", tmp_path / "archive.zip", "--site", "lunavale.example")
    assert "Fetch" in done.stdout
    assert "Aborted" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say where to look: --source, or --first-look."),
        (("--first-look", "--site", "deviantart.com"), "deviantart.com is shared by everybody on DeviantArt"),
    ],
)
def test_wrong_usage(mine: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("check", mine, *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
