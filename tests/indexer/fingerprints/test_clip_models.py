"""The table of models says what open_clip's own tables say, and a near miss is told which pair was meant."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.core.errors import ModelProblem
from indexer.fingerprints.clip_models import KNOWN, ClipModel, ClipSpace, find_model, space_of
from tests.helpers.clip import SMALL, describe


def why_not(pair: str, weights: Path | None = None) -> str:
    with pytest.raises(ModelProblem) as caught:
        find_model(pair, weights)
    assert not caught.value.because.endswith(".")
    return caught.value.because


def test_the_table_says_what_open_clips_own_tables_say(open_clip_says: Path) -> None:
    tables = json.loads((open_clip_says / "tables.json").read_text())
    assert len(tables) == len(KNOWN) >= 4
    for record in KNOWN:
        model, weights = tables[record.name]["model"], tables[record.name]["weights"]
        assert (record.dimension, record.image_size) == (model["embed_dim"], model["vision_cfg"]["image_size"])
        assert record.quick_gelu == model.get("quick_gelu", False) == weights.get("quick_gelu", False)
        assert (list(record.mean), list(record.std)) == (weights["mean"], weights["std"])
        assert (record.interpolation, "shortest") == (weights["interpolation"], weights["resize_mode"])
        assert record.published is not None
        assert record.published.repository == weights["hf_hub"].rstrip("/")


@pytest.mark.parametrize(
    ("vectors", "pair", "dimension"),
    [
        ("LAION-400M index", "ViT-B-32-quickgelu,openai", 512),
        ("DataComp b32", "ViT-B-32-quickgelu,openai", 512),
        ("LAION-5B L/14", "ViT-L-14-quickgelu,openai", 768),
        ("PD12M", "ViT-L-14-quickgelu,openai", 768),
        ("LAION-5B H/14", "ViT-H-14,laion2b_s32b_b79k", 1024),
        ("fondant datacomp-small", "ViT-B-32,laion2b_s34b_b79k", 512),
    ],
)
def test_each_published_set_has_its_pair(vectors: str, pair: str, dimension: int) -> None:
    (record,) = [record for record in KNOWN if vectors in record.reproduces]
    assert (record.name, record.dimension) == (pair, dimension)
    assert find_model(pair) is record


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ViT-L-14,openai", "the right pair is ViT-L-14-quickgelu,openai"),
        ("ViT-B-32,openai", "the right pair is ViT-B-32-quickgelu,openai"),
        ("ViT-B-32-quickgelu,laion2b_s34b_b79k", "the right pair is ViT-B-32,laion2b_s34b_b79k"),
        ("ViT-H-14", "the model needs its tag"),
        ("ViT-H-14", "ViT-H-14,laion2b_s32b_b79k"),
        ("ViT-H-14,dfn5b", "this pair of model and tag is not known; known: ViT-H-14,laion2b_s32b_b79k"),
        ("RN50,openai", "known: ViT-B-32-quickgelu,openai · "),
        ("", "the model needs its tag"),
    ],
)
def test_a_near_miss_is_told_which_pair_was_meant(written: str, meant: str) -> None:
    assert meant in why_not(written)


def test_blanks_around_the_comma_do_not_matter() -> None:
    assert find_model(" ViT-H-14 , laion2b_s32b_b79k ").name == "ViT-H-14,laion2b_s32b_b79k"


def test_a_model_of_ones_own_is_described_beside_its_weights(tmp_path: Path) -> None:
    weights = tmp_path / "mine.safetensors"
    describe(weights)
    assert find_model("small-for-tests,seed1", weights) == SMALL
    assert "is not known" in why_not("small-for-tests,other", weights)
    assert "is not known" in why_not("small-for-tests,seed1")


def test_a_description_never_overrules_the_table(tmp_path: Path) -> None:
    weights = tmp_path / "mine.safetensors"
    describe(weights, ClipModel("ViT-L-14", "openai", 768))
    assert "the right pair is ViT-L-14-quickgelu,openai" in why_not("ViT-L-14,openai", weights)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
def test_no_description_but_a_true_one_is_believed(tmp_path: Path, written: bytes | str) -> None:
    weights = tmp_path / "mine.safetensors"
    weights.with_suffix(".json").write_bytes(written if isinstance(written, bytes) else written.encode())
    assert "it does not describe a model" in why_not("small-for-tests,seed1", weights)


def test_a_space_survives_being_written_into_an_index() -> None:
    space = ClipSpace("M", "T", 512, "ab" * 32, "bicubic 224")
    assert space_of(space.as_parameters()) == space
    strangers = ClipSpace("M", "T", 512)
    assert space_of(strangers.as_parameters()) == strangers


@pytest.mark.parametrize("said", [{}, {"model": "M", "tag": 3, "dimension": 5}, {"model": "M", "tag": "T"}])
def test_an_index_that_does_not_say_its_model_has_no_space(said: dict) -> None:
    assert space_of(said) is None


def test_spaces_that_differ_in_anything_have_different_keys() -> None:
    one = ClipSpace("M", "T", 512, "ab", "p")
    others = [ClipSpace("N", "T", 512, "ab", "p"), ClipSpace("M", "T", 512, "cd", "p"), ClipSpace("M", "T", 512, "ab")]
    assert len({space.key for space in [one, *others]}) == 4
