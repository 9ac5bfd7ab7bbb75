"""CSV, TSV and JSON tables: columns told apart, rows read in blocks and gone to, packed or plain, damaged or whole."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.tables import json_document
from indexer.tables.base import Table
from indexer.tables.lines import MARK_ROWS
from indexer.tables.opening import open_table
from indexer.tables.table_set import TableSet
from tests.helpers.monitors import StopWhen, stop_after
from tests.indexer.tables.test_parquet import opened, rows_of, why_unreadable

ADDRESS, SHA256, MD5 = "https://a.test/1.jpg", "ab" * 32, "cd" * 16
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=12)
JSON_VALUE = st.none() | CELL | st.integers(-(2**63), 2**63 - 1) | st.lists(CELL, max_size=3)


def save(place: Path, text: str | bytes) -> Path:
    data = text.encode() if isinstance(text, str) else text
    place.write_bytes(gzip.compress(data) if place.name.endswith(".gz") else data)
    return place


def all_of(table: Table) -> list[dict[str, Any]]:
    """Through its blocks, then row by row from the last to the first; both must agree."""
    try:
        rows = rows_of(table, table.columns)
        assert table.rows() == len(rows)
        assert [table.row(number, table.columns) for number in reversed(range(len(rows)))] == rows[::-1]
        return rows
    finally:
        table.close()


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_csv_with_line_breaks_and_quotation_marks_in_its_cells(tmp_path: Path, ending: str) -> None:
    text = 'url,caption\nhttps://a.test/1.jpg,"a ""cat"",\nasleep"\n\nhttps://a.test/2.jpg,plain\n'
    table = opened(save(tmp_path / f"t.csv{ending}", text))
    assert all_of(table) == [
        {"url": "https://a.test/1.jpg", "caption": 'a "cat",\nasleep'},
        {"url": "https://a.test/2.jpg", "caption": "plain"},
    ]


def test_in_a_tsv_a_lone_quotation_mark_does_not_swallow_the_next_rows(tmp_path: Path) -> None:
    text = 'https://a.test/1.jpg\t"Hello\nhttps://a.test/2.jpg\t"quoted ""well"""\nhttps://a.test/3.jpg\tc\n'
    captions = [row["caption"] for row in all_of(opened(save(tmp_path / "t.tsv", text)))]
    assert captions == ['"Hello', 'quoted "well"', "c"]


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        (f"a cat\t{ADDRESS}", ("caption", "url")),
        (f"{ADDRESS}\ta cat", ("url", "caption")),
        (f"{ADDRESS}\t{SHA256}\t{MD5}", ("url", "sha256", "md5")),
        (f"{MD5}\t{ADDRESS}\t{SHA256}", ("md5", "url", "sha256")),
        (f"{ADDRESS}\t{ADDRESS}\ta cat\ta dog", ("url", "url 2", "caption", "caption 2")),
    ],
)
def test_columns_without_names_are_told_by_what_stands_in_them(
    tmp_path: Path, line: str, columns: tuple[str, ...]
) -> None:
    table = opened(save(tmp_path / "t.tsv", f"{line}\n" * 3))
    assert table.columns == columns
    assert len(all_of(table)) == 3


@pytest.mark.parametrize("line", ["\n\nurl,caption", "url;caption", "url,caption", "url\tcaption", "\ufeffurl,caption"])
def test_names_of_columns_whatever_stands_between_them(tmp_path: Path, line: str) -> None:
    table = opened(save(tmp_path / "t.csv", f"{line}\n"))
    assert table.columns == ("url", "caption")
    assert all_of(table) == []


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("ending", ["tsv", "jsonl"])
def test_blank_lines_are_no_rows_wherever_they_stand(tmp_path: Path, line_end: str, ending: str) -> None:
    """Far more of them than a piece of the file holds, too."""
    many = 3 * MARK_ROWS
    rows = [f"https://a.test/{number}" for number in range(many)]
    made = [f"{row}\tx" if ending == "tsv" else json.dumps({"url": row}) for row in rows]
    made[5:5] = [""] * 200_000
    made[100:100] = [""]
    head = ["url\tcaption"] if ending == "tsv" else []
    table = opened(save(tmp_path / f"t.{ending}", line_end.join(["", *head, *made, "", ""])))
    assert [row["url"] for row in rows_of(table, ["url"])] == rows
    for number in (many - 1, 0, 5, MARK_ROWS, 2 * MARK_ROWS - 1):
        assert table.row(number, ["url"]) == {"url": rows[number]}
    table.close()
    again = opened(tmp_path / f"t.{ending}")
    assert again.count(Monitor()) == many
    assert again.row(many - 1, ["url"]) == {"url": rows[-1]}
    again.close()


def test_a_mark_of_the_order_of_bytes_is_no_part_of_the_first_value(tmp_path: Path) -> None:
    table = opened(save(tmp_path / "t.tsv", f"\ufeffa cat\t{ADDRESS}\n"))
    assert all_of(table) == [{"caption": "a cat", "url": ADDRESS}]


def test_a_row_that_is_too_short_has_nothing_at_its_end(tmp_path: Path) -> None:
    table = opened(save(tmp_path / "t.csv", "url,caption\nhttps://a.test\nx,y,z\n"))
    assert all_of(table) == [{"url": "https://a.test", "caption": None}, {"url": "x", "caption": "y"}]


def test_letters_of_another_code_cost_themselves_only(tmp_path: Path) -> None:
    table = opened(save(tmp_path / "t.csv", b"url,caption\nhttps://a.test,caf\xe9\n"))
    assert all_of(table) == [{"url": "https://a.test", "caption": "caf\ufffd"}]


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL), max_size=20), packed=st.booleans())
def test_what_python_writes_as_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], packed: bool
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("url", "caption"), *rows])
    name = "t.csv.gz" if packed else "t.csv"
    table = opened(save(tmp_path_factory.mktemp("csv") / name, out.getvalue()))
    assert [tuple(row.values()) for row in all_of(table)] == rows


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.fixed_dictionaries({"url": CELL, "value": JSON_VALUE}), min_size=1, max_size=20),
    form=st.sampled_from(["t.jsonl", "t.jsonl.gz", "t.json", "t.json.gz"]),
)
def test_what_python_writes_as_json_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], form: str
) -> None:
    text = json.dumps(rows) if ".json" in form and ".jsonl" not in form else "\n".join(map(json.dumps, rows))
    table = opened(save(tmp_path_factory.mktemp("json") / form, text))
    assert rows_of(table, ["url"]) == [{"url": row["url"]} for row in rows]
    number = len(rows) // 2
    assert table.row(number, ["value"])["value"] in (rows[number]["value"], json.dumps(rows[number]["value"]))
    table.close()


def test_records_within_records_have_names_with_dots(tmp_path: Path) -> None:
    rows = [
        {"url": "https://p.test", "image_info": [], "extra": None},
        {"url": "https://q.test", "image_info": [{"raw_url": "https://a.test/1.jpg", "sim": 0.5}, {"raw_url": None}]},
    ]
    table = opened(save(tmp_path / "t.jsonl", "\n\n".join(map(json.dumps, rows))))
    assert table.columns == ("url", "extra", "image_info.raw_url", "image_info.sim")
    assert rows_of(table, ["image_info.raw_url"]) == [
        {"image_info.raw_url": []},
        {"image_info.raw_url": ["https://a.test/1.jpg", None]},
    ]
    table.close()


def test_a_list_of_records_within_an_object_is_the_table(tmp_path: Path) -> None:
    content = {"info": {"version": "1"}, "annotations": [{"author": "luna", "image_url": ADDRESS}, {"author": "sol"}]}
    table = opened(save(tmp_path / "t.json", json.dumps(content)))
    assert all_of(table) == [{"author": "luna", "image_url": ADDRESS}, {"author": "sol", "image_url": None}]


def test_lists_of_values_by_name_are_columns(tmp_path: Path) -> None:
    table = opened(save(tmp_path / "t.json", json.dumps({"image_urls": [ADDRESS, "b"], "captions": ["a cat", None]})))
    assert all_of(table) == [{"image_urls": ADDRESS, "captions": "a cat"}, {"image_urls": "b", "captions": None}]


@pytest.mark.parametrize("form", ["t.jsonl", "t.json"])
def test_nan_and_half_a_surrogate_cost_nothing_but_themselves(tmp_path: Path, form: str) -> None:
    record = '{"url": "https://a.test", "similarity": NaN, "text": "half \\ud800"}'
    table = opened(save(tmp_path / form, f"[{record}]" if form == "t.json" else record))
    (row,) = rows_of(table, ["url", "similarity"])
    assert row == {"url": "https://a.test", "similarity": None}
    (row,) = rows_of(table, ["text"])
    assert row["text"].startswith("half ")
    table.close()


@pytest.mark.parametrize("ending", ["tsv", "tsv.gz", "jsonl"])
def test_rows_far_into_a_file_are_gone_to(tmp_path: Path, ending: str) -> None:
    count = 2 * MARK_ROWS + 10
    if ending == "jsonl":
        text = "".join(f'{{"url": "https://a.test/{number}"}}\n' for number in range(count))
    else:
        text = "url\tcaption\n" + "".join(f"https://a.test/{number}\tx\n" for number in range(count))
    table = opened(save(tmp_path / f"t.{ending}", text))
    for number in (count - 1, 0, 1, MARK_ROWS, 5, 2 * MARK_ROWS + 1):
        assert table.row(number, ["url"]) == {"url": f"https://a.test/{number}"}
    first = MARK_ROWS + 3
    assert rows_of(table, ["url"], first)[0] == {"url": f"https://a.test/{first}"}
    assert table.rows() == count
    for number in (count, -1):
        with pytest.raises(InputProblem, match="it has no row"):
            table.row(number, ["url"])
    assert rows_of(table, ["url"], count + 5) == []
    table.close()


def test_a_stop_ends_it_between_blocks(tmp_path: Path) -> None:
    table = opened(save(tmp_path / "t.tsv", "url\tcaption\n" + "https://a.test\tx\n" * 40_000))
    with pytest.raises(Cancelled):
        list(table.blocks(["url"], stop_after(1)))
    with pytest.raises(Cancelled):
        list(table.blocks(["url"], stop_after(1), 39_000))
    table.close()


@pytest.mark.parametrize(
    ("name", "content", "because"),
    [
        ("t.jsonl", b'{"url": "a"}\n{"url": \n', "damaged"),
        ("t.csv", b"", "it is empty"),
        ("t.json", b'{"url": "a", "list": [1, 2]}', "no table is recognised"),
        ("t.json", b"[1, 2]", "no table is recognised"),
        ("t.json", b'[{"url": "a"}, ', "damaged"),
        ("t.jsonl", b"[1]\n[2]\n", "no records with names"),
        ("t.bin", b"\0\1\2,\3", "no kind of table"),
        ("words.txt.bin", b"only words", "no kind of table"),
        ("t.csv", b"PK\x03\x04rest", "unpack it first"),
        ("t.csv", b"<!DOCTYPE html><html>", "it is a web page"),
        ("t.parquet", b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(tmp_path: Path, name: str, content: bytes, because: str) -> None:
    assert because in (why_unreadable(save(tmp_path / name, content)) or "")


def test_a_packed_file_that_breaks_off_gives_its_rows_and_a_sentence(tmp_path: Path) -> None:
    text = "url,caption\n" + "".join(f"https://a.test/{number * 7919 % 100_003},x\n" for number in range(60_000))
    place = save(tmp_path / "t.csv.gz", text)
    place.write_bytes(place.read_bytes()[:-5000])
    table = opened(place)
    met = 0
    with pytest.raises(InputProblem, match="damaged"):
        for block in table.blocks(["url"], Monitor()):
            met += len(block.data)
    assert met > 0
    table.close()


def test_a_line_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.tables.lines.LINE_BYTES", 1 << 20)
    assert "longer than 1 MB" in (why_unreadable(save(tmp_path / "t.jsonl", b'{"a": "' + b"x" * (1 << 21))) or "")


def test_a_document_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.tables.json_document._DOCUMENT_BYTES", 1 << 20)
    content = json.dumps([{"url": "x" * 100}] * 20_000)
    assert "over 1 MB" in (why_unreadable(save(tmp_path / "t.json", content)) or "")


def test_a_set_counts_the_rows_of_files_that_do_not_say_how_many_they_have(tmp_path: Path) -> None:
    parts = [save(tmp_path / f"{number}.csv", "url,caption\n" + "a,b\n" * number) for number in (2, 0, 3)]
    tables = TableSet([open_table(part, None, Monitor()) for part in parts])
    assert tables.rows() == 5
    table, within = tables.locate(3)
    assert (table.name, within) == ("3.csv", 1)
    assert [block.first for block in tables.blocks(["url"], Monitor())] == [0, 2]
    tables.close()


def test_a_document_of_so_many_values_that_they_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty million noughts were 180 kB when packed, and took 1.5 GB."""
    monkeypatch.setattr(json_document, "_MOST_VALUES", 1000)
    assert "of over 1,000 values" in why_unreadable(save(tmp_path / "a.json.gz", f"[{{}}{',0' * 1001}]"))


@pytest.mark.parametrize("name", ["a.tsv.gz", "a.csv", "a.jsonl.gz"])
def test_a_stop_is_heard_while_a_row_far_down_is_gone_to(tmp_path: Path, name: str) -> None:
    line = {"a.tsv.gz": f"{ADDRESS}\tx\n", "a.csv": f"{ADDRESS},x\n", "a.jsonl.gz": f'{{"url":"{ADDRESS}"}}\n'}[name]
    wishes: list[str] = []
    table = open_table(save(tmp_path / name, line * 40_000), None, StopWhen(lambda _: bool(wishes)))
    try:
        assert table.row(2, ["url"]) == {"url": ADDRESS}
        wishes.append("stop")
        with pytest.raises(Cancelled):
            table.row(39_999, ["url"])
    finally:
        table.close()
