"""Pictures become the vectors that open_clip itself gives, in batches, remembered, and each problem is one sentence."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.core.errors import Cancelled, ModelProblem
from indexer.core.progress import Monitor
from indexer.fingerprints import clip_child
from indexer.fingerprints.clip_child import ClipChild
from indexer.fingerprints.clip_weights import read_weights
from indexer.fingerprints.embedding import FLAT, Embedded, Embedder, Picture
from indexer.fingerprints.squares import square_of
from indexer.fingerprints.value_cache import ValueCache
from tests.helpers.clip import ARCHITECTURE, SIZES, SMALL, TEXTS, as_vector, picture_of, write_tensors
from tests.helpers.monitors import stop_after
from tests.helpers.pictures import draw, save_all

COUNT = 37
"""Two whole batches and a part of a third."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = {f"{number:02d}.png": draw(number, (90 + 7 * number, 130)) for number in range(COUNT)}
    return save_all(tmp_path_factory.mktemp("pictures"), pictures)


@pytest.fixture(scope="module")
def embedder(small_weights: Path, folder: Path) -> Iterator[Embedder]:
    with Embedder(read_weights(small_weights, SMALL), workers=1) as ready:
        list(ready.embed([picture_of(folder / "00.png")], Monitor()))  # its processes outlive the first test
        yield ready


def embed(embedder: Embedder, *places: Path) -> list[Embedded]:
    return list(embedder.embed([picture_of(place) for place in places], Monitor()))


def child_of(small_weights: Path) -> ClipChild:
    return ClipChild(read_weights(small_weights, SMALL))


def why_not(child: ClipChild, place: Path, model=SMALL) -> str:
    """Ask the running child for another model: each request names its own."""
    child.weights = replace(child.weights, path=place, model=model)
    with pytest.raises(ModelProblem) as caught:
        child.embed_squares([square_of(draw(1), 64, SMALL.interpolation)], Monitor())
    return caught.value.because


def test_vectors_are_those_that_open_clip_gives(embedder: Embedder, open_clip_says: Path) -> None:
    ours = [as_vector(one.vectors[1]) for one in embed(embedder, *sorted(open_clip_says.glob("*.png")))]
    theirs = np.load(open_clip_says / "pictures.npy")
    assert np.stack(ours).shape == theirs.shape == (len(SIZES), 32)
    assert np.abs(np.stack(ours) - theirs).max() < 1e-5
    texts = np.stack([as_vector(row) for row in embedder.embed_texts(tuple(TEXTS), Monitor())])
    assert np.abs(texts - np.load(open_clip_says / "texts.npy")).max() < 1e-5


def test_the_asking_process_never_imports_pytorch(embedder: Embedder, folder: Path) -> None:
    embed(embedder, folder / "01.png")
    assert "torch" not in sys.modules
    assert "open_clip" not in sys.modules


def test_answers_come_in_the_order_of_the_questions_whatever_the_batch(embedder: Embedder, folder: Path) -> None:
    places = sorted(folder.iterdir(), reverse=True)
    together = embed(embedder, *places)
    assert [one.picture.path for one in together] == places
    alone = [embed(embedder, place)[0] for place in places[:3]]
    for one, other in zip(alone, together, strict=False):
        assert np.abs(as_vector(one.vectors[1]) - as_vector(other.vectors[1])).max() < 1e-5


def test_each_frame_asked_for_has_its_own_vector(embedder: Embedder, tmp_path: Path) -> None:
    first, *rest = [draw(800 + number, (120, 90)) for number in range(3)]
    first.save(tmp_path / "film.gif", save_all=True, append_images=rest, duration=40)
    (one,) = embedder.embed([picture_of(tmp_path / "film.gif", (1, 3))], Monitor())
    assert list(one.vectors) == [1, 3]
    assert one.vectors[1] != one.vectors[3]


def test_a_flat_picture_has_no_vector(embedder: Embedder, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "white.png")
    assert embed(embedder, tmp_path / "white.png")[0].vectors == {1: FLAT}


def test_what_lies_behind_transparency_is_not_seen(embedder: Embedder, tmp_path: Path) -> None:
    hidden = draw(3).convert("RGBA")
    hidden.putalpha(0)
    hidden.save(tmp_path / "hidden.png")
    assert embed(embedder, tmp_path / "hidden.png")[0].vectors == {1: FLAT}


def test_a_picture_that_cannot_be_read_says_why_and_the_rest_goes_on(
    embedder: Embedder, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes((folder / "00.png").read_bytes()[:2000])
    gone = Picture(tmp_path / "gone.png", "gone.png", "0" * 64)
    changed = replace(picture_of(folder / "02.png"), sha256="0" * 64)
    asked = [picture_of(tmp_path / "broken.png"), gone, changed, picture_of(folder / "03.png")]
    broken, missing, other, whole = embedder.embed(asked, Monitor())
    assert broken.because == "the PNG file is damaged or cut off"
    assert missing.because == "it disappeared while the folder was being read"
    assert other.because == "it was changed while the program was reading it"
    assert whole.because is None
    assert len(whole.vectors[1]) == 4 * 32


def test_what_is_remembered_is_not_asked_for_again(small_weights: Path, folder: Path, tmp_path: Path) -> None:
    weights = read_weights(small_weights, SMALL)
    asked = [picture_of(folder / f"{number:02d}.png") for number in range(4)]
    with ValueCache(tmp_path / "e.sqlite") as cache:
        for number, picture in enumerate(asked):
            cache.keep({(picture.sha256, 1, weights.space.key): np.full(32, number, np.float32).tobytes()})
        with Embedder(weights, cache, workers=1) as embedder:
            found = list(embedder.embed(asked, Monitor()))
            assert not embedder._child._pool._workers
            assert not embedder._decoders._workers
    assert [as_vector(one.vectors[1])[0] for one in found] == [0, 1, 2, 3]


def test_vectors_of_other_weights_are_not_taken_from_the_memory(embedder: Embedder, tmp_path: Path) -> None:
    other = replace(embedder.space, weights_sha256="0" * 64)
    with ValueCache(tmp_path / "e.sqlite") as cache:
        cache.keep({("ab", 1, other.key): bytes(128)})
        assert cache.find(("ab", 1, embedder.space.key)) is None


def test_a_stop_is_heard_while_the_model_is_loading(small_weights: Path) -> None:
    with child_of(small_weights) as child, pytest.raises(Cancelled):
        child.load(stop_after(3))


def test_weights_that_do_not_fit_say_what_differs(small_weights: Path, tmp_path: Path) -> None:
    text_cfg = ARCHITECTURE["text_cfg"]
    with child_of(small_weights) as child:
        few = write_tensors(tmp_path / "few.safetensors", {"visual.proj": (64, 32)})
        assert "it holds the weights of another model: parts of the model are missing (" in why_not(child, few)
        bare = replace(
            SMALL, architecture=ARCHITECTURE | {"vision_cfg": ARCHITECTURE["vision_cfg"] | {"patch_size": 32}}
        )
        assert "its part visual." in why_not(child, small_weights, bare)
        quick = replace(SMALL, quick_gelu=True)
        assert why_not(child, small_weights, quick) == "its activation is not the one that this pair has"
        foreign = replace(SMALL, architecture=ARCHITECTURE | {"text_cfg": {"hf_model_name": "x"}})
        assert "other libraries" in why_not(child, small_weights, foreign)
        impossible = replace(SMALL, architecture=ARCHITECTURE | {"embed_dim": "many"})
        assert "open_clip cannot make this architecture" in why_not(child, small_weights, impossible)
        assert why_not(child, small_weights, replace(SMALL, architecture={})) == "open_clip knows no such model"
        assert "no usable numbers" in why_not(child, _without_numbers(small_weights, tmp_path))
        words = replace(SMALL, architecture=ARCHITECTURE | {"text_cfg": text_cfg | {"hf_tokenizer_name": "x"}})
        child.weights = read_weights(small_weights, words)
        with pytest.raises(ModelProblem, match="its dictionary of words does not come with open_clip"):
            child.embed_texts(["a fox"], Monitor())


def test_what_does_not_fit_is_told_while_the_model_is_loading(small_weights: Path, tmp_path: Path) -> None:
    with child_of(small_weights) as child:
        child.weights = replace(child.weights, path=_without_numbers(small_weights, tmp_path))
        with pytest.raises(ModelProblem, match="no usable numbers; the file is damaged"):
            child.load(Monitor())
        child.weights = read_weights(small_weights, replace(SMALL, image_size=96))
        with pytest.raises(ModelProblem, match="it looks at squares of 64 pixels, and not of 96"):
            child.load(Monitor())
        child.weights = replace(read_weights(small_weights, SMALL), path=_with_a_hole(small_weights, tmp_path))
        with pytest.raises(ModelProblem, match="it is damaged: "):
            child.load(Monitor())


def _with_a_hole(small_weights: Path, folder: Path) -> Path:
    """As long as it says, and yet one part begins where another has not ended."""
    data = small_weights.read_bytes()
    behind = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:behind])
    header["logit_scale"]["data_offsets"] = [8, 12]
    text = json.dumps(header).encode()
    (folder / "hole.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data[behind:])
    return folder / "hole.safetensors"


def _without_numbers(small_weights: Path, folder: Path) -> Path:
    data = bytearray(small_weights.read_bytes())
    behind = 8 + int.from_bytes(data[:8], "little")
    first, last = json.loads(data[8:behind])["visual.proj"]["data_offsets"]
    data[behind + first : behind + last] = np.full((last - first) // 4, np.nan, np.float32).tobytes()
    (folder / "nan.safetensors").write_bytes(data)
    return folder / "nan.safetensors"


def test_a_model_that_takes_too_long_or_dies_is_one_sentence(
    small_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_child, "_ANSWER_S", 0.2)
    with child_of(small_weights) as child, pytest.raises(ModelProblem, match="stopped before it answered"):
        child.load(Monitor())
