"""A build with a CLIP model: every picture its vector, resumed after a stop, and what is missing is said."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.building.contract import Built, ClipChoice
from indexer.building.journal import Journal
from indexer.building.vectors import STAGE, embed_into, open_model
from indexer.core.errors import Cancelled, ModelProblem, StorageProblem
from indexer.core.progress import Monitor
from indexer.fingerprints.base import RECIPE
from indexer.fingerprints.clip_models import space_of
from indexer.fingerprints.clip_weights import read_weights
from indexer.fingerprints.embedding import FLAT, Embedder
from indexer.fingerprints.intake import Extras, fingerprint_files
from indexer.fingerprints.picture_keypoints import PARTS_RECIPE
from indexer.images.scanning import FoundFile, scan
from indexer.index.folder import PictureIndex
from indexer.index.manifest import read_manifest
from tests.helpers.clip import SMALL, as_vector, picture_of
from tests.helpers.indexes import build_index, content, copy_index, sign_again
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


def test_a_build_begun_with_a_model_goes_on_without(pictures: Path, choice: ClipChoice, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        build_index(pictures, tmp_path / "ix", stop_at(STAGE, 20), clip=choice)
    assert build_index(pictures, tmp_path / "ix").resumed == COUNT + 2
    assert "clip" not in (tmp_path / "ix" / "index.json").read_text()


def test_vectors_of_other_weights_are_made_again_and_nothing_else_is(tmp_path: Path) -> None:
    folder = save_all(tmp_path / "set", {f"{number}.png": draw(number, (80, 60)) for number in range(2)})
    with closing(Journal(tmp_path / "ix.partial", str(folder), "r", "first space")) as journal:
        for outcome in fingerprint_files(scan(folder), workers=1):
            journal.add(outcome)
        journal.add_vectors("0.png", {1: bytes(128)}, None)
        journal.add_vectors("1.png", {1: FLAT}, "it has no content fingerprint, because the model says so")
    for space, lacking in (("first space", 0), (None, 0), ("first space", 0), ("second space", 2), ("first space", 2)):
        with closing(Journal(tmp_path / "ix.partial", str(folder), "r", space)) as journal:
            assert journal.count_files(without_vectors=True) == lacking, space
            known = [journal.knows(file) for file in scan(folder) if isinstance(file, FoundFile)]
            assert known == [True, lacking == 0], "what was said of a file with another model is asked again"


def test_a_build_that_failed_on_damaged_weights_goes_on_with_whole_ones(
    pictures: Path, choice: ClipChoice, tmp_path: Path
) -> None:
    with closing(
        Journal(tmp_path / "ix.partial", str(pictures.absolute()), f"{RECIPE}, {PARTS_RECIPE}", "damaged", parts=True)
    ) as journal:
        for outcome in fingerprint_files(scan(pictures), workers=1, extras=Extras(keypoints=True)):
            journal.add(outcome)
    assert build_index(pictures, tmp_path / "ix", clip=choice) == Built(COUNT + 4, 0, resumed=COUNT + 2)


@pytest.mark.parametrize("again", ["without a model", "with other weights"])
def test_content_fingerprints_are_not_thrown_away_unasked(
    index: Path, pictures: Path, choice: ClipChoice, tmp_path: Path, again: str
) -> None:
    copy = copy_index(index, tmp_path / "ix")
    before = content(copy)
    if again == "without a model":
        clip = None
    else:
        record = read_manifest(copy).lane_of("clip")
        assert record is not None
        other = replace(record, parameters=dict(record.parameters) | {"weights_sha256": "ab" * 32})
        lanes = tuple(other if one.kind == "clip" else one for one in read_manifest(copy).lanes)
        sign_again(copy, lanes=lanes)
        before, clip = content(copy), choice
    with pytest.raises(StorageProblem) as caught:
        build_index(pictures, copy, clip=clip)
    assert caught.value.because.startswith(f"it holds content fingerprints of {COUNT + 3} pictures, made with ")
    assert caught.value.because.endswith("; choose the same model and weights, or another place")
    assert content(copy) == before
    assert [place.name for place in tmp_path.iterdir()] == ["ix"]


def test_an_index_is_replaced_by_one_of_the_same_model(
    index: Path, pictures: Path, choice: ClipChoice, tmp_path: Path
) -> None:
    copy = copy_index(index, tmp_path / "ix")
    assert build_index(pictures, copy, clip=choice).rows == COUNT + 4
    assert read_manifest(copy).lane_of("clip") is not None


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
