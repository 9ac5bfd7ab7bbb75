"""A folder of embeddings is searched exactly, each vector with its own row; what does not fit together is told."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.index import vector_files
from indexer.matching.thresholds import REACH
from indexer.sources.base import Candidate, Source
from indexer.sources.embeddings_folder import EmbeddingsFolderSource
from tests.contracts.source_contract import SourceContract
from tests.helpers.embeddings import (
    nearest,
    nearest_by_hand,
    npy,
    npz_with,
    queries_for,
    rows_near,
    save_clip_retrieval,
    save_datacomp,
    save_pd12m,
    why_refused,
)
from tests.helpers.faiss_folders import unit_vectors
from tests.helpers.monitors import stop_after

B32, L14 = "ViT-B-32-quickgelu,openai", "ViT-L-14-quickgelu,openai"
HELD = unit_vectors(120, dimension=512)
ASKED = unit_vectors(9, seed=1, dimension=512)
LARGE, ASKED_LARGE = unit_vectors(120, seed=2, dimension=768), unit_vectors(9, seed=3, dimension=768)


@pytest.fixture
def opened() -> Iterator[Callable[..., EmbeddingsFolderSource]]:
    """Opens folders, and closes them after the test."""
    held: list[Source] = []

    def open_it(folder: Path, pair: str | None = None) -> EmbeddingsFolderSource:
        held.append(one := EmbeddingsFolderSource(folder, "a folder", pair))
        return one

    yield open_it
    for one in held:
        one.close()


def ask(source: Source, vectors: np.ndarray, count: int = 5) -> list[Candidate]:
    return nearest(source, vectors, count)


def rows_found(source: Source, vectors: np.ndarray, count: int = 5) -> list[list[int]]:
    return rows_near(source, vectors, count)


def refusal(folder: Path, pair: str | None = None) -> str:
    return why_refused(lambda: EmbeddingsFolderSource(folder, "a folder", pair))


class TestContract(SourceContract):
    lanes = (Lane.NEURAL,)

    @classmethod
    def fill(cls) -> None:
        save_clip_retrieval(cls.room / "set", HELD)

    @classmethod
    def setup_class(cls) -> None:
        super().setup_class()
        cls.work = queries_for(cls.source, HELD[:1])[0]

    @classmethod
    def make_any(cls) -> Source:
        return EmbeddingsFolderSource(cls.room / "set", "a folder", B32)


@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_it_gives_the_neighbours_of_brute_force(tmp_path: Path, opened, dtype: str) -> None:
    save_clip_retrieval(tmp_path / "set", HELD, dtype=dtype)
    source = opened(tmp_path / "set", B32)
    assert rows_found(source, ASKED) == nearest_by_hand(ASKED, HELD.astype(dtype), 5)
    cosines = [1 - one.distance for one in ask(source, ASKED[:1])]
    assert cosines == pytest.approx(np.sort(HELD.astype(dtype) @ ASKED[0])[::-1][:5], abs=1e-4)


def test_pd12m_has_ten_tables_for_each_file_of_vectors(tmp_path: Path, opened) -> None:
    save_pd12m(tmp_path / "PD12M", LARGE)
    source = opened(tmp_path / "PD12M")
    assert source.describe().space.name == L14
    assert rows_found(source, ASKED_LARGE) == nearest_by_hand(ASKED_LARGE, LARGE, 5)
    assert "inferred" in source.caveat(Lane.NEURAL)


def test_a_part_of_pd12m_can_be_searched(tmp_path: Path, opened) -> None:
    save_pd12m(tmp_path / "PD12M", LARGE, first=7)
    assert rows_found(opened(tmp_path / "PD12M"), ASKED_LARGE) == nearest_by_hand(ASKED_LARGE, LARGE, 5)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("within", ["", "metadata"])
def test_datacomp_has_an_archive_beside_each_table(tmp_path: Path, opened, packed: bool, within: str) -> None:
    save_datacomp(tmp_path / "set" / within, {"b32_img": HELD, "l14_img": LARGE, "b32_txt": HELD[::-1]}, packed=packed)
    small, large = opened(tmp_path / "set", B32), opened(tmp_path / "set")
    assert rows_found(small, ASKED) == nearest_by_hand(ASKED, HELD.astype("f2"), 5)
    assert large.describe().space.name == L14
    assert rows_found(large, ASKED_LARGE) == nearest_by_hand(ASKED_LARGE, LARGE.astype("f2"), 5)


def test_a_datacomp_folder_without_the_model_asked_for_says_which_it_has(tmp_path: Path) -> None:
    save_datacomp(tmp_path / "set", {"b32_img": HELD})
    assert refusal(tmp_path / "set", L14) == f"it holds vectors of {B32}, none of {L14}"


def test_facts_are_those_of_the_row_of_the_table(tmp_path: Path, opened) -> None:
    save_clip_retrieval(tmp_path / "a set", HELD)
    source = opened(tmp_path / "a set", B32)
    facts = source.facts(ask(source, HELD[57:58], 1)[0].row)
    assert facts.row == "metadata_1.parquet row 17"
    assert facts.row_key == "a set:metadata_1.parquet#17"
    assert (facts.url, facts.caption) == ("https://pictures.example/57.jpg", "picture 57")
    assert (facts.width, facts.height, facts.sha256) == (157, 257, f"{57:064x}")


def test_it_describes_itself(tmp_path: Path, opened) -> None:
    save_clip_retrieval(tmp_path / "a set", HELD)
    about = opened(tmp_path / "a set", B32).describe()
    assert (about.dataset, about.rows, about.rows_with) == ("a set", 120, {Kind.CLIP: 120})
    assert (about.space.name, about.space.dimension) == (B32, 512)


def test_a_changed_file_is_another_content_and_shows_in_its_health(tmp_path: Path, opened) -> None:
    save_clip_retrieval(tmp_path / "set", HELD)
    source = opened(tmp_path / "set", B32)
    assert source.health(Monitor()).answers
    np.save(tmp_path / "set" / "img_emb" / "img_emb_0.npy", HELD[40:80].astype("f4"))
    assert not source.health(Monitor()).answers
    (tmp_path / "set" / "img_emb" / "img_emb_0.npy").unlink()
    assert not source.health(Monitor()).answers


def test_without_a_model_it_is_said_how_to_name_one(tmp_path: Path, opened) -> None:
    save_clip_retrieval(tmp_path / "set", HELD)
    source = opened(tmp_path / "set")
    because = source.why_not(Lane.NEURAL)
    assert "#model=MODEL,TAG" in because
    assert "512 numbers" in because
    assert B32 in because
    assert source.describe().space is None
    assert list(source.search([], [Lane.NEURAL], REACH, Monitor())) == []


@pytest.mark.parametrize(("pair", "words"), [(L14, "gives vectors of 768 numbers"), ("ViT-B-32", "needs its tag")])
def test_a_model_that_cannot_be_is_told(tmp_path: Path, opened, pair: str, words: str) -> None:
    save_clip_retrieval(tmp_path / "set", HELD)
    assert words in opened(tmp_path / "set", pair).why_not(Lane.NEURAL)


def test_vectors_are_brought_to_length_one(tmp_path: Path, opened) -> None:
    long = HELD * np.linspace(0.1, 30, len(HELD), dtype="f4")[:, None]
    save_clip_retrieval(tmp_path / "set", long, dtype="f4")
    source = opened(tmp_path / "set", B32)
    assert rows_found(source, ASKED) == nearest_by_hand(ASKED, HELD, 5)
    assert max(1 - one.distance for one in ask(source, HELD[:9])) <= 1.0


def test_vectors_that_are_no_numbers_are_left_out_and_counted(tmp_path: Path, opened) -> None:
    spoiled = HELD.copy()
    spoiled[3], spoiled[50, 7], spoiled[99] = np.nan, np.inf, 0.0
    save_clip_retrieval(tmp_path / "set", spoiled)
    source = opened(tmp_path / "set", B32)
    assert source.why_not_whole(Lane.NEURAL) is None
    everything = rows_found(source, ASKED[:1], 200)[0]
    assert sorted(everything) == sorted(set(range(120)) - {3, 50, 99})
    assert source.why_not_whole(Lane.NEURAL).startswith("3 rows have a vector that holds no usable numbers")


def test_files_are_taken_in_the_order_of_their_paths_as_text(tmp_path: Path, opened) -> None:
    """Without leading zeros, number 10 stands before number 2: for vectors and for rows alike."""
    save_clip_retrieval(tmp_path / "set", HELD, files=12)
    assert rows_found(opened(tmp_path / "set", B32), ASKED) == nearest_by_hand(ASKED, HELD.astype("f2"), 5)


def test_a_stop_is_heard_within_a_pass(tmp_path: Path, opened) -> None:
    save_clip_retrieval(tmp_path / "set", HELD, files=6)
    source = opened(tmp_path / "set", B32)
    with pytest.raises(Cancelled):
        list(source.search(queries_for(source, ASKED), [Lane.NEURAL], REACH, stop_after(3)))


def test_all_works_share_one_pass(tmp_path: Path, opened, monkeypatch) -> None:
    save_clip_retrieval(tmp_path / "set", HELD, files=3)
    monkeypatch.setattr(vector_files, "BLOCK_BYTES", 512 * 4 * 10)
    source = opened(tmp_path / "set", B32)
    watch = stop_after(1 + 12)
    found = list(source.search(queries_for(source, ASKED), [Lane.NEURAL], REACH, watch))
    assert {one.work for one in found} == {f"work {number}" for number in range(len(ASKED))}
    assert watch.checks == 13


def spoil_counts(folder: Path) -> None:
    np.save(folder / "img_emb" / "img_emb_1.npy", HELD[:39].astype("f2"))


def spoil_pairs(folder: Path) -> None:
    (folder / "metadata" / "metadata_1.parquet").rename(folder / "metadata" / "metadata_7.parquet")


def spoil_last(folder: Path) -> None:
    (folder / "metadata" / "metadata_2.parquet").unlink()


def spoil_first_vectors(folder: Path) -> None:
    (folder / "img_emb" / "img_emb_0.npy").unlink()


def spoil_metadata(folder: Path) -> None:
    for place in (folder / "metadata").iterdir():
        place.unlink()


def spoil_table(folder: Path) -> None:
    (folder / "metadata" / "metadata_2.parquet").write_bytes(b"PAR1 and nothing else")


def spoil_dimension(folder: Path) -> None:
    np.save(folder / "img_emb" / "img_emb_1.npy", HELD[:40, :100].astype("f2"))


SPOILED = {
    "fewer vectors than rows": (spoil_counts, "another number of vectors than its metadata has rows"),
    "numbers that do not pair": (spoil_pairs, "do not pair"),
    "a table too few": (spoil_last, "img_emb_2.npy has no counterpart"),
    "vectors too few": (spoil_first_vectors, "do not pair"),
    "no tables": (spoil_metadata, "no metadata that says which pictures"),
    "a damaged table": (spoil_table, "damaged"),
    "another dimension": (spoil_dimension, "vectors of different lengths"),
}


@pytest.mark.parametrize(("spoil", "words"), SPOILED.values(), ids=SPOILED)
def test_what_does_not_belong_together_is_told(tmp_path: Path, spoil: Callable[[Path], None], words: str) -> None:
    save_clip_retrieval(tmp_path / "set", HELD)
    spoil(tmp_path / "set")
    assert words in refusal(tmp_path / "set", B32)


def test_pd12m_with_the_rows_of_other_vectors_is_told(tmp_path: Path) -> None:
    save_pd12m(tmp_path / "PD12M", LARGE)
    (tmp_path / "PD12M" / "embeddings" / "pd12m.00.npy").rename(tmp_path / "PD12M" / "embeddings" / "pd12m.05.npy")
    assert "rows that belong to its pd12m.05.npy are not there" in refusal(tmp_path / "PD12M")


def test_datacomp_without_the_table_of_an_archive_is_told(tmp_path: Path) -> None:
    save_datacomp(tmp_path / "set", {"l14_img": LARGE})
    next((tmp_path / "set").glob("*1.parquet")).unlink()
    assert "rows that belong to its" in refusal(tmp_path / "set")


def test_a_folder_of_something_else_is_told(tmp_path: Path) -> None:
    assert "no vectors in a layout that is known" in refusal(tmp_path)
    assert "no vectors in a layout that is known" in refusal(tmp_path / "nothing")


HOSTILE: dict[str, tuple[bytes, str]] = {
    "objects": (npy(np.array([{}, {}], dtype=object)), "of the kind object"),
    "whole numbers": (npy(np.zeros((40, 512), np.int32)), "of the kind int32"),
    "one row of numbers": (npy(np.zeros(512, np.float32)), "no list of vectors"),
    "cut short": (npy(HELD[:40].astype("f2"))[:-1], "cut short"),
    "laid by columns": (npy(np.asfortranarray(HELD[:40].astype("f2"))), "column by column"),
    "nothing": (b"", "damaged or cannot be read"),
    "another file": (b"PK\x03\x04 and so on", "damaged or cannot be read"),
    "a header of code": (
        b"\x93NUMPY\x01\x00\x40\x00" + b"__import__('os').getcwd()".ljust(63) + b"\n",
        "does not begin as an array does",
    ),
    "a deep header": (b"\x93NUMPY\x01\x00\xd0\x07" + b"(" * 2000, "does not begin as an array does"),
    "a huge header": (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + b" " * 90, "does not begin as an array does"),
    "far more rows than bytes": (
        b"\x93NUMPY\x01\x00\x76\x00"
        + b"{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999, 512)}".ljust(117)
        + b"\n",
        "cut short",
    ),
}


@pytest.mark.parametrize(("data", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_no_vectors_is_told(tmp_path: Path, data: bytes, words: str) -> None:
    save_clip_retrieval(tmp_path / "set", HELD)
    (tmp_path / "set" / "img_emb" / "img_emb_0.npy").write_bytes(data)
    assert words in refusal(tmp_path / "set", B32)


@pytest.mark.parametrize(("data", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_member_that_is_no_vectors_is_told(tmp_path: Path, data: bytes, words: str) -> None:
    save_datacomp(tmp_path / "set", {"b32_img": HELD})
    npz_with(next((tmp_path / "set").glob("*1.npz")), "b32_img.npy", data)
    assert words in refusal(tmp_path / "set", B32)


def test_a_member_that_would_unpack_to_exhaust_is_told(tmp_path: Path) -> None:
    save_datacomp(tmp_path / "set", {"b32_img": HELD})
    npz_with(next((tmp_path / "set").glob("*0.npz")), "b32_img.npy", npy(np.zeros((4000, 512), "f2")))
    assert "unpack to far more than vectors ever do" in refusal(tmp_path / "set", B32)


def test_an_archive_packed_in_another_way_is_told(tmp_path: Path) -> None:
    save_datacomp(tmp_path / "set", {"b32_img": HELD})
    npz_with(next((tmp_path / "set").glob("*0.npz")), "b32_img.npy", npy(HELD[:60].astype("f2")), zipfile.ZIP_LZMA)
    assert "packed in a way that arrays are not" in refusal(tmp_path / "set", B32)


def test_an_archive_without_vectors_is_told(tmp_path: Path) -> None:
    save_datacomp(tmp_path / "set", {"dedup": HELD})
    assert "holds none of l14_img, b32_img" in refusal(tmp_path / "set")


@pytest.mark.parametrize("packed", [True, False])
def test_damage_within_the_vectors_is_told_when_it_is_met(tmp_path: Path, opened, packed: bool) -> None:
    save_datacomp(tmp_path / "set", {"b32_img": HELD}, packed=packed)
    place = next((tmp_path / "set").glob("*1.npz"))
    source = opened(tmp_path / "set", B32)
    data = place.read_bytes()
    place.write_bytes(data[:20_000] + bytes(200) + data[20_200:])
    with pytest.raises(SourceProblem, match=place.name):
        ask(source, ASKED)


def test_a_file_that_is_cut_while_it_is_searched_is_told(tmp_path: Path, opened) -> None:
    save_clip_retrieval(tmp_path / "set", HELD)
    source = opened(tmp_path / "set", B32)
    place = tmp_path / "set" / "img_emb" / "img_emb_2.npy"
    place.write_bytes(place.read_bytes()[:1000])
    with pytest.raises(SourceProblem, match="ends before its last vector"):
        ask(source, ASKED)


def test_other_ways_of_looking_are_refused_in_words(tmp_path: Path, opened) -> None:
    save_clip_retrieval(tmp_path / "set", HELD)
    source = opened(tmp_path / "set", B32)
    assert "content fingerprints (CLIP) only" in source.why_not(Lane.PERCEPTUAL)
    assert "name the folder of its table" in source.why_not(Lane.LOCATION)


def test_a_work_without_a_content_fingerprint_is_not_looked_for(tmp_path: Path, opened) -> None:
    save_clip_retrieval(tmp_path / "set", HELD)
    source = opened(tmp_path / "set", B32)
    flat = queries_for(source, ASKED[:2])
    flat[0] = replace(flat[0], embeddings=dict.fromkeys(flat[0].embeddings, b""))
    found = list(source.search(flat, [Lane.NEURAL], REACH, Monitor()))
    assert {one.work for one in found} == {"work 1"}
