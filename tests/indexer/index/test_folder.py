"""A whole index folder: whole, or refused in a sentence that names what is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.core.errors import IndexDamaged, IndexProblem
from indexer.core.types import Lane
from indexer.index.folder import PictureIndex
from indexer.index.manifest import LaneRecord, read_manifest
from tests.helpers.indexes import SMALL_SET, content, copy_index, sign_again

FILES = [
    "keypoints.faiss",
    "keypoints.projection.npy",
    "md5.keys.npy",
    "md5.rows.npy",
    "miniature.faiss",
    "miniature.rows.npy",
    *(f"{kind}.{part}.npy" for kind in ("pdq", "phash") for part in ("codes", "offsets", "order", "rows")),
    "rows.sqlite",
    "sha256.keys.npy",
    "sha256.rows.npy",
    "skipped.jsonl",
]


@pytest.fixture
def copy(small_index: Path, tmp_path: Path) -> Path:
    return copy_index(small_index, tmp_path / "copy")


PARTS: dict[str, Callable[[PictureIndex], object]] = {
    "rows": lambda index: index.rows,
    "sha256": lambda index: index.exact_table("sha256"),
    "md5": lambda index: index.exact_table("md5"),
    "phash": lambda index: index.bit_index("phash"),
    "pdq": lambda index: index.bit_index("pdq"),
    "miniature": lambda index: index.vector_index("miniature"),
    "keypoints": lambda index: index.keypoint_index("keypoints"),
}
each_part = pytest.mark.parametrize("part", PARTS)


def test_a_real_index_has_these_files(small_index: Path) -> None:
    """So that the tests below, which go through the list, leave none out."""
    assert sorted(read_manifest(small_index).files) == FILES


@each_part
def test_each_part_holds_every_row(small_index: Path, part: str) -> None:
    with PictureIndex(small_index) as index:
        held = len(PARTS[part](index))
    assert held == SMALL_SET or (part == "keypoints" and held > SMALL_SET), "a picture has many keypoints"


def test_opening_and_reading_changes_nothing(copy: Path) -> None:
    before = content(copy)
    with PictureIndex(copy) as index:
        for open_part in PARTS.values():
            open_part(index)
        list(index.rows)
    assert content(copy) == before


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_byte_anywhere_is_refused_and_the_file_named(copy: Path, name: str) -> None:
    data = bytearray((copy / name).read_bytes() or b"\x00")
    for at in {0, len(data) // 2, len(data) - 1}:
        flipped = bytearray(data)
        flipped[at] ^= 0x10
        (copy / name).write_bytes(flipped)
        with pytest.raises(IndexDamaged) as caught:
            PictureIndex(copy)
        assert caught.value.because == f"its file {name} is damaged: it is not the one that was written"


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(IndexDamaged, match=f"its file {name} is missing"):
        PictureIndex(copy)


def test_a_file_more_does_no_harm(copy: Path) -> None:
    (copy / "notes.txt").write_text("bought in Lyon")
    with PictureIndex(copy) as index:
        assert len(index.rows) == SMALL_SET


def test_the_folders_name_does_not_matter(small_index: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(small_index, tmp_path / "50 % of #1")
    with PictureIndex(small_index) as one, PictureIndex(moved) as other:
        assert one.manifest.identity == other.manifest.identity
        assert list(one.rows) == list(other.rows)


@each_part
def test_a_part_that_the_manifest_does_not_vouch_for_is_not_opened(copy: Path, part: str) -> None:
    """Else a folder could bring files that no checksum stands for."""
    files = {name: record for name, record in read_manifest(copy).files.items() if not name.startswith(part)}
    sign_again(copy, files=files)
    with PictureIndex(copy) as index, pytest.raises(IndexDamaged, match=r"is not listed in its index\.json"):
        PARTS[part](index)


@pytest.mark.parametrize("name", [name for name in FILES if name != "skipped.jsonl"])
def test_nonsense_with_a_true_checksum_is_refused_when_the_part_is_opened(copy: Path, name: str) -> None:
    part = name.partition(".")[0]
    (copy / name).write_bytes(b"nonsense")
    sign_again(copy)
    with PictureIndex(copy) as index, pytest.raises(IndexDamaged, match=f"its {part} cannot be read"):
        PARTS[part](index)


@pytest.mark.parametrize("dimension", [7, "many", -1, None])
def test_a_dimension_that_is_not_that_of_the_vectors_is_refused(copy: Path, dimension: int | str | None) -> None:
    parameters = {} if dimension is None else {"dimension": dimension}
    sign_again(copy, lanes=(LaneRecord(Lane.PERCEPTUAL, "miniature", SMALL_SET, parameters),))
    with PictureIndex(copy) as index, pytest.raises(IndexDamaged, match="its miniature cannot be read"):
        index.vector_index("miniature")


def test_a_pickle_with_a_true_checksum_is_not_unpickled(copy: Path) -> None:
    np.save(copy / "phash.rows.npy", np.array([{"a": 1}] * SMALL_SET, dtype=object), allow_pickle=True)
    sign_again(copy)
    with PictureIndex(copy) as index, pytest.raises(IndexDamaged, match="its phash cannot be read"):
        index.bit_index("phash")


def test_an_index_can_be_closed_twice_and_unread(small_index: Path) -> None:
    index = PictureIndex(small_index)
    index.close()
    index.close()


def test_no_index_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(IndexProblem, match="there is no such folder"):
        PictureIndex(tmp_path / "none")
