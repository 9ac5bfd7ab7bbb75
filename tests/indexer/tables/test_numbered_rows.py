"""A row is found by its number wherever it stands, and no file is read that cannot hold it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables import numbered_rows
from indexer.tables.numbered_rows import NumberedRows, has_numbers
from indexer.tables.opening import open_table
from indexer.tables.table_set import TableSet


def write(folder: Path, files: list[list[int]], group: int = 4, *, statistics: bool = True) -> list[Path]:
    places = []
    for number, values in enumerate(files):
        places.append(folder / f"part-{number}.parquet")
        table = pa.table({"id": [f"id {value}" for value in values], "i": pa.array(values, pa.int64())})
        pq.write_table(table, places[-1], row_group_size=group, write_statistics=statistics)
    return places


def opened(places: list[Path]) -> tuple[NumberedRows, TableSet]:
    tables = TableSet([open_table(place, None, Monitor()) for place in places])
    return NumberedRows(places, tables, "i"), tables


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(-3, 40), max_size=11), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([0, 99]),
)
def test_the_first_row_with_the_number_is_found(tmp_path_factory, files, statistics, kept) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbered_rows, "_KEPT_ROWS", kept)
        rows, tables = opened(write(tmp_path_factory.mktemp("ids"), files, statistics=statistics))
        flat = [value for values in files for value in values]
        for number in range(-1, 42):
            found = rows.find(number)
            assert (found is None) == (number not in flat)
            assert found is None or flat[found] == number
        tables.close()


def test_parts_that_cannot_hold_the_number_are_not_read(tmp_path: Path) -> None:
    places = write(tmp_path, [list(range(100)), list(range(100, 200))])
    rows, tables = opened(places)
    data = places[1].read_bytes()
    places[1].write_bytes(data[:4] + bytes(len(data) // 4) + data[4 + len(data) // 4 :])
    assert rows.find(57) == 57
    tables.close()


def test_a_column_of_words_is_no_column_of_numbers(tmp_path: Path) -> None:
    pq.write_table(pa.table({"i": ["1", "2"]}), tmp_path / "words.parquet")
    assert not has_numbers(tmp_path / "words.parquet", "i")
    assert has_numbers(write(tmp_path, [[1]])[0], "i")
    assert not has_numbers(tmp_path / "words.parquet", "j")
    (tmp_path / "odd.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputProblem):
        has_numbers(tmp_path / "odd.parquet", "i")


def test_missing_numbers_are_no_number(tmp_path: Path) -> None:
    table = pa.table({"i": pa.array([3, None, 5], pa.int64())})
    pq.write_table(table, tmp_path / "gaps.parquet")
    rows, tables = opened([tmp_path / "gaps.parquet"])
    assert [rows.find(number) for number in (3, 4, 5)] == [0, None, 2]
    tables.close()
