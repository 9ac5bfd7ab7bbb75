"""Arrow files: entered by their footer, read by columns."""

from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from indexer.core.errors import Cancelled, InputProblem
from tests.helpers.monitors import stop_after
from tests.indexer.tables.test_parquet import NESTED, opened, rows_of, why_unreadable


def write(place: Path, table: pa.Table, rows_in_batch: int = 2, packing: str | None = None) -> Path:
    options = pa.ipc.IpcWriteOptions(compression=packing)
    with pa.OSFile(str(place), "wb") as out, pa.ipc.new_file(out, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows_in_batch)
    return place


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.fixed_dictionaries({"url": st.none() | st.text(), "n": st.integers(0, 9)}), max_size=20),
    rows_in_batch=st.integers(1, 8),
    packing=st.sampled_from([None, "zstd", "lz4"]),
    first=st.integers(0, 22),
)
def test_what_was_written_is_read_in_blocks_and_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], rows_in_batch: int, packing: str, first: int
) -> None:
    schema = pa.schema([("url", pa.string()), ("n", pa.int32())])
    written = pa.Table.from_pylist(rows, schema)
    table = opened(write(tmp_path_factory.mktemp("arrow") / "t.arrow", written, rows_in_batch, packing))
    assert table.rows() == len(rows)
    assert rows_of(table, ["n", "url"], first) == written.select(["n", "url"]).to_pylist()[first:]
    assert [table.row(number, ["url", "n"]) for number in range(len(rows))] == rows
    table.close()


def test_columns_within_columns_are_named_with_dots(tmp_path: Path) -> None:
    table = opened(write(tmp_path / "t.arrow", NESTED))
    assert rows_of(table, ["image_info.raw_url"])[0] == {"image_info.raw_url": ["https://a.test/1.jpg", None]}
    assert table.row(3, ["about.page.url", "texts"]) == {"about.page.url": None, "texts": ["three"]}
    with pytest.raises(InputProblem, match="it has no row"):
        table.row(4, ["texts"])
    table.close()


def test_a_stop_ends_it_between_blocks(tmp_path: Path) -> None:
    table = opened(write(tmp_path / "t.arrow", NESTED, 1))
    with pytest.raises(Cancelled):
        list(table.blocks(["id"], stop_after(2)))
    table.close()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_one_sentence_or_its_rows(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = write(tmp_path_factory.mktemp("damaged") / "t.arrow", NESTED.select(["id", "texts"]))
    content = bytearray(place.read_bytes())
    at = data.draw(st.integers(8, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    place.write_bytes(content)
    because = why_unreadable(place)
    assert because is None or (because and "\n" not in because)


LONG = "x" * (1 << 16)
PLACES = pa.array(np.zeros(20_000, np.int32))
TEXTS = pa.DictionaryArray.from_arrays(PLACES, pa.array([LONG]))
VIEWS = pa.Array.from_buffers(
    pa.string_view(),
    len(PLACES),
    [
        None,
        pa.py_buffer(np.tile(np.array([len(LONG), int.from_bytes(b"xxxx", "little"), 0, 0], np.int32), len(PLACES))),
        pa.py_buffer(LONG.encode()),
    ],
)
BOMBS = {
    "a text": TEXTS,
    "a text of each item of lists": pa.ListArray.from_arrays(pa.array(np.arange(20_001, dtype=np.int32)), TEXTS),
    "a text within another column": pa.StructArray.from_arrays([TEXTS], ["inner"]),
    "a view of a text": VIEWS,
    "a record": pa.DictionaryArray.from_arrays(PLACES, pa.array([{"text": LONG}])),
}


@pytest.mark.parametrize("column", BOMBS.values(), ids=BOMBS)
def test_one_long_value_that_all_rows_mean_is_not_unpacked(tmp_path: Path, column: pa.Array) -> None:
    place = write(tmp_path / "bomb.arrow", pa.table({"url": column}), len(column), "zstd")
    assert place.stat().st_size < 400_000
    before = pa.total_allocated_bytes()
    with closing(opened(place)) as table, pytest.raises(InputProblem, match="20,000 of its rows unpack to more than"):
        rows_of(table, table.columns)
    assert pa.total_allocated_bytes() - before < 64 << 20


def test_texts_that_many_rows_mean_come_in_their_places(tmp_path: Path) -> None:
    texts = [None if row % 7 == 0 else f"text {row % 3}" for row in range(500)]
    lists = [None if row % 11 == 0 else [f"{row % 2}", None, "x" * 40] for row in range(500)]
    flat = pa.array([item for one in lists for item in one or ()])
    ends = pa.array([None, *np.cumsum([len(one or ()) for one in lists])], pa.int32()).fill_null(0)
    columns = {
        "t": pa.array(texts).dictionary_encode(),
        "n": pa.array([row % 5 for row in range(500)]).dictionary_encode(),
        "v": pa.array(lists, pa.large_list(pa.string_view())),
        "d": pa.ListArray.from_arrays(ends, flat.dictionary_encode()),
    }
    with closing(opened(write(tmp_path / "t.arrow", pa.table(columns), 130, "lz4"))) as table:
        found = rows_of(table, ["t", "v", "d", "n"])
        assert table.row(259, ["t", "v", "d", "n"]) == found[259]
    assert [row["t"] for row in found] == texts
    assert [row["n"] for row in found] == [row % 5 for row in range(500)]
    assert [row["v"] for row in found] == lists
    assert [row["d"] for row in found] == [one or [] for one in lists]


def test_a_column_that_is_kept_in_a_strange_way_is_named(tmp_path: Path) -> None:
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([3, 5], pa.int32()), pa.array(["a", "b"]))
    place = write(tmp_path / "t.arrow", pa.table({"id": [1, 2, 3, 4, 5], "tag": runs}), 5)
    with closing(opened(place)) as table:
        assert [row["id"] for row in rows_of(table, ["id"])] == [1, 2, 3, 4, 5]
        with pytest.raises(InputProblem, match="its column tag is kept in a way that is not read here"):
            rows_of(table, ["tag"])


@pytest.mark.parametrize("offset", [-7, 1 << 30])
def test_lists_that_point_outside_are_damage(tmp_path: Path, offset: int) -> None:
    items = pa.array(["one", "two", "three"]).dictionary_encode()
    offsets = pa.py_buffer(np.array([0, 2, offset, 3], np.int32))
    lists = pa.Array.from_buffers(pa.list_(items.type), 3, [None, offsets], children=[items])
    place = tmp_path / "t.arrow"
    with pa.OSFile(str(place), "wb") as out, pa.ipc.new_file(out, pa.schema([("texts", lists.type)])) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays([lists], ["texts"]))
    assert "the file is damaged" in (why_unreadable(place) or "")


def test_a_stream_of_arrow_is_refused_with_a_way_out(tmp_path: Path) -> None:
    place = tmp_path / "t.arrow"
    with pa.OSFile(str(place), "wb") as out, pa.ipc.new_stream(out, NESTED.schema) as writer:
        writer.write_table(NESTED)
    assert "save it as Arrow file or Parquet" in (why_unreadable(place) or "")
