"""What the real clip-retrieval and autofaiss wrote is opened, and gives the neighbours that their own server gives."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.matching.thresholds import REACH
from indexer.net.network import Network
from indexer.sources.base import Source
from indexer.sources.embeddings_folder import EmbeddingsFolderSource
from indexer.sources.faiss_folder import FaissFolderSource
from indexer.sources.knn_service import KnnServiceSource
from tests.helpers.embeddings import nearest_by_hand, queries_for
from tests.helpers.faiss_folders import unit_vectors
from tests.helpers.peers import PICTURES, PeerIndex, Peers

pytestmark = [pytest.mark.peer, pytest.mark.timeout(2400)]

MODEL = "ViT-B-32-quickgelu,openai"
"""Only the name: the weights are seeded ones."""

NEIGHBOURS = 12


@pytest.fixture(scope="module")
def theirs(peer_index: PeerIndex) -> np.ndarray:
    """The vectors that the real program made, in the order of its files."""
    files = sorted((peer_index.embeddings / "img_emb").glob("*.npy"))
    return np.concatenate([np.load(place) for place in files]).astype(np.float32)


@pytest.fixture(scope="module")
def asked(theirs: np.ndarray) -> np.ndarray:
    """Vectors near to those of the pictures, and some that are near to none."""
    near = theirs + 0.03 * unit_vectors(len(theirs), seed=4, dimension=512)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    return np.concatenate([near, unit_vectors(6, seed=5, dimension=512)]).astype(np.float32)


@pytest.fixture
def folder_source(peer_index: PeerIndex) -> Iterator[Source]:
    with closing(FaissFolderSource(peer_index.folder, "their folder", MODEL)) as source:
        yield source


def answers(source: Source, vectors: np.ndarray, count: int = NEIGHBOURS) -> dict[str, list[tuple[str | None, float]]]:
    """For each work the addresses of its neighbours and how near they are."""
    found: dict[str, list[tuple[str | None, float]]] = {}
    reach = replace(REACH, content_count=count)
    for one in source.search(queries_for(source, vectors), [Lane.NEURAL], reach, Monitor()):
        found.setdefault(one.work, []).append((source.facts(one.row).url, one.distance))
    return found


def assert_equal(
    mine: dict[str, list[tuple[str | None, float]]], others: dict[str, list[tuple[str | None, float]]], abs_: float
) -> None:
    assert mine.keys() == others.keys()
    for work, rows in mine.items():
        assert [url for url, _ in rows] == [url for url, _ in others[work]]
        assert [distance for _, distance in rows] == pytest.approx([distance for _, distance in others[work]], abs=abs_)


def test_the_folder_gives_the_neighbours_that_its_own_server_gives(
    folder_source: Source, peer_server: str, asked: np.ndarray, tmp_path: Path
) -> None:
    written = f"{peer_server}/knn-service#index=drawings&model={MODEL}"
    with closing(KnnServiceSource(written, Network(tmp_path / "sent.jsonl", allow_private_hosts=True))) as service:
        assert_equal(answers(folder_source, asked), answers(service, asked), 1e-5)


def test_the_folder_gives_the_neighbours_of_brute_force(
    folder_source: Source, theirs: np.ndarray, asked: np.ndarray
) -> None:
    expected = [[f"https://example.org/{row:03}.png" for row in rows] for rows in nearest_by_hand(asked, theirs, 5)]
    assert [[url for url, _ in rows] for rows in answers(folder_source, asked, 5).values()] == expected


def test_a_row_says_what_its_picture_had_beside_it(folder_source: Source, theirs: np.ndarray) -> None:
    reach = replace(REACH, content_count=1)
    for one in folder_source.search(queries_for(folder_source, theirs), [Lane.NEURAL], reach, Monitor()):
        number = int(one.work.removeprefix("work "))
        facts = folder_source.facts(one.row)
        assert (facts.url, facts.caption) == (f"https://example.org/{number:03}.png", f"drawing {number:03}")
        assert facts.row == f"metadata_{number // 16}.parquet row {number % 16}"
    assert folder_source.describe().rows == PICTURES


def test_its_embeddings_give_the_same_without_the_index(
    folder_source: Source, peer_index: PeerIndex, asked: np.ndarray
) -> None:
    """They keep half precision, so that lengths are 1 to four digits; here they are made 1."""
    with closing(EmbeddingsFolderSource(peer_index.embeddings, "their vectors", MODEL)) as source:
        assert_equal(answers(source, asked), answers(folder_source, asked), 1e-4)


def test_arrow_made_by_the_real_program_tells_the_same_rows(
    folder_source: Source, peers: Peers, peer_index: PeerIndex, asked: np.ndarray, tmp_path: Path
) -> None:
    (tmp_path / "set" / "metadata").mkdir(parents=True)
    (tmp_path / "set" / "image.index").write_bytes((peer_index.folder / "image.index").read_bytes())
    peers.run(
        "clip-retrieval",
        "parquet_to_arrow",
        *("--parquet_folder", peer_index.folder / "metadata"),
        *("--output_arrow_folder", tmp_path / "set" / "metadata"),
        *("--columns_to_return", json.dumps(["url", "caption"])),
    )
    assert [place.suffix for place in (tmp_path / "set" / "metadata").iterdir()] == [".arrow"]
    with closing(FaissFolderSource(tmp_path / "set", "arrow", MODEL)) as source:
        assert_equal(answers(source, asked), answers(folder_source, asked), 1e-6)


def write_vectors(folder: Path, held: np.ndarray) -> None:
    """Vectors and columns in the same files, as autofaiss reads them to write files of ids."""
    folder.mkdir()
    for number, rows in enumerate(np.array_split(np.arange(len(held)), 4)):
        columns = {
            "embedding": list(held[rows]),
            "url": [f"https://example.org/{row}.png" for row in rows],
            "caption": [f"drawing {row}" for row in rows],
        }
        pq.write_table(pa.table(columns), folder / f"{number}.parquet")


def run_autofaiss(peers: Peers, vectors: Path, out: Path, more: Sequence[str] = ()) -> None:
    peers.run(
        "autofaiss",
        "build_index",
        *("--embeddings", vectors, "--file_format", "parquet", "--id_columns", json.dumps(["url", "caption"])),
        *("--ids_path", out / "ids", "--index_path", out / "knn.index", "--index_infos_path", out / "index_infos.json"),
        *("--max_index_memory_usage", "1G", "--current_memory_available", "2G", *more),
    )


def looks_at_all(report: Path) -> bool:
    """Whether autofaiss chose to look at every list; on a fast machine it has the time for that."""
    infos = json.loads(report.read_text())
    lists = re.search(r"IVF(\d+)", infos["index_key"])
    looked_at = re.search(r"nprobe=(\d+)", infos["index_param"])
    return bool(lists and looked_at and int(looked_at[1]) >= int(lists[1]))


@pytest.mark.parametrize("mappable", ["True", "False"])
def test_rows_by_the_id_files_that_the_real_autofaiss_writes(peers: Peers, tmp_path: Path, mappable: str) -> None:
    """1,500 rows: lists where it is to be mapped, a graph where it is not; looked at as its report wants it."""
    held = unit_vectors(1500, seed=9, dimension=512)
    write_vectors(tmp_path / "vectors", held)
    out = tmp_path / "out"
    run_autofaiss(peers, tmp_path / "vectors", out, ("--should_be_memory_mappable", mappable))
    with closing(FaissFolderSource(out, "autofaiss", MODEL)) as source:
        asked = held[::50]
        first = [rows[0] for rows in answers(source, asked).values()]
        assert [url for url, _ in first] == [f"https://example.org/{row}.png" for row in range(0, 1500, 50)]
        assert max(distance for _, distance in first) == pytest.approx(0, abs=1e-5)
        told = "some rows are missed" in (source.caveat(Lane.NEURAL) or "")
        assert told != looks_at_all(out / "index_infos.json")
