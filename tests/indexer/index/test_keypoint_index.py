"""Keypoints lie where they were, near ones are those that looking at all of them gives, and memory is not the limit."""

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.index import keypoint_index, keypoint_writer
from indexer.index.keypoint_file import BYTES_A_KEYPOINT, CODE_BYTES
from indexer.index.keypoint_index import (
    KeypointIndex,
    NearKeypoints,
    keypoint_index_files,
    open_keypoint_index,
    project,
)
from indexer.index.keypoint_places import MOST_ROWS, Places, pack_places, unpack_places
from indexer.index.keypoint_writer import Described, write_keypoint_index
from tests.helpers.children import run_child

ROW_KEYPOINTS = 60


def described(row: int, count: int = ROW_KEYPOINTS) -> Described:
    """Keypoints as a picture's are: near copies of a few hundred that all pictures share, with a few large entries."""
    random = np.random.default_rng(row)
    kinds = np.random.default_rng(10**6).gamma(0.5, 30, (400, 128))
    codes = kinds[random.integers(0, 400, count)] * random.uniform(0.5, 1.5, (count, 128))
    x, y, size = random.random(count), random.random(count), 2 ** random.uniform(-8, -1, count)
    places = Places(np.full(count, row), *(column.astype(np.float32) for column in (x, y, size, x * 360)))
    return Described(places, np.minimum(codes, 255).astype(np.uint8))


def rows(count: int) -> Iterator[Described]:
    return (described(row) for row in range(count))


def write(folder: Path, count: int) -> KeypointIndex:
    assert write_keypoint_index(folder, "points", lambda: rows(count)) == count * ROW_KEYPOINTS
    return open_keypoint_index(folder, "points")


def all_of(count: int) -> Described:
    parts = list(rows(count))
    return Described(Places.together([part.places for part in parts]), np.concatenate([p.descriptors for p in parts]))


def by_brute_force(folder: Path, count: int, asked: np.ndarray, nearest: int) -> np.ndarray:
    """Packed places of the nearest, by all distances between projected descriptors, nothing shortened."""
    projection = np.load(folder / "points.projection.npy")
    held = all_of(count)
    ours, theirs = project(asked, projection), project(held.descriptors, projection)
    distances = ((ours[:, None] - theirs[None]) ** 2).sum(axis=2)
    return pack_places(held.places)[np.argsort(distances, axis=1, kind="stable")[:, :nearest]]


def packed(near: NearKeypoints, asked: int, nearest: int) -> np.ndarray:
    return pack_places(near.places).reshape(asked, nearest)


@given(
    st.integers(0, MOST_ROWS - 1),
    st.floats(0, 1, width=32),
    st.floats(0, 1, width=32),
    st.floats(-10.5, 0.5, width=32),
    st.floats(0, 360, width=32),
)
def test_a_place_comes_back_as_it_was_but_for_rounding(
    row: int, x: float, y: float, octave: float, angle: float
) -> None:
    columns = (np.array([value], np.float32) for value in (x, y, 2**octave, angle))
    back = unpack_places(pack_places(Places(np.array([row]), *columns)))
    assert back.row.tolist() == [row]
    assert abs(back.x[0] - x) < 0.001
    assert abs(back.y[0] - y) < 0.001
    assert abs(np.log2(back.size[0]) - octave) <= 0.051
    assert abs((back.angle[0] - angle + 180) % 360 - 180) < 0.8


@pytest.mark.parametrize("row", [-1, MOST_ROWS, 2 * MOST_ROWS + 7])
def test_a_row_that_the_number_has_no_room_for_is_refused_and_no_other_row_gets_its_keypoints(row: int) -> None:
    columns = (np.array([value], np.float32) for value in (0.5, 0.5, 0.1, 90.0))
    with pytest.raises(ValueError, match="at most 134,217,728 pictures can be searched by their parts"):
        pack_places(Places(np.array([row]), *columns))


@given(st.integers(0, 2**63 - 1))
def test_no_number_of_a_strangers_leaves_the_range_of_places(number: int) -> None:
    back = unpack_places(np.array([number]))
    assert 0 <= back.row[0] < MOST_ROWS
    assert 0 <= back.x[0] <= 1
    assert 0 <= back.y[0] <= 1
    assert 2**-11 <= back.size[0] < 4
    assert 0 <= back.angle[0] < 360


def test_a_small_index_gives_what_looking_at_all_of_it_gives(tmp_path: Path) -> None:
    """All but what a byte a number cannot tell apart."""
    index, asked = write(tmp_path, 30), described(5).descriptors
    found = packed(index.near(asked, 8), len(asked), 8)
    right = by_brute_force(tmp_path, 30, asked, 8)
    assert (found[:, 0] == right[:, 0]).mean() > 0.98
    assert np.mean([len(set(a) & set(b)) / 8 for a, b in zip(found, right, strict=True)]) > 0.95


@pytest.fixture
def many_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of a few thousand keypoints is made as one of millions is."""
    monkeypatch.setattr(keypoint_writer, "ONE_LIST", 500)


@pytest.mark.usefixtures("many_lists")
def test_a_large_index_reads_a_few_lists_and_misses_little(tmp_path: Path) -> None:
    index, asked = write(tmp_path, 100), described(77).descriptors
    assert faiss.read_index(str(tmp_path / "points.faiss")).nlist > keypoint_index.LISTS_READ
    found = packed(index.near(asked, 10), len(asked), 10)
    right = by_brute_force(tmp_path, 100, asked, 10)
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, right, strict=True)]) > 0.9


@pytest.mark.usefixtures("many_lists")
def test_an_index_written_in_many_blocks_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into memory goes through a scratch file, and leaves none behind."""
    (tmp_path / "whole").mkdir()
    (tmp_path / "blocks").mkdir()
    write(tmp_path / "whole", 60)
    monkeypatch.setattr(keypoint_writer, "BLOCK", 1000)
    write(tmp_path / "blocks", 60)
    assert sorted(place.name for place in (tmp_path / "blocks").iterdir()) == sorted(keypoint_index_files("points"))
    for name in keypoint_index_files("points"):
        whole, blocks = (np.fromfile(tmp_path / way / name, np.uint8).astype(int) for way in ("whole", "blocks"))
        assert whole.shape == blocks.shape
        # Multiplied in blocks of another size, a number may be rounded to the next one.
        assert np.abs(whole - blocks).max() <= 1
        assert (whole != blocks).mean() < 1e-4


def test_its_size_is_bounded_by_the_number_of_keypoints(tmp_path: Path) -> None:
    write(tmp_path, 100)
    size = sum((tmp_path / name).stat().st_size for name in keypoint_index_files("points"))
    assert size < 1.2 * BYTES_A_KEYPOINT * 100 * ROW_KEYPOINTS


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_handful_of_keypoints_makes_an_index_too(tmp_path: Path, count: int) -> None:
    assert write_keypoint_index(tmp_path, "points", lambda: iter([described(3, count)])) == count
    near = open_keypoint_index(tmp_path, "points").near(described(3, count).descriptors, 1)
    assert near.query.tolist() == list(range(count))
    assert near.places.row.tolist() == [3] * count


def test_nothing_asked_gets_no_answer(tmp_path: Path) -> None:
    near = write(tmp_path, 2).near(np.empty((0, 128), np.uint8), 5)
    assert len(near.query) == len(near.places.row) == len(near.distance) == 0


def test_a_projection_of_another_shape_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 2)
    np.save(tmp_path / "points.projection.npy", np.zeros((129, CODE_BYTES + 1), np.float32))
    with pytest.raises(ValueError, match="not what its manifest says"):
        open_keypoint_index(tmp_path, "points")


def test_another_kind_of_index_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 2)
    other = faiss.IndexFlatL2(CODE_BYTES)
    faiss.write_index(other, str(tmp_path / "points.faiss"))
    with pytest.raises(ValueError, match="not what its manifest says"):
        open_keypoint_index(tmp_path, "points")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("name", keypoint_index_files("points"))
def test_a_full_disk_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_keypoint_index(tmp_path, "points", lambda: rows(200))


OPEN_ALL = """
import resource, sys
from pathlib import Path
import numpy as np
from indexer.index.keypoint_index import open_keypoint_index

resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
asked = np.full((3, 128), 40, np.uint8)
projection = Path(sys.argv[1], "points.projection.npy").read_bytes()
room = Path(sys.argv[2])
(room / "points.projection.npy").write_bytes(projection)
good = Path(sys.argv[1], "points.faiss").read_bytes()
random = np.random.default_rng(0)
ends = [good[:length] for length in range(1, len(good), len(good) // 60)]
heads = [good[:4 + n] + random.bytes(2000) for n in range(0, 200, 8)]
changed = [
    good[:at] + bytes([value]) + good[at + 1:]
    for at in [*range(120), *range(len(good) - 60 * 32 - 260, len(good) - 60 * 32)] for value in (0xFF, good[at] ^ 1)
]
for number, data in enumerate([good, b"", *ends, *heads, *changed]):
    (room / "points.faiss").write_bytes(data)
    print(number, end=" ", flush=True)
    try:
        open_keypoint_index(room, "points").near(asked, 3)
        print("opened")
    except ValueError:
        print("refused")
print("all")
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="the child limits its memory in a way of Linux")
def test_no_file_brings_the_process_down(tmp_path: Path) -> None:
    write(tmp_path, 1)
    (tmp_path / "room").mkdir()
    done = run_child(OPEN_ALL, tmp_path, tmp_path / "room")
    said = done.stdout.splitlines()
    assert done.returncode == 0, (said[-1:], done.stderr[-2000:])
    assert said[0] == "0 opened"
    assert said[-1] == "all"
