"""A reader of views that all share, and sources that are opened by name."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.matching import chosen
from indexer.matching.views import ViewReader
from indexer.sources.base import Source
from indexer.sources.opening import SourceOptions, open_source
from tests.helpers.pictures import draw, save_all

Open = Callable[[], Source]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ViewReader]:
    """Its process runs already, so that no test waits for it or seems to have left it behind."""
    picture = save_all(tmp_path_factory.mktemp("first"), {"a.png": draw(1, (40, 30))}) / "a.png"
    with ViewReader(Monitor()) as ready:
        ready.of_file(picture, 1)
        yield ready


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> dict[str, Source | SourceProblem]:
    """Put a source in, or the reason why it cannot be opened, and a check opens it by that name; others as ever."""
    known: dict[str, Source | SourceProblem] = {}

    def open_named(written: str, options: SourceOptions, monitor: Monitor) -> Source:
        found = known.get(written) or open_source(written, options, monitor)
        if isinstance(found, SourceProblem):
            raise found
        return found

    monkeypatch.setattr(chosen, "open_source", open_named)
    return known


@pytest.fixture(scope="session")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three works; `NN.png` is the drawing of seed NN. Not to be changed; `own_portfolio` is a copy that may be."""
    return save_all(
        tmp_path_factory.mktemp("three") / "portfolio", {f"{seed:02d}.png": draw(seed) for seed in (1, 5, 9)}
    )


@pytest.fixture
def own_portfolio(portfolio: Path, tmp_path: Path) -> Path:
    return shutil.copytree(portfolio, tmp_path / "portfolio")
