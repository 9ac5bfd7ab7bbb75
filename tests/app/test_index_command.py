"""`exhibit-a index` and `exhibit-a fingerprint`."""

import hashlib
import json
import shutil
from pathlib import Path

import imagehash
import pytest
from PIL import Image

from tests.helpers.pictures import draw
from tests.helpers.program import run


def test_an_index_is_built_and_describes_itself(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "ix"
    built = run(
        "index", "build", "--from", "images", dataset, "--out", out, "--dataset", "Mine", "--dataset-version", "3"
    )
    assert built.returncode == 0, built.stderr
    foreseen = "About 6 MB for 34 pictures: fingerprints 5 MB, parts of pictures 294 kB. Reading them takes "
    assert built.stdout.startswith(foreseen)
    assert "34 pictures indexed, 0 files skipped" in built.stdout
    info = run("index", "info", out)
    assert info.returncode == 0, info.stderr
    assert info.stdout.startswith("Mine 3\n")
    assert "rows      34" in info.stdout
    assert str(dataset) in info.stdout
    assert "  fingerprints of whole pictures  phash " in info.stdout
    assert not any(technical in info.stdout for technical in ("perceptual", "exact", "neural"))


def test_parts_of_pictures_can_be_left_out_and_that_is_said_wherever_it_matters(
    dataset: Path, portfolio: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ix"
    built = run("index", "build", "--from", "images", dataset, "--out", out, "--no-parts")
    assert "without the 294 kB for parts of pictures, so crops and collages will not be found" in built.stdout
    assert "parts of pictures" not in run("index", "info", out).stdout
    checked = run("check", portfolio, "--source", out)
    assert "because it was built without parts of pictures" in checked.stdout


def test_a_shareable_index_does_not_say_where_the_pictures_lie(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "ix"
    run("index", "build", "--from", "images", dataset, "--out", out, "--shareable")
    assert str(dataset) not in run("index", "info", out).stdout
    assert not any(str(dataset).encode() in place.read_bytes() for place in out.iterdir())


def test_skipped_files_are_counted_and_listed(portfolio: Path, tmp_path: Path) -> None:
    done = run("index", "build", "--from", "images", portfolio, "--out", tmp_path / "ix")
    assert "5 pictures indexed, 2 files skipped" in done.stdout
    reasons = [json.loads(line) for line in (tmp_path / "ix" / "skipped.jsonl").read_text().splitlines()]
    assert {reason["path"] for reason in reasons} == {"broken.png", "notes.txt"}


@pytest.mark.parametrize("where", ["inside", "something else"])
def test_an_index_is_not_put_where_it_would_do_harm(dataset: Path, tmp_path: Path, where: str) -> None:
    out = dataset / "index" if where == "inside" else tmp_path
    (tmp_path / "thesis.txt").write_text("years of work")
    done = run("index", "build", "--from", "images", dataset, "--out", out)
    assert done.returncode == 1
    assert "choose" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert not (dataset / "index").exists()


def test_info_refuses_a_changed_index(index: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(index, tmp_path / "ix")
    with (copy / "rows.sqlite").open("ab") as stream:
        stream.write(b"!")
    done = run("index", "info", copy)
    assert done.returncode == 1
    assert "its file rows.sqlite is damaged" in done.stderr
    assert "Traceback" not in done.stderr


def test_fingerprints_are_those_of_the_field(tmp_path: Path) -> None:
    picture = draw(7, (300, 200))
    place = tmp_path / "seven.png"
    picture.save(place)
    done = run("fingerprint", place, "--json", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    (record,) = json.loads((tmp_path / "out.json").read_text())
    assert record["path"] == str(place)
    assert record["sha256"] == hashlib.sha256(place.read_bytes()).hexdigest()
    assert record["md5"] == hashlib.md5(place.read_bytes()).hexdigest()
    assert record["phash"] == str(imagehash.phash(picture))
    assert (len(record["pdq"]), record["width"], record["height"]) == (64, 300, 200)
    header = b"P7\nWIDTH 300\nHEIGHT 200\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    assert record["pixel_hash"] == hashlib.md5(header + picture.convert("RGBA").tobytes()).hexdigest()


def test_a_picture_too_plain_is_printed_and_said_to_be(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    done = run("fingerprint", tmp_path / "white.png")
    assert "too plain to search by phash, pdq, miniature" in done.stdout


def test_a_file_without_a_fingerprint_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("words")
    done = run("fingerprint", tmp_path / "a.jpg")
    assert done.returncode == 1
    assert "skipped, because it is a text file, not a picture" in done.stdout
