"""Vectors that a set ships become an index of ours, whose rows are read from the set's table."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.building.contract import Built, EmbeddingsBuild
from indexer.building.embeddings import build_from_embeddings
from indexer.core.errors import Cancelled, IndexProblem, InputProblem, StorageProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.index import vector_files
from indexer.index.flat_file import FlatFileWriter
from indexer.index.manifest import read_manifest
from indexer.index.vector_index import VectorIndexWriter, open_vector_index
from indexer.matching.thresholds import REACH
from indexer.sources.embeddings_folder import EmbeddingsFolderSource
from indexer.sources.table_index import TableIndexSource
from tests.helpers.children import kill_when_it_says
from tests.helpers.embeddings import nearest_by_hand, queries_for, save_clip_retrieval, save_datacomp, save_pd12m
from tests.helpers.faiss_folders import unit_vectors
from tests.helpers.indexes import content
from tests.helpers.monitors import stop_after

B32 = "ViT-B-32-quickgelu,openai"
HELD = unit_vectors(120, dimension=512)
ASKED = unit_vectors(6, seed=1, dimension=512)


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A folder of embeddings, two of which are no numbers."""
    spoiled = HELD.copy()
    spoiled[[17, 81]] = np.nan
    save_clip_retrieval(tmp_path / "set", spoiled)
    return tmp_path / "set"


def build(shipped: Path, out: Path, monitor: Monitor | None = None, **options) -> Built:
    asked = EmbeddingsBuild(shipped, out, **{"dataset": "A set", "model": B32, "version": "2"} | options)
    return build_from_embeddings(asked, monitor)


def captions(source, count: int = 5) -> list[list[str]]:
    reach = replace(REACH, content_count=count)
    found: dict[str, list[str]] = {}
    for one in source.search(queries_for(source, ASKED), [Lane.NEURAL], reach, Monitor()):
        found.setdefault(one.work, []).append(source.facts(one.row).caption)
    return list(found.values())


def test_the_index_answers_as_the_folder_does(shipped: Path, tmp_path: Path) -> None:
    assert build(shipped, tmp_path / "index") == Built(120, 2, 0)
    with (
        closing(TableIndexSource(tmp_path / "index", "an index")) as index,
        closing(EmbeddingsFolderSource(shipped, "a folder", B32)) as folder,
    ):
        assert index.why_not(Lane.NEURAL) is None
        assert captions(index) == captions(folder)
        assert index.describe().rows_with == {Kind.CLIP: 118}
        assert index.describe().space == folder.describe().space
        assert "not verified" in (index.inferred(Lane.NEURAL) or "")


def test_its_manifest_tells_the_table_the_model_and_what_was_left_out(shipped: Path, tmp_path: Path) -> None:
    build(shipped, tmp_path / "index", revision="abc")
    manifest = read_manifest(tmp_path / "index")
    assert (manifest.dataset, manifest.version, manifest.rows, manifest.revision) == ("A set", "2", 120, "abc")
    assert [(one.name, one.rows, one.malformed) for one in manifest.tables] == [
        ("metadata_0.parquet", 40, 1),
        ("metadata_1.parquet", 40, 0),
        ("metadata_2.parquet", 40, 1),
    ]
    assert manifest.tables[0].place == str(shipped / "metadata" / "metadata_0.parquet")
    (lane,) = manifest.lanes
    assert (lane.kind, lane.rows) == (Kind.CLIP, 118)
    assert lane.parameters == {"model": "ViT-B-32-quickgelu", "tag": "openai", "dimension": 512}


def test_a_shareable_index_names_no_path_and_finds_its_table_where_it_is_told(shipped: Path, tmp_path: Path) -> None:
    build(shipped, tmp_path / "index", shareable=True)
    assert str(tmp_path).encode() not in b"".join(content(tmp_path / "index").values())
    with closing(TableIndexSource(tmp_path / "index", "an index", tables=shipped / "metadata")) as index:
        assert captions(index, 1) == [[f"picture {best[0]}"] for best in nearest_by_hand(ASKED, np.nan_to_num(HELD), 1)]


def test_pd12m_and_datacomp_name_their_model_themselves(tmp_path: Path) -> None:
    large = unit_vectors(60, dimension=768)
    save_pd12m(tmp_path / "PD12M", large)
    save_datacomp(tmp_path / "DataComp", {"b32_img": HELD, "l14_img": unit_vectors(120, dimension=768)})
    for name in ("PD12M", "DataComp"):
        build(tmp_path / name, tmp_path / f"{name} index", model=None)
        parameters = read_manifest(tmp_path / f"{name} index").lanes[0].parameters
        assert (parameters["model"], parameters["dimension"]) == ("ViT-L-14-quickgelu", 768)
    build(tmp_path / "DataComp", tmp_path / "small", model=B32)
    assert read_manifest(tmp_path / "small").lanes[0].parameters["dimension"] == 512


def test_a_second_build_gives_the_same_files(shipped: Path, tmp_path: Path) -> None:
    build(shipped, tmp_path / "index")
    before = content(tmp_path / "index")
    build(shipped, tmp_path / "index")
    after = content(tmp_path / "index")
    assert {name: after[name] for name in after if name != "index.json"} == {
        name: before[name] for name in before if name != "index.json"
    }


def test_a_stop_leaves_nothing_behind(shipped: Path, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        build(shipped, tmp_path / "index", stop_after(5))
    assert {place.name for place in tmp_path.iterdir()} == {"set"}


KILLED = """
import sys
from pathlib import Path
from indexer.building.contract import EmbeddingsBuild
from indexer.building.embeddings import build_from_embeddings
from indexer.core.progress import Monitor

class Loud(Monitor):
    def progress(self, progress):
        if progress.stage == "copying vectors" and progress.done >= 80:
            print("far enough", flush=True)
            sys.stdin.read()

build_from_embeddings(EmbeddingsBuild(Path(sys.argv[1]), Path(sys.argv[2]), "A set", sys.argv[3]), Loud())
"""


def test_a_killed_build_begins_anew(shipped: Path, tmp_path: Path) -> None:
    kill_when_it_says(KILLED, "far enough", shipped, tmp_path / "index", B32)
    assert (tmp_path / "index.partial").exists()
    assert not (tmp_path / "index").exists()
    assert build(shipped, tmp_path / "index") == Built(120, 2, 0)
    assert not (tmp_path / "index.partial").exists()
    assert sorted(content(tmp_path / "index")) == ["clip.faiss", "clip.rows.npy", "index.json"]


def test_memory_holds_a_block_and_not_the_index(shipped: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(vector_files, "BLOCK_BYTES", 512 * 4 * 7)
    watch = stop_after(1000)
    build(shipped, tmp_path / "index", watch)
    assert watch.checks >= 3 * 6
    with closing(TableIndexSource(tmp_path / "index", "an index")) as index:
        assert len(captions(index)) == len(ASKED)


def test_without_a_model_nothing_is_built(shipped: Path, tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="nothing says which model made its vectors"):
        build(shipped, tmp_path / "index", model=None)
    assert not (tmp_path / "index.partial").exists()


def test_the_index_goes_nowhere_where_it_would_do_harm(shipped: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="cannot be put inside the folder of vectors"):
        build(shipped, shipped / "index")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    with pytest.raises(StorageProblem, match="something else there"):
        build(shipped, tmp_path / "full")
    build(shipped, tmp_path / "index")
    with pytest.raises(StorageProblem, match="would be lost"):
        build(shipped, tmp_path / "index", model="ViT-B-32,laion2b_s34b_b79k")


def test_another_unfinished_index_is_not_cleared_away(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "index.partial").mkdir()
    (tmp_path / "index.partial" / "journal.sqlite").write_bytes(b"hours of work")
    with pytest.raises(IndexProblem, match="unfinished index of something else"):
        build(shipped, tmp_path / "index")
    assert (tmp_path / "index.partial" / "journal.sqlite").read_bytes() == b"hours of work"


def test_vectors_of_which_none_can_be_used_are_told(tmp_path: Path) -> None:
    save_clip_retrieval(tmp_path / "set", np.zeros((9, 512), "f4"))
    with pytest.raises(IndexProblem, match="none of its vectors can be used"):
        build(tmp_path / "set", tmp_path / "index")


def test_a_flat_file_is_byte_for_byte_what_faiss_writes(tmp_path: Path) -> None:
    held, rows = unit_vectors(70), np.arange(70) * 3
    theirs = VectorIndexWriter(16)
    theirs.add(held, rows)
    theirs.write(tmp_path, "theirs")
    with FlatFileWriter(tmp_path, "ours", 16) as ours:
        for start in range(0, 70, 11):
            ours.add(held[start : start + 11], rows[start : start + 11])
        assert ours.finish() == 70
    for ending in ("faiss", "rows.npy"):
        assert (tmp_path / f"ours.{ending}").read_bytes() == (tmp_path / f"theirs.{ending}").read_bytes()
    assert len(open_vector_index(tmp_path, "ours", 16)) == 70


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "ours.faiss").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"), FlatFileWriter(tmp_path, "ours", 16) as ours:
        ours.add(unit_vectors(3000), np.arange(3000))
        ours.finish()
