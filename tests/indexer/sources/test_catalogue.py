"""The catalogue of data sets: every record is whole, every fact says how sure it is, nothing is claimed of a work."""

import json
import re
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from indexer.core.errors import InputProblem
from indexer.core.types import Lane
from indexer.fingerprints.clip_models import KNOWN
from indexer.sources.catalogue import read_catalogue, read_records, spread
from indexer.sources.dataset import Dataset, Extent, Mark, ModelLink, Standing
from indexer.tables.recognise import recognise

SCHEMA = Draft202012Validator(json.loads((files("resources") / "schemas" / "dataset.schema.json").read_text("utf-8")))
FILES = [place for place in (files("resources") / "datasets").iterdir() if place.name.endswith(".toml")]
RECORDS = read_catalogue().records


def raw_records() -> list[dict[str, Any]]:
    return [raw for place in FILES for raw in spread(msgspec.toml.decode(place.read_text("utf-8")))]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


def test_every_record_is_as_the_schema_says() -> None:
    said = [
        f"{raw['slug']}, {error.json_path}: {error.message}"
        for raw in raw_records()
        for error in SCHEMA.iter_errors(raw)
    ]
    assert said == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"rows": {"value": 3}}, "'mark' is a required property"),
        ({"rows": {"value": 3, "mark": "documented"}}, "'source' is a required property"),
        ({"rows": {"value": 3, "mark": "guessed", "source": "x"}}, "'guessed' is not one of"),
        ({"colour": "red"}, "Additional properties are not allowed"),
        ({"gate": {"words": "none", "mark": "memory", "sauce": "x"}}, "Unevaluated properties are not allowed"),
    ],
)
def test_a_record_with_a_mistake_is_refused_by_the_schema(change: dict[str, Any], found: str) -> None:
    whole = next(raw for raw in raw_records() if raw["slug"] == "coyo-700m")
    assert any(found in error.message for error in SCHEMA.iter_errors(whole | change))


def test_every_set_that_is_known_of_has_a_record() -> None:
    wanted = (
        "laion-400m laion2b-en laion2b-multi laion1b-nolang relaion2b-en-research relaion2b-en-research-safe "
        "relaion2b-multi-research relaion2b-multi-research-safe relaion1b-nolang-research "
        "relaion1b-nolang-research-safe laion2b-en-aesthetic laion2b-multi-aesthetic laion1b-nolang-aesthetic "
        "laion-aesthetics-4.5plus laion-aesthetics-4.75plus laion-aesthetics-5plus laion-aesthetics-6plus "
        "laion-aesthetics-6.25plus laion-aesthetics-6.5plus laion-art laion-high-resolution laion-coco laion-pop "
        "laion2b-en-sd2.1base laion-aesthetics-12m-umap laion-aesthetics-5plus-1024 laion-coco-aesthetic "
        "lance-laion-1m nousr-laion-1m-vit-h-14 coyo-700m coyo-labeled-300m datacomp-small datacomp-medium "
        "datacomp-large datacomp-xlarge datacomp-1b datacomp-12m fondant-datacomp-small cc3m cc12m sbu redcaps wit "
        "wukong pd12m commoncatalog-cc-by commoncatalog-cc-by-sa commoncatalog-cc-by-nd commoncatalog-cc-by-nc "
        "commoncatalog-cc-by-nc-sa commoncatalog-cc-by-nc-nd yfcc100m yfcc15m mmc4 mmc4-core mmc4-ff mmc4-core-ff "
        "obelics megalith-10m danbooru2021 danbooru2023 wikiart laion5b-l14-index laion5b-h14-index "
        "laion-knn-service haveibeentrained clickhouse-laion-100m sisap-laion2b"
    )
    assert sorted(record.slug for record in RECORDS) == sorted(wanted.split())


def test_no_two_records_share_a_name() -> None:
    assert len({record.name for record in RECORDS}) == len(RECORDS)


def test_vectors_are_of_a_model_that_this_program_knows() -> None:
    known = {model.name: model.dimension for model in KNOWN}
    for record in RECORDS:
        for vectors in record.vectors:
            assert not vectors.model or known[vectors.model] == vectors.dimension, record.slug


def test_the_catalogue_and_what_tables_are_read_by_agree_on_the_columns() -> None:
    for record in RECORDS:
        for group in record.columns:
            said = group.columns
            named = [*said.url, *said.caption, said.width, said.height, said.sha256, said.md5, said.pixel_hash]
            names = dict.fromkeys(filter(None, [*named, said.phash, said.key, *said.accounts, *group.others]))
            told = recognise(list(names))
            for kind in ("sha256", "md5", "pixel_hash", "phash"):
                assert getattr(told, kind) == getattr(said, kind), (record.slug, kind)
            if group.mark is Mark.DOCUMENTED:
                assert told.url == said.url, record.slug
                assert dict(told.accounts) == dict(said.accounts), record.slug


@pytest.mark.parametrize("record", [record for record in RECORDS if record.recipes], ids=lambda record: record.slug)
def test_a_recipe_reads_columns_that_the_set_has_and_answers_what_they_can(record: Dataset) -> None:
    there = {
        column
        for group in msgspec.to_builtins(record)["columns"]
        for value in group.values()
        for column in ([value] if isinstance(value, str) else value or [])
    }
    for recipe in record.recipes:
        assert set(recipe.columns) <= there
        assert set(recipe.lanes) <= set(record.lanes)
        assert record.recipe(recipe.name) is recipe, "names of recipes are unique within a record"


def test_the_first_look_goes_through_something_that_is_there() -> None:
    glances = [(record, glance) for record in RECORDS for glance in record.first_look]
    assert len({glance.order for _, glance in glances}) == len(glances), "each has its own place in the order"
    for record, glance in glances:
        if glance.through == "viewer":
            assert record.viewer is not None
            assert record.viewer.extent is Extent.WHOLE, record.slug
        else:
            assert record.recipe(glance.through), record.slug


def test_what_is_said_of_models_claims_nothing_of_a_work() -> None:
    for link in (link for record in RECORDS for link in record.models):
        assert re.match(
            r"this data set is (named by the makers of|reported, not by the makers of) .+ as a source of its"
            r" training data",
            link.sentence,
        )
        assert link.by_others or link.mark is Mark.DOCUMENTED, "the makers' own word was read, or it is not theirs"


def test_the_sentence_about_a_model_says_whose_word_it_is() -> None:
    link = ModelLink(model="Karlo", rule="100 million rows", mark=Mark.DOCUMENTED, source="README")
    assert link.sentence == (
        "this data set is named by the makers of Karlo as a source of its training data, drawing this part of it: "
        "100 million rows"
    )
    other = ModelLink(model="X", by_others=True, mark=Mark.MEMORY)
    assert other.sentence == "this data set is reported, not by the makers of X, as a source of its training data"


@pytest.mark.parametrize("model", ["SDXL", "FLUX", "Midjourney", "DALL·E 2", "DALL·E 3", "Firefly"])
def test_no_set_is_tied_to_a_model_whose_sources_are_secret(model: str) -> None:
    assert not [record.slug for record in RECORDS for link in record.models if model in link.model]


def test_what_was_inferred_stays_marked() -> None:
    coyo = read_catalogue().find("coyo-700m")
    method = next(note for note in coyo.notes if "imagehash.phash" in note.words)
    assert method.mark is Mark.INFERRED
    assert read_catalogue().find("relaion2b-en-research").columns[0].mark is Mark.UNVERIFIED
    assert read_catalogue().find("sbu").rows.mark is Mark.MEMORY


def test_lanes_follow_from_columns_and_vectors() -> None:
    find = read_catalogue().find
    assert find("coyo-700m").lanes == (Lane.PERCEPTUAL, Lane.LOCATION, Lane.ATTRIBUTION)
    assert find("datacomp-small").lanes == (Lane.EXACT, Lane.NEURAL, Lane.LOCATION, Lane.ATTRIBUTION)
    assert find("danbooru2023").columns[0].columns.pixel_hash == "pixel_hash"
    assert find("wit").vectors, "vectors of a model that is not known here"
    assert Lane.NEURAL not in find("wit").lanes


def test_a_withdrawn_set_says_since_when() -> None:
    gone = [record for record in RECORDS if record.state.standing is Standing.WITHDRAWN]
    assert len(gone) >= 5
    assert {record.state.withdrawn_since for record in gone} == {"2023-12-19"}


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(InputProblem, match=r"holds no data set of that name; perhaps you mean .*coyo-700m"):
        read_catalogue().find("coyo700m")
    with pytest.raises(InputProblem, match=r"holds no data set of that name$"):
        read_catalogue().find("???")
    assert read_catalogue().find(" COYO-700M ").slug == "coyo-700m"


def test_an_edition_takes_from_its_file_what_it_does_not_say_itself() -> None:
    text = next(place for place in FILES if place.name == "laion-5b.toml").read_text("utf-8")
    english, other, *_ = read_records("laion-5b.toml", text)
    assert english.licence == other.licence
    assert english.rows != other.rows


@pytest.mark.parametrize("text", ["slug = ", 'slug = "x"', 'slug = "x"\nrows = "many"', "editions = 3"])
def test_a_damaged_record_is_told_by_its_file(text: str) -> None:
    with pytest.raises(InputProblem, match=r"^my\.toml: it does not describe a data set"):
        read_records("my.toml", text)
