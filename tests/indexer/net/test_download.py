"""A large file comes in parts that survive an interruption, and only its checksum lets it in."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest

from indexer.core.errors import Cancelled, InputProblem, StorageProblem
from indexer.core.progress import Monitor
from indexer.net import download as download_module
from indexer.net.download import Downloaded, Downloader, Offer, Wanted
from indexer.net.ledger import Ledger, LedgerEntry
from tests.helpers.monitors import StopWhen, WatchfulMonitor
from tests.helpers.server import LocalServer, Visit

SIZE = 3_000_000
BODY = np.random.default_rng(5).bytes(SIZE)
OTHER = np.random.default_rng(6).bytes(SIZE)
ETAG = '"version one"'


class Shop:
    """A file that can be asked for in parts, on a server that can be told to behave badly.

    Attributes:
        cut_after: the connection breaks after so many bytes of the body, once for each number.
    """

    def __init__(self, server: LocalServer) -> None:
        self.body, self.etag = BODY, ETAG
        self.knows_parts = True
        self.cut_after: list[int] = []
        self.starts: list[int] = []
        self.url = server.plays("/weights.safetensors", self._serve)

    def wanted(self, body: bytes = BODY) -> Wanted:
        return Wanted(self.url, hashlib.sha256(body).hexdigest())

    def _serve(self, visit: Visit) -> None:
        start = self._start(visit)
        self.starts.append(start)
        rest = self.body[start:]
        if start >= len(self.body):
            visit.answer(status=416, headers={"Content-Range": f"bytes */{len(self.body)}"})
            return
        headers = {"Content-Length": str(len(rest))} | ({"ETag": self.etag} if self.etag else {})
        is_part = self.knows_parts and visit.headers.get("Range") and self._is_same(visit)
        if is_part:
            headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        visit.begin(headers, 206 if is_part else 200)
        cut = self.cut_after.pop(0) if self.cut_after and visit.headers.get("Range") != "bytes=0-0" else len(rest)
        visit.wfile.write(rest[:cut])
        visit.close_connection = cut < len(rest)

    def _start(self, visit: Visit) -> int:
        asked = visit.headers.get("Range", "")
        return int(asked[6:].partition("-")[0]) if asked and self.knows_parts and self._is_same(visit) else 0

    def _is_same(self, visit: Visit) -> bool:
        return visit.headers.get("If-Range") in (None, self.etag)


@pytest.fixture
def shop(server: LocalServer) -> Shop:
    return Shop(server)


@pytest.fixture
def downloader(ledger: Ledger) -> Iterator[Downloader]:
    with Downloader(ledger, allow_private_hosts=True) as ready:
        yield ready


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "models" / "M,T.safetensors"


@pytest.fixture
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "_MOST_TRIES", 1)


def get(downloader: Downloader, wanted: Wanted, place: Path, monitor: Monitor | None = None) -> Downloaded:
    return downloader.download(wanted, place, "to test", monitor or Monitor())


def why_not(downloader: Downloader, wanted: Wanted, place: Path) -> str:
    with pytest.raises(InputProblem) as caught:
        get(downloader, wanted, place)
    assert not place.exists()
    return caught.value.because


def lies_alone(place: Path) -> bool:
    return [entry.name for entry in place.parent.iterdir()] == [place.name]


def test_the_size_is_known_before_anything_is_fetched(
    downloader: Downloader, shop: Shop, sent: Callable[[], list[LedgerEntry]]
) -> None:
    assert downloader.offer(shop.url, "to ask", Monitor()) == Offer(shop.url, SIZE)
    (entry,) = sent()
    assert entry.purpose == "to ask"
    assert entry.outcome is not None
    assert entry.outcome.bytes_received < SIZE // 2


def test_a_server_that_knows_no_parts_still_tells_the_size(downloader: Downloader, shop: Shop) -> None:
    shop.knows_parts = False
    assert downloader.offer(shop.url, "to ask", Monitor()).size_bytes == SIZE


def test_a_server_that_tells_no_size_is_believed(downloader: Downloader, server: LocalServer) -> None:
    url = server.plays("/x", lambda visit: (visit.begin({}), visit.wfile.write(b"abc")))
    assert downloader.offer(url, "to ask", Monitor()).size_bytes is None


def test_a_file_comes_whole_and_says_how_far_it_is(downloader: Downloader, shop: Shop, place: Path) -> None:
    monitor = WatchfulMonitor()
    get(downloader, shop.wanted(), place, monitor)
    assert place.read_bytes() == BODY
    assert lies_alone(place)
    assert monitor.told[-1].done == monitor.told[-1].total == SIZE >> 20


def test_what_came_is_recorded(downloader: Downloader, shop: Shop, place: Path) -> None:
    came = get(downloader, shop.wanted(), place)
    assert came.fetched_utc.endswith("Z")
    expected = Downloaded(place, shop.url, SIZE, shop.wanted().sha256 or "", ETAG, came.fetched_utc)
    assert came == expected
    assert get(downloader, Wanted(shop.url, None), place) == replace(expected, fetched_utc=ANY)


def test_a_broken_connection_is_taken_up_where_it_broke(downloader: Downloader, shop: Shop, place: Path) -> None:
    shop.cut_after = [1_000_000, 700_000]
    get(downloader, shop.wanted(), place)
    assert place.read_bytes() == BODY
    assert shop.starts[0] == 0
    assert 0 < shop.starts[1] <= 1_000_000
    assert shop.starts[1] < shop.starts[2] <= 1_700_000


@pytest.mark.usefixtures("one_try")
def test_an_interrupted_download_goes_on_the_next_time(downloader: Downloader, shop: Shop, place: Path) -> None:
    shop.cut_after = [2_000_000]
    assert why_not(downloader, shop.wanted(), place) == "the answer broke off before it was complete"
    assert (place.parent / "M,T.safetensors.partial").stat().st_size > 1_000_000
    get(downloader, shop.wanted(), place)
    assert place.read_bytes() == BODY
    assert shop.starts[1] > 1_000_000


def test_a_stop_keeps_what_has_come(downloader: Downloader, shop: Shop, place: Path) -> None:
    with pytest.raises(Cancelled):
        get(downloader, shop.wanted(), place, StopWhen(lambda monitor: any(told.done for told in monitor.told)))
    get(downloader, shop.wanted(), place)
    assert place.read_bytes() == BODY
    assert shop.starts[1] >= 1 << 20


@pytest.mark.usefixtures("one_try")
def test_a_file_that_was_changed_in_between_is_begun_anew(downloader: Downloader, shop: Shop, place: Path) -> None:
    shop.cut_after = [2_000_000]
    why_not(downloader, shop.wanted(OTHER), place)
    shop.body, shop.etag = OTHER, '"version two"'
    get(downloader, shop.wanted(OTHER), place)
    assert place.read_bytes() == OTHER
    assert shop.starts == [0, 0]


@pytest.mark.usefixtures("one_try")
def test_a_change_that_the_server_does_not_tell_is_told_by_the_checksum(
    downloader: Downloader, shop: Shop, place: Path
) -> None:
    shop.etag = ""
    shop.cut_after = [2_000_000]
    why_not(downloader, shop.wanted(OTHER), place)
    shop.body = OTHER
    assert "what came is not the file that was asked for: its checksum is" in why_not(
        downloader, shop.wanted(OTHER), place
    )
    get(downloader, shop.wanted(OTHER), place)
    assert place.read_bytes() == OTHER


@pytest.mark.usefixtures("one_try")
def test_a_file_that_became_shorter_is_begun_anew(downloader: Downloader, shop: Shop, place: Path) -> None:
    shop.etag = ""
    shop.cut_after = [2_000_000]
    why_not(downloader, shop.wanted(BODY[:1000]), place)
    shop.body = BODY[:1000]
    assert "no longer the one that was begun" in why_not(downloader, shop.wanted(BODY[:1000]), place)
    get(downloader, shop.wanted(BODY[:1000]), place)
    assert place.read_bytes() == BODY[:1000]


@pytest.mark.usefixtures("one_try")
def test_a_file_that_had_come_whole_before_the_stop_is_not_fetched_again(
    downloader: Downloader, shop: Shop, place: Path
) -> None:
    shop.cut_after = [2_000_000]
    why_not(downloader, shop.wanted(), place)
    (place.parent / "M,T.safetensors.partial").write_bytes(BODY)
    shop.starts.clear()
    get(downloader, shop.wanted(), place)
    assert place.read_bytes() == BODY
    assert lies_alone(place)
    assert shop.starts == [SIZE], "only what is missing was asked for, and nothing is"


@pytest.mark.usefixtures("one_try")
def test_a_server_that_knows_no_parts_sends_everything_again(downloader: Downloader, shop: Shop, place: Path) -> None:
    shop.knows_parts = False
    shop.cut_after = [2_000_000]
    why_not(downloader, shop.wanted(), place)
    get(downloader, shop.wanted(), place)
    assert place.read_bytes() == BODY


def test_a_file_with_another_checksum_is_thrown_away(downloader: Downloader, shop: Shop, place: Path) -> None:
    because = why_not(downloader, shop.wanted(OTHER), place)
    assert because.startswith("what came is not the file that was asked for: its checksum is ")
    assert list(place.parent.iterdir()) == []


def test_another_address_does_not_go_on_with_what_has_come(
    downloader: Downloader, shop: Shop, server: LocalServer, place: Path
) -> None:
    place.parent.mkdir()
    (place.parent / "M,T.safetensors.partial").write_bytes(b"of something else")
    get(downloader, Wanted(server.answers("/other", OTHER), hashlib.sha256(OTHER).hexdigest()), place)
    assert place.read_bytes() == OTHER


@pytest.mark.usefixtures("one_try")
@pytest.mark.parametrize("mark", [ETAG, 'W/"version one"'])
def test_a_file_without_a_published_checksum_goes_on_as_long_as_it_bears_the_same_mark(
    downloader: Downloader, shop: Shop, place: Path, mark: str
) -> None:
    shop.etag, shop.cut_after = mark, [2_000_000]
    why_not(downloader, Wanted(shop.url, None), place)
    assert get(downloader, Wanted(shop.url, None), place).sha256 == shop.wanted().sha256
    assert shop.starts[1] > 1_000_000


@pytest.mark.parametrize("marks", [(ETAG, '"version two"'), ('W/"version one"', 'W/"version two"')])
def test_parts_of_two_versions_are_never_put_together(
    downloader: Downloader, shop: Shop, place: Path, marks: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.etag, shop.cut_after = marks[0], [2_000_000]
    with monkeypatch.context() as patch:
        patch.setattr(download_module, "_MOST_TRIES", 1)
        why_not(downloader, Wanted(shop.url, None), place)
    shop.body, shop.etag = OTHER, marks[1]
    assert get(downloader, Wanted(shop.url, None), place).validator == marks[1]
    assert place.read_bytes() == OTHER
    assert lies_alone(place)


@pytest.mark.usefixtures("one_try")
def test_without_a_checksum_and_a_mark_everything_comes_again(downloader: Downloader, shop: Shop, place: Path) -> None:
    shop.etag, shop.cut_after = "", [2_000_000]
    why_not(downloader, Wanted(shop.url, None), place)
    shop.body = OTHER
    assert get(downloader, Wanted(shop.url, None), place).validator is None
    assert place.read_bytes() == OTHER
    assert shop.starts == [0, 0]


def test_without_a_checksum_the_size_must_be_known(downloader: Downloader, server: LocalServer, place: Path) -> None:
    url = server.plays("/x", lambda visit: (visit.begin({}), visit.wfile.write(b"abc")))
    assert why_not(downloader, Wanted(url, None), place) == (
        "the server does not say how large the file is, so nobody could tell whether all of it came"
    )


def test_more_than_the_file_has_is_not_the_file(downloader: Downloader, server: LocalServer, place: Path) -> None:
    url = server.answers("/x", b"abcdef", 206, {"Content-Range": "bytes 0-2/3"})
    assert why_not(downloader, Wanted(url, None), place) == "the server sent more than it says the file has"


def test_a_token_is_sent_for_a_file_that_is_not_open_to_all(
    downloader: Downloader, shop: Shop, server: LocalServer, place: Path, ledger: Ledger
) -> None:
    downloader.offer(shop.url, "to ask", Monitor(), token="hf_secret")
    downloader.download(shop.wanted(), place, "to test", Monitor(), token="hf_secret")
    assert [seen.headers.get("Authorization") for seen in server.seen] == ["Bearer hf_secret"] * 2
    assert "hf_secret" not in ledger.path.read_text()


@pytest.mark.parametrize(
    ("headers", "because"),
    [
        ({"Content-Range": "bytes 7-9/10"}, "the server sent another part than the one that was asked for"),
        ({}, "the server does not say which part of the file it sends"),
        ({"Content-Encoding": "gzip"}, "the server packs the file, so its parts cannot be told"),
    ],
)
def test_an_odd_answer_is_refused(
    downloader: Downloader, server: LocalServer, place: Path, headers: dict[str, str], because: str
) -> None:
    url = server.answers("/odd", b"abc", 206, headers)
    assert why_not(downloader, Wanted(url, "0" * 64), place) == because


def test_a_missing_file_is_told(downloader: Downloader, server: LocalServer, place: Path) -> None:
    assert why_not(downloader, Wanted(server.url + "/no", "0" * 64), place) == "the server answered 404 (not found)"


def test_offline_nothing_is_asked(ledger: Ledger, shop: Shop, server: LocalServer, place: Path) -> None:
    with Downloader(ledger, offline=True) as offline:
        assert why_not(offline, shop.wanted(), place) == "offline is switched on"
        with pytest.raises(InputProblem, match="offline is switched on"):
            offline.offer(shop.url, "to ask", Monitor())
    assert server.seen == []


def test_the_own_network_is_not_fetched_from_unless_allowed(ledger: Ledger, shop: Shop, place: Path) -> None:
    with Downloader(ledger) as strict:
        assert "is not fetched from unless allowed" in why_not(strict, shop.wanted(), place)


def test_a_disk_without_room_is_told_before_anything_comes(
    downloader: Downloader, server: LocalServer, place: Path
) -> None:
    url = server.plays("/huge", lambda visit: visit.begin({"Content-Length": str(1 << 60)}))
    with pytest.raises(StorageProblem, match="MB are free there"):
        get(downloader, Wanted(url, "0" * 64), place)


def test_a_place_that_cannot_be_written_is_told(downloader: Downloader, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageProblem, match="it cannot be written"):
        get(downloader, shop.wanted(), tmp_path / "file" / "w.safetensors")
