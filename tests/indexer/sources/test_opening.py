"""From what the user wrote to a source, or to a sentence."""

from contextlib import closing
from pathlib import Path

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.core.errors import SourceProblem
from indexer.net.network import Network
from indexer.sources.base import RowId
from indexer.sources.embeddings_folder import EmbeddingsFolderSource
from indexer.sources.faiss_folder import FaissFolderSource
from indexer.sources.opening import SourceOptions, open_source
from indexer.sources.picture_index import PictureIndexSource
from indexer.sources.registry import Entry, Registry
from indexer.sources.table_source import TableSource
from tests.helpers.server import LocalServer


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "sent.jsonl", allow_private_hosts=True)


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


# What is written decides the kind


@pytest.mark.parametrize("written", ["https://example.org/knn", "hf://datasets/owner/name", "http://127.0.0.1:1234"])
def test_an_address_where_no_other_computer_may_be_asked(written: str) -> None:
    assert why_not(written) == "no other computer may be asked here"


@pytest.mark.parametrize("written", ["s3://bucket/index", "ftp://example.org/x", "file:///etc/passwd"])
def test_an_address_of_another_kind(written: str, network: Network) -> None:
    with pytest.raises(SourceProblem) as caught:
        open_source(written, SourceOptions(network=network))
    assert caught.value.because == "only addresses that begin with http, https or hf can be searched"


@pytest.mark.parametrize(
    "written", ["https://example.org/", "hf://datasets/owner/name", "https://example.org/x.parquet"]
)
def test_an_address_while_offline_says_that_it_is_offline(written: str, tmp_path: Path) -> None:
    offline = SourceOptions(network=Network(tmp_path / "sent.jsonl", offline=True))
    with pytest.raises(SourceProblem) as caught:
        open_source(written, offline)
    assert "offline" in caught.value.because
    assert caught.value.source == written


def test_a_table_and_a_folder_of_tables(tmp_path: Path, network: Network) -> None:
    table = pa.table({"url": ["https://lunavale.example/1.jpg"], "caption": ["a fox"]})
    place = tmp_path / "set" / "part-0.parquet"
    place.parent.mkdir()
    pq.write_table(table, place)
    (tmp_path / "list.csv").write_text("url,caption\nhttps://lunavale.example/1.jpg,a fox\n")
    for written in (str(place), str(place.parent), str(tmp_path / "list.csv")):
        with closing(open_source(written, SourceOptions(network=network))) as source:
            assert isinstance(source, TableSource)
            assert (source.describe().name, source.describe().rows) == (written, 1)


def test_a_table_on_another_computer(tmp_path: Path, network: Network) -> None:
    pq.write_table(pa.table({"url": ["https://lunavale.example/1.jpg"]}), tmp_path / "a.parquet")
    with (
        LocalServer(tmp_path) as server,
        closing(open_source(f"{server.url}/a.parquet", SourceOptions(network=network))) as far,
    ):
        assert isinstance(far, TableSource)
        assert far.describe().rows == 1


def test_a_folder_of_vectors_and_one_with_an_index_of_them(tmp_path: Path) -> None:
    vectors = np.eye(8, dtype=np.float32)
    for folder in (
        tmp_path / "vectors" / "img_emb",
        tmp_path / "vectors" / "metadata",
        tmp_path / "index" / "metadata",
    ):
        folder.mkdir(parents=True)
    np.save(tmp_path / "vectors" / "img_emb" / "img_emb_0.npy", vectors)
    for folder in ("vectors", "index"):
        pq.write_table(
            pa.table({"url": [str(n) for n in range(8)]}), tmp_path / folder / "metadata" / "metadata_0.parquet"
        )
    flat = faiss.IndexFlatIP(8)
    flat.add(vectors)
    faiss.write_index(flat, str(tmp_path / "index" / "image.index"))
    for name, kind in (("vectors", EmbeddingsFolderSource), ("index", FaissFolderSource)):
        with closing(open_source(str(tmp_path / name), SourceOptions())) as source:
            assert isinstance(source, kind)
            assert source.describe().rows == 8


def test_what_stands_behind_the_mark_is_told_to_the_source(tmp_path: Path) -> None:
    folder = tmp_path / "odd#1"
    (folder / "img_emb").mkdir(parents=True)
    (folder / "metadata").mkdir()
    np.save(folder / "img_emb" / "img_emb_0.npy", np.ones((2, 768), np.float32))
    pq.write_table(pa.table({"url": ["1", "2"]}), folder / "metadata" / "metadata_0.parquet")
    pair = "ViT-L-14-quickgelu, openai "
    for written, model in ((f"{folder}", None), (f"{folder}#model={pair}", "ViT-L-14-quickgelu")):
        with closing(open_source(written, SourceOptions())) as source:
            space = source.describe().space
            assert (space.model if space else None) == model


# Names


def test_a_name_that_was_set_up_here(small_index: Path, tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.json")
    registry.add("my-set", Entry(str(small_index), "", "", "2026-11-25T00:00:00Z"))
    with closing(open_source("my-set", SourceOptions(registry=tmp_path / "registry.json"))) as source:
        assert isinstance(source, PictureIndexSource)
        assert source.describe().name == "my-set"


def test_a_damaged_list_of_names_is_told(tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text("{")
    with pytest.raises(SourceProblem) as caught:
        open_source("my-set", SourceOptions(registry=tmp_path / "registry.json"))
    assert caught.value.because.startswith("the list of data sets set up here cannot be read")


@pytest.mark.parametrize("written", ["coyo-700m", "LAION 5B", "x" * 5000])
def test_a_name_of_nothing(written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert why_not(written).startswith("there is nothing of that name here, and no data set of that name is set up; ")
    assert why_not(written).endswith("“exhibit-a datasets show NAME” how to get one")


def test_a_path_to_nothing(tmp_path: Path) -> None:
    assert why_not(str(tmp_path / "nothing")) == "there is no such folder"


def test_a_file_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(bytes(range(256)))
    assert len(why_not(str(tmp_path / "index")).split()) > 3


def test_a_folder_of_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = (
        "it is not an index folder (it has no index.json); a folder of pictures becomes one by "
        "“exhibit-a index build FOLDER --from images --out INDEX”"
    )
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
