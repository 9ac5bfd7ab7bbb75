"""Folders of clip-retrieval and autofaiss are searched as they are, each row of the index with its row of a table."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import faiss
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.matching.thresholds import REACH
from indexer.sources.base import Candidate, RowId, Source
from indexer.sources.faiss_folder import FaissFolderSource
from tests.contracts.source_contract import SourceContract
from tests.helpers.embeddings import nearest, queries_for, rows_near, why_refused
from tests.helpers.faiss_folders import (
    make_index,
    metadata_table,
    save,
    save_merged,
    save_parts,
    unit_vectors,
    write_metadata,
    write_report,
)
from tests.helpers.monitors import stop_after

B32 = "ViT-B-32-quickgelu,openai"
COUNT = 230
HELD = unit_vectors(COUNT, dimension=512)
ASKED = unit_vectors(7, seed=1, dimension=512)
BEST = np.argsort(-(ASKED @ HELD.T), axis=1, kind="stable")[:, :6].tolist()


@pytest.fixture(scope="module")
def exact_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat index of `HELD`. Not to be changed."""
    return save(make_index("Flat", HELD), tmp_path_factory.mktemp("index") / "image.index")


@pytest.fixture
def folder(tmp_path: Path, exact_index: Path) -> Path:
    """A folder with the index, and nothing beside it yet."""
    (tmp_path / "a set").mkdir()
    shutil.copy(exact_index, tmp_path / "a set" / "image.index")
    return tmp_path / "a set"


@pytest.fixture
def opened() -> Iterator[Callable[..., FaissFolderSource]]:
    """Opens folders, and closes them after the test."""
    held: list[Source] = []

    def open_it(folder: Path, pair: str | None = B32) -> FaissFolderSource:
        held.append(one := FaissFolderSource(folder, "a folder", pair))
        return one

    yield open_it
    for one in held:
        one.close()


def ask(source: Source, vectors: np.ndarray = ASKED, count: int = 6) -> list[Candidate]:
    return nearest(source, vectors, count)


def rows_found(source: Source) -> list[list[int]]:
    return rows_near(source, ASKED, 6)


def refusal(folder: Path, pair: str | None = B32) -> str:
    return why_refused(lambda: FaissFolderSource(folder, "a folder", pair))


class TestContract(SourceContract):
    lanes = (Lane.NEURAL,)

    @classmethod
    def fill(cls) -> None:
        save(make_index("Flat", HELD), cls.room / "set" / "image.index")
        write_metadata(cls.room / "set" / "metadata", COUNT)

    @classmethod
    def setup_class(cls) -> None:
        super().setup_class()
        cls.work = queries_for(cls.source, HELD[:1])[0]

    @classmethod
    def make_any(cls) -> Source:
        return FaissFolderSource(cls.room / "set", "a folder", B32)


def save_arrow(place: Path, rows: range) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    table = metadata_table(list(rows))
    with pa.OSFile(str(place), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=13)


def save_hdf5(place: Path, rows: list[int]) -> None:
    table = metadata_table(rows)
    with h5py.File(place, "w") as file:
        group = file.create_group("dataset")
        for name in ("url", "caption"):
            group.create_dataset(name, data=table[name].to_pylist(), compression="gzip")
        group.create_dataset("width", data=table["width"].to_numpy(), compression="gzip")


def write_arrow(folder: Path) -> None:
    """As on the hub: in folders whose names sort as text, read recursively."""
    save_arrow(folder / "metadata" / "1B-nolang" / "0.arrow", range(100))
    save_arrow(folder / "metadata" / "2B-en" / "0.arrow", range(100, 180))
    save_arrow(folder / "metadata" / "2B-multi" / "0.arrow", range(180, COUNT))


def write_hdf5(folder: Path) -> None:
    save_hdf5(folder / "metadata.hdf5", list(range(COUNT)))


def write_reordered(folder: Path) -> None:
    """The row of vector i stands at place mapping[i]; the mapping has no header, whatever it is called."""
    mapping = np.random.default_rng(5).permutation(COUNT).astype("<i8")
    save_hdf5(folder / "metadata_reordered.hdf5", np.argsort(mapping).tolist())
    (folder / "ivf_old_to_new_mapping.npy").write_bytes(mapping.tobytes())


def write_ids(folder: Path, rows: np.ndarray | None = None) -> None:
    """As autofaiss's `ids_path`: in any order, with the index's row in the column `i`."""
    shuffled = np.random.default_rng(6).permutation(COUNT) if rows is None else rows
    (folder / "id_mapping").mkdir()
    for number, part in enumerate(np.array_split(shuffled, 3)):
        table = metadata_table(part.tolist()).append_column("i", pa.array(part, pa.int64()))
        name = f"part-{number:08d}-6c84fb90-12c4-11e1-840d-7b25c5ee775a.parquet"
        pq.write_table(table, folder / "id_mapping" / name, row_group_size=20)


WAYS = {
    "parquet": lambda folder: write_metadata(folder / "metadata", COUNT),
    "many parquet files": lambda folder: write_metadata(folder / "metadata", COUNT, files=60),
    "arrow": write_arrow,
    "hdf5": write_hdf5,
    "re-ordered": write_reordered,
    "ids": write_ids,
    "ids in order": lambda folder: write_ids(folder, np.arange(COUNT)),
}


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_each_way_of_keeping_rows_leads_to_the_right_one(folder: Path, opened, write) -> None:
    write(folder)
    source = opened(folder)
    assert rows_found(source) == BEST
    assert source.describe().rows == COUNT
    for one in ask(source)[:4]:
        facts = source.facts(one.row)
        number = int(facts.url.removeprefix("https://pictures.example/").removesuffix(".jpg"))
        assert (facts.caption, facts.width) == (f"picture {number}", 100 + number)


def test_facts_are_those_of_the_row_of_the_table(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT, files=10)
    facts = opened(folder).facts(RowId("86"))
    assert facts.row == "metadata_0003.parquet row 17"
    assert facts.row_key == "a set:metadata_0003.parquet#17"
    assert (facts.width, facts.height, facts.sha256) == (186, 286, f"{86:064x}")


def test_the_text_index_is_not_searched(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT)
    save(make_index("Flat", HELD[::-1]), folder / "text.index")
    assert rows_found(opened(folder)) == BEST


def test_rows_in_parts_are_numbered_through(tmp_path: Path, opened) -> None:
    save_parts(tmp_path, HELD, lambda number: f"{number:02d}.index")
    write_report(tmp_path / "infos.json")
    write_metadata(tmp_path / "metadata", COUNT)
    assert rows_found(opened(tmp_path)) == BEST


@pytest.mark.skipif(sys.platform == "win32", reason="FAISS has no lists on disk on Windows")
def test_an_index_in_its_merged_form_is_searched(tmp_path: Path, opened) -> None:
    save_merged(tmp_path / "image.index", HELD)
    write_report(tmp_path / "image.json")
    write_metadata(tmp_path / "metadata", COUNT)
    source = opened(tmp_path)
    assert rows_found(source) == BEST
    before = source.describe().identity
    (tmp_path / "image.index" / "merged_index.ivfdata").touch()
    assert opened(tmp_path).describe().identity != before


def test_the_folder_above_may_be_named(tmp_path: Path, opened) -> None:
    """As `clip-retrieval end2end` leaves it."""
    save(make_index("Flat", HELD), tmp_path / "out" / "index" / "image.index")
    write_metadata(tmp_path / "out" / "index" / "metadata", COUNT)
    assert rows_found(opened(tmp_path / "out")) == BEST


def test_no_row_is_proposed_where_faiss_has_none(folder: Path, opened) -> None:
    """Re-ordered rows: FAISS's filler -1 must not become the last entry of the mapping (`datasets.md` §1.3)."""
    write_reordered(folder)
    save(make_index("IVF8,Flat", HELD), folder / "image.index")
    write_report(folder / "image.json", "nprobe=1")
    source = opened(folder)
    found = ask(source, count=COUNT)
    assert len(found) < COUNT * len(ASKED)
    assert all(0 <= int(one.row) < COUNT and one.distance <= 2 for one in found)


def test_what_the_index_misses_and_what_nobody_verified_is_said(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT)
    save(make_index("IVF8,Flat", HELD), folder / "image.index")
    write_report(folder / "image.json", "nprobe=2")
    said = opened(folder).caveat(Lane.NEURAL)
    assert "2 of 8 lists only" in said
    assert "not verified" in said
    assert opened(folder).caveat(Lane.EXACT) is None


@pytest.mark.parametrize("count", [COUNT - 1, COUNT + 1])
@pytest.mark.parametrize("kind", ["parquet", "hdf5"])
def test_another_number_of_rows_than_vectors_is_told(folder: Path, count: int, kind: str) -> None:
    if kind == "parquet":
        write_metadata(folder / "metadata", count)
    else:
        save_hdf5(folder / "metadata.hdf5", list(range(count)))
    assert refusal(folder) == f"its metadata has {count} rows and its index 230 vectors, so they do not belong together"


def test_more_ids_than_vectors_are_told(folder: Path) -> None:
    write_ids(folder, np.arange(COUNT + 1))
    assert "do not belong together" in refusal(folder)


def test_a_row_that_no_id_file_tells_is_shown_by_its_number(folder: Path, opened) -> None:
    write_ids(folder, np.arange(COUNT - 30))
    facts = opened(folder).facts(RowId("215"))
    assert (facts.row, facts.row_key, facts.url) == ("index row 215", "a set:index#215", None)
    assert facts.notes == ("The metadata beside the index has no entry for this row.",)


@pytest.mark.parametrize("entries", [0, COUNT - 1, COUNT + 3])
def test_a_mapping_of_another_length_is_told(folder: Path, entries: int) -> None:
    write_reordered(folder)
    (folder / "ivf_old_to_new_mapping.npy").write_bytes(np.arange(entries, dtype="<i8").tobytes())
    assert f"has {entries} entries and its index 230 vectors" in refusal(folder)


def test_a_mapping_with_a_header_is_told(folder: Path) -> None:
    write_reordered(folder)
    np.save(folder / "ivf_old_to_new_mapping.npy", np.arange(COUNT))
    assert "entries and its index 230 vectors" in refusal(folder)


def test_a_mapping_that_leads_out_gives_a_row_without_facts(folder: Path, opened) -> None:
    write_reordered(folder)
    (folder / "ivf_old_to_new_mapping.npy").write_bytes(np.full(COUNT, 10**15, "<i8").tobytes())
    assert opened(folder).facts(RowId("3")).row == "index row 3"


def test_re_ordered_rows_without_their_mapping_are_told(folder: Path) -> None:
    write_reordered(folder)
    (folder / "ivf_old_to_new_mapping.npy").unlink()
    assert "ivf_old_to_new_mapping.npy, which tells how, is missing" in refusal(folder)


def test_without_h5py_it_is_said_what_is_missing(folder: Path, monkeypatch) -> None:
    write_hdf5(folder)
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert refusal(folder) == "it is an HDF5 file, which needs the package h5py, and that is not installed here"


def test_an_index_with_nothing_beside_it_is_told(folder: Path) -> None:
    assert refusal(folder) == "nothing beside its index says which pictures its rows are of"


def test_a_folder_without_an_index_is_told(tmp_path: Path) -> None:
    write_metadata(tmp_path / "metadata", 3)
    assert "no FAISS index by a name that is known" in refusal(tmp_path)


def test_a_damaged_index_and_a_damaged_table_are_told(folder: Path) -> None:
    write_metadata(folder / "metadata", COUNT)
    (folder / "metadata" / "metadata_0001.parquet").write_bytes(b"PAR1 and nothing else")
    assert "damaged" in refusal(folder)
    (folder / "image.index").write_bytes(b"nothing that FAISS knows")
    assert "its image.index is damaged" in refusal(folder)


def test_vectors_that_are_not_of_length_one_are_told_when_they_are_met(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT)
    save(make_index("Flat", HELD * 4), folder / "image.index")
    with pytest.raises(SourceProblem, match="not of length 1"):
        ask(opened(folder), HELD[:3])


def test_a_stop_is_heard_between_groups_of_works(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT)
    source = opened(folder)
    with pytest.raises(Cancelled):
        list(source.search(queries_for(source, ASKED), [Lane.NEURAL], REACH, stop_after(2)))


def test_a_removed_file_shows_in_its_health(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT)
    source = opened(folder)
    assert source.health(Monitor()).answers
    (folder / "metadata" / "metadata_0001.parquet").unlink()
    assert not source.health(Monitor()).answers


def test_distances_are_of_cosines(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT)
    save(make_index("Flat", HELD, faiss.METRIC_L2), folder / "image.index")
    found = ask(opened(folder), ASKED[:1])
    assert [one.distance for one in found] == pytest.approx(1 - np.sort(HELD @ ASKED[0])[::-1][:6], abs=1e-5)
    assert {(one.kind, one.work) for one in found} == {(Kind.CLIP, "work 0")}


def name_model(place: Path, clip_model: str, folder: str = "/somewhere/a set") -> None:
    entry = {"indice_folder": folder, "clip_model": clip_model}
    place.write_text(json.dumps({"other": "/somewhere/else", "this": entry}), encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "pair"),
    [
        ("ViT-B/32", B32),
        ("open_clip:ViT-B-32/laion2b_s34b_b79k", "ViT-B-32,laion2b_s34b_b79k"),
        ("open_clip:ViT-B-32-quickgelu/openai", B32),
        ("open_clip:ViT-B-32/openai", B32),
    ],
)
@pytest.mark.parametrize("beside", [True, False])
def test_the_model_is_told_by_clip_retrievals_own_list(folder: Path, opened, written: str, pair, beside: bool) -> None:
    write_metadata(folder / "metadata", COUNT)
    name_model((folder.parent if beside else folder) / "indices_paths.json", written)
    source = opened(folder, None)
    assert source.why_not(Lane.NEURAL) is None
    assert source.describe().space.name == pair


def test_the_users_word_goes_before_it(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT)
    name_model(folder / "indices_paths.json", "ViT-B/32")
    assert opened(folder, "ViT-B-32,laion2b_s34b_b79k").describe().space.name == "ViT-B-32,laion2b_s34b_b79k"


REFUSED = {
    "a model without a tag": (
        "open_clip:ViT-H-14",
        "without a tag, and clip-retrieval then takes whichever comes last",
    ),
    "a model of another length": ("ViT-L/14", "gives vectors of 768 numbers"),
    "an unknown program's model": ("hf_clip:some/model", "not known here"),
}


@pytest.mark.parametrize(("written", "words"), REFUSED.values(), ids=REFUSED)
def test_a_model_that_cannot_be_trusted_is_refused(folder: Path, opened, written: str, words: str) -> None:
    write_metadata(folder / "metadata", COUNT)
    name_model(folder / "indices_paths.json", written)
    source = opened(folder, None)
    assert words in source.why_not(Lane.NEURAL)
    assert source.describe().space is None


@pytest.mark.parametrize(
    "text", ["", "{", '{"this": "/somewhere/a set"}', '{"this": 3}', "[" * 100_000, '{"a set": {"clip_model": 5}}']
)
def test_a_list_that_names_no_model_leaves_it_to_the_user(folder: Path, opened, text: str) -> None:
    write_metadata(folder / "metadata", COUNT)
    (folder.parent / "indices_paths.json").write_text(text, encoding="utf-8")
    because = opened(folder, None).why_not(Lane.NEURAL)
    assert "nothing says which model made its vectors" in because
    assert "#model=MODEL,TAG" in because
    assert B32 in because


def test_entries_of_other_folders_say_nothing(folder: Path, opened) -> None:
    write_metadata(folder / "metadata", COUNT)
    entry = {"indice_folder": "/somewhere/another set", "clip_model": "ViT-B/32"}
    (folder.parent / "indices_paths.json").write_text(json.dumps({"a": entry, "b": entry}), encoding="utf-8")
    assert "nothing says which model" in opened(folder, None).why_not(Lane.NEURAL)
