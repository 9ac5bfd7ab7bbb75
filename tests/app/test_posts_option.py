"""`exhibit-a check --posts`: a data set holds the file as a post shows it, and the artist has only the master."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.casefile.case import Case
from indexer.images.scanning import scan
from tests.app.conftest import build
from tests.app.test_check_command import read
from tests.app.test_export_option import as_published, identical
from tests.helpers.pictures import draw, save_all
from tests.helpers.program import run
from tests.helpers.server import LocalServer

MASTER_SIZE = (900, 675)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A site with two posts."""
    with LocalServer() as running:
        for seed in (1, 9):
            running.answers(f"/{seed}.jpg", as_published(seed))
            markup = f'<meta property="og:image" content="/{seed}.jpg"><time datetime="2019-05-02">'
            running.answers(f"/post/{seed}", markup.encode())
        yield running


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_all(tmp_path_factory.mktemp("art") / "masters", {"1.png": draw(1, MASTER_SIZE)})


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_all(tmp_path_factory.mktemp("set") / "set", {f"{seed}.jpg": draw(seed) for seed in range(30, 33)})
    (folder / "of master 1.jpg").write_bytes(as_published(1))
    (folder / "of nobody.jpg").write_bytes(as_published(9))
    return build(folder, folder.parent / "index")


@pytest.fixture
def posts(server: LocalServer, tmp_path: Path) -> Path:
    file = tmp_path / "posts.csv"
    file.write_text(f"link\n{server.url}/post/1\n{server.url}/post/9\n{server.url}/post/gone\n", "utf-8")
    return file


def test_the_file_that_a_post_shows_is_found_though_the_master_is_another(
    masters: Path, listed: Path, posts: Path, server: LocalServer, tmp_path: Path
) -> None:
    out, case_file, temporary = tmp_path / "out.json", tmp_path / "mine.exhibit", tmp_path / "temporary"
    temporary.mkdir()
    asked = ("check", masters, "--source", listed, "--lanes", "exact", "--json", out)
    more = ("--posts", posts, "--allow-private-hosts", "--case", case_file)
    done = run(*asked, *more, TMPDIR=str(temporary))
    assert done.returncode == 0, done.stderr
    answer, alone = read(out), f"{server.url}/post/9"
    assert identical(answer) == {"of master 1.jpg": str(masters / "1.png"), "of nobody.jpg": alone}
    (told,) = answer["exports"]
    assert (told["archive"], told["platform"], told["basis"]) == (str(posts), None, "inferred")
    assert told["notes"] == [f"{server.url}/post/gone: the server answered 404 (not found)"]
    assert f"From your list of posts ({posts}): 2 pictures, 1 of them shows a work of this folder" in done.stdout
    assert "the platform may have saved it again since" in done.stdout
    assert list(scan(temporary)) == [], "nothing that was fetched is left on the disk"

    with Case.open(case_file) as case:
        (found,) = [one.match for one in case.findings.of_case() if one.match.row == "of master 1.jpg"]
        (reason,) = found.reasons
        assert reason == (
            f"The file that 127.0.0.1 gave for your post of 2019-05-02 ({server.url}/post/1) when this check was made"
            " is the very same file as the one recorded in the data set: both have the same SHA-256."
        )
        (published,) = case.renditions.of_artwork(str(masters / "1.png"))
        assert (published.page, published.address) == (f"{server.url}/post/1", f"{server.url}/1.jpg")
        assert case.works.get(alone) is not None


def test_offline_no_post_is_fetched_and_the_check_goes_on(
    masters: Path, listed: Path, posts: Path, server: LocalServer
) -> None:
    done = run("check", masters, "--source", listed, "--posts", posts, "--offline", "--allow-private-hosts")
    assert done.returncode == 0, done.stderr
    because = "not read, because offline is switched on, and the posts in it would have to be fetched."
    assert f"{posts}: {because}" in done.stdout
    assert server.seen == []
