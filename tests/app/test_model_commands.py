"""Content fingerprints by the real command line: build, check through them alone, models, calibrate."""

import hashlib
import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from indexer.fingerprints.clip_models import KNOWN
from indexer.fingerprints.clip_weights import read_weights
from indexer.images.altering import ALTERATIONS
from indexer.matching.calibration import read_calibration
from tests.helpers.clip import SMALL, write_tensors
from tests.helpers.pictures import draw, recompressed, save_all
from tests.helpers.program import run
from tests.helpers.server import LocalServer

PAIR = "ViT-B-32-quickgelu,openai"
WORKS = 3


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = {f"{number}.png": draw(number, (240, 180)) for number in range(WORKS)}
    return save_all(tmp_path_factory.mktemp("art") / "works", pictures)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight strangers, and two altered copies of each work."""
    pictures = {f"other {number}.png": draw(1000 + number, (240, 180)) for number in range(8)}
    for number in range(WORKS):
        pictures[f"{number} saved again.png"] = recompressed(draw(number, (240, 180)), 50)
        pictures[f"{number} mirrored.png"] = draw(number, (240, 180)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return save_all(tmp_path_factory.mktemp("set") / "pictures", pictures)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


def test_altered_copies_are_found_through_the_content_alone(
    works: Path, listed: Path, small_weights: Path, tmp_path: Path
) -> None:
    index, result = tmp_path / "ix", tmp_path / "result.json"
    model = ("--model", SMALL.name, "--weights", small_weights)
    built = run("index", "build", "--from", "images", listed, "--out", index, *model)
    assert built.returncode == 0, built.stderr
    assert "clip                 14 rows, model small-for-tests,seed1" in run("index", "info", index).stdout
    asked = ("check", works, "--source", index, "--lanes", "neural")
    done = run(*asked, "--weights", small_weights, "--json", result)
    assert done.returncode == 0, done.stderr
    assert "searched: similar content" in done.stdout
    answer = json.loads(result.read_text())
    found = {(Path(match["artwork"]).stem, match["row"]) for match in answer["matches"]}
    assert found >= {(str(number), f"{number} saved again.png") for number in range(WORKS)}
    assert all(row.startswith(work) for work, row in found), "nothing but copies is a match"
    assert {tuple(match["basis"]) for match in answer["matches"]} == {("pixels", "embedding")}
    without = run(*asked)
    assert without.returncode == 1
    assert "not searched: similar content – because it was made with the model small-for-tests,seed1" in without.stdout
    assert "No source could be searched." in without.stderr


@pytest.mark.parametrize(
    ("pair", "file", "told"),
    [
        ("ViT-L-14,openai", "w.safetensors", "the right pair is ViT-L-14-quickgelu,openai."),
        (PAIR, "w.safetensors", "it gives 768 numbers a picture, and ViT-B-32-quickgelu,openai gives 512"),
        (PAIR, "w.bin", "that can run foreign code when it is opened"),
        (PAIR, "cut.safetensors", "it is cut off: 0.8 of 3.1 MB are there."),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(
    works: Path, tmp_path: Path, pair: str, file: str, told: str
) -> None:
    whole = write_tensors(tmp_path / "w.safetensors", {"visual.proj": (1024, 768)})
    (tmp_path / "w.bin").write_bytes(b"PK\x03\x04 and so on")
    (tmp_path / "cut.safetensors").write_bytes(whole.read_bytes()[:800_000])
    out = tmp_path / "ix"
    done = run("index", "build", "--from", "images", works, "--out", out, "--model", pair, "--weights", tmp_path / file)
    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert not out.exists()


def test_weights_without_a_model_are_wrong_usage(works: Path, tmp_path: Path) -> None:
    done = run("index", "build", "--from", "images", works, "--out", tmp_path / "ix", "--weights", tmp_path / "w")
    assert done.returncode == 2
    assert "a file does not say which model it belongs to" in done.stderr


def test_the_list_of_models_says_what_was_made_with_each_and_whether_it_is_here(own_home: Path) -> None:
    here = own_home / "data" / "models" / f"{PAIR}.safetensors"
    here.parent.mkdir(parents=True)
    here.write_bytes(b"")
    lines = run("models", "list").stdout.splitlines()
    at = lines.index(PAIR)
    assert "LAION-400M index" in lines[at + 2]
    assert "here (published: open_clip_model.safetensors of timm/vit_base_patch32_clip_224.openai" in lines[at + 3]
    assert sum("weights            not here" in line for line in lines) == len(KNOWN) - 1
    assert str(here.parent) in lines[-1]


def test_weights_without_a_known_checksum_are_not_fetched(server: LocalServer) -> None:
    for more in ((), ("--from", server.answers("/w")), ("--from", server.url + "/w", "--sha256", "abc")):
        done = run("models", "get", PAIR, *more)
        assert done.returncode == 1
        assert "this version knows no checksum for these weights" in done.stderr
        assert "--weights" in done.stderr
    assert server.seen == []


def test_weights_are_fetched_after_their_size_was_told(server: LocalServer, own_home: Path, tmp_path: Path) -> None:
    body = write_tensors(tmp_path / "w", {"visual.proj": (768, 512)}).read_bytes()
    url, checksum = server.answers("/w.safetensors", body), hashlib.sha256(body).hexdigest()
    asked = ("models", "get", PAIR, "--from", url, "--allow-private-hosts", "--sha256")
    unsure = run(*asked, checksum)
    assert unsure.returncode == 1
    assert f"{PAIR}: 2 MB, from {url}" in unsure.stdout
    place = own_home / "data" / "models" / f"{PAIR}.safetensors"
    assert not place.exists(), "nobody said yes"
    wrong = run(*asked, "0" * 64, "--yes")
    assert wrong.returncode == 1
    assert "what came is not the file that was asked for" in wrong.stderr
    done = run(*asked, checksum.upper(), "--yes")
    assert done.returncode == 0, done.stderr
    assert place.read_bytes() == body
    assert "1.6 MB, as the checksum says" in done.stdout
    (first, *_) = sorted((own_home / "data" / "ledgers").iterdir())
    assert url in first.read_text()


def test_fetched_weights_of_another_model_are_not_kept(server: LocalServer, own_home: Path, tmp_path: Path) -> None:
    body = write_tensors(tmp_path / "w", {"visual.proj": (1024, 768)}).read_bytes()
    asked = ("--from", server.answers("/w", body), "--sha256", hashlib.sha256(body).hexdigest())
    done = run("models", "get", PAIR, *asked, "--allow-private-hosts", "--yes")
    assert done.returncode == 1
    assert "it gives 768 numbers a picture" in done.stderr
    assert list((own_home / "data" / "models").iterdir()) == []


def test_offline_nothing_is_fetched(server: LocalServer) -> None:
    asked = ("--from", server.url + "/w", "--sha256", "0" * 64, "--offline", "--yes")
    done = run("models", "get", PAIR, *asked)
    assert done.returncode == 1
    assert "offline is switched on" in done.stderr
    assert server.seen == []


def test_a_calibration_is_told_in_plain_words_and_kept(small_weights: Path, own_home: Path, tmp_path: Path) -> None:
    pictures = {f"{number}.png": draw(number, (120, 90)) for number in range(24)}
    folder = save_all(tmp_path / "set", pictures | {"white.png": Image.new("RGB", (90, 60), "white")})
    (folder / "twice.png").write_bytes((folder / "1.png").read_bytes())
    (folder / "text.txt").write_text("no picture")
    more = save_all(tmp_path / "more", {f"{number}.png": draw(number + 100, (90, 120)) for number in range(24)})
    both = ("--pictures", folder, "--pictures", more)
    done = run("calibrate", "--model", SMALL.name, "--weights", small_weights, *both)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("This version cannot tell these weights from the published ones, so what is measured")
    assert "(not calibrated)" in done.stdout.splitlines()[0]
    assert "found, mirrored: " in done.stdout
    assert re.search(
        r"an unrelated picture comes this near for 0 of \d\d \(0\.0–\d\d\.\d %\) of the pictures", done.stdout
    )
    assert "These weights are not known as the published ones." in done.stdout
    record = read_calibration(own_home / "data" / "calibrations", read_weights(small_weights, SMALL).space)
    assert record is not None
    assert f"{record.asked} pictures were asked for, each held against {record.listed} unrelated ones." in done.stdout
    assert record.asked + record.listed + record.background == 48
    assert [one.name for one in record.collections] == ["set", "more"]
    assert record.separation is not None
    chosen = "the lead is used" if record.normalised else "the cosine alone is used"
    assert chosen in done.stdout
    assert not record.are_the_published
    assert [copies.done for copies in record.copies] == list(ALTERATIONS)
    for one in record.collections:
        for scores in (one.nearest_unrelated, *(copies.cosines for copies in one.copies)):
            assert len(scores) == one.asked
            assert -2 <= scores[0] <= scores[-1] <= 1.0001
            assert list(scores) == sorted(scores)
        saved_again = statistics.median(one.copies[0].cosines)
        assert saved_again > statistics.median(one.nearest_unrelated), "even chance weights know a picture saved again"
