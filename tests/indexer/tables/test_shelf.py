"""Of many open tables only so much is kept in memory, and every row is right whatever was let go."""

from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.core.progress import Monitor
from indexer.tables.opening import open_table
from indexer.tables.shelf import Shelf, ShelvedTable
from indexer.tables.table_set import TableSet


def write(place: Path, number: int) -> Path:
    pq.write_table(pa.table({"text": [f"{number} {row} {'x' * 90}" for row in range(100)]}), place)
    return place


@pytest.mark.parametrize("limit", [0, 25_000, 1 << 20])
def test_what_is_kept_of_all_tables_together_stays_below_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr("indexer.tables.shelf.KEPT_BYTES", limit)
    places = [write(tmp_path / f"{number}.parquet", number) for number in range(6)]
    shelf, inner = Shelf(), [open_table(place, None, Monitor()) for place in places]
    with closing(shelf):
        tables = TableSet([shelf.keep(lambda _, table=table: table, Monitor()) for table in inner])
        assert all(isinstance(table, ShelvedTable) for table in tables.tables)
        for row in (5, 105, 205, 305, 405, 505, 7, 599):
            assert tables.row(row, ["text"])["text"].startswith(f"{row // 100} {row % 100} ")
            assert sum(table.kept_bytes for table in inner) <= limit
        kept = [table.kept_bytes > 0 for table in inner]
    assert kept[5] == (limit > 0), "what was asked last is the last to go"
    assert all(kept) == (limit == 1 << 20)


def test_a_row_of_columns_that_no_file_has_is_empty_not_damaged(tmp_path: Path) -> None:
    with closing(TableSet([open_table(write(tmp_path / "a.parquet", 1), None, Monitor())])) as tables:
        assert tables.row(3, []) == {}
        assert tables.row(3, ["colour"]) == {"colour": None}
