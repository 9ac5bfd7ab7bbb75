"""What posts show, given to the works that it shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.core.errors import Cancelled
from indexer.core.hashing import digest_stream
from indexer.core.progress import Monitor
from indexer.core.types import Artwork
from indexer.fingerprints.cache import FingerprintCache
from indexer.matching.contract import ExportRead, RenditionFound
from indexer.matching.export_intake import ExportIntake
from indexer.matching.portfolio import Work, read_portfolio
from indexer.matching.post_intake import SOURCE, read_posts
from indexer.net.network import Network
from tests.helpers import account_exports as made
from tests.helpers.account_exports import save_zip
from tests.helpers.monitors import WatchfulMonitor, stop_after
from tests.helpers.pictures import as_bytes, draw, save_all
from tests.helpers.server import LocalServer

SIZE = (600, 450)


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> list[Work]:
    folder = save_all(tmp_path_factory.mktemp("art"), {f"{seed}.png": draw(seed, SIZE) for seed in range(3)})
    return [entry for entry in read_portfolio(str(folder), None, Monitor()) if isinstance(entry, Work)]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


def published(seed: int) -> bytes:
    return as_bytes(draw(seed, SIZE).resize((400, 300)), "JPEG", quality=80)


def post(server: LocalServer, seed: int, day: str = "2019-05-02") -> str:
    """A page of a post, and its picture, with the address of the page."""
    server.answers(f"/{seed}.jpg", published(seed))
    markup = f'<meta property="og:image" content="{seed}.jpg"><time datetime="{day}">'
    return server.answers(f"/post/{seed}", f'<base href="/">{markup}'.encode())


class Read:
    """Everything that came of reading lists of posts."""

    def __init__(
        self, works: list[Work], place: Path, *lists: str, offline: bool = False, monitor: Monitor | None = None
    ) -> None:
        room = place / "room"
        room.mkdir(exist_ok=True)
        network = Network(place / "sent.jsonl", offline, allow_private_hosts=True)
        with FingerprintCache(place / "cache.sqlite") as cache:
            intake = ExportIntake(works, cache, room, monitor or Monitor())
            self.events = list(read_posts(lists, intake, network, monitor or Monitor()))
            self.works = intake.works
        self.copies = sorted(copy.name for copy in room.iterdir())

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def save(place: Path, *lines: str) -> str:
    file = place / "posts.txt"
    file.write_text("\n".join(lines), "utf-8")
    return str(file)


def test_each_post_is_given_to_the_work_that_it_shows(works: list[Work], server: LocalServer, tmp_path: Path) -> None:
    links = [post(server, 1), f"{post(server, 0)},2012-12-12"]
    listed = save(tmp_path, *links)
    read = Read(works, tmp_path, listed)
    first, second = read.of(RenditionFound)
    assert [Path(one.artwork).name for one in (first, second)] == ["1.png", "0.png"]
    assert (first.archive, first.place, first.page) == (listed, links[0], links[0])
    assert (first.address, first.published, second.published) == (f"{server.url}/1.jpg", "2019-05-02", "2012-12-12")
    assert (first.platform, first.basis, first.stands_alone) == ("127.0.0.1", "inferred", False)
    assert read.copies == []
    (told,) = read.of(ExportRead)
    assert told == ExportRead(listed, None, "inferred", SOURCE)
    assert "fetched today from the address that you named" in SOURCE


def test_the_reason_of_a_match_says_that_the_file_is_the_one_of_now(
    works: list[Work], server: LocalServer, tmp_path: Path
) -> None:
    link = post(server, 1)
    read = Read(works, tmp_path, save(tmp_path, link))
    (rendition,) = read.works[1].query.renditions
    words = f"the file that 127.0.0.1 gave for your post of 2019-05-02 ({link}) when this check was made"
    assert rendition.words == words
    with (tmp_path / "as published").open("w+b") as stream:
        stream.write(published(1))
        stream.seek(0)
        assert rendition.digests == digest_stream(stream)


def test_a_post_that_shows_no_work_stands_alone_under_its_link(
    works: list[Work], server: LocalServer, tmp_path: Path
) -> None:
    link = post(server, 50)
    read = Read(works, tmp_path, save(tmp_path, link))
    (found,) = read.of(RenditionFound)
    assert (found.artwork, found.stands_alone) == (link, True)
    assert [artwork.path for artwork in read.of(Artwork)] == [link]
    assert read.works[-1].path.read_bytes() == published(50)
    assert len(read.copies) == 1


def test_what_cannot_be_fetched_is_noted_and_the_rest_goes_on(
    works: list[Work], server: LocalServer, tmp_path: Path
) -> None:
    gone = server.answers("/gone", b"", 410)
    damaged = server.answers("/damaged.jpg", published(2)[:900])
    read = Read(works, tmp_path, save(tmp_path, gone, "no address", damaged, post(server, 1)))
    assert [Path(one.artwork).name for one in read.of(RenditionFound)] == ["1.png"]
    (skipped,) = read.of(Artwork)
    assert (skipped.path, skipped.skipped) == (damaged, "the JPEG file is damaged or cut off")
    (told,) = read.of(ExportRead)
    assert told.because is None
    assert told.notes == ("line 2: it is not a web address", f"{gone}: the server answered 410 (gone)")


def test_where_the_list_says_another_work_the_artist_is_told(
    works: list[Work], server: LocalServer, tmp_path: Path
) -> None:
    right, wrong = post(server, 0), post(server, 1)
    read = Read(works, tmp_path, save(tmp_path, "url,file", f"{right},art/0.png", f"{wrong},2.png"))
    assert [Path(one.artwork).name for one in read.of(RenditionFound)] == ["0.png", "1.png"], "fingerprints decide"
    (told,) = read.of(ExportRead)
    assert told.notes == (f"{wrong}: your list says that it shows 2.png, but its picture is that of 1.png",)


def test_offline_nothing_is_fetched_and_the_sentence_says_so(
    works: list[Work], server: LocalServer, tmp_path: Path
) -> None:
    listed = save(tmp_path, post(server, 1))
    (told,) = Read(works, tmp_path, listed, offline=True).events
    assert told == ExportRead(listed, because="offline is switched on, and the posts in it would have to be fetched")
    assert server.seen == []


def test_a_list_that_cannot_be_read_is_told_and_the_next_is_read(
    works: list[Work], server: LocalServer, tmp_path: Path
) -> None:
    listed = save(tmp_path, post(server, 1))
    read = Read(works, tmp_path, str(tmp_path / "no.txt"), listed, listed)
    assert [one.because for one in read.of(ExportRead)] == ["there is no such file", None]
    assert len(read.of(RenditionFound)) == 1


def test_a_second_check_fetches_again_and_computes_nothing_again(
    works: list[Work], server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = save(tmp_path, post(server, 1))
    first = Read(works, tmp_path, listed)
    with monkeypatch.context() as patched:
        patched.setattr("indexer.fingerprints.intake.serve_fingerprints", None)
        assert Read(works, tmp_path, listed).events == first.events
    assert [seen.path for seen in server.seen].count("/1.jpg") == 2
    server.answers("/1.jpg", published(2))
    (found,) = Read(works, tmp_path, listed).of(RenditionFound)
    assert Path(found.artwork).name == "2.png", "a picture that was changed is looked at anew"


def test_a_work_may_have_an_archive_and_a_post(works: list[Work], server: LocalServer, tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    with FingerprintCache(tmp_path / "cache.sqlite") as cache:
        intake = ExportIntake(works, cache, tmp_path / "room", Monitor())
        archive = save_zip(tmp_path / "x.zip", made.twitter(as_bytes(draw(1, SIZE).resize((300, 225)), "JPEG")))
        list(intake.read([str(archive)]))
        network = Network(tmp_path / "sent.jsonl", allow_private_hosts=True)
        list(read_posts([save(tmp_path, post(server, 1))], intake, network, Monitor()))
    assert [one.words[:25] for one in intake.works[1].query.renditions] == [
        "the file that you publish",
        "the file that 127.0.0.1 g",
    ]


def test_progress_counts_links_and_a_stop_ends_it(works: list[Work], server: LocalServer, tmp_path: Path) -> None:
    listed = save(tmp_path, post(server, 1), server.answers("/gone", b"", 404), post(server, 2))
    monitor = WatchfulMonitor()
    Read(works, tmp_path, listed, monitor=monitor)
    assert [(told.done, told.total) for told in monitor.told] == [(0, 3), (1, 3), (3, 3)]
    with pytest.raises(Cancelled):
        Read(works, tmp_path, listed, monitor=stop_after(3))
