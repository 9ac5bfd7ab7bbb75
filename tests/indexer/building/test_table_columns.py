"""An index of columns holds what the tables say, row for row, and says what it left out."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.building.contract import Built
from indexer.core.errors import Cancelled, IndexProblem, InputProblem, StorageProblem
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.index.folder import IndexFolder
from indexer.index.hamming import Hits, scan
from indexer.index.manifest import BuiltFrom, LaneRecord, TableRecord, read_manifest
from indexer.index.near_pairs import near_pairs
from tests.helpers.indexes import content
from tests.helpers.monitors import WatchfulMonitor, stop_at
from tests.helpers.tables import as_digits, build_table_index, coyo_rows, digests_of, proper_codes, save_coyo

ROWS, FILES = 3000, 3
CODES = proper_codes(ROWS, 1)


@pytest.fixture(scope="module")
def coyo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three files in COYO's layout. Not to be changed."""
    folder = tmp_path_factory.mktemp("coyo") / "data"
    save_coyo(folder, CODES, FILES)
    return folder


@pytest.fixture(scope="module")
def built(coyo: Path) -> Path:
    out = coyo.with_name("index")
    assert build_table_index(coyo, out, dataset="COYO", version="1") == Built(rows=ROWS, skipped=0, resumed=0)
    return out


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "index"


def as_set(hits: Hits) -> set[tuple[int, int, int]]:
    return set(zip(hits.query.tolist(), hits.row.tolist(), hits.distance.tolist(), strict=True))


def save(place: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), place)
    return place


def skipped(out: Path) -> dict[str, str]:
    lines = (out / "skipped.jsonl").read_text(encoding="utf-8").splitlines()
    return {told["path"]: told["because"] for told in map(json.loads, lines)}


def test_every_hash_is_found_where_it_stands(built: Path) -> None:
    with IndexFolder(built) as index:
        hits = index.bit_index("phash").search(CODES[:, None], 0)
        assert (hits.row[np.argsort(hits.query, kind="stable")] == np.arange(ROWS)).all()
        near = CODES[::100, None] ^ np.uint64(0b11 << 20)
        expected = scan(CODES[:, None], near, 8)
        found = index.bit_index("phash").probe(near, 8)
        assert as_set(found) == as_set(expected)
        assert len(found.query) >= len(near)


def test_the_manifest_says_what_was_read(built: Path, coyo: Path) -> None:
    manifest = read_manifest(built)
    assert (manifest.dataset, manifest.version, manifest.rows) == ("COYO", "1", ROWS)
    assert manifest.built_from is BuiltFrom.TABLE
    assert manifest.columns == {"phash": "image_phash"}
    assert manifest.column_names == ("id", "url", "text", "width", "height", "image_phash")
    near = near_pairs(CODES[:, None])
    assert manifest.lanes == (LaneRecord(Lane.PERCEPTUAL, "phash", ROWS, {"bits": 64, "ones": 32}, near),)
    assert manifest.pictures_root is None
    for table, place in zip(manifest.tables, sorted(coyo.iterdir()), strict=True):
        facts = place.stat()
        expected = TableRecord(place.name, ROWS // FILES, facts.st_size, str(place), None, str(facts.st_mtime_ns))
        assert table == expected


def test_nothing_else_lies_in_the_folder(built: Path) -> None:
    assert {place.name for place in built.iterdir()} == {*read_manifest(built).files, "index.json"}
    assert not built.with_name("index.partial").exists()


def test_shared_it_does_not_say_where_the_tables_lie(coyo: Path, out: Path) -> None:
    build_table_index(coyo, out, shareable=True)
    assert [table.place for table in read_manifest(out).tables] == [None] * FILES
    assert str(coyo) not in (out / "index.json").read_text()
    assert read_manifest(out).tables[0].name == min(coyo.iterdir()).name


def test_degenerate_missing_and_malformed_hashes_are_left_out_and_counted(tmp_path: Path, out: Path) -> None:
    """A flat picture's hash is near to that of every other flat one (`datasets.md` §2.3)."""
    good = as_digits(CODES[:5])
    column = [good[0], None, "8000000000000000", good[1], "no hash", good[2], "", "ffffffffffffffff", good[3], good[4]]
    build_table_index(save(tmp_path / "a.parquet", image_phash=column), out)
    manifest = read_manifest(out)
    (table,), (lane,) = manifest.tables, manifest.lanes
    assert (manifest.rows, lane.rows) == (10, 5)
    assert (table.empty, table.malformed, table.degenerate) == (2, 1, 2)
    with IndexFolder(out) as index:
        assert sorted(index.bit_index("phash").search(CODES[:5, None], 0).row) == [0, 3, 5, 8, 9]


def test_digests_are_found_by_their_first_bytes(tmp_path: Path, out: Path) -> None:
    for file in range(2):
        numbers = range(file * 50, file * 50 + 50)
        columns = {name: digests_of(numbers, name) for name in ("sha256", "md5")}
        save(tmp_path / f"{file}.parquet", uid=[str(number) for number in numbers], **columns)
    build_table_index(tmp_path / "*.parquet", out)
    with IndexFolder(out) as index:
        for name in ("sha256", "md5"):
            table = index.exact_table(name)
            assert [table.candidates(bytes.fromhex(one)) for one in digests_of(range(100), name)] == [
                [row] for row in range(100)
            ]
        assert [lane.kind for lane in index.manifest.lanes] == ["sha256", "md5"]


DANBOORU_PIXELS = "0123abcd-4567-89ab-cdef-0123456789ab"


def test_danboorus_pixel_hash_is_read_without_its_dashes(tmp_path: Path, out: Path) -> None:
    save(tmp_path / "posts.parquet", id=[1, 2], pixel_hash=[None, DANBOORU_PIXELS], tag_string_artist=["a", "b"])
    build_table_index(tmp_path / "posts.parquet", out)
    with IndexFolder(out) as index:
        assert index.exact_table("pixel_hash").candidates(bytes.fromhex(DANBOORU_PIXELS.replace("-", ""))) == [1]


def test_cc12ms_companion_without_a_line_of_names_is_read(tmp_path: Path, out: Path) -> None:
    """url, SHA256, MD5 (`datasets.md` §2.5)."""
    lines = zip(digests_of(range(60)), digests_of(range(60), "md5"), strict=True)
    text = "".join(f"https://a.test/{number}.jpg\t{sha}\t{md5}\n" for number, (sha, md5) in enumerate(lines))
    (tmp_path / "cc12m_hashes.tsv").write_text(text)
    build_table_index(tmp_path / "cc12m_hashes.tsv", out)
    with IndexFolder(out) as index:
        assert index.exact_table("sha256").candidates(bytes.fromhex(digests_of([41])[0])) == [41]
        assert index.exact_table("md5").candidates(bytes.fromhex(digests_of([42], "md5")[0])) == [42]


def test_laions_hash_of_address_and_text_is_not_taken_for_one_of_the_picture(tmp_path: Path, out: Path) -> None:
    """`datasets.md` §2.2: it is a key of the text."""
    save(tmp_path / "laion.parquet", URL=["a"], TEXT=["b"], hash=pa.array([4623837408423549118], pa.int64()))
    with pytest.raises(IndexProblem, match="no column that is known to hold fingerprints; its columns are URL, TEXT"):
        build_table_index(tmp_path / "laion.parquet", out)


def test_a_column_of_another_name_can_be_named(tmp_path: Path, out: Path) -> None:
    save(tmp_path / "a.parquet", fp=CODES[:9], url=["x"] * 9)
    build_table_index(tmp_path / "a.parquet", out, columns={Kind.PHASH: "fp"})
    assert read_manifest(out).columns == {"phash": "fp"}
    with IndexFolder(out) as index:
        assert index.bit_index("phash").search(CODES[3:4, None], 0).row.tolist() == [3]


def test_only_the_kinds_that_are_wanted_are_read(tmp_path: Path, out: Path) -> None:
    save(tmp_path / "a.parquet", sha256=digests_of(range(9)), image_phash=as_digits(CODES[:9]))
    build_table_index(tmp_path / "a.parquet", out, kinds=(Kind.PHASH,))
    assert [lane.kind for lane in read_manifest(out).lanes] == ["phash"]
    with pytest.raises(IndexProblem, match="no column that is known to hold MD5 digests"):
        build_table_index(tmp_path / "a.parquet", tmp_path / "other", kinds=(Kind.MD5,))


def test_a_column_of_something_else_is_noticed_before_it_is_read_to_its_end(tmp_path: Path, out: Path) -> None:
    save(tmp_path / "a.parquet", image_phash=["a title"] * 200_000)
    told = WatchfulMonitor()
    with pytest.raises(IndexProblem, match="most values of its column image_phash are no 64-bit hashes"):
        build_table_index(tmp_path / "a.parquet", out, told)
    assert max(one.done for one in told.told) == 0


def test_what_cannot_be_used_is_skipped_with_its_reason(coyo: Path, tmp_path: Path, out: Path) -> None:
    good = sorted(coyo.iterdir())
    (tmp_path / "cut.parquet").write_bytes(good[0].read_bytes()[:-100])
    save(tmp_path / "other.parquet", sha256=digests_of(range(5)))
    names = save(tmp_path / "names.parquet", image_phash=["a name"] * 5)
    written = [good[0], tmp_path / "cut.parquet", tmp_path / "other.parquet", names, good[1]]
    assert build_table_index(written, out) == Built(rows=2 * ROWS // FILES, skipped=3, resumed=0)
    told = skipped(out)
    assert "damaged" in told["cut.parquet"]
    assert told["other.parquet"] == "its columns of fingerprints are sha256, and not image_phash as before"
    assert told["names.parquet"].startswith("most values of its column image_phash are no 64-bit hashes")
    with IndexFolder(out) as index:
        last = CODES[2 * ROWS // FILES - 1]
        assert index.bit_index("phash").search(np.array([[last]]), 0).row.tolist() == [2 * ROWS // FILES - 1]


def test_a_file_without_rows_takes_no_row(coyo: Path, tmp_path: Path, out: Path) -> None:
    pq.write_table(coyo_rows(CODES[:0]), tmp_path / "empty.parquet")
    first, second, _ = sorted(coyo.iterdir())
    assert build_table_index([first, tmp_path / "empty.parquet", second], out).rows == 2 * ROWS // FILES
    assert [table.rows for table in read_manifest(out).tables] == [1000, 0, 1000]


def test_no_usable_hash_at_all_is_said(tmp_path: Path, out: Path) -> None:
    with pytest.raises(IndexProblem, match="none of its columns of fingerprints holds a single one"):
        build_table_index(save(tmp_path / "a.parquet", image_phash=["8000000000000000"] * 3), out)


def test_a_file_that_is_not_there_ends_the_build_at_once(tmp_path: Path, out: Path) -> None:
    with pytest.raises(InputProblem, match="there is no such file"):
        build_table_index(tmp_path / "none.parquet", out)
    assert not list(tmp_path.iterdir())


def test_the_index_is_not_put_among_its_tables(coyo: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="cannot be put inside the folder of tables"):
        build_table_index(coyo, coyo / "index")
    (tmp_path / "index").mkdir()
    table = save(tmp_path / "index" / "a.parquet", image_phash=as_digits(CODES[:3]))
    with pytest.raises(StorageProblem, match="the table lies inside that place"):
        build_table_index(table, tmp_path / "index")
    assert table.exists()


def test_beside_a_single_table_is_a_fine_place(tmp_path: Path) -> None:
    assert (
        build_table_index(save(tmp_path / "a.parquet", image_phash=as_digits(CODES[:3])), tmp_path / "index").rows == 3
    )


def test_a_stop_keeps_every_file_that_was_read_whole(coyo: Path, built: Path, out: Path) -> None:
    with pytest.raises(Cancelled):
        build_table_index(coyo, out, stop_at("reading table 3 of 3", 0))
    assert not out.exists()
    assert build_table_index(coyo, out, dataset="COYO", version="1") == Built(rows=ROWS, skipped=0, resumed=2)
    assert read_manifest(out).files == read_manifest(built).files
    assert content(out).keys() == content(built).keys()


def test_a_file_that_changed_since_is_read_again(tmp_path: Path, out: Path) -> None:
    places = save_coyo(tmp_path / "data", CODES, FILES)
    with pytest.raises(Cancelled):
        build_table_index(tmp_path / "data", out, stop_at("reading table 3 of 3", 0))
    pq.write_table(coyo_rows(CODES[::-1][:1000]), places[0])
    assert build_table_index(tmp_path / "data", out) == Built(rows=ROWS, skipped=0, resumed=1)
    with IndexFolder(out) as index:
        assert index.bit_index("phash").search(CODES[-1:, None], 0).row.tolist() == [0, ROWS - 1]


def test_records_that_are_no_longer_whole_are_made_anew(coyo: Path, out: Path) -> None:
    with pytest.raises(Cancelled):
        build_table_index(coyo, out, stop_at("reading table 3 of 3", 0))
    victim = next((out.with_name("index.partial") / "columns").iterdir())
    victim.write_bytes(victim.read_bytes()[:-1])
    assert build_table_index(coyo, out).resumed == 1


def test_with_other_columns_asked_for_nothing_old_is_used(tmp_path: Path, out: Path) -> None:
    place = save(tmp_path / "a.parquet", a=as_digits(CODES[:9]), b=as_digits(CODES[9:18]))
    with pytest.raises(Cancelled):
        build_table_index(place, out, stop_at("writing the index", 0), columns={Kind.PHASH: "a"})
    assert build_table_index(place, out, columns={Kind.PHASH: "b"}).resumed == 0
    with IndexFolder(out) as index:
        assert index.bit_index("phash").search(CODES[9:10, None], 0).row.tolist() == [0]


def test_building_again_takes_the_place_of_the_older_index(coyo: Path, tmp_path: Path, out: Path) -> None:
    build_table_index(min(coyo.iterdir()), out)
    assert build_table_index(coyo, out).rows == ROWS
    assert read_manifest(out).rows == ROWS
