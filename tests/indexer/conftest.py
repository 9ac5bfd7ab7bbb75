"""One small index for all who only read it."""

from pathlib import Path

import pytest

from tests.helpers.indexes import build_index, save_small_set


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twelve drawn pictures. Not to be changed."""
    return save_small_set(tmp_path_factory.mktemp("small") / "pictures")


@pytest.fixture(scope="session")
def small_index(small_set: Path) -> Path:
    """The index of `small_set`. Not to be changed; `copy_index` makes a copy that may be."""
    out = small_set.with_name("index")
    build_index(small_set, out, version="2")
    return out
