"""What an artist published, given to the works that it shows."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.hashing import digest_stream
from indexer.core.progress import Monitor
from indexer.core.types import Artwork
from indexer.fingerprints.cache import FingerprintCache
from indexer.matching.contract import ExportRead, RenditionFound
from indexer.matching.export_intake import ExportIntake
from indexer.matching.portfolio import Work, read_portfolio
from tests.helpers import account_exports as made
from tests.helpers.account_exports import as_json, save_folder, save_zip
from tests.helpers.monitors import stop_after
from tests.helpers.pictures import as_bytes, draw, save_all

WORKS = 4


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> list[Work]:
    """Four masters, a picture too plain for any hash, and a file of two pages."""
    folder = save_all(tmp_path_factory.mktemp("art"), {f"{seed}.png": draw(seed, (900, 675)) for seed in range(WORKS)})
    Image.new("RGB", (300, 200), "white").save(folder / "plain.png")
    pages = [draw(seed, (300, 400)) for seed in (70, 71)]
    pages[0].save(folder / "pages.tif", save_all=True, append_images=pages[1:])
    return [entry for entry in read_portfolio(str(folder), None, Monitor()) if isinstance(entry, Work)]


def published(seed: int, quality: int = 80, size: tuple[int, int] = (450, 338)) -> bytes:
    """A work as a platform publishes it: smaller and compressed."""
    return as_bytes(draw(seed, (900, 675)).resize(size), "JPEG", quality=quality)


def posts(pictures: dict[str, bytes]) -> dict[str, bytes]:
    """An Instagram archive of one post a picture."""
    folder = "media/posts/201905"
    entries = [{"media": [{"uri": f"{folder}/{name}", "creation_timestamp": made.FIRST}]} for name in pictures]
    files = {f"{folder}/{name}": data for name, data in pictures.items()}
    return {"your_instagram_activity/content/posts_1.json": as_json(entries)} | files


class Read:
    """Everything that came of reading archives."""

    def __init__(self, works: Sequence[Work], place: Path, *exports: Path, monitor: Monitor | None = None) -> None:
        room = place / "room"
        room.mkdir(exist_ok=True)
        with FingerprintCache(place / "cache.sqlite") as cache:
            intake = ExportIntake(works, cache, room, monitor or Monitor())
            self.events = list(intake.read([str(export) for export in exports]))
            self.works = intake.works
        self.copies = sorted(copy.name for copy in room.iterdir())

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def shown(self) -> dict[str, str]:
        return {Path(one.place).name: Path(one.artwork).name for one in self.of(RenditionFound)}


@pytest.mark.parametrize("save", [save_zip, save_folder])
def test_each_published_picture_is_given_to_the_work_that_it_shows(
    save: Any, works: list[Work], tmp_path: Path
) -> None:
    mirrored = as_bytes(draw(2, (900, 675)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((450, 338)), "JPEG")
    pictures = {f"p{seed}.jpg": published(seed) for seed in range(2)} | {"mirror.jpg": mirrored}
    read = Read(works, tmp_path, save(tmp_path / "insta.zip", posts(pictures)))
    assert read.shown == {"p0.jpg": "0.png", "p1.jpg": "1.png", "mirror.jpg": "2.png"}
    assert read.copies == []
    renditions = {Path(work.artwork.path).name: work.query.renditions for work in read.works}
    assert [len(renditions[f"{seed}.png"]) for seed in range(WORKS)] == [1, 1, 1, 0]
    assert renditions["0.png"][0].digests == digest_stream(io.BytesIO(pictures["p0.jpg"]))
    assert renditions["0.png"][0].words == "the file that you published on Instagram on 2019-05-02"
    assert [work.artwork for work in read.works] == [work.artwork for work in works]


def test_a_picture_that_shows_no_work_stands_alone_under_its_path_in_the_archive(
    works: list[Work], tmp_path: Path
) -> None:
    export = save_zip(tmp_path / "insta.zip", posts({"a new.jpg": published(50), "b same.jpg": published(50)}))
    read = Read(works, tmp_path, export)
    first, again = read.of(RenditionFound)
    path = str(export / "media/posts/201905/a new.jpg")
    assert (first.artwork, again.artwork, first.stands_alone, again.stands_alone) == (path, path, True, True)
    assert [artwork.path for artwork in read.of(Artwork)] == [path]
    alone = read.works[-1]
    assert alone.path.read_bytes() == published(50)
    assert [one.digests for one in alone.query.renditions] == [alone.query.digests]
    assert len(read.copies) == 1


def test_the_very_same_file_is_known_by_its_bytes_however_plain(works: list[Work], tmp_path: Path) -> None:
    plain = next(work for work in works if work.artwork.path.endswith("plain.png"))
    read = Read(works, tmp_path, save_zip(tmp_path / "a.zip", posts({"white.png": plain.path.read_bytes()})))
    assert read.shown == {"white.png": "plain.png"}


def test_a_plain_picture_of_other_bytes_is_given_to_nobody(works: list[Work], tmp_path: Path) -> None:
    white = as_bytes(Image.new("RGB", (300, 200), "white"), "JPEG")
    assert Read(works, tmp_path, save_zip(tmp_path / "a.zip", posts({"w.jpg": white}))).shown == {"w.jpg": "w.jpg"}


def test_a_published_page_is_given_to_its_page(works: list[Work], tmp_path: Path) -> None:
    page = as_bytes(draw(71, (300, 400)), "JPEG", quality=85)
    read = Read(works, tmp_path, save_zip(tmp_path / "a.zip", posts({"page.jpg": page})))
    assert read.shown == {"page.jpg": "pages.tif#2"}


def test_a_published_file_that_is_no_picture_is_skipped_and_the_rest_goes_on(works: list[Work], tmp_path: Path) -> None:
    pictures = {"a.jpg": b"not a picture", "b.jpg": published(1), "c.jpg": published(2)[:900], "d.jpg": published(3)}
    read = Read(works, tmp_path, save_zip(tmp_path / "a.zip", posts(pictures)))
    assert read.shown == {"b.jpg": "1.png", "d.jpg": "3.png"}
    assert {Path(one.path).name: one.skipped for one in read.of(Artwork)} == {
        "a.jpg": "it is a text file, not a picture",
        "c.jpg": "the JPEG file is damaged or cut off",
    }
    assert read.copies == []


def test_a_file_damaged_in_the_archive_costs_only_itself(works: list[Work], tmp_path: Path) -> None:
    export = save_zip(tmp_path / "a.zip", posts({"a.jpg": published(0), "b.jpg": published(1)}))
    data = bytearray(export.read_bytes())
    at = data.index(b"a.jpg", data.index(b"posts/201905/a.jpg")) + 200
    data[at : at + 40] = bytes(40)
    export.write_bytes(data)
    read = Read(works, tmp_path, export)
    assert read.shown == {"b.jpg": "1.png"}
    (skipped,) = read.of(Artwork)
    assert "damaged in the archive" in skipped.skipped


def test_archives_that_cannot_be_read_are_told_and_others_are_read(works: list[Work], tmp_path: Path) -> None:
    good = save_zip(tmp_path / "a.zip", posts({"a.jpg": published(0)}))
    strange = save_zip(tmp_path / "b.zip", {"x.txt": b"x"})
    read = Read(works, tmp_path, tmp_path / "nowhere.zip", strange, good, good)
    because = {Path(one.archive).name: one.because for one in read.of(ExportRead)}
    assert because["nowhere.zip"] == "there is no such file or folder"
    assert because["b.zip"].startswith("it does not look like the archive of an account")
    assert because["a.zip"] is None
    assert read.shown == {"a.jpg": "0.png"}


def test_a_second_reading_uses_what_the_first_computed(
    works: list[Work], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = save_zip(tmp_path / "a.zip", posts({"a.jpg": published(0), "n.jpg": published(60)}))
    first = Read(works, tmp_path, export)
    monkeypatch.setattr("indexer.fingerprints.intake.serve_fingerprints", None)
    assert Read(works, tmp_path, export).events == first.events


def test_two_platforms_give_a_work_two_renditions(works: list[Work], tmp_path: Path) -> None:
    insta = save_zip(tmp_path / "a.zip", posts({"a.jpg": published(0, 70)}))
    x = save_zip(tmp_path / "x.zip", made.twitter(published(0, 90)))
    read = Read(works, tmp_path, insta, x)
    assert [one.words for one in read.works[0].query.renditions] == [
        "the file that you published on Instagram on 2019-05-02",
        "the file that you published on X (Twitter) on 2019-05-02 (https://pbs.twimg.com/media/OWN-a_1.jpg)",
    ]


def test_an_inferred_layout_is_said_to_be_one(works: list[Work], tmp_path: Path) -> None:
    read = Read(works, tmp_path, save_zip(tmp_path / "a.zip", made.artstation(published(0))))
    (told,) = read.of(ExportRead)
    assert (told.platform, told.basis) == ("ArtStation", "inferred")
    assert "as far as the archive's layout could be inferred" in read.works[0].query.renditions[0].words


class Refusing(Monitor):
    """As in a job that is started again after an archive brought it down."""

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        raise SourceProblem(what, "opening it made the program crash")
        yield


def test_an_archive_that_brought_the_program_down_is_not_opened_again(works: list[Work], tmp_path: Path) -> None:
    read = Read(works, tmp_path, save_zip(tmp_path / "a.zip", posts({"a.jpg": published(0)})), monitor=Refusing())
    assert [one.because for one in read.events] == ["opening it made the program crash"]


def test_no_room_on_the_disk_costs_the_pictures_and_not_the_check(works: list[Work], tmp_path: Path) -> None:
    export = save_zip(tmp_path / "a.zip", posts({"a.jpg": published(0)}))
    with FingerprintCache(tmp_path / "cache.sqlite") as cache:
        intake = ExportIntake(works, cache, tmp_path / "gone", Monitor())
        skipped, read = intake.read([str(export)])
    assert "cannot be used" in skipped.skipped
    assert read.because is None
    assert [work.query for work in intake.works] == [work.query for work in works]


def test_a_stop_ends_the_reading(works: list[Work], tmp_path: Path) -> None:
    export = save_zip(tmp_path / "a.zip", posts({f"{seed}.jpg": published(seed) for seed in range(3)}))
    with pytest.raises(Cancelled):
        Read(works, tmp_path, export, monitor=stop_after(2))
