"""What the user wrote becomes a list of files, each with a name that tells it from the others."""

from pathlib import Path

import pytest

from indexer.building.table_inputs import Input, find_inputs
from indexer.core.errors import InputProblem
from indexer.tables.asked_file import is_address


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Files called like tables; what is in them is not looked at here."""
    for name in ("b.parquet", "a.parquet", "more/c.parquet", "notes.md", "a [1].parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def names(*written: str | Path) -> list[str]:
    return [one.name for one in find_inputs([str(text) for text in written])]


def why_not(text: str | Path) -> str:
    with pytest.raises(InputProblem) as caught:
        find_inputs([str(text)])
    assert caught.value.path == str(text)
    return caught.value.because


def test_a_file_is_read_itself(tables: Path) -> None:
    assert find_inputs([str(tables / "b.parquet")]) == [Input(str(tables / "b.parquet"), "b.parquet")]


def test_a_folder_is_read_in_the_order_of_names(tables: Path) -> None:
    assert names(tables) == ["a [1].parquet", "a.parquet", "b.parquet", "c.parquet"]


def test_a_pattern_is_read_in_the_order_of_names(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(tables / "?.parquet") == ["a.parquet", "b.parquet"]
    assert names(tables / "**" / "*.parquet") == ["a [1].parquet", "a.parquet", "b.parquet", "c.parquet"]
    monkeypatch.chdir(tables)
    assert find_inputs(["[ab].parquet"])[0] == Input(str(tables / "a.parquet"), "a.parquet")


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tables: Path) -> None:
    assert names(tables / "a [1].parquet") == ["a [1].parquet"]


def test_a_table_of_a_database_is_named_after_its_path(tables: Path) -> None:
    (tables / "d.sqlite").touch()
    written = f"{tables / 'd.sqlite'}#table=posts"
    assert find_inputs([written]) == [Input(written, "d.sqlite#table=posts")]


def test_several_are_read_in_the_order_written_and_once_each(tables: Path) -> None:
    assert names(tables / "b.parquet", tables / "?.parquet") == ["b.parquet", "a.parquet"]


def test_an_address_is_not_looked_for_on_disk() -> None:
    address = "https://example.org/data/part%20one.parquet?download=true"
    assert find_inputs([address]) == [Input(address, "part one.parquet")]
    assert is_address("HTTP://EXAMPLE.ORG")
    assert not is_address("ftp://example.org/a.parquet")


def test_a_list_of_addresses_is_read_in_its_order(tmp_path: Path) -> None:
    place = tmp_path / "coyo.txt"
    place.write_bytes(b"\xef\xbb\xbfhttps://a.org/2.parquet\r\n# a remark\r\n\r\n  https://a.org/1.parquet  \r\n")
    assert names(place) == ["2.parquet", "1.parquet"]


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"https://a.org/1.parquet\n/data/2.parquet\n", "line 2 is not a web address"),
        (b"\n# nothing\n", "there is no address in it"),
        (b"\xff\xfe", "it cannot be read as a list of addresses"),
    ],
)
def test_a_list_of_something_else_is_refused(tmp_path: Path, content: bytes, because: str) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    assert because in why_not(tmp_path / "list.txt")


def test_files_that_are_called_alike_get_as_much_of_their_path_as_they_need() -> None:
    assert names("https://a.org/x/1/p.parquet", "https://a.org/x/2/p.parquet", "https://a.org/x/2/q.parquet") == [
        "1/p.parquet",
        "2/p.parquet",
        "2/q.parquet",
    ]
    assert names("https://a.org/get?file=1", "https://a.org/get?file=2") == ["get (1)", "get (2)"]
    assert names("https://a.org", "https://b.org") == ["https://a.org", "https://b.org"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert why_not(tmp_path / "none.parquet") == "there is no such file or folder"
    assert why_not(tmp_path / "*.parquet") == "no file is called like that"
    assert why_not(tmp_path / "empty") == "there is no table in that folder"
    assert "cannot be read" in why_not(tmp_path / "none.txt")
