"""Arrow files: entered by their footer, read by columns."""

from pathlib import Path
from typing import Any

import hypothesis.strategies as st
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


def test_a_stream_of_arrow_is_refused_with_a_way_out(tmp_path: Path) -> None:
    place = tmp_path / "t.arrow"
    with pa.OSFile(str(place), "wb") as out, pa.ipc.new_stream(out, NESTED.schema) as writer:
        writer.write_table(NESTED)
    assert "save it as Arrow file or Parquet" in (why_unreadable(place) or "")
