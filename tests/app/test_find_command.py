"""Rows near to words by the real command line: ranked as brute force ranks, said to count for nothing, or why not."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from indexer.building.contract import ClipChoice
from indexer.core.progress import Monitor
from indexer.fingerprints.clip_models import weights_place
from indexer.fingerprints.clip_weights import read_weights
from indexer.fingerprints.embedding import Embedder
from indexer.sources.knn_probe import SENTENCES
from tests.helpers.clip import ARCHITECTURE, SMALL, TEXTS, as_vector, describe, picture_of
from tests.helpers.indexes import build_index
from tests.helpers.knn_server import KnnIndex, KnnServer, Tower
from tests.helpers.pictures import draw, save_all
from tests.helpers.program import run

COUNT, BASE, WORDS = 18, "https://pictures.example.org/set", TEXTS[0]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    drawn = {f"no {number}.png": draw(number, (120, 90)) for number in range(COUNT)}
    return save_all(tmp_path_factory.mktemp("set") / "pictures", drawn)


@pytest.fixture(scope="module")
def index(pictures: Path, small_weights: Path) -> Path:
    place = pictures.with_name("index")
    build_index(pictures, place, clip=ClipChoice(SMALL.name, small_weights), base_url=BASE)
    return place


def test_rows_are_ranked_as_brute_force_ranks_them_and_said_to_count_for_nothing(
    pictures: Path, index: Path, small_weights: Path, open_clip_says: Path
) -> None:
    files = sorted(pictures.iterdir())
    with Embedder(read_weights(small_weights, SMALL), workers=1) as embedder:
        made = [as_vector(one.vectors[1]) for one in embedder.embed(map(picture_of, files), Monitor())]
    cosines = np.array(made) @ np.load(open_clip_says / "texts.npy")[0]
    wanted = [(f"{cosines[at]:.2f}", files[at].name) for at in np.argsort(-cosines)[:5]]
    done = run("index", "find", index, "--text", WORDS, "--weights", small_weights, "--count", "5")
    assert done.returncode == 0, done.stderr
    head, *rows, last = done.stdout.splitlines()
    assert f"“{WORDS}”" in head
    assert "similar in content only, and count for nothing" in last
    told = [re.fullmatch(r"  (-?\d\.\d{3})  (no \d+\.png)  (\S+)", row) for row in rows]
    assert [match and (f"{float(match[1]):.2f}", match[2]) for match in told] == wanted
    assert [match and match[3] for match in told] == [f"{BASE}/{name.replace(' ', '%20')}" for _, name in wanted]


def test_weights_in_the_folder_of_models_need_not_be_named(index: Path, small_weights: Path, own_home: Path) -> None:
    missing = run("index", "find", index, "--text", WORDS)
    assert_one_sentence(missing, "it was made with the model small-for-tests,seed1, whose weights are not at hand")
    place = weights_place(own_home / "data" / "models", SMALL.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(small_weights, place)
    describe(place)
    done = run("index", "find", index, "--text", WORDS)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 12, "ten rows between two sentences"


def test_an_index_without_content_fingerprints_cannot_be_asked_for_words(
    pictures: Path, small_weights: Path, tmp_path: Path
) -> None:
    build_index(pictures, tmp_path / "plain")
    done = run("index", "find", tmp_path / "plain", "--text", WORDS, "--weights", small_weights)
    assert_one_sentence(done, "this index holds no content fingerprints (CLIP)")
    assert_one_sentence(run("index", "find", tmp_path / "nowhere", "--text", WORDS), "nowhere: ")


def test_a_model_without_words_that_are_known_here_says_so(index: Path, small_weights: Path, tmp_path: Path) -> None:
    weights = Path(shutil.copy(small_weights, tmp_path / "w.safetensors"))
    foreign = {**ARCHITECTURE, "text_cfg": {**ARCHITECTURE["text_cfg"], "hf_tokenizer_name": "another"}}
    describe(weights, replace(SMALL, architecture=foreign))
    done = run("index", "find", index, "--text", WORDS, "--weights", weights)
    assert_one_sentence(done, "its dictionary of words does not come with open_clip")


def test_a_lookup_service_is_asked_once_it_has_shown_that_the_model_is_its_own(small_weights: Path) -> None:
    known = dict(zip((*SENTENCES, WORDS), texts_of(small_weights, (*SENTENCES, WORDS)), strict=True))
    with service(known.__getitem__) as server:
        done = run(*asking(server, small_weights), "--allow-private-hosts")
        assert done.returncode == 0, done.stderr
        _, first, *_ = done.stdout.splitlines()
        assert first.startswith("  1.000  index drawings, row 3  https://example.org/3.png")
        assert [said for question in server.questions if (said := question.get("text"))] == list(SENTENCES)
        assert_one_sentence(run(*asking(server, small_weights), "--offline"), "offline")


def test_a_lookup_service_of_another_model_is_not_asked_for_words(small_weights: Path) -> None:
    with service(lambda words: by_chance(sum(words.encode()))) as server:
        done = run(*asking(server, small_weights), "--allow-private-hosts")
        assert_one_sentence(done, "its answers show that it was not made with small-for-tests,seed1")
        assert len(server.questions) == 1 + 2 * len(SENTENCES), "its dimension, and each sentence in both ways"


def asking(server: KnnServer, weights: Path) -> list[str | Path]:
    source = f"{server.url}#model={SMALL.name}&dimension={SMALL.dimension}"
    return ["index", "find", source, "--text", WORDS, "--weights", weights]


def service(tower: Tower) -> KnnServer:
    """One of 40 rows, the fourth of which is what `tower` makes of the words."""
    rows = [by_chance(1000 + seed) for seed in range(40)]
    rows[3] = tower(WORDS)
    metadata = [{"url": f"https://example.org/{row}.png", "caption": ""} for row in range(len(rows))]
    return KnnServer({"drawings": KnnIndex(np.stack(rows), metadata, tower=tower)})


def by_chance(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(SMALL.dimension).astype(np.float32)
    return vector / np.linalg.norm(vector)


def texts_of(weights: Path, texts: tuple[str, ...]) -> list[np.ndarray]:
    with Embedder(read_weights(weights, SMALL), workers=1) as embedder:
        return [as_vector(vector) for vector in embedder.embed_texts(texts, Monitor())]


def test_no_words_and_no_rows_are_wrong_usage(index: Path) -> None:
    for asked in (("--text", " "), ("--text", WORDS, "--count", "0")):
        assert run("index", "find", index, *asked).returncode == 2


def assert_one_sentence(done: CompletedProcess[str], words: str) -> None:
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if not line.startswith("loading ")]
    assert len(told) == 1, done.stderr
    assert words in told[0]
    assert done.stdout == ""
