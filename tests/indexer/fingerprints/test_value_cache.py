"""Vectors are remembered by content, frame and space; a damaged memory costs nothing but the remembering."""

from pathlib import Path

import pytest

from indexer.core.errors import StorageProblem
from indexer.fingerprints.value_cache import ValueCache

KEY = ("ab" * 32, 1, "a space")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "embeddings.sqlite"


def test_what_was_kept_is_found_again(place: Path) -> None:
    with ValueCache(place) as cache:
        assert cache.find(KEY) is None
        cache.keep({KEY: b"vector", (KEY[0], 2, KEY[2]): b""})
        assert cache.find(KEY) == b"vector"
    with ValueCache(place) as cache:
        assert cache.find(KEY) == b"vector"
        assert cache.find((KEY[0], 2, KEY[2])) == b"", "a flat picture is remembered as such"


def test_another_content_frame_or_space_is_not(place: Path) -> None:
    with ValueCache(place) as cache:
        cache.keep({KEY: b"vector"})
        for other in (("cd" * 32, 1, "a space"), (KEY[0], 2, "a space"), (KEY[0], 1, "another space")):
            assert cache.find(other) is None


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_damaged_memory_is_begun_anew(place: Path, content: bytes) -> None:
    place.parent.mkdir()
    place.write_bytes(content)
    with ValueCache(place) as cache:
        cache.keep({KEY: b"vector"})
    with ValueCache(place) as cache:
        assert cache.find(KEY) == b"vector"


def test_damage_that_comes_later_costs_the_remembering_only(place: Path) -> None:
    with ValueCache(place) as cache:
        cache.keep({(f"{number:064d}", 1, "s"): bytes(4000) for number in range(50)})
    whole = place.read_bytes()
    place.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    with ValueCache(place) as cache:
        assert cache.find((f"{7:064d}", 1, "s")) is None
        cache.keep({KEY: b"vector"})
    with ValueCache(place) as cache:
        assert cache.find(KEY) == b"vector"


def test_a_memory_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageProblem):
        ValueCache(tmp_path / "file" / "embeddings.sqlite")
