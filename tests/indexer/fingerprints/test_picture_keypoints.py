"""What an index keeps of a picture, and what a work is asked with: bounded, spread over the picture, remembered."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from indexer.core.hashing import sha256_of_file
from indexer.core.progress import Monitor
from indexer.fingerprints.picture_keypoints import (
    ROW_EDGE,
    ROW_MOST,
    WORK_LOOKS,
    count_keypoints,
    row_keypoints,
    unpack,
    work_keypoints,
)
from indexer.fingerprints.value_cache import ValueCache
from indexer.fingerprints.work_keypoints import WorkFile, WorkKeypoints, serve_work_keypoints
from tests.helpers.pictures import draw


def noise(size: tuple[int, int], seed: int = 0) -> Image.Image:
    """Full of detail."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def test_a_row_keeps_a_bounded_number_however_large_and_busy_the_picture_is() -> None:
    found, size = unpack(row_keypoints(noise((1400, 900))))
    assert len(found) == ROW_MOST
    assert max(size) == ROW_EDGE


def test_a_quiet_corner_keeps_keypoints_beside_a_busy_one() -> None:
    """A picture pasted small into a busy one would otherwise be lost."""
    picture = noise((600, 600))
    picture.paste(draw(3, (200, 200)), (400, 400))
    found, size = unpack(row_keypoints(picture))
    inside = (found.points > size[0] * 400 / 600).all(axis=1)
    assert 0.05 < inside.mean() < 0.2


def test_a_work_is_looked_at_at_each_size_once() -> None:
    large, small = work_keypoints(draw(1, (1000, 800))), work_keypoints(draw(1, (300, 200)))
    assert [max(unpack(look)[1]) for look in large] == [edge for edge, _ in WORK_LOOKS]
    assert [unpack(look)[1] for look in small] == [(300, 200)], "nothing is made larger"
    assert all(len(unpack(look)[0]) <= most for look, (_, most) in zip(large, WORK_LOOKS, strict=True))


@pytest.mark.parametrize("size", [(1, 1), (2, 400), (300, 200), (4000, 3)])
def test_a_flat_picture_has_no_keypoints(size: tuple[int, int]) -> None:
    flat = Image.new("RGB", size, "grey")
    assert count_keypoints(work_keypoints(flat)) == 0
    assert len(unpack(row_keypoints(flat))[0]) == 0


@given(st.binary(max_size=700))
def test_what_was_not_packed_here_is_refused_or_at_least_whole(packed: bytes) -> None:
    try:
        found, _ = unpack(packed)
    except ValueError:
        return
    assert found.descriptors.shape == (len(found), 128)


@pytest.fixture
def work(tmp_path: Path) -> WorkFile:
    place = tmp_path / "a.png"
    draw(5, (700, 500)).save(place)
    return WorkFile(place, sha256_of_file(place), (1,))


def ask(tmp_path: Path, *files: WorkFile) -> dict[tuple[str, int], tuple[bytes, ...]]:
    keypoints = WorkKeypoints(tmp_path / "keypoints.sqlite", Monitor())
    try:
        return keypoints.of(files)
    finally:
        keypoints.close()


def test_works_are_looked_at_once_and_remembered(tmp_path: Path, work: WorkFile) -> None:
    first = ask(tmp_path, work)
    with Image.open(work.path) as picture:
        assert first == {(work.sha256, 1): work_keypoints(picture.convert("RGB"))}
    work.path.unlink()
    assert ask(tmp_path, work) == first, "the memory knows it by its content"


def test_a_picture_that_cannot_be_read_again_is_missing_and_not_remembered(tmp_path: Path, work: WorkFile) -> None:
    work.path.write_bytes(b"no picture any more")
    gone = WorkFile(tmp_path / "gone.png", "ab" * 32, (1,))
    assert ask(tmp_path, work, gone) == {}
    with ValueCache(tmp_path / "keypoints.sqlite") as cache:
        assert cache.find((work.sha256, 1, "keypoints 1")) is None


def test_of_a_file_of_many_pictures_those_asked_for_are_looked_at(tmp_path: Path) -> None:
    place = tmp_path / "pages.tif"
    draw(1).save(place, save_all=True, append_images=[draw(2), draw(3)])
    request = msgspec.msgpack.encode((str(place), sha256_of_file(place), (1, 3)))
    found = msgspec.msgpack.decode(serve_work_keypoints(request), type=dict[int, bytes])
    assert sorted(found) == [1, 3]
    assert found[1] != found[3]
