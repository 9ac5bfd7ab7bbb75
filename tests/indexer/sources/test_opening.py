"""From what the user wrote to a source, or to a sentence."""

from contextlib import closing
from pathlib import Path

import pytest

from indexer.core.errors import SourceProblem
from indexer.sources.base import RowId
from indexer.sources.opening import SourceOptions, open_source
from indexer.sources.picture_index import PictureIndexSource


def why_not(written: str) -> str:
    with pytest.raises(SourceProblem) as caught:
        open_source(written, SourceOptions())
    assert caught.value.source == written
    return caught.value.because


def test_an_index_folder(small_index: Path) -> None:
    for written in (str(small_index), f"{small_index}/", f"{small_index.parent}/./{small_index.name}"):
        with closing(open_source(written, SourceOptions())) as source:
            assert isinstance(source, PictureIndexSource)
            assert source.describe().name == written


def test_an_index_folder_by_its_name_alone(small_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small_index.parent)
    with closing(open_source(small_index.name, SourceOptions())) as source:
        assert source.describe().name == small_index.name


def test_an_index_folder_where_the_user_stands(small_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small_index)
    with closing(open_source(".", SourceOptions())) as source:
        assert source.describe().name == "."


def test_another_folder_of_pictures_is_passed_on(small_index: Path, tmp_path: Path) -> None:
    (tmp_path / "00.png").write_bytes(b"")
    with closing(open_source(str(small_index), SourceOptions(pictures=tmp_path))) as source:
        assert source.facts(RowId("0")).local == tmp_path / "00.png"


@pytest.mark.parametrize("written", ["https://example.org/knn", "http://127.0.0.1:1234", "s3://bucket/index"])
def test_an_address(written: str) -> None:
    assert why_not(written) == "this version searches index folders only, not addresses of services"


@pytest.mark.parametrize("written", ["coyo-700m", "LAION 5B", "x" * 5000])
def test_a_name(written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert why_not(written) == "there is no index folder of that name, and no data set of that name is set up here"


def test_a_path_to_nothing(tmp_path: Path) -> None:
    assert why_not(str(tmp_path / "nothing")) == "there is no such folder"


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("hello")
    assert why_not(str(tmp_path / "index")) == "it is a file, not an index folder"


def test_a_folder_of_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = "it is not an index folder (it has no index.json)"
    assert why_not(str(tmp_path)) == sentence
    monkeypatch.chdir(tmp_path)
    assert why_not(".") == sentence
    assert why_not("") == sentence


def test_an_index_that_is_not_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index.partial").mkdir()
    sentence = "it is not finished; start the same build again and it goes on"
    assert why_not(str(tmp_path / "index")) == sentence
    monkeypatch.chdir(tmp_path)
    assert why_not("./index") == sentence
    assert why_not("index") == sentence


def test_an_index_of_a_newer_version(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"format": 3}')
    assert why_not(str(tmp_path)) == "it was made by a newer version of this program (format 3, known: 2)"
