"""A table as a source: links and names, digests and hashes, near and far away, whole and damaged."""

import gzip
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.images.forms import Form
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching.thresholds import REACH
from indexer.net.network import Network
from indexer.sources.base import Mention, Query, Rendition, RowId, Source
from indexer.sources.provenance import FORMAT, FileRead, Provenance, write_provenance
from indexer.sources.table_source import TableChoice, TableSource
from indexer.tables.shelf import OPEN_AT_ONCE
from tests.contracts.remote_source_contract import RemoteSourceContract
from tests.contracts.source_contract import SourceContract
from tests.helpers.monitors import stop_after
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.published_tables import COMMON_CATALOG, COYO, DATACOMP, Entry, Published
from tests.helpers.queries import query_of
from tests.helpers.server import LocalServer

WORK = as_bytes(draw(1), "JPEG")
LUNA = Finder(Person(names=("Luna Vale", "flickr:lunavale"), sites=("https://lunavale.art",)))


def entry_of(number: int, **said: Any) -> Entry:
    data = said.pop("data", f"file {number}".encode())
    return Entry(f"https://cdn.example.com/{number}.jpg", number=number, data=data, **said)


def hash_of(query: Query, bits: int = 0) -> str:
    """The work's pHash with so many bits changed, half of them ones, so that 32 are left."""
    value = query.fingerprints.phash[0]
    ones = [bit for bit in range(64) if value >> bit & 1][: bits // 2]
    noughts = [bit for bit in range(64) if not value >> bit & 1][: bits // 2]
    return f"{value ^ sum(1 << bit for bit in (*ones, *noughts)):016x}"


def open_source(place: Path | str, published: Published, network: Network | None = None) -> TableSource:
    return TableSource(TableChoice(str(place), (place,), published.name, "1"), network, Monitor())


def mentions_of(source: Source, finder: Finder = LUNA, *lanes: Lane) -> list[Mention]:
    return list(source.mentions(finder, lanes or (Lane.LOCATION, Lane.ATTRIBUTION), Monitor()))


def found(source: Source, query: Query, lane: Lane) -> list[tuple[str, Kind, float]]:
    return [
        (source.facts(one.row).row_key, one.kind, one.distance)
        for one in source.search([query], [lane], REACH, Monitor())
    ]


CATALOG_ENTRIES = [
    entry_of(1),
    entry_of(2, data=WORK, text="An owl"),
    entry_of(3, account="lunavale"),
    replace(entry_of(4), url="https://www.lunavale.art/owl.jpg", text="An owl by Luna Vale"),
]


class TestTheContractOfATable(SourceContract):
    """CommonCatalog has addresses, titles, accounts and digests."""

    lanes = (Lane.EXACT, Lane.LOCATION, Lane.ATTRIBUTION)
    finder = LUNA

    @classmethod
    def fill(cls) -> None:
        cls.place = COMMON_CATALOG.write(cls.room, CATALOG_ENTRIES)
        cls.work = query_of(WORK)

    @classmethod
    def make_any(cls) -> Source:
        return open_source(cls.place, COMMON_CATALOG)


class TestTheContractOfATableOfHashes(SourceContract):
    """COYO has addresses, texts and perceptual hashes."""

    lanes = (Lane.PERCEPTUAL, Lane.LOCATION, Lane.ATTRIBUTION)
    finder = LUNA

    @classmethod
    def fill(cls) -> None:
        cls.work = query_of(WORK)
        entries = [replace(one, phash=hash_of(cls.work, 4) if one.number == 2 else "f0" * 8) for one in CATALOG_ENTRIES]
        cls.place = COYO.write(cls.room, entries)

    @classmethod
    def make_any(cls) -> Source:
        return open_source(cls.place, COYO)


class TestTheContractOfATableFarAway(RemoteSourceContract):
    """DataComp's files on a server, the first so large that opening it does not fetch all of it."""

    lanes = (Lane.EXACT, Lane.LOCATION, Lane.ATTRIBUTION)
    finder = LUNA

    @classmethod
    def serve(cls) -> LocalServer:
        folder = cls.room / "served"
        if not folder.exists():
            folder.mkdir()
            letters = Random(1)
            padding = [entry_of(number, text=f"{letters.getrandbits(400_000):x}") for number in range(10, 50)]
            DATACOMP.write(folder, [*padding, *CATALOG_ENTRIES[1:]])
            cls.work = query_of(WORK)
        return LocalServer(folder)

    @classmethod
    def open_at(cls, server: LocalServer, network: Network) -> Source:
        addresses = [f"{server.url}/metadata/0000000{number}.parquet" for number in (0, 1)]
        return TableSource(TableChoice("far", tuple(addresses), "DataComp", "1"), network, Monitor())


def write_links(folder: Path, *files: Sequence[str]) -> Path:
    """A folder of files with an address a row."""
    folder.mkdir(exist_ok=True)
    for number, addresses in enumerate(files):
        table = pa.table({"URL": pa.array(addresses, pa.string()), "TEXT": ["words"] * len(addresses)})
        pq.write_table(table, folder / f"part-{number:03}.parquet")
    return folder


def open_links(place: Path | str) -> TableSource:
    return TableSource(TableChoice("links", (place,), "Links", "1"), None, Monitor())


OWN = "https://lunavale.art/{}.jpg"


def test_rows_of_several_files_are_named_by_their_file(tmp_path: Path) -> None:
    source = open_links(write_links(tmp_path / "set", ["x"], ["y", OWN.format(1)], [OWN.format(2)]))
    assert [source.facts(one.row).row_key for one in mentions_of(source)] == [
        "Links:part-001.parquet#1",
        "Links:part-002.parquet#0",
    ]
    assert source.describe().rows == 4
    source.close()


def test_a_damaged_file_in_the_middle_leaves_the_others_and_is_told(tmp_path: Path) -> None:
    folder = write_links(
        tmp_path / "set", [OWN.format(1)], [OWN.format(number) for number in range(99)], [OWN.format(2)]
    )
    place = folder / "part-001.parquet"
    data = bytearray(place.read_bytes())
    data[4:200] = bytes(196)
    place.write_bytes(data)
    source = open_links(folder)
    assert source.why_not_whole(Lane.LOCATION) is None
    assert [source.facts(one.row).row for one in mentions_of(source)] == [
        "part-000.parquet row 0",
        "part-002.parquet row 0",
    ]
    because = source.why_not_whole(Lane.LOCATION) or ""
    assert because.startswith("1 of its 3 files could not be read to the end (part-001.parquet: ")
    source.close()


def test_a_file_without_the_columns_of_the_others_is_told_since_its_rows_were_not_looked_at(tmp_path: Path) -> None:
    query = query_of(draw(1))
    pq.write_table(pa.table({"url": ["https://a.test/1"], "sha256": ["0" * 64]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"URL": ["https://luna.test/2"], "SHA256": [query.digests.sha256]}), tmp_path / "b.parquet")
    pq.write_table(pa.table({"note": pa.array([], pa.string())}), tmp_path / "c.parquet")
    with closing(TableSource(TableChoice("set", (tmp_path,), "set"), None, Monitor())) as source:
        assert list(source.search([query], [Lane.EXACT], REACH, Monitor())) == []
        assert list(source.mentions(Finder(Person(sites=("luna.test",))), [Lane.LOCATION], Monitor())) == []
        for lane, column in ((Lane.EXACT, "sha256"), (Lane.LOCATION, "url"), (Lane.ATTRIBUTION, "url")):
            assert source.why_not_whole(lane) == (
                f"1 of its 3 files could not be read to the end (b.parquet: it has no column called {column})"
            )


def test_a_file_that_cannot_be_opened_leaves_the_others_and_is_told(tmp_path: Path) -> None:
    folder = write_links(tmp_path / "set", [OWN.format(1)], [OWN.format(2)])
    (folder / "part-000.parquet").write_bytes(b"PAR1 and no more")
    source = open_links(folder)
    assert len(mentions_of(source)) == 1
    assert "part-000.parquet" in (source.why_not_whole(Lane.ATTRIBUTION) or "")
    source.close()


def test_when_no_file_can_be_opened_it_is_one_sentence(tmp_path: Path) -> None:
    folder = write_links(tmp_path / "set", ["x"], ["y"])
    for place in folder.iterdir():
        place.write_bytes(b"PAR1 and no more")
    with pytest.raises(SourceProblem, match="none of its 2 files can be read"):
        open_links(folder)


@pytest.mark.parametrize(
    ("content", "because"),
    [({}, "there is no table in it"), ({"notes.csv": "a,b\n1,2\n"}, "none of its columns is known")],
)
def test_a_folder_without_anything_to_search_is_one_sentence(
    tmp_path: Path, content: dict[str, str], because: str
) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SourceProblem, match=because):
        open_links(tmp_path)


def test_more_files_than_may_be_open_at_once(tmp_path: Path) -> None:
    source = open_links(write_links(tmp_path / "set", *([OWN.format(number)] for number in range(OPEN_AT_ONCE + 8))))
    rows = mentions_of(source)
    assert len(rows) == OPEN_AT_ONCE + 8
    assert source.facts(rows[0].row).url == OWN.format(0)
    source.close()


def test_a_file_that_changed_after_it_was_opened_is_told(tmp_path: Path) -> None:
    folder = write_links(tmp_path / "set", [OWN.format(1)])
    source = open_links(folder)
    assert source.health(Monitor()).words == "one row can be read, in one file"
    write_links(folder, [OWN.format(number) for number in range(5)])
    health = source.health(Monitor())
    assert not health.answers
    assert "has changed since it was opened" in health.words
    source.close()


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    folder = write_links(tmp_path / "set", [OWN.format(1)])
    source = open_links(folder)
    (folder / "part-000.parquet").unlink()
    assert not source.health(Monitor()).answers
    source.close()


def test_a_table_too_long_to_go_through_for_hashes_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.sources.table_source.MOST_ROWS", 3)
    source = open_source(DATACOMP.write(tmp_path, CATALOG_ENTRIES), DATACOMP)
    because = source.why_not(Lane.EXACT) or ""
    assert because.startswith("it lists 4 rows, too many to go through for each check; build an index of it first")
    assert source.why_not(Lane.LOCATION) is None, "links are gone through, however many"
    assert source.describe().rows_with == {}
    source.close()


def test_a_long_table_far_away_is_to_be_fetched_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.sources.table_source.MOST_ROWS", 3)
    DATACOMP.write(tmp_path, CATALOG_ENTRIES)
    network = Network(tmp_path / "sent.jsonl", allow_private_hosts=True)
    with LocalServer(tmp_path) as server:
        addresses = tuple(f"{server.url}/metadata/0000000{number}.parquet" for number in (0, 1))
        source = TableSource(TableChoice("far", addresses, "DataComp"), network, Monitor())
        assert "too many to fetch for each check; get the table first" in (source.why_not(Lane.LOCATION) or "")
        source.close()


def test_a_row_far_away_says_that_it_was_read_by_itself(tmp_path: Path) -> None:
    DATACOMP.write(tmp_path, CATALOG_ENTRIES)
    network = Network(tmp_path / "sent.jsonl", allow_private_hosts=True)
    with LocalServer(tmp_path) as server:
        addresses = tuple(f"{server.url}/metadata/0000000{number}.parquet" for number in (0, 1))
        source = TableSource(TableChoice("far", addresses, "DataComp"), network, Monitor())
        (facts, *_) = [source.facts(one.row) for one in mentions_of(source)]
        (note,) = facts.notes
        assert "was read from its server by itself" in note
        assert facts.row.startswith("00000001.parquet")
        assert f"“exhibit-a datasets seal {addresses[1]}” fetches the whole file and compares it" in note
        source.close()


def test_a_row_of_which_only_some_columns_were_fetched_says_so(tmp_path: Path) -> None:
    DATACOMP.write(tmp_path / "files", CATALOG_ENTRIES)
    published = "https://hub.example/datasets/mlfoundations/datacomp_pools/resolve/0123abc/metadata/00000000.parquet"
    files = {
        "metadata/00000000.parquet": FileRead(published, 900, "0" * 64, "1" * 64, ranges=((0, 300),)),
        "metadata/00000001.parquet": FileRead("https://hub.example/whole", 900, "0" * 64, "0" * 64, is_whole=True),
    }
    made = Provenance(FORMAT, "datacomp", "table", "x", "0123abc", ("url",), "2026-01-01T00:00:00Z", "p", files)
    write_provenance(tmp_path, made)
    source = TableSource(TableChoice("here", (tmp_path / "files",), "DataComp"), None, Monitor())
    first, last = source.facts(RowId("0")), source.facts(RowId(str(source.describe().rows - 1)))
    assert [f"“exhibit-a datasets seal {published}”" in note for note in first.notes] == [True]
    assert last.notes == ()
    source.close()


def test_an_equal_beginning_of_a_digest_is_not_an_equal_digest(tmp_path: Path) -> None:
    work = query_of(WORK)
    near = replace(entry_of(2), data=WORK)
    place = DATACOMP.write(tmp_path, [entry_of(1), near]) / "metadata/00000001.parquet"
    table = pq.read_table(place)
    value = work.digests.sha256[:16] + "0" * 48
    pq.write_table(table.set_column(table.schema.get_field_index("sha256"), "sha256", pa.array([value])), place)
    source = open_source(tmp_path, DATACOMP)
    assert found(source, work, Lane.EXACT) == []
    source.close()


def test_of_a_file_that_is_listed_thousands_of_times_the_rest_is_said(tmp_path: Path) -> None:
    work = query_of(WORK)
    pq.write_table(pa.table({"sha256": [work.digests.sha256] * 1003}), tmp_path / "a.parquet")
    with closing(TableSource(TableChoice("a table", (tmp_path,), "a table"), None, Monitor())) as source:
        assert len(list(source.search([work], [Lane.EXACT], REACH, Monitor()))) == 1000
        assert source.why_not_whole(Lane.EXACT) == (
            "of 3 rows the digest begins as that of a work, and the rest could not be compared "
            "(only the first 1,000 rows of one digest are compared)"
        )


def test_a_published_file_is_found_for_the_work_whose_master_has_other_bytes(tmp_path: Path) -> None:
    source = open_source(DATACOMP.write(tmp_path, [entry_of(1), entry_of(2, data=WORK)]), DATACOMP)
    published = Rendition(query_of(WORK).digests, "published")
    master = replace(query_of(WORK + b"\0"), renditions=(published,))
    (candidate,) = source.search([master], [Lane.EXACT], REACH, Monitor())
    assert candidate.rendition == published
    source.close()


def test_near_hashes_are_those_that_comparing_with_every_row_finds(tmp_path: Path) -> None:
    """At even distances, as hashes with 32 ones have; and none of a flat picture, however near."""
    work = query_of(WORK)
    entries = [entry_of(bits, phash=hash_of(work, bits)) for bits in range(0, 16, 2)]
    flat = f"{work.fingerprints.phash[0] ^ 1:016x}"
    source = open_source(COYO.write(tmp_path, [*entries, entry_of(99, phash=flat)]), COYO)
    upright = {row_key: distance for row_key, _, distance in found(source, work, Lane.PERCEPTUAL)}
    assert upright == {f"COYO-700M:id={bits}": bits for bits in range(0, REACH.phash_bits + 1, 2)}
    assert "the fingerprint of one row is that of a flat picture" in (source.caveat(Lane.PERCEPTUAL) or "")
    source.close()


def test_values_that_are_no_hashes_are_counted(tmp_path: Path) -> None:
    source = open_source(COYO.write(tmp_path, [entry_of(1, phash="no hash"), entry_of(2)]), COYO)
    found(source, query_of(WORK), Lane.PERCEPTUAL)
    assert "the fingerprint of one row is not of the form" in (source.caveat(Lane.PERCEPTUAL) or "")
    source.close()


def test_a_stop_while_hashes_are_read_leaves_them_to_be_read_again(tmp_path: Path) -> None:
    work = query_of(WORK)
    source = open_source(COYO.write(tmp_path, [entry_of(1, phash=hash_of(work)), entry_of(2)]), COYO)
    with pytest.raises(Cancelled):
        list(source.search([work], [Lane.PERCEPTUAL], REACH, stop_after(2)))
    assert len(found(source, work, Lane.PERCEPTUAL)) == 1
    source.close()


def test_packed_text_gives_its_rows_and_their_facts(tmp_path: Path) -> None:
    lines = "".join(f"{OWN.format(number) if number % 3 else 'https://a.test'}\tan owl\n" for number in range(30))
    (tmp_path / "links.tsv.gz").write_bytes(gzip.compress(lines.encode()))
    source = open_links(tmp_path / "links.tsv.gz")
    urls = [source.facts(one.row).url for one in mentions_of(source)]
    assert urls == [OWN.format(number) for number in range(30) if number % 3]
    source.close()


def test_a_work_in_another_form_is_found_where_it_is_nearer(tmp_path: Path) -> None:
    """Of a form only rows within `FORM_BITS` are proposed; of the work as it is those within the radius."""
    work = query_of(WORK)
    square = next(one for one in work.fingerprints.phash_forms if one.form is Form.SQUARE)
    as_square = replace(work, fingerprints=replace(work.fingerprints, phash=(square.phash,)))
    entries = [entry_of(bits, phash=hash_of(as_square, bits)) for bits in (0, 4, 6)]
    source = open_source(COYO.write(tmp_path, entries), COYO)
    candidates = [one for one in source.search([work], [Lane.PERCEPTUAL], REACH, Monitor()) if one.form is Form.SQUARE]
    assert {source.facts(one.row).row_key: one.distance for one in candidates} == {
        "COYO-700M:id=0": 0.0,
        "COYO-700M:id=4": 4.0,
    }
    source.close()


def test_a_work_that_is_too_plain_is_asked_in_no_form(tmp_path: Path) -> None:
    work = query_of(WORK)
    plain = replace(work, fingerprints=replace(work.fingerprints, contrast=1.0))
    entries = [entry_of(1, phash=f"{work.fingerprints.phash_forms[0].phash:016x}")]
    source = open_source(COYO.write(tmp_path, entries), COYO)
    assert not [one for one in source.search([plain], [Lane.PERCEPTUAL], REACH, Monitor()) if one.form]
    source.close()
