"""An index of a table proposes rows by their hashes and digests, and reads what they say from the table."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.images.variants import Orientation
from indexer.index.manifest import read_manifest
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching.thresholds import REACH
from indexer.net.network import Network
from indexer.sources.base import Candidate, Query, Rendition, RowId, Source
from indexer.sources.table_index import TableIndexSource
from tests.contracts.source_contract import SourceContract
from tests.helpers.indexes import copy_index, sign_again
from tests.helpers.pictures import draw
from tests.helpers.queries import query_of
from tests.helpers.server import LocalServer
from tests.helpers.tables import build_table_index, coyo_rows, digests_of, proper_codes, save_coyo

WORK = draw(1)
CODES = proper_codes(400, 5)
PLANTED = {37: 0, 150: 4, 399: 10, 200: 12}
"""Rows that hold the work's pHash with so many bits changed."""


def changed(code: int, bits: int) -> int:
    """As many ones as zeros are turned, so that 32 stay."""
    ones = [bit for bit in range(63) if code >> bit & 1][: bits // 2]
    zeros = [bit for bit in range(63) if not code >> bit & 1][: bits // 2]
    for bit in (*ones, *zeros):
        code ^= 1 << bit
    return code


def save_set(folder: Path) -> Path:
    """Two files: COYO's columns, digests beside them; the work's hash and digests are planted."""
    query = query_of(WORK)
    codes = CODES.copy()
    for row, bits in PLANTED.items():
        codes[row] = changed(query.fingerprints.phash[0], bits)
    sha256, md5, pixels = digests_of(range(400)), digests_of(range(400), "md5"), digests_of(range(1000, 1400), "md5")
    sha256[250], md5[250], pixels[251] = query.digests.sha256, query.digests.md5.upper(), PIXELS
    sha256[252] = query.digests.sha256[:16] + "0" * 48
    url, text = ([f"{before}{row}" for row in range(400)] for before in ("https://pictures.test/", "picture number "))
    url[7], text[8] = "https://luna.test/7.jpg", "harbour at night, by Luna Vega"
    table = coyo_rows(codes, sha256=sha256, md5=md5, pixel_hash=pixels, url=url, text=text)
    folder.mkdir()
    for number, part in enumerate((table.slice(0, 200), table.slice(200))):
        pq.write_table(part, folder / f"part-{number}.parquet", row_group_size=64)
    return folder


ARTIST = Person(names=("Luna Vega",), sites=("luna.test",))
PIXELS = hashlib.md5(b"pixels").hexdigest()


class TestTableIndexSource(SourceContract):
    lanes = (Lane.EXACT, Lane.PERCEPTUAL, Lane.LOCATION, Lane.ATTRIBUTION)
    finder = Finder(ARTIST)

    @classmethod
    def fill(cls) -> None:
        build_table_index(save_set(cls.room / "data"), cls.room / "index")
        cls.work = query_of(WORK)

    @classmethod
    def make_any(cls) -> Source:
        return TableIndexSource(cls.room / "index", "a table")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables. Not to be changed."""
    return save_set(tmp_path_factory.mktemp("table") / "data")


@pytest.fixture(scope="module")
def index(data: Path) -> Path:
    """Not to be changed."""
    out = data.with_name("index")
    build_table_index(data, out, dataset="A set", version="3")
    return out


@pytest.fixture
def source(index: Path) -> Iterator[TableIndexSource]:
    with closing(TableIndexSource(index, "a table")) as opened:
        yield opened


@pytest.fixture(scope="module")
def work() -> Query:
    return query_of(WORK)


def ask(source: Source, queries: Query | Sequence[Query], lane: Lane, phash_bits: int = 10) -> list[Candidate]:
    batch = [queries] if isinstance(queries, Query) else queries
    return list(source.search(batch, [lane], replace(REACH, phash_bits=phash_bits), Monitor()))


def rows(candidates: Sequence[Candidate]) -> dict[int, float]:
    return {int(one.row): one.distance for one in candidates}


def test_it_says_what_it_is(source: TableIndexSource, index: Path) -> None:
    about = source.describe()
    assert (about.name, about.dataset, about.version, about.rows) == ("a table", "A set", "3", 400)
    assert about.identity == read_manifest(index).identity
    assert about.rows_with == dict.fromkeys([Kind.SHA256, Kind.MD5, Kind.PIXEL_HASH, Kind.PHASH], 400)


def test_near_hashes_are_proposed_with_their_distance(source: TableIndexSource, work: Query) -> None:
    found = ask(source, work, Lane.PERCEPTUAL)
    assert rows(found) == {37: 0, 150: 4, 399: 10}
    assert {(one.kind, one.orientation, one.work) for one in found} == {(Kind.PHASH, Orientation.UPRIGHT, work.work)}


def test_an_odd_radius_reaches_as_far_as_the_even_one_below_it(source: TableIndexSource, work: Query) -> None:
    """Codes with 32 ones each differ by an even number of bits (`datasets.md` §2.3)."""
    for radius in (3, 5, 11):
        assert ask(source, work, Lane.PERCEPTUAL, radius) == ask(source, work, Lane.PERCEPTUAL, radius - 1)
    assert all(distance % 2 == 0 for distance in rows(ask(source, work, Lane.PERCEPTUAL, 32)).values())


def test_a_hash_that_no_picture_has_is_not_asked_for(source: TableIndexSource, work: Query) -> None:
    flat = tuple(value ^ 1 for value in work.fingerprints.phash)
    plain = replace(work, fingerprints=replace(work.fingerprints, phash_other=flat[:1]))
    assert ask(source, plain, Lane.PERCEPTUAL, 11) == ask(source, work, Lane.PERCEPTUAL, 11)


def test_a_mirrored_work_is_found_in_its_orientation(source: TableIndexSource) -> None:
    from PIL import ImageOps

    found = ask(source, query_of(ImageOps.mirror(WORK)), Lane.PERCEPTUAL, 4)
    assert rows(found).keys() == {37, 150}
    assert {one.orientation for one in found} != {Orientation.UPRIGHT}


def test_equal_digests_are_proposed_once_the_whole_value_was_compared(source: TableIndexSource, work: Query) -> None:
    """Row 252 has the same first eight bytes and another end."""
    found = ask(source, work, Lane.EXACT)
    assert [(int(one.row), one.kind, one.distance) for one in found] == [(250, Kind.SHA256, 0), (250, Kind.MD5, 0)]
    assert source.why_not_whole(Lane.EXACT) is None


def test_of_a_file_that_is_listed_thousands_of_times_the_rest_is_said(tmp_path: Path, work: Query) -> None:
    pq.write_table(pa.table({"sha256": [work.digests.sha256] * 1003}), tmp_path / "a.parquet")
    build_table_index(tmp_path / "a.parquet", tmp_path / "index")
    with closing(TableIndexSource(tmp_path / "index", "a table")) as source:
        assert len(ask(source, work, Lane.EXACT)) == 1000
        assert source.why_not_whole(Lane.EXACT) == (
            "of 3 rows the digest begins as that of a work, and the rest could not be compared "
            "(only the first 1,000 rows of one digest are compared)"
        )


def test_equal_pixels_are_proposed(source: TableIndexSource, work: Query) -> None:
    found = ask(source, replace(query_of(draw(9)), pixel_hash=PIXELS), Lane.EXACT)
    assert [(int(one.row), one.kind) for one in found] == [(251, Kind.PIXEL_HASH)]


def test_published_files_are_asked_for_and_further_pages_are_not(source: TableIndexSource, work: Query) -> None:
    published = Rendition(work.digests, "published")
    master = replace(query_of(draw(9)), renditions=(published,))
    assert {one.rendition for one in ask(source, master, Lane.EXACT)} == {published}
    page = replace(work, fingerprints=replace(work.fingerprints, frame=2))
    assert ask(source, page, Lane.EXACT) == []


def test_facts_are_read_from_the_table(source: TableIndexSource, work: Query) -> None:
    facts = source.facts(RowId("250"))
    assert (facts.row, facts.url, facts.caption) == (
        "part-1.parquet row 50",
        "https://pictures.test/250",
        "picture number 250",
    )
    assert (facts.width, facts.height) == (400 + 250 % 9, 300 + 250 % 7)
    assert (facts.sha256, facts.md5) == (work.digests.sha256, work.digests.md5)
    assert facts.phash == int(CODES[250])
    assert (facts.frame, facts.local, facts.notes) == (1, None, ())


def test_links_and_names_are_looked_for_in_the_table(source: TableIndexSource) -> None:
    found = list(source.mentions(Finder(ARTIST), [Lane.LOCATION, Lane.ATTRIBUTION], Monitor()))
    assert [(int(one.row), one.hit.lane, one.hit.asked) for one in found] == [
        (7, Lane.LOCATION, "luna.test"),
        (8, Lane.ATTRIBUTION, "Luna Vega"),
    ]
    assert source.facts(RowId("7")).url == "https://luna.test/7.jpg"
    assert source.why_not_whole(Lane.LOCATION) is None


def test_an_index_says_where_its_answers_come_from(source: TableIndexSource) -> None:
    assert "inferred" in (source.inferred(Lane.PERCEPTUAL) or "")
    assert source.inferred(Lane.EXACT) is None
    health = source.health(Monitor())
    assert (health.answers, health.words) == (True, "its 400 rows can be searched here, and its table is at hand")


# When the table is not at hand


@pytest.fixture
def lonely(data: Path, index: Path, tmp_path: Path) -> Path:
    """An index that was given away: it does not say where its tables lie."""
    out = tmp_path / "shared"
    build_table_index(data, out, dataset="A set", version="3", shareable=True)
    return out


def test_without_the_table_a_row_has_its_number_and_says_why(lonely: Path, work: Query) -> None:
    with closing(TableIndexSource(lonely, "shared")) as source:
        assert rows(ask(source, work, Lane.PERCEPTUAL)) == {37: 0, 150: 4, 399: 10}
        facts = source.facts(RowId("250"))
        assert (facts.row, facts.row_key, facts.url) == ("part-1.parquet row 50", "A set:part-1.parquet#50", None)
        assert facts.notes == (
            "What this row says could not be read, because this index does not say where its table lies.",
        )
        assert "because this index does not say" in source.health(Monitor()).words


def test_without_the_table_equal_beginnings_are_said_and_not_proposed(lonely: Path, work: Query) -> None:
    with closing(TableIndexSource(lonely, "shared")) as source:
        assert ask(source, work, Lane.EXACT) == []
        assert source.why_not_whole(Lane.EXACT) == (
            "of 2 rows the digest begins as that of a work, and the rest could not be compared (this index does not "
            "say where its table lies)"
        )


def test_without_the_table_links_and_names_are_not_searched(lonely: Path) -> None:
    with closing(TableIndexSource(lonely, "shared")) as source:
        for lane in (Lane.LOCATION, Lane.ATTRIBUTION):
            assert source.why_not(lane) == ("its table is not at hand (this index does not say where its table lies)")


def test_a_file_of_several_that_is_gone_is_said(data: Path, lonely: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "some")
    (tmp_path / "some" / "part-1.parquet").unlink()
    with closing(TableIndexSource(lonely, "shared", tables=tmp_path / "some")) as source:
        found = list(source.mentions(Finder(ARTIST), [Lane.LOCATION], Monitor()))
        assert [int(one.row) for one in found] == [7]
        assert (source.why_not_whole(Lane.LOCATION) or "").startswith("1 of its 2 files could not be read to the end")


def test_a_file_without_the_links_of_the_others_is_told(tmp_path: Path) -> None:
    place = tmp_path / "data" / "part-0.csv"
    place.parent.mkdir()
    code = int(CODES[0])
    place.write_text(f"url,image_phash\nhttps://a.test/1,{code:016x}\n")
    place.with_name("part-1.csv").write_text(f"address,image_phash\nhttps://luna.test/2,{code:016x}\n")
    build_table_index(place.parent, tmp_path / "index")
    with closing(TableIndexSource(tmp_path / "index", "a table")) as source:
        assert list(source.mentions(Finder(ARTIST), [Lane.LOCATION], Monitor())) == []
        assert source.why_not_whole(Lane.LOCATION) == (
            "1 of its 2 files could not be read to the end (part-1.csv: it has no column called url)"
        )


def test_the_tables_may_be_given_as_they_lie_here(lonely: Path, data: Path, work: Query) -> None:
    with closing(TableIndexSource(lonely, "shared", tables=data)) as source:
        assert len(ask(source, work, Lane.EXACT)) == 2
        assert source.facts(RowId("3")).url == "https://pictures.test/3"


def test_a_table_that_changed_since_is_not_believed(data: Path, lonely: Path, tmp_path: Path, work: Query) -> None:
    other = tmp_path / "other"
    save_coyo(other, CODES, 2)
    for number, place in enumerate(sorted(other.iterdir())):
        place.rename(other / f"part-{number}.parquet")
    with closing(TableIndexSource(lonely, "shared", tables=other)) as source:
        assert ask(source, work, Lane.EXACT) == []
        assert "no longer the one that this index was built from" in source.facts(RowId("3")).notes[0]


def test_rows_in_another_order_do_not_lend_a_hit_their_address(tmp_path: Path, work: Query) -> None:
    """The file has the same name and the same size."""
    codes = CODES.copy()
    codes[37] = work.fingerprints.phash[0]
    lines = [f"https://pictures.test/{row:03d},{int(code):016x}\n" for row, code in enumerate(codes)]
    place = tmp_path / "data" / "list.csv"
    place.parent.mkdir()
    for order in (lines, lines[::-1]):
        place.write_text("url,image_phash\n" + "".join(order))
        if order is lines:
            build_table_index(place.parent, tmp_path / "index")
        with closing(TableIndexSource(tmp_path / "index", "a table")) as source:
            (found,) = ask(source, work, Lane.PERCEPTUAL)
            facts = source.facts(found.row)
            assert facts.url == ("https://pictures.test/037" if order is lines else None)
    assert "no longer the one that this index was built from" in facts.notes[0]


# When the table lies on another computer


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data) as serving:
        yield serving


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return Network(tmp_path_factory.mktemp("ledger") / "sent.jsonl", allow_private_hosts=True)


@pytest.fixture(scope="module")
def far(server: LocalServer, network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index built over ranges, that names the addresses of its tables. Not to be changed."""
    out = tmp_path_factory.mktemp("far") / "index"
    urls = [f"{server.url}/part-{number}.parquet" for number in range(2)]
    asked = {"ledger": network.ledger, "allow_private_hosts": True, "revision": "a1b2c3", "shareable": True}
    build_table_index(urls, out, dataset="A set", **asked)
    return out


def test_rows_of_a_table_far_away_are_read_by_ranges_and_say_so(far: Path, network: Network, work: Query) -> None:
    with closing(TableIndexSource(far, "far", network=network)) as source:
        assert [int(one.row) for one in ask(source, work, Lane.EXACT)] == [250, 250]
        facts = source.facts(RowId("250"))
    assert (facts.url, facts.sha256) == ("https://pictures.test/250", work.digests.sha256)
    read_alone, origin = facts.notes
    assert "was not downloaded and compared with its publisher's checksum" in read_alone
    assert "/part-1.parquet” fetches the whole file and compares it." in read_alone
    assert origin == "Its file is that of revision a1b2c3 of the data set."


def test_the_links_of_a_table_far_away_are_not_searched(far: Path, network: Network) -> None:
    with closing(TableIndexSource(far, "far", network=network)) as source:
        because = source.why_not(Lane.LOCATION) or ""
        assert because.startswith("its links lie at http://127.0.0.1:")
        assert because.endswith("get the table first (exhibit-a datasets get)")


def test_offline_rows_are_found_and_told_by_their_number(
    far: Path, network: Network, server: LocalServer, work: Query
) -> None:
    before = len(server.seen)
    for nothing in (None, replace(network, offline=True, allow_private_hosts=False)):
        with closing(TableIndexSource(far, "far", network=nothing)) as source:
            assert rows(ask(source, work, Lane.PERCEPTUAL)) == {37: 0, 150: 4, 399: 10}
            assert ask(source, work, Lane.EXACT) == []
            assert source.why_not_whole(Lane.EXACT) is not None
            assert source.facts(RowId("37")).notes[0].startswith("What this row says could not be read, because")
            assert "cannot be read at the moment" in source.health(Monitor()).words
    assert len(server.seen) == before


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [(404, b"gone", {}), (200, b"<html>welcome</html>", {}), (206, b"PAR1", {"Content-Range": "bytes 0-3/4"})],
    ids=["gone", "no ranges", "another file"],
)
def test_a_table_that_is_gone_or_another_costs_a_note(
    far: Path, network: Network, server: LocalServer, work: Query, status: int, body: bytes, headers: dict[str, str]
) -> None:
    try:
        for number in range(2):
            server.answers(f"/part-{number}.parquet", body, status, headers)
        with closing(TableIndexSource(far, "far", network=network)) as source:
            assert len(ask(source, work, Lane.PERCEPTUAL)) == 3
            assert source.facts(RowId("37")).url is None
            assert len(source.facts(RowId("37")).notes) == 1
            assert ask(source, work, Lane.EXACT) == []
    finally:
        server.scripts.clear()


# What a stranger's index may hold


def refused(folder: Path) -> str:
    with pytest.raises(SourceProblem) as caught:
        TableIndexSource(folder, "strange").close()
    return caught.value.because


def test_an_index_of_pictures_is_not_one_of_a_table(small_index: Path) -> None:
    assert refused(small_index) == "it was built from pictures, not from a table"


def test_tables_that_have_other_rows_than_the_index_are_damage(index: Path, tmp_path: Path) -> None:
    copy = copy_index(index, tmp_path / "copy")
    sign_again(copy, rows=401)
    assert "damaged" in refused(copy)


def test_rows_beyond_the_tables_are_told_as_damage(index: Path, tmp_path: Path, work: Query) -> None:
    copy = copy_index(index, tmp_path / "copy")
    for name in ("sha256", "phash"):
        np.save(copy / f"{name}.rows.npy", np.load(copy / f"{name}.rows.npy") + 10_000)
    sign_again(copy)
    with closing(TableIndexSource(copy, "strange")) as source:
        for lane in (Lane.EXACT, Lane.PERCEPTUAL):
            with pytest.raises(SourceProblem, match="damaged"):
                [source.facts(one.row) for one in ask(source, work, lane)]


def test_a_name_that_leads_out_of_the_folder_of_tables_leads_nowhere(index: Path, data: Path, tmp_path: Path) -> None:
    copy = copy_index(index, tmp_path / "copy")
    first, second = read_manifest(copy).tables
    for name in ("../data/part-0.parquet", str(data / "part-0.parquet")):
        sign_again(copy, tables=(replace(first, name=name), second))
        with closing(TableIndexSource(copy, "strange", tables=data)) as source:
            assert "does not say where its table lies" in source.facts(RowId("3")).notes[0]


def test_a_column_that_the_table_has_not_is_not_searched_by(index: Path, tmp_path: Path) -> None:
    copy = copy_index(index, tmp_path / "copy")
    sign_again(copy, columns={"phash": "image_phash", "smell": "text"}, column_names=("url", "image_phash"))
    with closing(TableIndexSource(copy, "strange")) as source:
        assert source.why_not(Lane.PERCEPTUAL) is None
        assert source.why_not(Lane.EXACT) == "this index holds no fingerprints of that kind"


def test_files_that_the_build_could_not_read_make_its_answers_answers_of_a_part(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    whole = (folder / "part-1.parquet").read_bytes()
    (folder / "part-1.parquet").write_bytes(whole[:-100])
    build_table_index(folder, tmp_path / "index")
    with closing(TableIndexSource(tmp_path / "index", "a table")) as opened:
        for lane in (Lane.EXACT, Lane.PERCEPTUAL):
            assert opened.why_not_whole(lane) == "one file of the set could not be read when the index was built"
        assert opened.why_not_whole(Lane.NEURAL) is None
