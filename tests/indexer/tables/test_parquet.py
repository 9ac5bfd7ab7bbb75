"""Parquet tables: columns in blocks, rows one at a time, and what is said of damaged files."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.tables.base import Table
from indexer.tables.opening import open_table
from tests.helpers.monitors import stop_after

NESTED = pa.table(
    {
        "id": [1, 2, 3, 4],
        "image_info": [
            [{"raw_url": "https://a.test/1.jpg", "boxes": [1.0]}, {"raw_url": None, "boxes": []}],
            None,
            [],
            [{"raw_url": "https://a.test/4.jpg", "boxes": None}],
        ],
        "about": [{"page": {"url": "https://p.test"}}, None, {"page": None}, {"page": {"url": None}}],
        "texts": [["one", "two"], [], None, ["three"]],
    }
)


def write(place: Path, table: pa.Table, rows_in_group: int = 2) -> Path:
    pq.write_table(table, place, row_group_size=rows_in_group)
    return place


def opened(place: Path) -> Table:
    return open_table(place, None, Monitor())


def rows_of(table: Table, columns: Sequence[str], first: int = 0) -> list[dict[str, Any]]:
    """Through its blocks, which must follow one another."""
    rows: list[dict[str, Any]] = []
    for block in table.blocks(columns, Monitor(), first):
        assert block.first == first + len(rows)
        rows += block.data.to_pylist()
    return rows


def test_columns_within_columns_are_named_with_dots(tmp_path: Path) -> None:
    table = opened(write(tmp_path / "nested.parquet", NESTED))
    assert table.columns == ("id", "image_info.raw_url", "image_info.boxes", "about.page.url", "texts")
    assert table.rows() == 4
    assert rows_of(table, ["image_info.raw_url", "about.page.url", "texts"]) == [
        {
            "image_info.raw_url": ["https://a.test/1.jpg", None],
            "about.page.url": "https://p.test",
            "texts": ["one", "two"],
        },
        {"image_info.raw_url": None, "about.page.url": None, "texts": []},
        {"image_info.raw_url": [], "about.page.url": None, "texts": None},
        {"image_info.raw_url": ["https://a.test/4.jpg"], "about.page.url": None, "texts": ["three"]},
    ]
    table.close()


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(st.none() | st.text(), st.none() | st.integers(-(2**63), 2**63 - 1)), max_size=30),
    rows_in_group=st.integers(1, 12),
    first=st.integers(0, 32),
)
def test_what_was_written_is_read_in_blocks_and_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]], rows_in_group: int, first: int
) -> None:
    schema = pa.schema([("url", pa.string()), ("hash", pa.int64())])
    written = pa.table([pa.array([row[number] for row in rows], schema[number].type) for number in (0, 1)], schema)
    table = opened(write(tmp_path_factory.mktemp("parquet") / "t.parquet", written, rows_in_group))
    assert table.rows() == len(rows)
    assert rows_of(table, ["hash", "url"], first) == written.select(["hash", "url"]).to_pylist()[first:]
    assert [table.row(number, ["url", "hash"]) for number in range(len(rows))] == written.to_pylist()
    table.close()


def test_a_row_reads_nothing_of_other_row_groups(tmp_path: Path) -> None:
    """The first row group is destroyed; the second still gives its rows."""
    place = write(tmp_path / "t.parquet", pa.table({"url": [f"https://a.test/{number}.jpg" for number in range(4)]}))
    about = pq.ParquetFile(place).metadata
    chunk = about.row_group(0).column(0)
    data = bytearray(place.read_bytes())
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data[start : start + chunk.total_compressed_size] = bytes(chunk.total_compressed_size)
    place.write_bytes(data)
    table = opened(place)
    assert table.row(3, ["url"]) == {"url": "https://a.test/3.jpg"}
    with pytest.raises(InputProblem, match="damaged"):
        table.row(0, ["url"])
    table.close()


@pytest.mark.parametrize("number", [-1, 4])
def test_a_row_that_is_not_there_is_said(tmp_path: Path, number: int) -> None:
    table = opened(write(tmp_path / "t.parquet", NESTED))
    with pytest.raises(InputProblem, match="it has no row"):
        table.row(number, ["id"])
    table.close()


def test_long_texts_come_in_smaller_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.tables.parquet.BLOCK_BYTES", 1 << 16)
    texts = [f"{number:04}" * 1000 for number in range(100)]
    table = opened(write(tmp_path / "t.parquet", pa.table({"text": texts}), 100))
    sizes = [len(block.data) for block in table.blocks(["text"], Monitor())]
    assert sum(sizes) == 100
    assert max(sizes) < 32
    table.close()


def test_a_stop_ends_it_between_blocks(tmp_path: Path) -> None:
    table = opened(write(tmp_path / "t.parquet", NESTED, 1))
    with pytest.raises(Cancelled):
        list(table.blocks(["id"], stop_after(2)))
    table.close()


def test_bytes_that_are_no_text_cost_their_letters_not_the_file(tmp_path: Path) -> None:
    latin = pa.Array.from_buffers(pa.string(), 3, pa.array([b"good", b"caf\xe9", None]).buffers(), 1)
    lists = pa.ListArray.from_arrays(pa.array([0, 2, 2, 3]), latin)
    table = opened(write(tmp_path / "t.parquet", pa.table({"text": latin, "texts": lists}), 3))
    assert rows_of(table, ["text", "texts"]) == [
        {"text": "good", "texts": ["good", "caf\ufffd"]},
        {"text": "caf\ufffd", "texts": []},
        {"text": None, "texts": [None]},
    ]
    table.close()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_one_sentence_or_its_rows(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Before the footer: one that contradicts itself makes pyarrow end its process, which a job's supervisor tells."""
    place = write(tmp_path_factory.mktemp("damaged") / "t.parquet", NESTED.select(["id", "texts"]))
    content = bytearray(place.read_bytes())
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    cut = data.draw(st.integers(4, len(content)))
    at = data.draw(st.integers(4, footer - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    place.write_bytes(content[:cut] if data.draw(st.booleans()) else content)
    because = why_unreadable(place)
    assert because is None or (because and "\n" not in because)


def why_unreadable(place: Path) -> str | None:
    """Why a file cannot be read to its end; None when it can."""
    try:
        table = opened(place)
        try:
            rows_of(table, [column for column in table.columns if column in ("id", "texts")])
        finally:
            table.close()
    except InputProblem as problem:
        return problem.because
    return None


def test_a_part_with_fewer_rows_than_the_footer_says_is_damage_and_moves_no_row(tmp_path: Path) -> None:
    place = write(tmp_path / "t.parquet", pa.table({"id": pa.array(range(77 + 5))}), rows_in_group=77)
    content = place.read_bytes()
    said, more = b"\x9a\x01", b"\x9c\x01"  # 77 and 78, as the footer writes them
    before, _, after = content.rpartition(said)
    place.write_bytes(before + more + after)
    with closing(opened(place)) as table, pytest.raises(InputProblem, match="a part of it has other rows than it says"):
        rows_of(table, ["id"])


LONG = 1 << 16
BOMBS = {
    "a text": "url",
    "a text of each item of lists": "urls",
    "a text within another column": "within.url",
    "a name of a class": "artist",
}


def say_of_all(rows: int) -> pa.Table:
    """One long value that stands once and is meant by each row, in every way there is."""
    places = pa.array(np.zeros(rows, np.int32))
    text = pa.DictionaryArray.from_arrays(places, pa.array(["x" * LONG]))
    names = {"info": {"features": {"artist": {"_type": "ClassLabel", "names": ["x" * LONG]}}}}
    columns = {
        "url": text,
        "urls": pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32)), text),
        "within": pa.StructArray.from_arrays([text], ["url"]),
        "artist": pa.array(np.zeros(rows, np.int64)),
    }
    return pa.table(columns).replace_schema_metadata({"huggingface": json.dumps(names)})


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of some kilobytes of which each column takes 1.3 GB, or any amount were it made for that."""
    place = tmp_path_factory.mktemp("bomb") / "bomb.parquet"
    pq.write_table(say_of_all(20_000), place, compression="zstd", row_group_size=20_000)
    assert place.stat().st_size < 400_000
    return place


@pytest.mark.parametrize("column", BOMBS.values(), ids=BOMBS)
def test_one_long_value_that_all_rows_mean_is_not_unpacked(bomb: Path, column: str) -> None:
    before = pa.total_allocated_bytes()
    with closing(opened(bomb)) as table:
        for read in (lambda: rows_of(table, [column]), lambda: [table.row(5, [column])]):
            with pytest.raises(InputProblem, match="unpack to more than 256 MB, as in no list of links"):
                read()
    assert pa.total_allocated_bytes() - before < 64 << 20


@pytest.mark.skipif(not hasattr(pa, "json_"), reason="this pyarrow knows no JSON")
def test_texts_that_are_json_come_as_texts(tmp_path: Path) -> None:
    texts = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None]))
    with closing(opened(write(tmp_path / "t.parquet", pa.table({"about": texts})))) as table:
        assert [block.data.schema.types for block in table.blocks(["about"], Monitor())] == [[pa.string()]]
        assert rows_of(table, ["about"]) == [{"about": '{"a": 1}'}, {"about": None}]


def test_long_bytes_of_a_stated_length_come_in_small_blocks(tmp_path: Path) -> None:
    digest = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(2000, np.int32)), pa.array([b"x" * LONG], pa.binary(LONG))
    )
    place = tmp_path / "t.parquet"
    pq.write_table(pa.table({"digest": digest}), place, compression="zstd", row_group_size=2000)
    with closing(opened(place)) as table:
        assert max(block.data.nbytes for block in table.blocks(["digest"], Monitor())) < 32 << 20


def test_texts_that_many_rows_mean_come_in_their_places(tmp_path: Path) -> None:
    texts = [None if row % 7 == 0 else f"text {row % 3}" for row in range(500)]
    lists = [None if row % 11 == 0 else [f"{row % 2}", None, "x"] for row in range(500)]
    within = [None if row % 5 == 0 else {"a": {"b": f"{row % 4}"}} for row in range(500)]
    columns = {"t": pa.array(texts).dictionary_encode(), "l": lists, "s": within}
    with closing(opened(write(tmp_path / "a.parquet", pa.table(columns), rows_in_group=130))) as table:
        found = rows_of(table, ["t", "l", "s.a.b"])
        assert table.row(259, ["t", "l", "s.a.b"]) == found[259]
    assert [row["t"] for row in found] == texts
    assert [row["l"] for row in found] == lists
    assert [row["s.a.b"] for row in found] == [None if one is None else one["a"]["b"] for one in within]
