"""A file on another machine is read by parts, as if it lay here."""

import gzip
import io
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net import part_reader
from indexer.net.ledger import LedgerEntry
from indexer.net.network import Network
from indexer.net.remote_file import BLOCK_BYTES, RemoteFile, open_remote
from tests.helpers.monitors import StopWhen
from tests.helpers.server import LocalServer, Visit
from tests.indexer.net.conftest import PUBLIC, Internet, QuickPacing

SIZE = 20 * BLOCK_BYTES + 12_345
BODY = np.random.default_rng(7).bytes(SIZE)

Open = Callable[[str], RemoteFile]
Sent = Callable[[], list[LedgerEntry]]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "sent.jsonl", allow_private_hosts=True, pacing=QuickPacing())


@pytest.fixture
def remote(network: Network) -> Iterator[Open]:
    """Opens files, and closes them at the end."""
    opened: list[RemoteFile] = []

    def open_file(url: str) -> RemoteFile:
        opened.append(open_remote(url, network, "to read the table", Monitor()))
        return opened[-1]

    yield open_file
    for file in opened:
        file.close()


@pytest.fixture
def url(server: LocalServer) -> str:
    (server.folder / "table.bin").write_bytes(BODY)
    return server.url + "/table.bin"


def why_not(act: Callable[[], object]) -> str:
    with pytest.raises(InputProblem) as caught:
        act()
    return caught.value.because


def asked(server: LocalServer) -> list[str]:
    return [seen.headers.get("Range", "") for seen in server.seen]


def test_a_file_is_read_as_if_it_lay_here(remote: Open, url: str) -> None:
    with remote(url) as file:
        assert (file.size, file.name, file.tell()) == (SIZE, url, 0)
        assert (file.readable(), file.seekable(), file.writable()) == (True, True, False)
        assert file.read(10) == BODY[:10]
        assert file.seek(-10, io.SEEK_END) == SIZE - 10
        assert file.read(100) == BODY[-10:]
        assert file.read(100) == b""
        file.seek(3)
        file.seek(4, io.SEEK_CUR)
        assert (file.read(2), file.tell()) == (BODY[7:9], 9)
        file.seek(0)
        assert file.readall() == BODY
        file.seek(SIZE + 5)
        assert file.read() == b""
        with pytest.raises(ValueError, match="before the beginning"):
            file.seek(-1)


def test_only_what_is_asked_for_travels_and_it_is_remembered(remote: Open, url: str, server: LocalServer) -> None:
    file = remote(url)
    assert file.ranges_read == ((0, BLOCK_BYTES),)
    start = 10 * BLOCK_BYTES
    assert file.read_whole_range(start + 5, start + 10) == BODY[start + 5 : start + 10]
    assert file.ranges_read == ((0, BLOCK_BYTES), (start, start + BLOCK_BYTES))
    file.read_whole_range(start - 1, start)
    assert file.ranges_read == ((0, BLOCK_BYTES), (start - BLOCK_BYTES, start + BLOCK_BYTES))
    assert asked(server)[1] == f"bytes={start}-{start + BLOCK_BYTES - 1}"
    assert sum(end - first for first, end in file.ranges_read) == 3 * BLOCK_BYTES


def test_what_is_here_is_not_asked_for_again(remote: Open, url: str, server: LocalServer) -> None:
    file = remote(url)
    for _ in range(3):
        for at in (0, 100, 3 * BLOCK_BYTES):
            assert file.read_whole_range(at, at + 9) == BODY[at : at + 9]
    assert len(server.seen) == 2


def test_whoever_reads_on_and_on_is_given_ever_larger_parts(remote: Open, url: str, server: LocalServer) -> None:
    file = remote(url)
    pieces = iter(lambda: file.read(50_000), b"")
    assert b"".join(pieces) == BODY
    blocks = [round(int(seen.headers["Range"].split("-")[1]) / BLOCK_BYTES) for seen in server.seen]
    assert blocks == [1, 3, 7, 15, 20]


def test_a_large_piece_comes_in_one_request_and_does_not_stay(remote: Open, url: str, server: LocalServer) -> None:
    file = remote(url)
    assert file.read_whole_range(1, SIZE) == BODY[1:]
    assert asked(server)[1:] == [f"bytes={BLOCK_BYTES}-{SIZE - 1}"]
    assert file.ranges_read == ((0, SIZE),)
    assert len(file._blocks) == 1


def test_a_very_large_piece_comes_in_several_requests(
    remote: Open, url: str, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_reader, "MOST_PART_BYTES", 2_000_000)
    assert remote(url).read_whole_range(0, SIZE) == BODY
    assert len(server.seen) == 1 + 3


def test_little_is_kept_however_much_is_read(remote: Open, server: LocalServer) -> None:
    body = np.random.default_rng(8).bytes(50 * BLOCK_BYTES)
    (server.folder / "long.bin").write_bytes(body)
    file = remote(server.url + "/long.bin")
    assert b"".join(iter(lambda: file.read(100_000), b"")) == body
    assert len(file._blocks) <= 32


def test_a_range_that_the_file_has_not_is_a_mistake_of_the_caller(remote: Open, url: str) -> None:
    for start, end in ((-1, 5), (5, 4), (0, SIZE + 1)):
        with pytest.raises(ValueError, match=f"of a file of {SIZE}"):
            remote(url).read_whole_range(start, end)


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], RemoteFile]]:
    """Opens the same file anew."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "table.bin").write_bytes(BODY)
    network = Network(folder / "sent.jsonl", allow_private_hosts=True)
    with LocalServer(folder) as server:
        yield lambda: open_remote(f"{server.url}/table.bin", network, "to test", Monitor())


@settings(max_examples=60, deadline=None)  # each opens the file over HTTP, on a machine that may be busy
@given(st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)), min_size=1, max_size=6))
def test_every_way_of_reading_gives_the_bytes_of_the_file(
    long_file: Callable[[], RemoteFile], ranges: list[tuple[int, int]]
) -> None:
    with long_file() as file:
        for start, end in map(sorted, ranges):
            assert file.read_whole_range(start, end) == BODY[start:end]
        read = file.ranges_read
    assert all(first < end for first, end in read)
    assert all(one[1] < other[0] for one, other in pairwise(read))


@pytest.fixture
def table(server: LocalServer) -> pa.Table:
    """Half a million rows in a file of the server, in ten row groups."""
    rng = np.random.default_rng(9)
    rows = 200_000
    made = pa.table({"hash": rng.integers(0, 2**63, rows), "weight": rng.random(rows), "row": np.arange(rows)})
    pq.write_table(made, server.folder / "rows.parquet", row_group_size=20_000)
    return made


@pytest.mark.parametrize("pre_buffer", [False, True])
def test_one_column_of_a_parquet_file_is_read_and_little_else_travels(
    remote: Open, server: LocalServer, table: pa.Table, pre_buffer: bool
) -> None:
    file = remote(f"{server.url}/rows.parquet")
    parquet = pq.ParquetFile(pa.PythonFile(file, mode="r"), pre_buffer=pre_buffer)
    assert parquet.metadata.num_rows == table.num_rows
    assert parquet.read(["hash"]).column("hash").combine_chunks() == table.column("hash").combine_chunks()
    travelled = sum(end - start for start, end in file.ranges_read)
    assert travelled <= file.size
    group = parquet.read_row_group(7, ["row"])
    assert pc.min_max(group["row"]).as_py() == {"min": 140_000, "max": 159_999}


def test_batches_of_a_parquet_file_come_through_threads(remote: Open, server: LocalServer, table: pa.Table) -> None:
    file = remote(f"{server.url}/rows.parquet")
    batches = pq.ParquetFile(pa.PythonFile(file, mode="r"), pre_buffer=True).iter_batches(5000, use_threads=True)
    assert pa.Table.from_batches(batches) == table


def test_a_packed_text_is_read_line_by_line(remote: Open, server: LocalServer) -> None:
    lines = [f"{number},https://art.example/{number}.png" for number in range(200_000)]
    (server.folder / "links.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    with gzip.open(remote(f"{server.url}/links.csv.gz"), "rt", encoding="utf-8") as text:
        assert [line.rstrip("\n") for line in text] == lines


def test_several_threads_may_read(remote: Open, url: str) -> None:
    file = remote(url)
    starts = np.random.default_rng(1).integers(0, SIZE - 1000, 60).tolist()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda start: file.read_whole_range(start, start + 1000), starts)) == [
            BODY[start : start + 1000] for start in starts
        ]


def test_an_empty_file_is_a_file(remote: Open, server: LocalServer) -> None:
    (server.folder / "empty").write_bytes(b"")
    for url in (f"{server.url}/empty", server.answers("/none", b"")):
        file = remote(url)
        assert (file.size, file.read(), file.ranges_read, file.read_whole_range(0, 0)) == (0, b"", (), b"")


def test_a_small_file_is_read_in_one_request(remote: Open, server: LocalServer) -> None:
    (server.folder / "small").write_bytes(b"small")
    assert remote(f"{server.url}/small").read() == b"small"
    assert len(server.seen) == 1


def test_a_server_that_knows_no_parts_is_refused_before_it_has_sent_the_whole(
    remote: Open, url: str, server: LocalServer, sent: Sent
) -> None:
    server.knows_ranges = False
    because = "the server does not send parts of a file, so the file would have to be downloaded whole"
    assert why_not(lambda: remote(url)) == because
    (entry,) = sent()
    assert entry.outcome is not None
    assert entry.outcome.bytes_received < SIZE // 2


def test_a_server_that_forgets_what_parts_are_is_refused(remote: Open, url: str, server: LocalServer) -> None:
    file = remote(url)
    server.knows_ranges = False
    assert "does not send parts" in why_not(lambda: file.read(2 * BLOCK_BYTES))


@pytest.mark.parametrize(
    ("status", "headers", "because"),
    [
        (206, {"Content-Range": "bytes 1-3/10"}, "the server sent another part than the one that was asked for"),
        (206, {"Content-Range": "bytes 0-2/*"}, "the server does not say how large the file is"),
        (206, {"Content-Range": "bytes 0-999999999/1000000000"}, "the server sent another part than the one that"),
        (206, {"Content-Range": "bytes 2-1/10"}, "the server does not say which part of the file it sends"),
        (206, {}, "the server does not say which part of the file it sends"),
        (206, {"Content-Range": "bytes 0-2/3", "Content-Encoding": "gzip"}, "the server packs the file"),
        (416, {"Content-Range": "bytes */10"}, "the server does not send parts of a file"),
        (404, {}, "the server answered 404 (not found)"),
        (403, {}, "the server answered 403 (forbidden)"),
    ],
)
def test_an_odd_answer_is_refused(
    remote: Open, server: LocalServer, status: int, headers: dict[str, str], because: str
) -> None:
    assert why_not(lambda: remote(server.answers("/odd", b"abc", status, headers))).startswith(because)


def test_a_part_of_the_wrong_length_is_refused(remote: Open, server: LocalServer) -> None:
    headers = {"Content-Range": "bytes 0-9/10"}
    assert why_not(lambda: remote(server.answers("/short", b"", 206, headers))) == (
        "the answer broke off before it was complete"
    )
    assert remote(server.answers("/long", b"abcdefghijklmn", 206, headers)).read() == b"abcdefghij"


def test_a_file_that_was_changed_meanwhile_is_noticed(remote: Open, url: str, server: LocalServer) -> None:
    file = remote(url)
    place = server.folder / "table.bin"
    place.write_bytes(bytes(reversed(BODY)))
    os.utime(place, ns=(1, 1))
    assert why_not(lambda: file.read(2 * BLOCK_BYTES)) == "the file there was changed after it was opened"
    assert server.seen[-1].headers["If-Range"] == file.validator
    assert file.read_whole_range(0, 5) == BODY[:5], "what is here already is still of the version that was opened"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, {"Last-Modified": "Thu, 22 Oct 2015 07:28:00 GMT"}),
        ({"ETag": 'W/"one"'}, {"ETag": 'W/"two"'}),
        ({"ETag": '"one"'}, {"ETag": '"two"'}),
        ({}, {}),
    ],
)
def test_a_change_is_noticed_by_whatever_mark_there_is(
    remote: Open, server: LocalServer, first: dict[str, str], then: dict[str, str]
) -> None:
    """The last has no mark at all, and tells by its size."""
    versions = [(BODY, first), (BODY + b"x", then)]

    def script(visit: Visit) -> None:
        body, headers = versions.pop(0)
        start, end = map(int, visit.headers["Range"].removeprefix("bytes=").split("-"))
        headers = headers | {"Content-Range": f"bytes {start}-{end}/{len(body)}"}
        visit.answer(body[start : end + 1], 206, headers)

    file = remote(server.plays("/x", script))
    assert file.validator == next(iter(first.values()), None)
    assert why_not(lambda: file.read(2 * BLOCK_BYTES)) == "the file there was changed after it was opened"


def cut(server: LocalServer, after: list[int]) -> str:
    """The file on a server whose connection breaks after so many bytes, once for each number."""

    def script(visit: Visit) -> None:
        start, end = map(int, visit.headers["Range"].removeprefix("bytes=").split("-"))
        end = min(end + 1, SIZE)
        visit.begin({"Content-Length": str(end - start), "Content-Range": f"bytes {start}-{end - 1}/{SIZE}"}, 206)
        much = after.pop(0) if after else SIZE
        visit.wfile.write(BODY[start : min(end, start + much)])
        visit.close_connection = True

    return server.plays("/cut", script)


def test_a_broken_connection_is_taken_up_where_it_broke(remote: Open, server: LocalServer) -> None:
    file = remote(cut(server, [100_000, SIZE, 1_000_000, 700_000]))
    assert file.readall() == BODY
    starts = [int(part.removeprefix("bytes=").split("-")[0]) for part in asked(server)]
    assert (starts[0], starts[2], len(starts)) == (0, BLOCK_BYTES, 5)
    assert 0 < starts[1] <= 100_000
    assert BLOCK_BYTES < starts[3] <= BLOCK_BYTES + 1_000_000
    assert starts[3] < starts[4] <= starts[3] + 700_000
    assert file.ranges_read == ((0, SIZE),)


def test_a_connection_that_breaks_again_and_again_is_given_up(remote: Open, server: LocalServer) -> None:
    file = remote(cut(server, [SIZE, *[70_000] * 99]))
    assert why_not(file.readall) == "the answer broke off before it was complete"
    assert len(server.seen) == 1 + 5


def test_a_server_that_goes_away_is_told(remote: Open, url: str, server: LocalServer) -> None:
    file = remote(url)
    server.close()
    assert "the server" in why_not(file.readall)


def test_the_place_that_a_hub_leads_to_is_asked_directly_and_the_way_again_when_it_is_closed(
    remote: Open, url: str, server: LocalServer
) -> None:
    way = [url]
    hub = server.plays("/resolve", lambda visit: visit.answer(status=302, headers={"Location": way[0]}))
    file = remote(hub)
    assert (file.name, file.final_url) == (hub, url)
    file.read_whole_range(5 * BLOCK_BYTES, 5 * BLOCK_BYTES + 1)
    assert [seen.path for seen in server.seen] == ["/resolve", "/table.bin", "/table.bin"]
    server.answers("/table.bin", b"Request has expired", 403)
    (server.folder / "again.bin").write_bytes(BODY)
    os.utime(server.folder / "again.bin", ns=(((server.folder / "table.bin").stat().st_mtime_ns),) * 2)
    way[0] = server.url + "/again.bin"
    assert file.read_whole_range(9 * BLOCK_BYTES, 9 * BLOCK_BYTES + 3) == BODY[9 * BLOCK_BYTES :][:3]
    assert [seen.path for seen in server.seen[3:]] == ["/table.bin", "/resolve", "/again.bin"]
    assert file.final_url == way[0]


def test_a_token_opens_what_is_closed_and_goes_to_no_other_host(
    network: Network, url: str, server: LocalServer
) -> None:
    with LocalServer() as hub:
        gate = hub.redirects("/resolve", url)
        with open_remote(gate, network, "to test", Monitor(), token="hf_secret") as file:
            file.readall()
        assert [seen.headers.get("Authorization") for seen in hub.seen] == ["Bearer hf_secret"]
    assert [seen.headers.get("Authorization") for seen in server.seen] == [None, None]
    assert "hf_secret" not in network.ledger.read_text()


def test_a_stop_takes_effect_in_the_middle_of_a_part(network: Network, server: LocalServer) -> None:
    dripping = threading.Event()

    def script(visit: Visit) -> None:
        start, end = map(int, visit.headers["Range"].removeprefix("bytes=").split("-"))
        visit.begin({"Content-Length": str(end + 1 - start), "Content-Range": f"bytes {start}-{end}/{SIZE}"}, 206)
        if start:
            dripping.set()
            visit.drip(BODY[start : end + 1], 0.01)
        else:
            visit.wfile.write(BODY[: end + 1])

    stop = StopWhen(lambda _: dripping.is_set())
    with open_remote(server.plays("/x", script), network, "to test", stop) as file:
        parquet = pa.PythonFile(file, mode="r")
        parquet.seek(BLOCK_BYTES)
        with pytest.raises(Cancelled):
            parquet.read(10)


def test_what_goes_wrong_comes_out_of_a_reader_of_tables_as_the_same_sentence(
    remote: Open, server: LocalServer, table: pa.Table
) -> None:
    parquet = pq.ParquetFile(pa.PythonFile(remote(f"{server.url}/rows.parquet"), mode="r"))
    server.knows_ranges = False
    assert "does not send parts" in why_not(lambda: parquet.read(["hash"]))


def test_a_busy_server_is_waited_for(network: Network, url: str, server: LocalServer) -> None:
    with open_remote(url, network, "to test", Monitor()) as file:

        def busy_once(visit: Visit) -> None:
            del server.scripts["/table.bin"]
            visit.answer(status=429, headers={"RateLimit": '"resolvers";r=0;t=240'})

        server.plays("/table.bin", busy_once)
        assert file.read_whole_range(SIZE - 3, SIZE) == BODY[-3:]
    assert network.pacing.now == pytest.approx(240)


def test_offline_nothing_is_opened(network: Network, server: LocalServer, internet: Internet) -> None:
    internet.names["art.example"] = [[PUBLIC]]
    offline = Network(network.ledger, offline=True, pacing=network.pacing)
    assert why_not(lambda: open_remote("http://art.example/t", offline, "to test", Monitor())) == (
        "offline is switched on"
    )
    assert (internet.asked, server.seen) == ([], [])


def test_it_can_be_closed_twice(remote: Open, url: str) -> None:
    file = remote(url)
    file.close()
    file.close()
    assert file.closed


def test_a_long_piece_that_begins_within_a_block_comes_whole(remote: Open, url: str) -> None:
    """As a reader of Parquet asks for a column of several megabytes."""
    start, end = BLOCK_BYTES + 5, SIZE - 7
    assert remote(url).read_whole_range(start, end) == BODY[start:end]
