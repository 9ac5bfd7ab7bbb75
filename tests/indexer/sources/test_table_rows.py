"""What a row of a table says of its picture, and which of its values are taken for nothing."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.sources.base import RowFacts
from indexer.sources.table_rows import Shown, TableRows
from indexer.tables.opening import open_table
from indexer.tables.recognise import recognise
from indexer.tables.table_set import TableSet


def facts_of(tmp_path: Path, row: dict[str, Any], *shown: Shown, number: int = 0) -> RowFacts:
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "part-0.parquet")
    tables = TableSet([open_table(tmp_path / "part-0.parquet", None, Monitor())])
    try:
        return TableRows(tables, recognise(tables.columns), "A set", "1").facts(number, shown)
    finally:
        tables.close()


def test_a_row_is_named_by_its_file_and_number(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"URL": "https://a.test/1.jpg", "TEXT": "a cat", "WIDTH": 30, "HEIGHT": 20})
    assert facts == RowFacts(
        "part-0.parquet row 0", "A set:part-0.parquet#0", "https://a.test/1.jpg", "a cat", width=30, height=20
    )


def test_a_column_that_identifies_the_row_gives_its_key(tmp_path: Path) -> None:
    sha256, uid = "AB" * 32, "0123456789abcdef" * 2
    facts = facts_of(tmp_path, {"uid": uid, "url": "https://a.test", "text": "", "sha256": sha256})
    assert facts.row_key == f"A set:uid={uid}"
    assert facts.sha256 == sha256.lower()
    assert facts.caption is None


@pytest.mark.parametrize("empty", [None, ""])
def test_where_the_key_is_missing_file_and_number_stand_in(tmp_path: Path, empty: str | None) -> None:
    facts = facts_of(tmp_path, {"photoid": empty, "downloadurl": "https://a.test/1.jpg"})
    assert facts.row_key == "A set:part-0.parquet#0"


def test_a_digest_written_as_a_uuid_is_the_same_digest(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"md5": "0123ABCD-4567-89ab-cdef-0123456789ab", "url": "https://a.test"})
    assert facts.md5 == "0123abcd456789abcdef0123456789ab"


def test_values_that_cannot_be_what_their_column_says_are_nothing(tmp_path: Path) -> None:
    row = {"url": None, "sha256": "not hex", "md5": "ab", "image_phash": "zz", "width": "-3", "height": "wide"}
    facts = facts_of(tmp_path, row)
    assert (facts.url, facts.sha256, facts.md5, facts.phash, facts.width, facts.height) == (None,) * 6


def test_a_perceptual_hash_is_read_from_its_hex_digits(tmp_path: Path) -> None:
    assert facts_of(tmp_path, {"url": "u", "image_phash": "c7b0d0685fe58b23"}).phash == 0xC7B0D0685FE58B23


def test_of_a_list_of_addresses_the_one_that_was_found_is_shown(tmp_path: Path) -> None:
    row = {
        "image_info": [{"raw_url": "https://a.test/1.jpg"}, {"raw_url": None}, {"raw_url": "https://a.test/3.jpg"}],
        "text_list": ["first words", "other words"],
        "url": "https://page.test",
    }
    first, *_ = recognise(["url", "image_info.raw_url", "text_list"]).url
    assert first == "image_info.raw_url", "the picture's own address goes before that of its page"
    assert facts_of(tmp_path, row).url == "https://a.test/1.jpg"
    assert facts_of(tmp_path, row, Shown("image_info.raw_url", 1)).url == "https://a.test/3.jpg"
    assert facts_of(tmp_path, row, Shown("text_list", 1)).caption == "other words"


def test_a_page_that_was_found_is_told_beside_the_pictures_address(tmp_path: Path) -> None:
    row = {"image_url": "https://cdn.test/1.jpg", "page_url": "https://mine.test/work"}
    facts = facts_of(tmp_path, row, Shown("page_url"))
    assert facts.url == "https://cdn.test/1.jpg"
    assert facts.notes == ("The row also lists the address https://mine.test/work.",)


def test_a_row_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceProblem, match="it has no row 7"):
        facts_of(tmp_path, {"url": "https://a.test"}, number=7)
