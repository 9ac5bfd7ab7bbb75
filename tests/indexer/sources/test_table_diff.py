"""What became of an artist's rows from one version of a data set to the next, and what cannot be said of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from indexer.core.errors import Cancelled, InputProblem, SourceProblem
from indexer.core.progress import Monitor
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.net.network import Network
from indexer.sources.diff_contract import Change, DiffAsked, ListedAt, RowCompared, VersionsCompared
from indexer.sources.opening import SourceOptions
from indexer.sources.table_diff import compare_rows, compare_versions
from indexer.sources.table_versions import TableVersion, open_version
from tests.helpers.monitors import stop_after
from tests.helpers.published_tables import CC12M_HASHES, LAION_JOINED, RELAION, Entry, Published
from tests.helpers.server import LocalServer

LUNA = Finder(Person(("Luna Vale",), ("https://lunavale.art",)))
NOBODY = Finder(Person())

Rows = Sequence[tuple[str, str]]


class Versions:
    """Opens versions, and closes them in the end."""

    def __init__(self) -> None:
        self._closing: list[object] = []

    def open(self, folder: Path | str, network: Network | None = None) -> TableVersion:
        return open_version(str(folder), SourceOptions(network=network), self._closing.append, Monitor())

    def published(self, published: Published, folder: Path, *entries: Entry) -> TableVersion:
        published.write(folder, entries)
        return self.open(folder)

    def of_rows(self, folder: Path, *files: Rows) -> TableVersion:
        folder.mkdir(parents=True)
        for number, rows in enumerate(files):
            columns = {"URL": [url for url, _ in rows], "TEXT": [text for _, text in rows]}
            schema = pa.schema([("URL", pa.string()), ("TEXT", pa.string())])
            pq.write_table(pa.table(columns, schema), folder / f"part-{number}.parquet", row_group_size=3)
        return self.open(folder)

    def close(self) -> None:
        for close in self._closing:
            close()  # type: ignore[operator]


@pytest.fixture
def versions() -> Iterator[Versions]:
    made = Versions()
    yield made
    made.close()


def compared(old: TableVersion, new: TableVersion, finder: Finder = LUNA, addresses: Sequence[str] = ()):
    return list(compare_rows(old, new, finder, addresses, Monitor()))


def test_rows_of_mine_that_came_and_went_from_laion_to_re_laion(tmp_path: Path, versions: Versions) -> None:
    stays, goes = Entry("https://lunavale.art/1.jpg", "owl"), Entry("https://cdn.example.com/2.jpg", "by Luna Vale")
    comes, other = Entry("https://lunavale.art/3.jpg", "new"), Entry("https://cdn.example.com/4.jpg")
    old = versions.published(LAION_JOINED, tmp_path / "old", other, stays, goes)
    new = versions.published(RELAION, tmp_path / "new", other, comes, stays)
    (first, last), (same, _) = (sorted(place.name for place in (tmp_path / one).iterdir()) for one in ("old", "new"))
    assert compared(old, new) == [
        RowCompared(goes.url, goes.text, Change.WENT, ListedAt(last, 0, 1), None),
        RowCompared(stays.url, stays.text, Change.IN_BOTH, ListedAt(first, 1, 1), ListedAt(last, 0, 1)),
        RowCompared(comes.url, comes.text, Change.CAME, None, ListedAt(same, 1, 1)),
    ]


def test_an_address_that_is_still_listed_with_another_text_is_not_called_gone_without_saying_so(
    tmp_path: Path, versions: Versions
) -> None:
    url = "https://cdn.example.com/2.jpg"
    old = versions.of_rows(tmp_path / "old", [(url, "by Luna Vale")])
    new = versions.of_rows(tmp_path / "new", [(url, "a print")])
    (row,) = compared(old, new)
    assert (row.change, row.text, row.is_address_elsewhere) == (Change.WENT, "by Luna Vale", True)
    (back,) = compared(new, old)
    assert (back.change, back.is_address_elsewhere) == (Change.CAME, True)


def test_addresses_that_a_check_found_count_as_mine(tmp_path: Path, versions: Versions) -> None:
    old = versions.of_rows(tmp_path / "old", [("https://a.example/1", "x"), ("https://a.example/2", "y")])
    new = versions.of_rows(tmp_path / "new", [("https://a.example/2", "y")])
    assert [row.change for row in compared(old, new, NOBODY, ["https://a.example/1"])] == [Change.WENT]


def test_a_row_that_is_listed_several_times_says_so(tmp_path: Path, versions: Versions) -> None:
    mine = ("https://lunavale.art/1.jpg", "owl")
    old = versions.of_rows(tmp_path / "old", [mine, ("x", ""), mine], [mine])
    new = versions.of_rows(tmp_path / "new", [mine])
    (row,) = compared(old, new)
    assert row.old == ListedAt("part-0.parquet", 0, 3)
    assert row.new == ListedAt("part-0.parquet", 0, 1)


def test_of_what_could_not_be_read_nothing_is_claimed(tmp_path: Path, versions: Versions) -> None:
    goes, stays = ("https://lunavale.art/1.jpg", "owl"), ("https://lunavale.art/2.jpg", "fox")
    old = versions.of_rows(tmp_path / "old", [goes, stays])
    versions.of_rows(tmp_path / "new", [stays], [("a", "1" * 50)] * 9)
    place = tmp_path / "new" / "part-1.parquet"
    data = bytearray(place.read_bytes())
    data[4:40] = bytes(36)
    place.write_bytes(data)
    (tmp_path / "new" / "part-2.parquet").write_bytes(b"PAR1 cut short")
    new = versions.open(tmp_path / "new")
    assert {row.address: row.change for row in compared(old, new)} == {
        goes[0]: Change.UNKNOWN,
        stays[0]: Change.IN_BOTH,
    }
    assert {one.path for one in new.unread} == {"part-1.parquet", "part-2.parquet"}
    assert {row.address: row.change for row in compared(new, old)} == {
        goes[0]: Change.UNKNOWN,
        stays[0]: Change.IN_BOTH,
    }, "what an unread older version listed is not known either"


def test_a_file_without_the_keys_columns_is_one_that_was_not_read(tmp_path: Path, versions: Versions) -> None:
    mine = ("https://lunavale.art/1.jpg", "owl")
    old = versions.of_rows(tmp_path / "old", [mine])
    versions.of_rows(tmp_path / "new", [("a", "")])
    pq.write_table(pa.table({"URL": [mine[0]]}), tmp_path / "new" / "part-1.parquet")
    new = versions.open(tmp_path / "new")
    (row,) = compared(old, new)
    assert (row.change, row.is_address_elsewhere) == (Change.UNKNOWN, False)
    assert [one.because for one in new.unread] == ["it has no column TEXT, by which its rows would be known again"]


ADDRESSES = st.sampled_from(["https://lunavale.art/1", "https://lunavale.art/2", "https://a.example/3", ""])
TEXTS = st.sampled_from(["", "x", "by Luna Vale"])
ROWS = st.lists(st.tuples(ADDRESSES, TEXTS), max_size=8)


@settings(max_examples=20, deadline=None)
@given(old=ROWS, new=ROWS)
def test_it_tells_what_two_sets_of_rows_would(tmp_path_factory: pytest.TempPathFactory, old: Rows, new: Rows) -> None:
    folder, versions = tmp_path_factory.mktemp("versions"), Versions()
    first, second = versions.of_rows(folder / "old", old[:5], old[5:]), versions.of_rows(folder / "new", new)
    told = {(row.address, row.text): row for row in compared(first, second)}
    mine = {row for row in (*old, *new) if "lunavale" in row[0] or "Luna Vale" in row[1]}
    assert set(told) == mine
    for key, row in told.items():
        assert (row.old.times if row.old else 0, row.new.times if row.new else 0) == (old.count(key), new.count(key))
        assert (row.change is Change.CAME, row.change is Change.WENT) == (key not in old, key not in new)
        lacking = new if key not in new else old
        other_text = row.change is not Change.IN_BOTH and bool(key[0]) and any(key[0] == one[0] for one in lacking)
        assert row.is_address_elsewhere == other_text
    versions.close()


def test_versions_without_anything_in_common_are_not_compared(tmp_path: Path, versions: Versions) -> None:
    old = versions.published(LAION_JOINED, tmp_path / "old", Entry("https://lunavale.art/1.jpg"))
    new = versions.published(CC12M_HASHES, tmp_path / "new", Entry("https://lunavale.art/1.jpg"))
    with pytest.raises(InputProblem, match="only one of them lists texts"):
        compared(old, new)


def test_what_is_no_table_of_links_is_not_compared(tmp_path: Path, versions: Versions) -> None:
    (tmp_path / "hashes.csv").write_text("sha256,width\n" + "0" * 64 + ",3\n")
    with pytest.raises(SourceProblem, match="it lists no addresses"):
        versions.open(tmp_path / "hashes.csv")


def asked(tmp_path: Path, **more: object) -> DiffAsked:
    options = {"names": ("Luna Vale",), "sites": (), "addresses": ()} | more
    places = {"registry": tmp_path / "registry.json", "ledger": tmp_path / "sent.jsonl"}
    return DiffAsked(str(tmp_path / "old"), str(tmp_path / "new"), **options, **places)  # type: ignore[arg-type]


def test_nobody_is_looked_for_when_nobody_was_named(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="nobody is looked for: no site of yours was named"):
        list(compare_versions(asked(tmp_path, names=()), Monitor()))


def test_a_file_far_away_is_told_apart_by_its_servers_mark(tmp_path: Path, versions: Versions) -> None:
    RELAION.write(tmp_path / "new", [Entry("https://cdn.example.com/2.jpg", "by Luna Vale")])
    (place,) = (tmp_path / "new").iterdir()
    versions.of_rows(tmp_path / "old", [("https://cdn.example.com/2.jpg", "by Luna Vale")])
    with LocalServer(tmp_path / "new") as server:
        one = asked(tmp_path, allow_private_hosts=True)
        far = DiffAsked(one.old, f"{server.url}/{place.name}", one.names, (), (), one.registry, one.ledger,
                        allow_private_hosts=True)  # fmt: skip
        row, about = compare_versions(far, Monitor())
    assert isinstance(row, RowCompared)
    assert isinstance(about, VersionsCompared)
    assert row.change is Change.IN_BOTH
    (here,), (there,) = about.old.files, about.new.files
    assert (there.sha256, there.agrees, there.size) == (None, None, place.stat().st_size)
    assert there.server_mark == f'"{place.stat().st_mtime_ns:x}"'
    assert here.sha256 is not None
    assert here.server_mark is None


def test_a_stop_ends_it(tmp_path: Path, versions: Versions) -> None:
    for name in ("old", "new"):
        versions.of_rows(tmp_path / name, [("https://lunavale.art/1", "x")] * 9)
    with pytest.raises(Cancelled):
        list(compare_versions(asked(tmp_path), stop_after(3)))
