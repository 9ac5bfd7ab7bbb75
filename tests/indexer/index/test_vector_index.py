"""The nearest vectors are those of the exhaustive product, and a hostile file is an error and never a crash."""

from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from indexer.index.vector_index import VectorIndex, VectorIndexWriter, open_vector_index
from tests.helpers.children import run_child

DIMENSION = 24


def vectors(count: int, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def write(folder: Path, held: np.ndarray, rows: np.ndarray | None = None, block: int = 64) -> VectorIndex:
    writer = VectorIndexWriter(DIMENSION)
    numbers = np.arange(len(held)) if rows is None else rows
    for start in range(0, len(held), block):
        writer.add(held[start : start + block], numbers[start : start + block])
    assert writer.write(folder, "mini") == len(held)
    return open_vector_index(folder, "mini", DIMENSION)


def test_the_nearest_are_those_of_the_exhaustive_product(tmp_path: Path) -> None:
    held, asked, rows = vectors(700), vectors(40, seed=1), np.random.default_rng(2).permutation(10_000)[:700]
    index = write(tmp_path, held, rows)
    near = index.nearest(asked, 9)
    products = asked @ held.T
    best = np.argsort(-products, axis=1)[:, :9]
    assert near.query.tolist() == np.repeat(np.arange(40), 9).tolist()
    assert near.row.tolist() == rows[best].ravel().tolist()
    assert np.allclose(near.score, np.take_along_axis(products, best, axis=1).ravel(), atol=1e-5)
    assert (len(index), index.dimension) == (700, DIMENSION)


def test_equal_vectors_are_all_found(tmp_path: Path) -> None:
    held = np.concatenate([np.repeat(vectors(1), 20, axis=0), vectors(50, seed=5)])
    assert sorted(write(tmp_path, held).nearest(held[:1], 20).row.tolist()) == list(range(20))


def test_where_fewer_rows_are_than_asked_for_all_are_given(tmp_path: Path) -> None:
    near = write(tmp_path, vectors(3)).nearest(vectors(2, seed=1), 24)
    assert near.query.tolist() == [0, 0, 0, 1, 1, 1]
    assert sorted(near.row[:3]) == [0, 1, 2]


def test_an_index_without_rows_finds_nothing(tmp_path: Path) -> None:
    near = write(tmp_path, vectors(0)).nearest(vectors(2), 24)
    assert (len(near.query), len(near.row), len(near.score)) == (0, 0, 0)


def test_no_question_gets_no_answer(tmp_path: Path) -> None:
    assert len(write(tmp_path, vectors(3)).nearest(vectors(0), 24).row) == 0


def test_a_question_of_another_dimension_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="24 numbers"):
        write(tmp_path, vectors(3)).nearest(np.ones((1, DIMENSION + 1), np.float32), 2)


def test_the_vectors_stay_on_disk(tmp_path: Path) -> None:
    """Opened by memory map: what changes in the file changes in the index."""
    index = write(tmp_path, vectors(3))
    place = tmp_path / "mini.faiss"
    data = place.read_bytes()
    with place.open("r+b") as stream:
        stream.seek(data.index(vectors(3)[0].tobytes()))
        stream.write(np.zeros(DIMENSION, np.float32).tobytes())
    assert 0.0 in index.nearest(vectors(3)[:1], 3).score.tolist()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("name", ["mini.faiss", "mini.rows.npy"])
@pytest.mark.parametrize("count", [3, 3000])
def test_a_full_disk_is_told(tmp_path: Path, name: str, count: int) -> None:
    """FAISS itself says nothing when the last few bytes find no room."""
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, vectors(count))


def test_another_dimension_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    write(tmp_path, vectors(3))
    with pytest.raises(ValueError, match="not what its manifest says"):
        open_vector_index(tmp_path, "mini", DIMENSION + 1)


def test_another_number_of_rows_than_vectors_is_refused(tmp_path: Path) -> None:
    write(tmp_path, vectors(3))
    np.save(tmp_path / "mini.rows.npy", np.arange(4))
    with pytest.raises(ValueError, match="not what its manifest says"):
        open_vector_index(tmp_path, "mini", DIMENSION)


def lists() -> faiss.Index:
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(DIMENSION), DIMENSION, 2, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors(100))
    index.add(vectors(100))
    return index


def filled(index: faiss.Index) -> faiss.Index:
    index.add(vectors(100))
    return index


OTHER_KINDS: dict[str, Callable[[], faiss.Index]] = {
    "inverted lists": lists,
    "distances": lambda: filled(faiss.IndexFlatL2(DIMENSION)),
    "with a rotation before it": lambda: filled(faiss.IndexPreTransform(faiss.IndexFlatIP(DIMENSION))),
    "a graph": lambda: filled(faiss.IndexHNSWFlat(DIMENSION, 4)),
}


@pytest.mark.parametrize("make", OTHER_KINDS.values(), ids=OTHER_KINDS)
def test_another_kind_of_index_is_refused(tmp_path: Path, make: Callable[[], faiss.Index]) -> None:
    faiss.write_index(make(), str(tmp_path / "mini.faiss"))
    np.save(tmp_path / "mini.rows.npy", np.arange(100))
    with pytest.raises(ValueError, match=r"mini\.faiss"):
        open_vector_index(tmp_path, "mini", DIMENSION)


OPEN_ALL = """
import resource, sys
from pathlib import Path
import numpy as np
from indexer.index.vector_index import open_vector_index

resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
asked = np.ones((2, int(sys.argv[2])), np.float32)
for folder in sorted(Path(sys.argv[1]).iterdir()):
    print(folder.name, end=" ", flush=True)
    try:
        open_vector_index(folder, "mini", len(asked[0])).nearest(asked, 3)
        print("opened")
    except ValueError as problem:
        print("refused")
"""


def spoiled_files(good: bytes) -> dict[str, bytes]:
    """A good file with each byte of its head changed, cut off at every few bytes, and things that are no such file."""
    files = {"good": good, "empty": b""}
    head = len(good) - 100 * DIMENSION * 4
    for at in range(head):
        for value in (0x00, 0x7F, 0xFF, good[at] ^ 1):
            files[f"byte {at:03d} is {value:02x}"] = good[:at] + bytes([value]) + good[at + 1 :]
    for length in range(1, len(good), len(good) // 40):
        files[f"first {length:05d}"] = good[:length]
    random = np.random.default_rng(0)
    for number in range(20):
        noise = random.bytes(3000)
        files[f"noise {number:02d}"] = noise
        files[f"noise after the first word {number:02d}"] = good[:4] + noise
        files[f"noise after the head {number:02d}"] = good[: 4 + number] + noise
    return files


@pytest.mark.skipif(not Path("/proc").exists(), reason="the child limits its memory in a way of Linux")
def test_no_file_brings_the_process_down(tmp_path: Path) -> None:
    """In a child, whose death would be a crash inside FAISS; with little memory, so that inflated counts show too."""
    write(tmp_path, vectors(100))
    good, rows = (tmp_path / "mini.faiss").read_bytes(), (tmp_path / "mini.rows.npy").read_bytes()
    files = spoiled_files(good) | {"lists": bytes(faiss.serialize_index(lists()).tobytes())}
    for name, data in files.items():
        folder = tmp_path / "all" / name
        folder.mkdir(parents=True)
        (folder / "mini.faiss").write_bytes(data)
        (folder / "mini.rows.npy").write_bytes(rows)
    done = run_child(OPEN_ALL, tmp_path / "all", str(DIMENSION))
    said = done.stdout.splitlines()
    assert done.returncode == 0, (said[-1:], done.stderr[-2000:])
    assert len(said) == len(files)
    assert "good opened" in said
    opened = {line.removesuffix(" opened") for line in said if line.endswith(" opened")}
    assert all(name == "good" or name.startswith("byte") for name in opened)
