"""By what a row is known again in another version of its table."""

import pyarrow as pa

from indexer.tables.row_keys import key_of, rows_holding

BLOCK = pa.record_batch(
    {
        "url": pa.array(["a", None, "b", "a"]),
        "hash": pa.array([-5, 7, None, 7]),
        "images": pa.array([["x", "y"], None, [], ["x"]], pa.list_(pa.string())),
    }
)


def test_a_key_is_what_is_written_and_nothing_is_an_empty_text() -> None:
    assert [key_of(BLOCK, row, ("url", "hash")) for row in range(4)] == [("a", "-5"), ("", "7"), ("b", ""), ("a", "7")]


def test_rows_are_found_by_texts_numbers_and_lists() -> None:
    assert list(rows_holding(BLOCK, "url", {"a"})) == [0, 3]
    assert list(rows_holding(BLOCK, "url", {""})) == [1]
    assert list(rows_holding(BLOCK, "hash", {"7", "b"})) == [1, 3]
    assert list(rows_holding(BLOCK, "images", {"['x', 'y']"})) == [0]
    assert list(rows_holding(BLOCK, "url", ())) == []
