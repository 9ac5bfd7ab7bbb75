"""A build with a CLIP model: every picture its vector, resumed after a stop, and what is missing is said."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.building.contract import Built, ClipChoice
from indexer.building.journal import Journal
from indexer.building.vectors import STAGE, embed_into, open_model
from indexer.core.errors import Cancelled, IndexProblem, ModelProblem
from indexer.core.progress import Monitor
from indexer.fingerprints.clip_models import space_of
from indexer.fingerprints.clip_weights import read_weights
from indexer.fingerprints.embedding import Embedder
from indexer.fingerprints.intake import fingerprint_files
from indexer.images.scanning import FoundFile, scan
from indexer.index.folder import PictureIndex
from tests.helpers.clip import SMALL, as_vector, picture_of
from tests.helpers.indexes import build_index
from tests.helpers.monitors import WatchfulMonitor, stop_at
from tests.helpers.pictures import draw, save_all

COUNT = 40


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_all(
        tmp_path_factory.mktemp("set") / "pictures",
        {f"{number:02d}.png": draw(number, (120, 90)) for number in range(COUNT)},
    )
    Image.new("RGB", (80, 60), "white").save(folder / "white.png")
    first, *rest = [draw(800 + number, (120, 90)) for number in range(3)]
    first.save(folder / "film.gif", save_all=True, append_images=rest, duration=40)
    return folder


@pytest.fixture(scope="module")
def choice(small_weights: Path) -> ClipChoice:
    return ClipChoice(SMALL.name, small_weights)


@pytest.fixture(scope="module")
def index(pictures: Path, choice: ClipChoice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in two goes: stopped while the model was at work, then taken up again."""
    out = tmp_path_factory.mktemp("ix") / "index"
    with pytest.raises(Cancelled):
        build_index(pictures, out, stop_at(STAGE, 20), clip=choice)
    monitor = WatchfulMonitor()
    assert build_index(pictures, out, monitor, clip=choice) == Built(COUNT + 4, 0, resumed=COUNT + 2)
    (first, *_) = [told.done for told in monitor.told if told.stage == STAGE]
    assert first >= 20, "what the model had done before the stop is kept"
    return out


@pytest.fixture(scope="module")
def embedder(small_weights: Path, pictures: Path) -> Iterator[Embedder]:
    with Embedder(read_weights(small_weights, SMALL), workers=1) as ready:
        list(ready.embed([picture_of(pictures / "00.png")], Monitor()))
        yield ready


def test_every_picture_has_the_vector_of_its_file(index: Path, pictures: Path, embedder: Embedder) -> None:
    with PictureIndex(index) as opened:
        names = {row.row: (row.path, row.frame) for row in opened.rows}
    vectors = {tuple(names[row]): vector for row, vector in stored(index)}
    asked = [picture_of(pictures / name, (1, 2, 3) if name == "film.gif" else (1,)) for name, _ in names.values()]
    expected = {
        (one.picture.name, frame): as_vector(row)
        for one in embedder.embed(asked, Monitor())
        for frame, row in one.vectors.items()
        if row
    }
    assert vectors.keys() == expected.keys()
    assert ("white.png", 1) not in vectors
    assert len(vectors) == COUNT + 3
    for key, vector in vectors.items():
        assert np.abs(vector - expected[key]).max() < 1e-5, key


def stored(index: Path) -> list[tuple[int, np.ndarray]]:
    """Rows and vectors straight from the files: a flat FAISS index ends with its numbers."""
    rows = np.load(index / "clip.rows.npy")
    numbers = np.frombuffer((index / "clip.faiss").read_bytes()[-len(rows) * 32 * 4 :], np.float32)
    return list(zip(rows.tolist(), numbers.reshape(-1, 32), strict=True))


def test_the_manifest_says_which_model_and_which_weights(index: Path, small_weights: Path) -> None:
    with PictureIndex(index) as opened:
        record = opened.manifest.lane_of("clip")
    assert record is not None
    assert (record.lane, record.rows) == ("neural", COUNT + 3)
    assert space_of(record.parameters) == read_weights(small_weights, SMALL).space


def test_a_picture_that_went_away_meanwhile_is_told_and_keeps_its_row(
    pictures: Path, embedder: Embedder, tmp_path: Path
) -> None:
    folder = save_all(tmp_path / "set", {f"{number}.png": draw(number, (80, 60)) for number in range(3)})
    with closing(Journal(tmp_path / "ix.partial", str(folder), "r")) as journal:
        for outcome in fingerprint_files(scan(folder), workers=1):
            journal.add(outcome)
        (folder / "1.png").unlink()
        embed_into(journal, folder, embedder, Monitor())
        assert journal.count_files(without_vectors=True) == 0
        assert [row.name for row in journal.rows()] == ["0.png", "1.png", "2.png"]
        (skipped,) = journal.skipped()
    assert skipped.path == "1.png"
    assert skipped.because.startswith("it has no content fingerprint, because it disappeared")


def test_a_changed_picture_is_embedded_again(embedder: Embedder, tmp_path: Path) -> None:
    folder = save_all(tmp_path / "set", {"a.png": draw(1, (80, 60))})
    with closing(Journal(tmp_path / "ix.partial", str(folder), "r")) as journal:
        for seed in (1, 2):
            draw(seed, (80 + seed, 60)).save(folder / "a.png")
            unknown = [file for file in scan(folder) if isinstance(file, FoundFile) and not journal.knows(file)]
            for outcome in fingerprint_files(unknown, workers=1):
                journal.add(outcome)
            assert journal.count_files(without_vectors=True) == 1
            embed_into(journal, folder, embedder, Monitor())


def test_without_a_model_there_is_no_such_lane(small_index: Path) -> None:
    assert "clip" not in (small_index / "index.json").read_text()
    with open_model(None, Monitor(), 1) as model:
        assert model is None


def test_a_build_begun_with_a_model_does_not_go_on_without(pictures: Path, choice: ClipChoice, tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "ix.partial", str(pictures), "other recipe")):
        pass
    with pytest.raises(IndexProblem, match="unfinished index of another folder or version"):
        build_index(pictures, tmp_path / "ix")


@pytest.mark.parametrize("pair", ["ViT-L-14,openai", "ViT-B-32-quickgelu,openai"])
def test_a_wrong_choice_is_told_before_anything_is_read(
    pictures: Path, small_weights: Path, tmp_path: Path, pair: str
) -> None:
    monitor = WatchfulMonitor()
    with pytest.raises(ModelProblem):
        build_index(pictures, tmp_path / "ix", monitor, clip=ClipChoice(pair, small_weights))
    assert not any(told.stage == "reading pictures" for told in monitor.told)
    assert list(tmp_path.iterdir()) == []


def test_skipped_files_are_none_here(index: Path) -> None:
    assert [json.loads(line) for line in (index / "skipped.jsonl").read_text().splitlines()] == []
