"""A file of weights is looked at before anything is loaded from it, and refused in one sentence."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexer.core.errors import ModelProblem
from indexer.core.hashing import sha256_of_file
from indexer.fingerprints.clip_models import find_model
from indexer.fingerprints.clip_weights import NOT_SAFETENSORS, PICKLE, read_weights, why_shapes_differ
from tests.helpers.clip import SMALL, write_tensors

SHAPES = {"visual.proj": (64, 32), "logit_scale": ()}


def why_not(place: Path, model=SMALL) -> str:
    with pytest.raises(ModelProblem) as caught:
        read_weights(place, model)
    assert caught.value.path == str(place)
    return caught.value.because


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
    return out.getvalue()


def test_whole_weights_are_known_by_their_checksum(tmp_path: Path) -> None:
    place = write_tensors(tmp_path / "w.safetensors", SHAPES)
    weights = read_weights(place, SMALL)
    assert (weights.sha256, weights.size_bytes) == (sha256_of_file(place), place.stat().st_size)
    assert weights.space.key.startswith("small-for-tests,seed1, 32, weights ")
    assert not weights.are_the_published


@pytest.mark.parametrize("name", ["w.bin", "w.pt", "w.safetensors"])
@pytest.mark.parametrize("content", [zipped(), b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00.", b"\x1f\x8b\x08packed"])
def test_a_pickle_is_refused_whatever_it_is_called(tmp_path: Path, name: str, content: bytes) -> None:
    place = tmp_path / name
    place.write_bytes(content)
    assert why_not(place) == PICKLE


def test_the_ending_of_a_pickle_is_refused_whatever_it_holds(tmp_path: Path) -> None:
    assert why_not(write_tensors(tmp_path / "w.ckpt", SHAPES)) == PICKLE


@pytest.mark.parametrize("left", [1.0, 0.5])
def test_weights_that_are_cut_off_say_how_much_is_there(tmp_path: Path, left: float) -> None:
    place = write_tensors(tmp_path / "w.safetensors", {"visual.proj": (60_000, 32)})
    data = place.read_bytes()
    place.write_bytes(data[: int(len(data) * left) - 1])
    assert why_not(place) == f"it is cut off: {(7.7 if left == 1 else 3.8)} of 7.7 MB are there"


def test_weights_with_more_behind_them_than_they_say_are_damaged(tmp_path: Path) -> None:
    place = write_tensors(tmp_path / "w.safetensors", SHAPES)
    place.write_bytes(place.read_bytes() + bytes(7))
    assert why_not(place) == "it is damaged: 7 bytes stand behind its end"


def test_weights_that_are_cut_off_in_their_header_are_told(tmp_path: Path) -> None:
    place = write_tensors(tmp_path / "w.safetensors", SHAPES)
    place.write_bytes(place.read_bytes()[:30])
    assert why_not(place) == "it is cut off in its first part"


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "the file is empty"),
        (b"abc", NOT_SAFETENSORS),
        (b"a text that is no weights at all", NOT_SAFETENSORS),
        (b"\x02\0\0\0\0\0\0\0{}", "it holds no weights"),
        (b"\x02\0\0\0\0\0\0\0[]", NOT_SAFETENSORS),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, because: str) -> None:
    place = tmp_path / "w.safetensors"
    place.write_bytes(content)
    assert why_not(place) == because


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert why_not(tmp_path / "gone.safetensors") == "there is no such file"
    assert why_not(tmp_path) == "it is a folder, not a file of weights"


@pytest.mark.parametrize(
    ("pair", "shape", "found", "wanted"),
    [
        ("ViT-B-32-quickgelu,openai", (1024, 768), 768, 512),
        ("ViT-L-14-quickgelu,openai", (768, 512), 512, 768),
        ("ViT-H-14,laion2b_s32b_b79k", (768, 512), 512, 1024),
    ],
)
def test_weights_of_another_dimension_are_told_at_once(tmp_path: Path, pair, shape, found, wanted) -> None:
    place = write_tensors(tmp_path / "w.safetensors", {"visual.proj": shape})
    because = why_not(place, find_model(pair))
    assert because == f"it gives {found} numbers a picture, and {pair} gives {wanted}; it is another model"


def test_a_part_that_is_not_as_long_as_it_says_is_damage(tmp_path: Path) -> None:
    header = json.dumps({"visual.proj": {"dtype": "F32", "shape": [64, 32], "data_offsets": [0, 12]}}).encode()
    place = tmp_path / "w.safetensors"
    place.write_bytes(len(header).to_bytes(8, "little") + header + bytes(12))
    assert why_not(place) == "it is damaged: its part visual.proj is not as long as it says"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.binary(max_size=300))
@example(b"\x10\0\0\0\0\0\0\0" + b"[" * 16)
@example(b"\xff" * 8 + b"{}")
def test_no_bytes_make_it_fail_in_any_other_way(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "w.safetensors"
    place.write_bytes(content)
    assert why_not(place)


def test_shapes_are_compared_part_by_part() -> None:
    wanted = {"a": (2, 3), "b": (4,)}
    assert why_shapes_differ(wanted, wanted) is None
    assert why_shapes_differ({"a": (2, 3)}, wanted) == "parts of the model are missing (1 of 2, the first is b)"
    assert why_shapes_differ(wanted | {"c": ()}, wanted) == "parts of it are none of the model's (1, the first is c)"
    assert why_shapes_differ(wanted | {"b": ()}, wanted) == (
        "its part b has the shape of a single number, and the model's 4"
    )
