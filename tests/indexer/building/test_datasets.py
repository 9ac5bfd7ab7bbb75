"""Data sets fetched by their recipes from a loopback copy of their layouts, ending in something that finds rows."""

import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.building.dataset_contract import DatasetAsked, DatasetFetched
from indexer.building.datasets import get_dataset, offer_dataset
from indexer.core.errors import Cancelled, InputProblem, StorageProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.index.manifest import read_manifest
from indexer.matching.thresholds import REACH
from indexer.net.network import Network
from indexer.sources.base import Query, RowFacts
from indexer.sources.catalogue import find_recipe, read_catalogue
from indexer.sources.provenance import read_provenance
from indexer.sources.table_index import TableIndexSource
from indexer.tables.opening import find_tables, open_table
from indexer.tables.recognise import recognise
from tests.helpers.hub import COMMIT, LATER, LocalHub
from tests.helpers.monitors import StopWhen
from tests.helpers.pictures import as_bytes, draw, recompressed
from tests.helpers.published_tables import (
    COMMON_CATALOG,
    COYO_LABELED,
    DANBOORU,
    DATACOMP,
    LAION_400M,
    LAION_AESTHETIC,
    MEGALITH,
    PD12M,
    RELAION,
    WUKONG,
    Entry,
    Published,
)
from tests.helpers.published_tables import COYO as COYO_SET
from tests.helpers.queries import query_of
from tests.helpers.server import LocalServer
from tests.helpers.tables import as_digits, coyo_rows, digests_of, proper_codes

COYO = "data/part-{:05d}-17da4908-939c-46e5-91d0-15f256041956-c000.snappy.parquet"
ROWS = 4000


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub() as running:
        yield running


def asked(slug: str, out: Path, server: LocalServer, recipe: str = "", **more: Any) -> DatasetAsked:
    ledger = out.with_name("ledger.jsonl")
    return DatasetAsked(slug, recipe, out, ledger, **{"base": server.url, "allow_private_hosts": True} | more)


def stop_in(stage: str) -> StopWhen:
    return StopWhen(lambda monitor: any(told.stage.startswith(stage) for told in monitor.told))


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=1000, compression="snappy")
    return buffer.getvalue()


def found_rows(fetched: DatasetFetched, query: Query, lane: Lane, network: Network) -> list[RowFacts]:
    """The rows that the index proposes for a work, as its own source tells them."""
    with closing(TableIndexSource(fetched.opens, "set", network=network)) as source:
        assert source.why_not(lane) is None
        return [source.facts(found.row) for found in source.search([query], [lane], REACH, Monitor())]


def network_for(request: DatasetAsked) -> Network:
    return Network(request.ledger, allow_private_hosts=True)


def coyo_files(planted: str) -> Mapping[str, bytes]:
    """Two files in COYO's layout and schema; row 2500 of the whole is the planted picture."""
    codes = as_digits(proper_codes(ROWS, 4))
    codes[2500] = planted
    whole = coyo_rows(proper_codes(ROWS, 4), image_phash=codes, aesthetic_score_laion_v2=np.zeros(ROWS, np.float32))
    padding = pa.array([hashlib.sha512(bytes([n % 251, n // 251])).hexdigest() * 8 for n in range(ROWS)])
    whole = whole.set_column(2, "text", padding)
    return {COYO.format(n): parquet(whole.slice(n * 2000, 2000)) for n in range(2)} | {"README.md": b"# COYO"}


def test_coyos_fingerprints_are_read_by_ranges_and_find_a_planted_picture(hub: LocalHub, tmp_path: Path) -> None:
    picture = draw(7, (240, 180))
    query = query_of(recompressed(picture, 60))
    files = coyo_files(f"{query_of(picture).fingerprints.phash[0]:016x}")
    hub.publish("kakaobrain/coyo-700m", files)
    request = asked("coyo-700m", tmp_path / "coyo", hub)
    offer = offer_dataset(request, Monitor())
    whole = sum(len(data) for path, data in files.items() if path.startswith("data/"))
    assert (offer.files, offer.revision) == (2, COMMIT)
    assert 0 < offer.download < whole / 4, "one column is a small part of the files"
    fetched = get_dataset(request, Monitor())
    assert fetched.rows == ROWS
    rows = found_rows(fetched, query, Lane.PERCEPTUAL, network_for(request))  # near as a whole, and in another form
    assert {row.url for row in rows} == {"https://pictures.test/2500.jpg"}
    provenance = read_provenance(tmp_path / "coyo")
    assert provenance is not None
    assert provenance.revision == COMMIT
    assert provenance.finished_utc
    assert provenance.columns == ("image_phash",)
    manifest = read_manifest(fetched.opens)
    assert manifest.revision == COMMIT
    for table, path in zip(manifest.tables, sorted(path for path in files if path.startswith("data/")), strict=True):
        assert table.sha256 == provenance.files[path].publisher_sha256 == hashlib.sha256(files[path]).hexdigest()
        assert table.bytes == provenance.files[path].size == len(files[path])
        assert 0 < table.bytes_read <= len(files[path])
        assert not provenance.files[path].is_whole
        assert COMMIT in (table.place or "")
    assert not (tmp_path / "coyo" / "files").exists(), "no file is kept"


def test_datacomps_checksums_find_the_very_file(hub: LocalHub, tmp_path: Path) -> None:
    data = as_bytes(draw(3, (120, 90)))
    sums = digests_of(range(ROWS))
    sums[1234] = hashlib.sha256(data).hexdigest()
    table = pa.table(
        {
            "uid": [f"{n:032x}" for n in range(ROWS)],
            "url": [f"https://pictures.test/{n}.png" for n in range(ROWS)],
            "text": ["words"] * ROWS,
            "original_width": pa.array([640] * ROWS, pa.int64()),
            "original_height": pa.array([480] * ROWS, pa.int64()),
            "sha256": sums,
        }
    )
    buffer = io.BytesIO()
    np.savez(buffer, l14_img=np.zeros((2, 768), np.float16), b32_img=np.zeros((2, 512), np.float16))
    files = {"00ab.parquet": parquet(table.slice(0, 1500)), "ff01.parquet": parquet(table.slice(1500))}
    hub.publish("mlfoundations/datacomp_small", files | {"00ab.npz": buffer.getvalue(), "README.md": b"x"})
    request = asked("datacomp-small", tmp_path / "dc", hub, "exact")
    fetched = get_dataset(request, Monitor())
    assert (fetched.rows, fetched.files) == (ROWS, 2)
    (row,) = found_rows(fetched, query_of(data), Lane.EXACT, network_for(request))
    assert row.url == "https://pictures.test/1234.png"
    assert hub.fetched(".npz") == [], "vectors were not asked for"
    whole = get_dataset(asked("datacomp-small", tmp_path / "npz", hub, "embeddings"), Monitor())
    assert sorted(place.name for place in whole.opens.iterdir()) == ["00ab.npz", "00ab.parquet", "ff01.parquet"]
    assert (whole.opens / "00ab.npz").read_bytes() == buffer.getvalue()


def cc12m_folder(folder: Path, planted: bytes) -> Path:
    """CC12M's two tables: one of addresses and captions, one of checksums, both without a line of names."""
    folder.mkdir()
    rows = [
        (f"https://pictures.test/{n}.png", *(digests_of([n], kind)[0] for kind in ("sha256", "md5"))) for n in range(60)
    ]
    rows[41] = (rows[41][0], hashlib.sha256(planted).hexdigest(), hashlib.md5(planted).hexdigest())
    text = "".join("\t".join(row) + "\n" for row in rows)
    (folder / "cc12m.tsv.gz").write_bytes(gzip.compress(text.encode()))
    captions = "".join(f"https://pictures.test/{n}.png\tpicture number {n}\n" for n in range(60))
    (folder / "cc12m.tsv").write_text(captions)
    return folder


def test_cc12ms_checksums_come_whole_from_a_plain_mirror_and_find_the_very_file(tmp_path: Path) -> None:
    data = as_bytes(draw(5, (120, 90)))
    with LocalServer(cc12m_folder(tmp_path / "mirror", data)) as mirror:
        request = asked("cc12m", tmp_path / "cc", mirror)
        fetched = get_dataset(request, Monitor())
        (path, read), *others = (read_provenance(tmp_path / "cc") or pytest.fail("none")).files.items()
        table = get_dataset(asked("cc12m", tmp_path / "table", mirror, "table"), Monitor())
    assert others == []
    assert (path, read.is_whole, read.publisher_sha256) == ("cc12m.tsv.gz", True, None)
    assert read.sha256 == hashlib.sha256((tmp_path / "mirror" / "cc12m.tsv.gz").read_bytes()).hexdigest()
    assert set(read_manifest(fetched.opens).columns) == {"sha256", "md5"}
    rows = found_rows(fetched, query_of(data), Lane.EXACT, network_for(request))
    assert {row.url for row in rows} == {"https://pictures.test/41.png"}
    with closing(open_table(table.opens / "cc12m.tsv", None, Monitor())) as opened:
        assert opened.row(41, ["url", "caption"])["caption"] == "picture number 41"


@pytest.mark.parametrize(
    ("slug", "recipe", "layout"),
    [
        ("coyo-700m", "hashes", COYO_SET),
        ("coyo-labeled-300m", "hashes", COYO_LABELED),
        ("datacomp-small", "exact", DATACOMP),
        ("datacomp-small", "table", DATACOMP),
        ("pd12m", "exact", PD12M),
        ("danbooru2023", "exact", DANBOORU),
        ("commoncatalog-cc-by-nc-nd", "exact", COMMON_CATALOG),
        ("commoncatalog-cc-by-nc-nd", "table", COMMON_CATALOG),
        ("laion-400m", "table", LAION_400M),
        ("relaion2b-en-research-safe", "table", RELAION),
        ("laion-aesthetics-6plus", "table", LAION_AESTHETIC),
        ("wukong", "table", WUKONG),
        ("megalith-10m", "table", MEGALITH),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_each_recipe_fits_the_layout_of_its_set(
    hub: LocalHub, tmp_path: Path, slug: str, recipe: str, layout: Published
) -> None:
    entries = [
        Entry(f"https://pictures.test/{n}.jpg", data=b"%d" % n, phash=f"{code:016x}", number=n)
        for n, code in enumerate(proper_codes(5, 1))
    ]
    layout.write(tmp_path / "set", entries)
    places = [place for place in (tmp_path / "set").rglob("*") if place.is_file()]
    files = {place.relative_to(tmp_path / "set").as_posix(): place for place in places}
    known = find_recipe(read_catalogue().find(slug), recipe)
    hub.publish(known.repository, files, known.revision)
    fetched = get_dataset(asked(slug, tmp_path / "out", hub, recipe), Monitor())
    assert fetched.files == len(files)
    if fetched.rows is None:
        opened = [open_table(place, None, Monitor()) for place in find_tables(fetched.opens)]
        fetched_rows = sum(table.rows() or 0 for table in opened)
        assert all(recognise(table.columns).url for table in opened)
        for table in opened:
            table.close()
    else:
        fetched_rows = fetched.rows
        assert set(read_manifest(fetched.opens).columns.values()) == set(known.columns)
    assert fetched_rows == len(entries)


def test_a_plain_mirror_of_datacomp_is_read_by_its_pages(tmp_path: Path) -> None:
    DATACOMP.write(
        tmp_path / "set", [Entry("https://pictures.test/1.jpg"), Entry("https://pictures.test/2.jpg", number=2)]
    )
    with LocalServer(tmp_path / "set") as mirror:
        fetched = get_dataset(asked("datacomp-small", tmp_path / "out", mirror, "exact"), Monitor())
    assert (fetched.rows, fetched.files, fetched.revision) == (2, 2, "")


def test_only_the_wanted_columns_of_a_table_with_pictures_travel(hub: LocalHub, tmp_path: Path) -> None:
    jpg = [np.random.default_rng(n).bytes(20_000) for n in range(50)]
    words = ("uid", "unickname", "url", "pageurl", "downloadurl", "caption", "title", "description", "usertags")
    columns: dict[str, Any] = {name: [f"{name} {n}" for n in range(50)] for name in words}
    sizes = {name: pa.array([640] * 50, pa.int32()) for name in ("original_width", "original_height")}
    table = pa.table({"jpg": jpg, "photoid": list(range(50)), **columns, **sizes, "sha256": digests_of(range(50))})
    path = "3/least_dim_range=512-768/part-0.parquet"
    hub.publish("common-canvas/commoncatalog-cc-by", {path: parquet(table)})
    request = asked("commoncatalog-cc-by", tmp_path / "cc", hub, "table")
    assert offer_dataset(request, Monitor()).download < len(parquet(table)) / 10
    fetched = get_dataset(request, Monitor())
    copy = pq.read_table(fetched.opens / path, partitioning=None)
    assert "jpg" not in copy.column_names
    assert copy.column("unickname").to_pylist() == columns["unickname"]
    read = (read_provenance(tmp_path / "cc") or pytest.fail("none")).files[path]
    assert 0 < sum(end - start for start, end in read.ranges) < len(parquet(table)) / 2
    assert not read.is_whole
    before = len(hub.fetched("part-0.parquet"))
    get_dataset(request, Monitor())
    assert len(hub.fetched("part-0.parquet")) == before + 2, "only its two ends, for what it would cost"


def test_copies_of_other_columns_are_not_taken_for_those_that_are_wanted_now(hub: LocalHub, tmp_path: Path) -> None:
    columns = ("photoid", "unickname", "title", "sha256")
    table = pa.table({name: [f"{name} {n}" for n in range(50)] for name in columns})
    hub.publish("common-canvas/commoncatalog-cc-by", {"3/least_dim_range=512-768/part-0.parquet": parquet(table)})
    for wanted in (("photoid",), ("photoid", "unickname")):
        get_dataset(asked("commoncatalog-cc-by", tmp_path / "set", hub, "table", columns=wanted), Monitor())
        (copy,) = find_tables(tmp_path / "set" / "files")
        assert tuple(pq.read_schema(copy).names) == wanted
        provenance = read_provenance(tmp_path / "set")
        assert provenance
        assert provenance.columns == wanted


def test_other_columns_may_be_named_and_unknown_ones_are_told(tmp_path: Path) -> None:
    data = as_bytes(draw(5, (120, 90)))
    with LocalServer(cc12m_folder(tmp_path / "mirror", data)) as mirror:
        fetched = get_dataset(asked("cc12m", tmp_path / "cc", mirror, columns=("md5",)), Monitor())
        assert set(read_manifest(fetched.opens).columns) == {Kind.MD5.value}
        with pytest.raises(InputProblem, match=r"no column colour .* is known; known: sha256, md5"):
            offer_dataset(asked("cc12m", tmp_path / "x", mirror, columns=("colour",)), Monitor())


def test_a_fetching_that_was_stopped_goes_on_with_the_version_that_it_began_with(hub: LocalHub, tmp_path: Path) -> None:
    files = coyo_files("c" * 15 + "0")
    hub.publish("kakaobrain/coyo-700m", files)
    request = asked("coyo-700m", tmp_path / "coyo", hub)
    with pytest.raises(Cancelled):
        get_dataset(request, stop_in("reading table 2"))
    hub.commit = LATER
    first = len(hub.fetched(COYO.format(0)))
    fetched = get_dataset(request, Monitor())
    assert fetched.revision == COMMIT
    assert fetched.rows == ROWS
    again = hub.fetched(COYO.format(0))[first:]
    assert len(again) <= 3, "the file that was read whole is only asked whether it is still the same"
    assert read_provenance(tmp_path / "coyo").revision == COMMIT  # type: ignore[union-attr]


def test_whole_files_that_came_are_not_fetched_again(hub: LocalHub, tmp_path: Path) -> None:
    files = {f"{name}.parquet": parquet(pa.table({"url": [f"https://x.test/{name}"]})) for name in "ab"}
    hub.publish("wanng/wukong100m", files)
    request = asked("wukong", tmp_path / "wk", hub)
    with pytest.raises(Cancelled):
        get_dataset(request, stop_in("file 2 of 2"))
    assert json.loads((tmp_path / "wk" / "provenance.json").read_text())["finished_utc"] == ""
    assert offer_dataset(request, Monitor()).download == len(files["b.parquet"])
    before = len(hub.fetched("a.parquet"))
    fetched = get_dataset(request, Monitor())
    assert len(hub.fetched("a.parquet")) == before
    assert sorted(place.name for place in fetched.opens.iterdir()) == ["a.parquet", "b.parquet"]
    assert fetched.rows is None


def test_a_file_that_is_not_what_its_publisher_says_is_refused(hub: LocalHub, tmp_path: Path) -> None:
    files = {"a.parquet": parquet(pa.table({"url": ["https://x.test/1"]}))}
    hub.publish("wanng/wukong100m", files)
    hub.answers(f"/datasets/wanng/wukong100m/resolve/{COMMIT}/a.parquet", b"x" * len(files["a.parquet"]))
    with pytest.raises(InputProblem, match="what came is not the file that was asked for"):
        get_dataset(asked("wukong", tmp_path / "wk", hub), Monitor())
    assert not list((tmp_path / "wk" / "files").glob("*.parquet"))


def test_a_mirror_that_misses_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    with LocalServer(tmp_path / "mirror") as mirror, pytest.raises(InputProblem, match="404"):
        offer_dataset(asked("cc12m", tmp_path / "cc", mirror), Monitor())


def test_offline_nothing_is_asked(hub: LocalHub, tmp_path: Path) -> None:
    for slug in ("coyo-700m", "cc12m"):
        with pytest.raises(InputProblem, match="offline"):
            offer_dataset(asked(slug, tmp_path / "x", hub, base=None, offline=True), Monitor())
    assert hub.seen == []


def test_what_lies_in_the_folder_already_is_not_harmed(hub: LocalHub, tmp_path: Path) -> None:
    out = tmp_path / "art"
    out.mkdir()
    (out / "mine.png").write_bytes(b"x")
    with pytest.raises(StorageProblem, match="something else lies there"):
        get_dataset(asked("coyo-700m", out, hub), Monitor())
    hub.publish("wanng/wukong100m", {"a.parquet": b"PAR1"})
    get_dataset(asked("wukong", tmp_path / "wk", hub), Monitor())
    with pytest.raises(StorageProblem, match=r"wukong \(table\) lies there; choose another folder"):
        get_dataset(asked("coyo-700m", tmp_path / "wk", hub), Monitor())
    assert hub.seen


def test_a_name_that_leads_out_of_the_folder_is_refused(hub: LocalHub, tmp_path: Path) -> None:
    for name in ("../../evil.parquet", "a/../../evil.parquet", "C:\\evil.parquet", "/evil.parquet"):
        hub.publish("wanng/wukong100m", {name: b"PAR1"})
        with pytest.raises(InputProblem, match="a name that cannot be used on this machine"):
            get_dataset(asked("wukong", tmp_path / "wk", hub), Monitor())
    assert not list(tmp_path.rglob("*evil*"))


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("wanng/wukong100m", {"a.parquet": b"PAR1" * 1_000_000})
    monkeypatch.setattr("indexer.building.recipes.free_bytes", lambda _: 1_000_000)
    with pytest.raises(StorageProblem, match=r"about 4 MB more are needed, and only 1 MB are free there"):
        get_dataset(asked("wukong", tmp_path / "wk", hub), Monitor())
    assert hub.fetched("a.parquet") == []


@pytest.mark.parametrize(
    ("slug", "recipe", "told"), [("sbu", "", "no recipe is known"), ("cc12m", "x", "known: exact")]
)
def test_a_recipe_that_is_not_there_is_told(tmp_path: Path, hub: LocalHub, slug: str, recipe: str, told: str) -> None:
    with pytest.raises(InputProblem, match=told):
        offer_dataset(asked(slug, tmp_path / "x", hub, recipe), Monitor())
