"""A small portfolio and a small data set that holds altered copies of some of it."""

from pathlib import Path

import pytest
from PIL import Image

from app.jobs.orders import BuildJob
from app.jobs.supervise import run_job
from indexer.building.contract import PictureBuild
from tests.helpers.pictures import draw, recompressed, save_all


@pytest.fixture(scope="session")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five works, a text, and a broken picture."""
    folder = tmp_path_factory.mktemp("art") / "my works"
    save_all(folder, {f"work {number}.png": draw(number) for number in range(5)})
    (folder / "notes.txt").write_text("not a picture")
    whole = (folder / "work 0.png").read_bytes()
    (folder / "broken.png").write_bytes(whole[: len(whole) // 2])
    return folder


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory, portfolio: Path) -> Path:
    """Thirty strange pictures; works 0 to 3 as identical file, recompressed, resized, mirrored. Work 4 is not there."""
    folder = save_all(
        tmp_path_factory.mktemp("set") / "pictures",
        {f"other/{number:03d}.jpg": draw(1000 + number, (320, 240)) for number in range(30)},
    )
    (folder / "a.png").write_bytes((portfolio / "work 0.png").read_bytes())
    recompressed(draw(1), 70).save(folder / "b.png")
    draw(2).resize((240, 180)).save(folder / "c.png")
    draw(3).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "d.jpg", quality=85)
    return folder


def build(pictures: Path, out: Path, **asked: object) -> Path:
    """An index of these pictures."""
    request = PictureBuild(pictures, out, "Test set", "7", **asked)  # type: ignore[arg-type]
    for _ in run_job(BuildJob(request), out.parent / "build.log"):
        pass
    return out


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory, dataset: Path) -> Path:
    """The data set's index, which knows where its pictures lie."""
    return build(dataset, tmp_path_factory.mktemp("ix") / "index")


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory, dataset: Path) -> Path:
    """The same as the demo would have made it."""
    return build(dataset, tmp_path_factory.mktemp("ix") / "sample index", sample=True)
