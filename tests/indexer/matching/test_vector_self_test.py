"""A stranger's folder of vectors, asked for the rows that it holds: sound ones, hasty ones and shuffled ones."""

from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pyarrow.parquet as pq
import pytest

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.core.wire import from_json, to_json
from indexer.fingerprints.base import Kind
from indexer.matching.self_test_record import AS_KEPT, AS_SHIPPED, SelfTest, SelfTestAsked, Tried
from indexer.matching.selftest import self_test_index
from indexer.matching.vector_self_test import TURNED
from indexer.sources.registry import Entry, Registry
from tests.helpers.embeddings import npy, npz_with, save_clip_retrieval, save_datacomp, save_pd12m
from tests.helpers.faiss_folders import (
    EXACT,
    KINDS,
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

HELD = unit_vectors(400)
LISTS = 32
SLIGHTLY, MUCH = TURNED[0.93], TURNED[0.80]


def self_test(place: Path | str, rows: int = 100, **asked: object) -> SelfTest:
    return self_test_index(SelfTestAsked(str(place), rows=rows, **asked), Monitor())  # type: ignore[arg-type]


def tried(test: SelfTest, form: str = AS_KEPT) -> Tried:
    (one,) = (one for one in test.tried if one.form == form)
    assert one.kind is Kind.CLIP
    return one


def first_and_found(test: SelfTest, form: str = AS_KEPT) -> tuple[int, int]:
    one = tried(test, form)
    assert one.first
    return one.first.hits, one.found.hits


def make_folder(folder: Path, key: str = "Flat", held: np.ndarray = HELD, rows: int | None = None) -> Path:
    save(make_index(key, held), folder / "image.index")
    write_metadata(folder / "metadata", len(held) if rows is None else rows)
    return folder


def put_embeddings_beside(folder: Path, held: np.ndarray) -> None:
    """Under the names of the files of the metadata that is there."""
    (folder / "img_emb").mkdir()
    for number, rows in enumerate(np.array_split(np.arange(len(held)), 3)):
        np.save(folder / "img_emb" / f"img_emb_{number:04d}.npy", held[rows].astype("f2"))


def test_a_flat_index_finds_every_row_first_with_no_model_named(tmp_path: Path) -> None:
    test = self_test(make_folder(tmp_path / "a set"))
    assert (test.dataset, test.rows, test.asked) == ("a set", 400, 100)
    assert [one.form for one in test.tried] == [AS_KEPT, SLIGHTLY, MUCH]
    assert first_and_found(test) == (100, 100)
    assert first_and_found(test, SLIGHTLY)[1] == 100
    assert not test.problems
    assert not any("as it was declared" in note for note in test.notes)
    assert not test.not_tried
    assert any(
        note.startswith("A check does not ask this folder yet, because nothing says which") for note in test.notes
    )


def test_how_near_true_rows_and_others_come_is_told(tmp_path: Path) -> None:
    test = self_test(make_folder(tmp_path))
    for form, cosine in ((AS_KEPT, 1.0), (SLIGHTLY, 0.93), (MUCH, 0.80)):
        near = tried(test, form).distances
        assert near
        assert (near.least, near.most) == pytest.approx((1 - cosine, 1 - cosine), abs=1e-3)
    (apart,) = test.apart
    assert apart.pairs == 100 * 99 // 2
    assert 0.05 < apart.distances.least < apart.distances.middle == pytest.approx(1, abs=0.1)


def test_the_order_of_the_metadata_is_said_to_be_unknown_without_pictures(tmp_path: Path) -> None:
    said = " ".join(self_test(make_folder(tmp_path), pictures=tmp_path).notes)
    assert "of the picture that its row tells of cannot be judged here" in said
    assert "The pictures that --pictures names were not looked at" in said


@pytest.mark.parametrize("key", [key for key in KINDS if "RaBitQ" not in key])
def test_every_kind_that_is_searched_is_asked_for_what_it_keeps(tmp_path: Path, key: str) -> None:
    folder = make_folder(tmp_path, key)
    write_report(folder / "image.json", "nprobe=8" if "IVF" in key else "")
    test = self_test(folder)
    assert not test.problems
    assert tried(test).found.hits >= 95
    assert first_and_found(test, SLIGHTLY)[1] >= 75
    assert any("found more easily than by its picture" in note for note in test.notes) == (key not in EXACT)


def test_an_index_that_looks_at_few_of_its_lists_misses_what_was_altered(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, f"IVF{LISTS},Flat")
    found = {}
    for lists in (1, LISTS):
        write_report(folder / "image.json", f"nprobe={lists}")
        test = self_test(folder)
        assert not test.problems
        found[lists] = [first_and_found(test, form)[1] for form in (AS_KEPT, SLIGHTLY, MUCH)]
    assert found[LISTS] == [100, 100, 100]
    assert found[1][0] == 100
    assert found[1][2] < found[1][1] < 100
    assert found[1][2] < 80


def test_an_index_of_shortened_vectors_says_how_near_its_own_come(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, "IVF8,PQ4x4")
    write_report(folder / "image.json", "nprobe=8")
    put_embeddings_beside(folder, HELD)
    test = self_test(folder)
    shipped = tried(test, AS_SHIPPED)
    assert not test.problems
    assert shipped.distances
    assert shipped.distances.middle > 0.02
    assert first_and_found(test, AS_SHIPPED)[0] < 100
    assert shipped.found.hits >= 90


def test_rows_that_many_others_equal_are_not_counted_as_missed(tmp_path: Path) -> None:
    held = np.concatenate([HELD, np.repeat(unit_vectors(1, seed=9), 60, axis=0)])
    test = self_test(make_folder(tmp_path, held=held), rows=len(held))
    assert first_and_found(test) == (len(held), len(held))
    assert not test.problems


def test_vectors_of_different_lengths_are_told(tmp_path: Path) -> None:
    held = HELD * np.linspace(0.8, 1.3, 400, dtype=np.float32)[:, None]
    (problem,) = self_test(make_folder(tmp_path, held=held)).problems
    assert "its vectors are not all of one length, so its answers do not say how near a row is" in problem


def test_an_index_in_parts_or_merged_is_asked_for_rows_of_all_of_them(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    save_parts(parts, HELD, lambda number: f"{number:02d}.index")
    write_metadata(parts / "metadata", 400)
    merged = save_merged(tmp_path / "merged", HELD)
    write_metadata(merged / "metadata", 400)
    for folder in (parts, merged):
        test = self_test(folder, rows=300)
        assert first_and_found(test) == (300, 300)
        assert not test.problems


def test_parts_that_were_each_numbered_from_the_beginning_are_told(tmp_path: Path) -> None:
    for number, rows in enumerate(np.array_split(np.arange(400), 4)):
        save(make_index("Flat", HELD[rows]), tmp_path / f"{number:02d}.index")
    write_metadata(tmp_path / "metadata", 400)
    with pytest.raises(SourceProblem, match="its parts number their rows each from 0"):
        self_test(tmp_path)


def test_parts_that_were_merged_with_the_numbers_of_each_are_told(tmp_path: Path) -> None:
    """In one file nobody can see where a part ended; but half of its numbers are missing."""
    merged = faiss.IndexIDMap(faiss.IndexFlatIP(HELD.shape[1]))
    merged.add_with_ids(HELD, np.tile(np.arange(100), 4))
    save(merged, tmp_path / "image.index")
    write_metadata(tmp_path / "metadata", 400)
    (problem,) = [one for one in self_test(tmp_path).problems if "numbered" in one]
    assert "its parts were each numbered from the beginning" in problem
    assert "bear numbers up to 99, and it holds 400" in problem


def test_another_number_of_rows_than_of_vectors_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceProblem, match="its metadata has 399 rows and its index 400 vectors"):
        self_test(make_folder(tmp_path, rows=399))


def test_rows_that_no_id_file_tells_of_are_counted(tmp_path: Path) -> None:
    save(make_index("Flat", HELD), tmp_path / "knn.index")
    rows = list(range(0, 400, 2))
    pq.write_table(metadata_table(rows).append_column("i", [rows]), tmp_path / "part-00000000-x.parquet")
    test = self_test(tmp_path, rows=400)
    assert "For 200 of 400 rows the metadata has no entry, so nothing is known of them." in test.notes
    assert not any("every row that was drawn" in note for note in test.notes)
    assert not test.problems


def make_kind_without_repeats(folder: Path) -> Path:
    index = faiss.IndexIVFFlatDedup(faiss.IndexFlatL2(16), 16, 8, faiss.METRIC_L2)
    index.train(HELD)
    index.add(HELD)
    save(index, folder / "image.index")
    write_metadata(folder / "metadata", 400)
    return folder


def make_kind_of_one_bit(folder: Path) -> Path:
    return make_folder(folder, "RR16,IVF8,RaBitQ")


GIVING_NOTHING_BACK = [make_kind_without_repeats, make_kind_of_one_bit]


@pytest.mark.parametrize("make", GIVING_NOTHING_BACK)
def test_a_kind_whose_vectors_cannot_be_read_back_is_said_not_to_be_tested(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    test = self_test(make(tmp_path))
    (not_tried,) = test.not_tried
    assert not_tried.lane is Lane.NEURAL
    assert not_tried.because.startswith("its vectors cannot be read back from this kind of index")
    assert (test.asked, test.tried) == (0, ())


@pytest.mark.parametrize("make", GIVING_NOTHING_BACK)
@pytest.mark.parametrize("shift", [0, 1])
def test_a_kind_whose_vectors_cannot_be_read_back_is_asked_by_the_embeddings_beside_it(
    tmp_path: Path, make: Callable[[Path], Path], shift: int
) -> None:
    folder = make(tmp_path)
    put_embeddings_beside(folder, np.roll(HELD, shift, axis=0))
    test = self_test(folder)
    assert not test.not_tried
    assert [one.form for one in test.tried] == [AS_SHIPPED, SLIGHTLY, MUCH]
    assert any("do not lead to their own row" in problem for problem in test.problems) == bool(shift)


@pytest.mark.parametrize("key", ["Flat", "IVF8,Flat", "OPQ4_16,IVF8,PQ4x4", "PQ8x4fs"])
def test_embeddings_that_an_index_was_built_from_agree_with_it(tmp_path: Path, key: str) -> None:
    folder = make_folder(tmp_path, key)
    put_embeddings_beside(folder, HELD)
    test = self_test(folder)
    assert not test.problems
    assert tried(test, AS_SHIPPED).found.of == 100


@pytest.mark.parametrize("key", ["Flat", "IVF8,Flat", "OPQ4_16,IVF8,PQ4x4", "PQ8x4fs"])
def test_embeddings_that_are_shuffled_against_an_index_are_noticed(tmp_path: Path, key: str) -> None:
    folder = make_folder(tmp_path, key)
    put_embeddings_beside(folder, np.random.default_rng(3).permutation(HELD))
    (problem,) = self_test(folder).problems
    assert problem.startswith("index and embeddings do not belong together: ")
    assert problem.endswith("they were shuffled, or are of another data set")


def test_an_index_of_another_set_than_the_embeddings_is_noticed(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, held=unit_vectors(400, seed=8))
    put_embeddings_beside(folder, HELD)
    (problem,) = self_test(folder).problems
    assert problem.startswith("index and embeddings do not belong together: ")


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (HELD[:-1], "the embeddings beside the index are 399 vectors, and it holds 400"),
        (unit_vectors(400, dimension=8), "are of 8 numbers, and its own of 16"),
    ],
)
def test_embeddings_of_another_number_or_length_are_told(tmp_path: Path, held: np.ndarray, said: str) -> None:
    save(make_index("Flat", HELD), tmp_path / "index" / "image.index")
    write_metadata(tmp_path / "index" / "metadata", 400)
    save_clip_retrieval(tmp_path / "embeddings", held)
    (problem,) = self_test(tmp_path).problems
    assert said in problem
    assert problem.endswith("so they do not belong together")


def test_metadata_in_another_order_than_that_of_the_embeddings_is_noticed(tmp_path: Path) -> None:
    """As `clip-retrieval end2end` lays it out, with a copy of the metadata beside the index."""
    save_clip_retrieval(tmp_path / "embeddings", HELD)
    save(make_index("Flat", HELD), tmp_path / "index" / "image.index")
    write_metadata(tmp_path / "index" / "metadata", 400)
    assert not self_test(tmp_path).problems
    place = tmp_path / "index" / "metadata" / "metadata_0001.parquet"
    pq.write_table(pq.read_table(place).sort_by([("width", "descending")]), place)
    (problem,) = self_test(tmp_path).problems
    assert "rows the metadata of the index tells of another picture than that of the embeddings beside it" in problem


def test_embeddings_that_cannot_be_opened_are_said_not_to_be_compared(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    put_embeddings_beside(folder, HELD)
    (folder / "img_emb" / "img_emb_0001.npy").write_bytes(b"nothing of use")
    test = self_test(folder)
    assert any(
        note.startswith("The embeddings beside the index were not held against it, because ") for note in test.notes
    )
    assert first_and_found(test) == (100, 100)


@pytest.mark.parametrize("save_as", ["clip-retrieval", "PD12M", "DataComp", "DataComp, packed"])
def test_a_folder_of_embeddings_finds_every_row_in_each_layout(tmp_path: Path, save_as: str) -> None:
    held = unit_vectors(120, dimension=768)
    if save_as == "clip-retrieval":
        save_clip_retrieval(tmp_path / "set", held)
    elif save_as == "PD12M":
        save_pd12m(tmp_path / "set", held)
    else:
        save_datacomp(tmp_path / "set", {"l14_img": held}, packed="packed" in save_as)
    test = self_test(tmp_path / "set", rows=50)
    assert (test.rows, test.asked) == (120, 50)
    for form in (AS_KEPT, SLIGHTLY, MUCH):
        assert first_and_found(test, form) == (50, 50)
    assert not test.problems


def test_vectors_that_hold_no_numbers_are_left_out_and_told(tmp_path: Path) -> None:
    held = HELD.copy()
    held[7], held[200] = np.nan, 0
    save_clip_retrieval(tmp_path / "set", held)
    test = self_test(tmp_path / "set", rows=400)
    assert test.asked == 398
    assert first_and_found(test) == (398, 398)
    assert any("2 rows have a vector that holds no usable numbers" in note for note in test.notes)


def test_a_packed_file_that_is_cut_short_is_one_sentence(tmp_path: Path) -> None:
    save_datacomp(tmp_path, {"l14_img": unit_vectors(20, dimension=768)}, files=1)
    (place,) = tmp_path.glob("*.npz")
    whole = npy(unit_vectors(20, dimension=768))
    npz_with(place, "l14_img.npy", whole)
    place.write_bytes(place.read_bytes().replace(whole[-2000:-1990], b""))
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 0xFF
    place.write_bytes(bytes(data))
    with pytest.raises(SourceProblem, match="the file is damaged or cannot be read"):
        self_test(tmp_path)


def test_an_index_without_any_row_has_nothing_to_be_asked_for(tmp_path: Path) -> None:
    save(faiss.IndexFlatIP(16), tmp_path / "image.index")
    (tmp_path / "metadata").mkdir()
    pq.write_table(metadata_table([]), tmp_path / "metadata" / "metadata_0.parquet")
    test = self_test(tmp_path)
    assert (test.rows, test.asked, test.tried, test.problems) == (0, 0, (), ())


def test_the_same_seed_draws_the_same_rows(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, "IVF8,Flat")
    assert self_test(folder, rows=9, seed=3) == self_test(folder, rows=9, seed=3)
    assert self_test(folder, rows=9, seed=3).apart != self_test(folder, rows=9, seed=4).apart


def test_a_model_that_is_named_and_a_name_that_was_set_up_are_understood(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "set", held=unit_vectors(100, dimension=512))
    registry = Registry(tmp_path / "sets.json")
    registry.add("mine", Entry(f"{folder}#model=ViT-B-32-quickgelu,openai", "", "", "2026-01-01T00:00:00Z"))
    for written in (f"{folder}#model=ViT-B-32-quickgelu,openai", "mine"):
        test = self_test(written, registry=tmp_path / "sets.json")
        assert first_and_found(test) == (100, 100)
        assert not any("does not ask this folder" in note for note in test.notes)


def test_what_holds_no_vectors_and_no_fingerprints_is_refused(tmp_path: Path) -> None:
    write_metadata(tmp_path / "table", 5)
    with pytest.raises(SourceProblem, match="it is no index and no folder of vectors"):
        self_test(tmp_path / "table")
    with pytest.raises(SourceProblem, match="no other computer may be asked here"):
        self_test("https://knn.example/knn-service")


def test_it_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    with pytest.raises(Cancelled):
        self_test_index(SelfTestAsked(str(folder)), stop_after(2))


def test_the_result_crosses_to_the_program_as_it_is(tmp_path: Path) -> None:
    test = self_test(make_folder(tmp_path), rows=10)
    assert from_json(to_json(test), SelfTest) == test
