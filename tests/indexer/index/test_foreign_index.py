"""A stranger's index of any kind gives what FAISS and brute force give; what is wrong with it is one sentence."""

import shutil
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.core.errors import Cancelled, IndexProblem
from indexer.core.progress import Monitor
from indexer.index import foreign_layout
from indexer.index.foreign_index import ForeignIndex, open_foreign_index
from indexer.index.foreign_layout import IndexFiles, find_index
from indexer.index.foreign_parameters import read_parameters
from tests.helpers.children import run_child
from tests.helpers.faiss_folders import (
    DIMENSION,
    EXACT,
    KINDS,
    LISTS,
    make_index,
    save,
    save_merged,
    save_parts,
    unit_vectors,
    write_report,
)
from tests.helpers.monitors import stop_after

HELD = unit_vectors(400)
ASKED = unit_vectors(12, seed=1)
BEST = np.argsort(-(ASKED @ HELD.T), axis=1, kind="stable")[:, :5]
ALL_LISTS = f"nprobe={LISTS}"
GIVING_BACK = [key for key in KINDS if "RaBitQ" not in key]


def opened(folder: Path) -> ForeignIndex:
    files = find_index(folder)
    assert files
    return open_foreign_index(files)


def rows_of(index: ForeignIndex, count: int = 5) -> list[list[int]]:
    near = index.nearest(ASKED, count, Monitor())
    return [near.row[near.query == number].tolist() for number in range(len(ASKED))]


def refusal(folder: Path) -> str:
    with pytest.raises(IndexProblem) as caught:
        opened(folder).nearest(ASKED, 5, Monitor())
    assert not caught.value.because.endswith(".")
    return caught.value.because


@pytest.mark.parametrize("key", [*GIVING_BACK, "IVF8,PQ8x4fsr", "HNSW8_SQ8", "NSG8", "PCAR8,IVF8,Flat"])
def test_each_kind_gives_back_its_vectors_with_their_own_rows(tmp_path: Path, key: str) -> None:
    save(make_index(key, HELD), tmp_path / "image.index")
    rows, vectors = opened(tmp_path).vectors_at(np.arange(len(HELD)), Monitor())
    assert sorted(rows.tolist()) == list(range(len(HELD)))
    cosines = (vectors * HELD[rows]).sum(axis=1) / np.linalg.norm(vectors, axis=1)
    others = (vectors * HELD[np.roll(rows, 1)]).sum(axis=1) / np.linalg.norm(vectors, axis=1)
    assert np.median(cosines) > 0.7 > 0.3 > np.median(others)
    assert (cosines > 0.999).all() or key not in (*EXACT, "IVF8,Flat", "IVF8_HNSW4,Flat", "HNSW8", "NSG8")


@pytest.mark.parametrize("key", ["RaBitQ", "RaBitQfs", "IVF8,RaBitQfs", "RR16,IVF8,RaBitQ", "IVF8,LSQ4x4fs"])
def test_a_kind_that_gives_no_vectors_back_is_told(tmp_path: Path, key: str) -> None:
    save(make_index(key, HELD), tmp_path / "image.index")
    with pytest.raises(IndexProblem, match="its vectors cannot be read back from this kind of index"):
        opened(tmp_path).vectors_at(np.arange(5), Monitor())


def test_numbers_that_the_index_was_given_are_those_of_its_vectors(tmp_path: Path) -> None:
    index = faiss.IndexIDMap(faiss.IndexFlatIP(DIMENSION))
    index.add_with_ids(HELD, np.arange(len(HELD))[::-1].copy())
    save(index, tmp_path / "image.index")
    rows, vectors = opened(tmp_path).vectors_at(np.array([0, 399]), Monitor())
    assert rows.tolist() == [399, 0]
    assert np.allclose(vectors, HELD[[0, 399]])


@pytest.mark.parametrize("key", ["Flat", "IVF8,Flat"])
def test_places_beyond_the_last_vector_give_nothing(tmp_path: Path, key: str) -> None:
    save(make_index(key, HELD), tmp_path / "image.index")
    rows, vectors = opened(tmp_path).vectors_at(np.array([3, 400, 9000]), Monitor())
    assert len(rows) == len(vectors) == 1


@pytest.mark.parametrize("key", KINDS)
def test_each_kind_answers_as_faiss_does(tmp_path: Path, key: str) -> None:
    made = make_index(key, HELD)
    save(made, tmp_path / "image.index")
    if "IVF" in key:
        write_report(tmp_path / "image.json")
        faiss.ParameterSpace().set_index_parameters(made, ALL_LISTS)
    index = opened(tmp_path)
    scores, rows = made.search(ASKED, 5)
    near = index.nearest(ASKED, 5, Monitor())
    assert (index.rows, index.dimension) == (400, DIMENSION)
    for number in range(len(ASKED)):
        mine = near.query == number
        assert np.allclose(near.score[mine], np.sort(scores[number])[::-1], atol=1e-5)
        assert set(near.row[mine]) == set(rows[number]) or len(set(scores[number])) < 5
    if key in (*EXACT, "IVF8,Flat", "IVF8_HNSW4,Flat"):
        assert rows_of(index) == BEST.tolist()


@pytest.mark.parametrize("key", ["Flat", "IVF8,Flat", "HNSW8"])
def test_distances_become_the_same_cosines_as_products(tmp_path: Path, key: str) -> None:
    save(make_index(key, HELD, faiss.METRIC_L2), tmp_path / "knn.index")
    write_report(tmp_path / "index_infos.json")
    near = opened(tmp_path).nearest(ASKED, 5, Monitor())
    assert np.allclose(near.score, np.sum(ASKED[near.query] * HELD[near.row], axis=1), atol=1e-5)


@pytest.mark.parametrize("name", ["image.index", "knn.index", "faiss"])
def test_a_single_file_is_found_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    save(make_index("Flat", HELD), tmp_path / name)
    assert rows_of(opened(tmp_path)) == BEST.tolist()


def test_a_folder_without_an_index_has_none(tmp_path: Path) -> None:
    save(make_index("Flat", HELD), tmp_path / "text.index")
    assert find_index(tmp_path) is None
    assert find_index(tmp_path / "nothing") is None


PART_NAMES = {
    "clip-retrieval": lambda number: f"{number:02d}.index",
    "autofaiss from 0": lambda number: f"knn.index{number:02d}",
    "autofaiss from 1": lambda number: f"knn.index{number + 1:02d}",
    "in a folder of their own": lambda number: f"index-parts/{number:02d}.index",
}


@pytest.mark.parametrize("name", PART_NAMES.values(), ids=PART_NAMES)
def test_parts_are_searched_one_by_one_and_merged(tmp_path: Path, name) -> None:
    save_parts(tmp_path, HELD, name)
    write_report(tmp_path / "index_infos.json")
    index = opened(tmp_path)
    assert index.rows == 400
    assert rows_of(index) == BEST.tolist()
    assert rows_of(index, 400) == np.argsort(-(ASKED @ HELD.T), axis=1, kind="stable").tolist()


def test_a_missing_part_is_told(tmp_path: Path) -> None:
    places = save_parts(tmp_path, HELD, PART_NAMES["clip-retrieval"])
    places[1].unlink()
    assert "part 01 is missing" in refusal(tmp_path)


def test_parts_of_different_indexes_are_told(tmp_path: Path) -> None:
    places = save_parts(tmp_path, HELD, PART_NAMES["clip-retrieval"])
    save(make_index("Flat", unit_vectors(9, dimension=DIMENSION + 1)), places[2])
    assert "02.index is of another index than 00.index" in refusal(tmp_path)


@pytest.mark.parametrize("key", ["Flat", f"IVF{LISTS},Flat", "IDMap,Flat", "HNSW8,Flat", f"PCA8,IVF{LISTS},Flat"])
def test_parts_that_each_count_from_zero_are_told_since_their_rows_would_be_mixed_up(tmp_path: Path, key: str) -> None:
    for number, held in enumerate(np.array_split(HELD, 3)):
        save(make_index(key, held), tmp_path / f"{number:02d}.index")
    assert "number their rows each from 0" in refusal(tmp_path)


@pytest.mark.parametrize("first", [1, 10, 200, 399])
def test_parts_with_named_rows_are_searched_however_long_each_is(tmp_path: Path, first: int) -> None:
    for number, rows in enumerate(np.split(np.arange(len(HELD)), [first])):
        part = faiss.index_factory(DIMENSION, "IDMap,Flat", faiss.METRIC_INNER_PRODUCT)
        part.add_with_ids(HELD[rows], rows)
        save(part, tmp_path / f"{number:02d}.index")
    assert rows_of(opened(tmp_path)) == BEST.tolist()


def test_a_stop_is_heard_between_parts(tmp_path: Path) -> None:
    save_parts(tmp_path, HELD, PART_NAMES["clip-retrieval"])
    with pytest.raises(Cancelled):
        opened(tmp_path).nearest(ASKED, 5, stop_after(2))


@pytest.mark.skipif(not foreign_layout.merged_lists_open_here(), reason="FAISS has no lists on disk on Windows")
class TestMerged:
    """The form of `populated.index` and `merged_index.ivfdata`, moved since it was made."""

    @pytest.mark.parametrize("within", ["image.index", ""])
    def test_it_answers_as_brute_force_does(self, tmp_path: Path, within: str) -> None:
        save_merged(tmp_path / "there" / within, HELD)
        write_report(tmp_path / "there" / "image.json")
        index = opened(tmp_path / "there")
        assert (index.rows, rows_of(index)) == (400, BEST.tolist())

    def test_its_lists_stay_on_disk_and_its_files_as_they_are(self, tmp_path: Path) -> None:
        folder = save_merged(tmp_path / "image.index", HELD)
        before = {place.name: place.read_bytes() for place in folder.iterdir()}
        for place in folder.iterdir():
            place.chmod(0o400)
        rows_of(opened(tmp_path))
        assert {place.name: place.read_bytes() for place in folder.iterdir()} == before

    def test_missing_lists_are_told(self, tmp_path: Path) -> None:
        (save_merged(tmp_path / "image.index", HELD) / "merged_index.ivfdata").unlink()
        assert "file of lists" in refusal(tmp_path)

    @pytest.mark.parametrize("left", [0, 100, 20_000])
    def test_lists_that_are_cut_short_are_told(self, tmp_path: Path, left: int) -> None:
        lists = save_merged(tmp_path / "image.index", HELD) / "merged_index.ivfdata"
        lists.write_bytes(lists.read_bytes()[:left])
        assert "merged_index.ivfdata is damaged or cut short" in refusal(tmp_path)

    def test_lists_of_another_folder_are_not_opened(self, tmp_path: Path) -> None:
        """Copied as a single file, it still says where its lists lay; a stranger's could name any file there is."""
        folder = save_merged(tmp_path / "merged", HELD)
        (tmp_path / "copied").mkdir()
        shutil.copy(folder / "populated.index", tmp_path / "copied" / "image.index")
        assert "keeps its lists in another file" in refusal(tmp_path / "copied")

    def test_on_windows_it_is_said_that_it_cannot_be_opened_there(self, tmp_path: Path, monkeypatch) -> None:
        save_merged(tmp_path / "image.index", HELD)
        monkeypatch.setattr(foreign_layout.sys, "platform", "win32")
        assert "cannot be opened on Windows" in refusal(tmp_path)

    @pytest.mark.parametrize("where", ["", "index-parts", "image.index"])
    def test_on_windows_its_parts_are_searched_where_they_are_at_hand(
        self, tmp_path: Path, where: str, monkeypatch
    ) -> None:
        save_merged(tmp_path / "image.index", HELD)
        save_parts(tmp_path / where, HELD, PART_NAMES["clip-retrieval"])
        write_report(tmp_path / "image.json")
        monkeypatch.setattr(foreign_layout.sys, "platform", "win32")
        files = find_index(tmp_path)
        assert files
        assert (len(files.places), files.merged) == (3, False)
        assert rows_of(open_foreign_index(files)) == BEST.tolist()


def test_lists_that_are_not_looked_at_are_told(tmp_path: Path) -> None:
    save(make_index("IVF8,Flat", HELD), tmp_path / "image.index")
    write_report(tmp_path / "image.json", "nprobe=3")
    assert opened(tmp_path).caveats == ("this index looks at 3 of 8 lists only, so some rows are missed",)


def test_without_a_report_enough_lists_are_looked_at(tmp_path: Path) -> None:
    save(make_index("IVF64,Flat", unit_vectors(3000)), tmp_path / "image.index")
    assert opened(tmp_path).caveats == ("this index looks at 16 of 64 lists only, so some rows are missed",)


def test_an_exact_index_has_no_caveat_and_a_shortening_one_has(tmp_path: Path) -> None:
    save(make_index("Flat", HELD), tmp_path / "a" / "image.index")
    save(make_index("SQ8", HELD), tmp_path / "b" / "image.index")
    assert opened(tmp_path / "a").caveats == ()
    assert "some rows are missed" in opened(tmp_path / "b").caveats[0]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("nprobe=99999999999", "unknown way"),
        ("verbose=1", "unknown way"),
        ("nprobe=0", "unknown way"),
        ("efSearch=32", "nothing that it has"),
    ],
)
def test_odd_wishes_of_a_report_are_told_and_passed_over(tmp_path: Path, written: str, words: str) -> None:
    save(make_index("IVF8,Flat", HELD), tmp_path / "image.index")
    write_report(tmp_path / "image.json", written)
    index = opened(tmp_path)
    assert any(words in caveat for caveat in index.caveats)
    assert rows_of(index) == BEST.tolist()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"index_param": 3}', "[" * 100_000, "\0", "x" * (2 << 20)])
def test_a_report_that_cannot_be_read_is_told_and_passed_over(tmp_path: Path, text: str) -> None:
    save(make_index("Flat", HELD), tmp_path / "image.index")
    (tmp_path / "image.json").write_text(text, encoding="utf-8")
    assert opened(tmp_path).caveats == ("its image.json, which says how it wants to be asked, cannot be read",)


@settings(max_examples=50)
@given(st.text(max_size=60) | st.from_regex(r"[a-zA-Z]{1,9}=[-0-9.]{1,12}(,[a-z]+=[0-9]+)?", fullmatch=True))
def test_whatever_a_report_asks_for_is_within_bounds_or_refused(text: str) -> None:
    try:
        for name, value in read_parameters(text):
            assert name in ("nprobe", "efSearch", "ht")
            assert 1 <= value <= 1 << 20
    except ValueError:
        pass


def test_what_autofaiss_writes_is_understood() -> None:
    assert read_parameters("nprobe=16,efSearch=32,ht=2048") == (("nprobe", 16), ("efSearch", 32), ("ht", 2048))


def odd_kinds() -> dict[str, faiss.Index]:
    others = {
        "hashes": faiss.IndexLSH(DIMENSION, 32),
        "another measure": faiss.IndexFlat(DIMENSION, faiss.METRIC_L1),
        "two levels": faiss.index_factory(DIMENSION, "IVF8,PQ4x4"),
    }
    others["hashes"].train(HELD)
    others["hashes"].add(HELD)
    others["another measure"].add(HELD)
    return others


@pytest.mark.parametrize(
    ("kind", "words"),
    [("hashes", "cannot be asked for content"), ("another measure", "no cosine"), ("two levels", "empty beginning")],
)
def test_an_index_of_another_kind_is_told(tmp_path: Path, kind: str, words: str) -> None:
    save(odd_kinds()[kind], tmp_path / "image.index")
    assert words in refusal(tmp_path)


def test_an_index_of_bits_is_told(tmp_path: Path) -> None:
    bits = faiss.IndexBinaryFlat(64)
    bits.add(np.zeros((3, 8), np.uint8))
    faiss.write_index_binary(bits, str(tmp_path / "image.index"))
    assert "index of bits" in refusal(tmp_path)


@pytest.mark.parametrize("metric", [faiss.METRIC_INNER_PRODUCT, faiss.METRIC_L2])
def test_vectors_that_are_not_of_length_one_are_told(tmp_path: Path, metric: int) -> None:
    save(make_index("Flat", HELD * 3, metric), tmp_path / "image.index")
    assert "not of length 1" in refusal(tmp_path)


def test_an_index_without_rows_finds_nothing(tmp_path: Path) -> None:
    save(faiss.IndexFlatIP(DIMENSION), tmp_path / "image.index")
    assert rows_of(opened(tmp_path)) == [[]] * len(ASKED)


def test_missing_places_of_an_answer_are_no_rows(tmp_path: Path) -> None:
    """An index that looks at few lists fills up with row -1 and a score of -3.4e38 (`datasets.md` §1.3)."""
    save(make_index("IVF8,Flat", HELD[:9]), tmp_path / "image.index")
    write_report(tmp_path / "image.json", "nprobe=1")
    near = opened(tmp_path).nearest(ASKED, 9, Monitor())
    assert 0 < len(near.row) < 9 * len(ASKED)
    assert near.row.min() >= 0
    assert near.score.min() >= -1.01


def test_a_question_of_another_dimension_is_refused(tmp_path: Path) -> None:
    save(make_index("Flat", HELD), tmp_path / "image.index")
    with pytest.raises(ValueError, match="16 numbers"):
        opened(tmp_path).nearest(np.ones((1, 3), np.float32), 2, Monitor())


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell private memory")
@pytest.mark.parametrize("key", ["Flat", "IVF8,Flat"])
def test_the_vectors_stay_on_disk(tmp_path: Path, key: str) -> None:
    save(make_index(key, unit_vectors(200_000)), tmp_path / "image.index")  # 12.8 MB

    def private_kb() -> int:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous"))

    before = private_kb()
    index = opened(tmp_path)
    assert private_kb() - before < 4000
    assert len(rows_of(index)[0]) == 5


OPEN_ALL = """
import os, resource, sys
from pathlib import Path
import numpy as np
import faiss
from indexer.core.errors import IndexProblem
from indexer.core.progress import Monitor
from indexer.index.foreign_index import open_foreign_index
from indexer.index.foreign_layout import IndexFiles

faiss.omp_set_num_threads(1)
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
place, good = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
asked = np.eye(16, dtype=np.float32)[:2]

def outcome(data):
    place.unlink(missing_ok=True)
    place.write_bytes(data)
    try:
        open_foreign_index(IndexFiles((place,))).nearest(asked, 3, Monitor())
        return "opened"
    except (IndexProblem, ValueError):
        return "refused"

for at in [*range(min(len(good), 140)), *range(140, len(good), len(good) // 30)]:
    for value in (0x00, 0x7F, 0xFF):
        print(at, value, outcome(good[:at] + bytes([value]) + good[at + 1:]), flush=True)
print("noise", outcome(good[:4] + np.random.default_rng(0).bytes(3000)), flush=True)
for length in range(0, len(good), len(good) // 50):
    child = os.fork()
    if not child:
        os._exit(outcome(good[:length]) == "opened")
    _, status = os.waitpid(child, 0)
    print("cut", length, "opened" if os.WIFEXITED(status) and os.WEXITSTATUS(status) else "refused", flush=True)
print("done")
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="the child limits its memory in a way of Linux")
@pytest.mark.parametrize(
    "key", ["IVF8,Flat", *(pytest.param(key, marks=pytest.mark.full) for key in ("HNSW8", "OPQ4_16,IVF8,PQ4x4"))]
)
def test_no_changed_file_brings_the_process_down_and_no_cut_one_is_opened(tmp_path: Path, key: str) -> None:
    """In a child, whose death would be a crash inside FAISS; with little memory, so that inflated counts show too.

    A file that is cut within a number of its head does end the process (FAISS 1.15.1); a job is started again without.
    """
    good = save(make_index(key, HELD), tmp_path / "good")
    done = run_child(OPEN_ALL, tmp_path / "image.index", good)
    said = done.stdout.splitlines()
    assert done.returncode == 0, (said[-1:], done.stderr[-2000:])
    assert said[-1] == "done"
    assert {line.split()[-1] for line in said if line.startswith("cut")} == {"refused"}
    assert "opened" in done.stdout


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexProblem, match="cannot be read"):
        open_foreign_index(IndexFiles((tmp_path / "gone.index",)))
