"""A table of a SQLite database: which one, its rows in order, and nothing that a hostile file could do."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.tables.opening import open_table
from indexer.tables.sqlite_table import MARK_ROWS
from tests.helpers.monitors import StopWhen, stop_after
from tests.indexer.tables.test_parquet import opened, rows_of, why_unreadable

VALUE = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def save(place: Path, *statements: str, rows: list[tuple[Any, ...]] | None = None) -> Path:
    """Run the statements; the last one once for each row, when there are rows."""
    place.unlink(missing_ok=True)
    with closing(sqlite3.connect(place)) as database:
        for statement in statements[:-1]:
            database.execute(statement)
        if rows is None:
            database.execute(statements[-1])
        else:
            database.executemany(statements[-1], rows)
        database.commit()
    return place


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(VALUE, VALUE), max_size=20), gap=st.integers(0, 20), first=st.integers(0, 22))
def test_rows_are_numbered_in_their_order_whatever_was_deleted(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], gap: int, first: int
) -> None:
    place = tmp_path_factory.mktemp("sqlite") / "t.db"
    save(place, "CREATE TABLE posts (url TEXT, md5 TEXT)", "INSERT INTO posts VALUES (?, ?)", rows=rows)
    with closing(sqlite3.connect(place)) as database:
        database.execute("DELETE FROM posts WHERE rowid = ?", (gap,))
        database.commit()
    left = [row for number, row in enumerate(rows, 1) if number != gap]
    table = opened(place)
    assert table.rows() == len(left)
    assert [tuple(row.values()) for row in rows_of(table, ["url", "md5"], first)] == left[first:]
    assert [tuple(table.row(number, ["url", "md5"]).values()) for number in range(len(left))] == left
    table.close()


def test_a_row_far_into_it_is_gone_to(tmp_path: Path) -> None:
    count = 2 * MARK_ROWS + 5
    rows = [(f"https://a.test/{number}",) for number in range(count)]
    table = opened(save(tmp_path / "t.db", "CREATE TABLE t (url TEXT)", "INSERT INTO t VALUES (?)", rows=rows))
    assert table.row(count - 1, ["url"]) == {"url": rows[-1][0]}
    assert len(rows_of(table, ["url"])) == count
    for number in (0, MARK_ROWS - 1, MARK_ROWS, count - 1):
        assert table.row(number, ["url"]) == {"url": rows[number][0]}
    with pytest.raises(InputProblem, match="it has no row"):
        table.row(count, ["url"])
    table.close()


TWO_TABLES = (
    "CREATE TABLE tags (name TEXT)",
    "INSERT INTO tags VALUES ('a'), ('b'), ('c'), ('d')",
    "CREATE TABLE small (url TEXT)",
    "INSERT INTO small VALUES ('https://a.test')",
    "CREATE TABLE posts (md5 TEXT, pixel_hash TEXT)",
    "INSERT INTO posts VALUES ('00', '11'), ('22', '33')",
)


def test_the_largest_table_with_something_to_look_for_is_taken(tmp_path: Path) -> None:
    table = opened(save(tmp_path / "t.db", *TWO_TABLES))
    assert table.columns == ("md5", "pixel_hash")
    assert table.rows() == 2
    table.close()


def test_another_table_is_taken_by_its_name(tmp_path: Path) -> None:
    place = save(tmp_path / "t.db", *TWO_TABLES)
    table = open_table(f"{place}#table=small", None, Monitor())
    assert rows_of(table, ["url"]) == [{"url": "https://a.test"}]
    table.close()
    with pytest.raises(InputProblem, match="it has no table called missing"):
        open_table(f"{place}#table=missing", None, Monitor())


def test_a_database_without_anything_to_look_for_is_said(tmp_path: Path) -> None:
    place = save(tmp_path / "t.db", "CREATE TABLE notes (words TEXT)")
    assert why_unreadable(place) == "none of its tables has addresses, hashes or accounts"


def test_a_view_that_computes_for_ever_is_not_asked(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(url) AS (SELECT 'a' UNION ALL SELECT url FROM n) SELECT url FROM n"
    place = save(tmp_path / "t.db", f"CREATE VIEW posts AS {endless}")
    assert why_unreadable(place) == "none of its tables has addresses, hashes or accounts"
    with pytest.raises(InputProblem, match="no table called posts"):
        open_table(f"{place}#table=posts", None, Monitor())


def test_a_value_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    place = save(tmp_path / "t.db", "CREATE TABLE t (url BLOB)", "INSERT INTO t VALUES (zeroblob(20000000))")
    table = opened(place)
    with pytest.raises(InputProblem, match="damaged"):
        rows_of(table, ["url"])
    table.close()


def test_values_of_several_kinds_in_a_column_are_read_as_texts(tmp_path: Path) -> None:
    place = save(tmp_path / "t.db", "CREATE TABLE t (url)", "INSERT INTO t VALUES (1), ('two'), (3.5), (NULL)")
    table = opened(place)
    assert [row["url"] for row in rows_of(table, ["url"])] == ["1", "two", "3.5", None]
    table.close()


def test_text_that_is_no_utf8_costs_its_letters_only(tmp_path: Path) -> None:
    place = save(tmp_path / "t.db", "CREATE TABLE t (url TEXT)", "INSERT INTO t VALUES (CAST(x'636166e9' AS TEXT))")
    table = opened(place)
    assert rows_of(table, ["url"]) == [{"url": "caf\ufffd"}]
    table.close()


def test_a_stop_ends_it_between_blocks_and_in_the_middle_of_a_question(tmp_path: Path) -> None:
    rows = [("x" * 20,)] * 200_000
    place = save(tmp_path / "t.db", "CREATE TABLE t (url TEXT)", "INSERT INTO t VALUES (?)", rows=rows)
    table = opened(place)
    with pytest.raises(Cancelled):
        list(table.blocks(["url"], stop_after(1)))
    table.close()
    with pytest.raises(Cancelled):
        open_table(place, None, stop_after(0))


def test_nothing_is_written_beside_it(tmp_path: Path) -> None:
    place = save(tmp_path / "t.db", *TWO_TABLES)
    before = place.read_bytes()
    table = opened(place)
    rows_of(table, ["md5"])
    table.close()
    assert [path.name for path in tmp_path.iterdir()] == ["t.db"]
    assert place.read_bytes() == before


def test_a_damaged_database_is_a_sentence(tmp_path: Path) -> None:
    rows = [("https://a.test/" + "x" * 50,)] * 2000
    place = save(tmp_path / "t.db", "CREATE TABLE t (url TEXT)", "INSERT INTO t VALUES (?)", rows=rows)
    data = bytearray(place.read_bytes())
    data[8192:65536] = b"\xff" * (65536 - 8192)
    place.write_bytes(data)
    assert "damaged" in (why_unreadable(place) or "")


def test_a_stop_is_heard_while_a_row_far_down_is_gone_to(tmp_path: Path) -> None:
    rows = [(f"https://a.test/{number}",) for number in range(200_000)]
    place = save(tmp_path / "t.db", "CREATE TABLE posts (url TEXT)", "INSERT INTO posts VALUES (?)", rows=rows)
    wishes: list[str] = []
    with closing(open_table(place, None, StopWhen(lambda _: bool(wishes)))) as table:
        wishes.append("stop")
        with pytest.raises(Cancelled):
            table.row(199_999, ["url"])
