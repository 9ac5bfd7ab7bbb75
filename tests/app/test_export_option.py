"""`exhibit-a check --export`: a data set holds the file as it was published, and the artist has only the master."""

from pathlib import Path
from typing import Any

import pytest

from app.casefile.case import Case
from indexer.images.scanning import scan
from tests.app.conftest import build
from tests.app.test_check_command import read
from tests.helpers import account_exports as made
from tests.helpers.account_exports import save_zip
from tests.helpers.pictures import as_bytes, draw, save_all
from tests.helpers.program import run

MASTER_SIZE, PUBLISHED_SIZE = (900, 675), (450, 338)


def as_published(seed: int) -> bytes:
    return as_bytes(draw(seed, MASTER_SIZE).resize(PUBLISHED_SIZE), "JPEG", quality=80)


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_all(
        tmp_path_factory.mktemp("art") / "masters", {f"{seed}.png": draw(seed, MASTER_SIZE) for seed in (1, 2)}
    )


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the files as published: of a master's picture, and of a picture that is in the archive only."""
    folder = save_all(tmp_path_factory.mktemp("set") / "set", {f"{seed}.jpg": draw(seed) for seed in range(30, 36)})
    (folder / "of master 1.jpg").write_bytes(as_published(1))
    (folder / "of nobody.jpg").write_bytes(as_published(9))
    return build(folder, folder.parent / "index")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An X archive: a post of the first master's picture, and one of a picture that is not in the folder."""
    files = made.twitter(as_published(1)) | {"data/tweets_media/33-ALONE.jpg": as_published(9)}
    return save_zip(tmp_path_factory.mktemp("export") / "x.zip", files)


def identical(answer: dict[str, Any]) -> dict[str, str]:
    return {one["row"]: one["artwork"] for one in answer["matches"] if one["grade"] == "identical_file"}


def test_the_published_file_is_found_though_the_master_is_another(
    masters: Path, listed: Path, export: Path, tmp_path: Path
) -> None:
    out, case_file = tmp_path / "out.json", tmp_path / "mine.exhibit"
    asked = ("check", masters, "--source", listed, "--lanes", "exact", "--json", out)
    without = run(*asked)
    assert without.returncode == 0, without.stderr
    assert identical(read(out)) == {}

    done = run(*asked, "--export", export, "--case", case_file)
    assert done.returncode == 0, done.stderr
    answer = read(out)
    alone = str(export / "data/tweets_media/33-ALONE.jpg")
    assert identical(answer) == {"of master 1.jpg": str(masters / "1.png"), "of nobody.jpg": alone}
    assert {one["artwork"]: one["published"] for one in answer["renditions"]} == {
        str(masters / "1.png"): made.FIRST_UTC,
        alone: None,
    }
    assert "From your X (Twitter) archive" in done.stdout
    assert "2 pictures, 1 of them shows a work of this folder, 1 stands for works" in done.stdout
    assert "first published 2019-05-02" in done.stdout
    assert "left out: 1 picture in posts of others" in done.stdout

    with Case.open(case_file) as case:
        (found,) = [one.match for one in case.findings.of_case() if one.match.row == "of master 1.jpg"]
        (reason,) = found.reasons
        assert reason == (
            "The file that you published on X (Twitter) on 2019-05-02 (https://pbs.twimg.com/media/OWN-a_1.jpg) is the"
            " very same file as the one recorded in the data set: both have the same SHA-256."
        )
        assert found.basis == ("bytes",)
        (published,) = case.renditions.of_artwork(str(masters / "1.png"))
        assert (published.platform, published.basis, published.post_id) == ("X (Twitter)", "documented", "11")
        assert case.works.get(alone) is not None


def test_the_archive_is_not_looked_into_beyond_its_posts(
    masters: Path, listed: Path, export: Path, tmp_path: Path
) -> None:
    run("check", masters, "--source", listed, "--json", tmp_path / "out.json", "--export", export)
    places = {one["place"] for one in read(tmp_path / "out.json")["renditions"]}
    assert places == {"data/tweets_media/11-OWN-a_1.jpg", "data/tweets_media/33-ALONE.jpg"}


def test_an_archive_that_cannot_be_read_costs_a_sentence_and_no_check(
    masters: Path, listed: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 cut off")
    done = run("check", masters, "--source", listed, "--json", tmp_path / "out.json", "--export", broken)
    assert done.returncode == 0, done.stderr
    assert f"{broken}: not read, because it is neither a folder nor a .zip archive." in done.stdout
    answer = read(tmp_path / "out.json")
    assert answer["exports"][0]["because"]
    assert answer["renditions"] == []
    assert {one["row"] for one in answer["matches"]} >= {"of master 1.jpg"}, "found by its looks"


def test_nothing_of_the_archive_is_left_on_the_disk(masters: Path, listed: Path, export: Path, tmp_path: Path) -> None:
    done = run("check", masters, "--source", listed, "--export", export, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert list(scan(tmp_path)) == []
