"""Works looked for by their content alone: ranked as brute force ranks, graded by the second look, bounded, honest."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from indexer.building.contract import ClipChoice
from indexer.core.errors import ModelProblem
from indexer.core.progress import Monitor
from indexer.core.types import Basis, Grade, Lane, Match
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import Published, space_of
from indexer.fingerprints.clip_weights import read_weights
from indexer.index.manifest import LaneRecord, read_manifest
from indexer.matching.calibration import FORMAT, Calibration, Collection, write_calibration
from indexer.matching.chance import Chance
from indexer.matching.check import content_scales
from indexer.matching.content import ContentModels
from indexer.matching.content_scale import ContentScale
from indexer.matching.contract import CheckPlaces, CheckSettings
from indexer.matching.examine import Examiner
from indexer.matching.portfolio import Work, read_portfolio
from indexer.matching.thresholds import CONTENT_SHOWN, REACH
from indexer.matching.views import ViewReader
from indexer.net.client import Client
from indexer.sources.base import RowId
from indexer.sources.picture_index import PictureIndexSource
from tests.helpers.clip import SMALL, as_vector, describe
from tests.helpers.indexes import build_index, copy_index, sign_again
from tests.helpers.pictures import draw, recompressed, save_all
from tests.indexer.matching.making import choose

SCORES = json.loads((Path(__file__).parents[3] / "resources" / "schemas" / "scores.schema.json").read_text())
WORKS, OTHERS = 4, 18
EMPTY = Chance({}, ())


@dataclass(frozen=True)
class World:
    works: Path
    index: Path
    weights: Path
    home: Path

    @property
    def places(self) -> CheckPlaces:
        home = self.home
        return CheckPlaces(home / "f.sqlite", home / "points", home / "ledger", home / "models", home / "measured")

    def settings(self, **asked: object) -> CheckSettings:
        usual = {"sources": (str(self.index),), "lanes": (Lane.NEURAL,), "weights": (str(self.weights),)}
        return CheckSettings(folder=str(self.works), **usual | asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def world(small_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("world")
    works = save_all(root / "works", {f"{number}.png": draw(number, (240, 180)) for number in range(WORKS)})
    listed = {f"other {number}.png": draw(1000 + number, (240, 180)) for number in range(OTHERS)}
    for number in range(WORKS):
        listed[f"{number} saved again.png"] = recompressed(draw(number, (240, 180)), 50)
        listed[f"{number} smaller.png"] = draw(number, (240, 180)).resize((120, 90), Image.Resampling.LANCZOS)
    pictures = save_all(root / "set", listed)
    build_index(pictures, root / "index", clip=ClipChoice(SMALL.name, small_weights))
    return World(works, root / "index", small_weights, root / "home")


@pytest.fixture(scope="module")
def models(world: World) -> Iterator[ContentModels]:
    ready = ContentModels(world.settings(), world.places, Monitor())
    assert ready.why_not(read_weights(world.weights, SMALL).space) is None
    ready.embed(works_of(world), read_weights(world.weights, SMALL).space)  # its decoders outlive the first test
    yield ready
    ready.close()


def works_of(world: World) -> list[Work]:
    return [entry for entry in read_portfolio(str(world.works), None, Monitor()) if isinstance(entry, Work)]


def search(
    world: World,
    models: ContentModels,
    scales: dict[str, ContentScale] | None = None,
    client: Client | None = None,
    **asked: object,
) -> list[Match]:
    """The matches of the content lane alone."""
    settings, works = world.settings(**asked), works_of(world)
    one = choose(settings.sources[0], settings, models)
    with closing(one), ViewReader(Monitor()) as views:
        examiner = Examiner({work.artwork.path: work for work in works}, views, EMPTY, client, scales or {})
        return [found.match for found in one.search(works, examiner, Monitor())]


def apart(world: World, place: Path, **changes: object) -> str:
    """A copy of the index that does not know where its pictures lie."""
    copy = copy_index(world.index, place)
    sign_again(copy, **{"pictures_root": None} | changes)
    return str(copy)


def why_not(world: World, place: Path | None = None, **asked: object) -> str:
    """Why the content lane is not searched."""
    index = str(place or world.index)
    models = ContentModels(world.settings(**asked), world.places, Monitor())
    with closing(models), closing(choose(index, world.settings(**asked), models)) as one:
        assert one.asked == ()
        (coverage,) = [entry for entry in one.coverage(WORKS, stopped=False) if entry.lane is Lane.NEURAL]
    assert not coverage.searched
    return coverage.because or ""


def said_by(index: Path) -> LaneRecord:
    record = read_manifest(index).lane_of("clip")
    assert record is not None
    return record


def with_parameters(world: World, place: Path, **parameters: object) -> Path:
    """A copy of the index that says other things of its vectors."""
    copy, manifest = copy_index(world.index, place), read_manifest(world.index)
    record = said_by(world.index)
    changed = replace(record, parameters=dict(record.parameters) | parameters)
    sign_again(copy, lanes=tuple(changed if one is record or one.kind == "clip" else one for one in manifest.lanes))
    return copy


def measured(world: World, nearest_unrelated: tuple[float, ...]) -> Calibration:
    space = read_weights(world.weights, SMALL).space
    asked = len(nearest_unrelated)
    collection = Collection("set", asked, 100, nearest_unrelated, ())
    return Calibration(FORMAT, space, True, "2026-01-01T00:00:00Z", "test", (collection,))


def test_candidates_are_ranked_as_brute_force_ranks_them(world: World, models: ContentModels) -> None:
    space = read_weights(world.weights, SMALL).space
    rows = np.load(world.index / "clip.rows.npy")
    numbers = np.frombuffer((world.index / "clip.faiss").read_bytes()[-len(rows) * 32 * 4 :], np.float32)
    listed = numbers.reshape(-1, 32).astype(np.float64)
    works = works_of(world)
    vectors = models.embed(works, space)
    with closing(PictureIndexSource(world.index, "it")) as source:
        assert source.describe().space == space
        for work in works:
            name = work.artwork.path
            query = replace(work.query, embeddings={space.key: vectors[name]})
            found = list(source.search([query], [Lane.NEURAL], REACH, Monitor()))
            cosines = listed @ as_vector(vectors[name]).astype(np.float64)
            best = np.argsort(-cosines)[: REACH.content_count]
            assert [one.row for one in found] == [RowId(str(rows[number])) for number in best]
            assert {one.kind for one in found} == {Kind.CLIP}
            for one, number in zip(found, best, strict=True):
                assert abs((1 - one.distance) - cosines[number]) < 1e-5
            first = {source.facts(one.row).row for one in found[:2]}
            number = Path(name).stem
            assert first == {f"{number} saved again.png", f"{number} smaller.png"}


def test_a_work_without_a_vector_gets_no_candidates(world: World) -> None:
    with closing(PictureIndexSource(world.index, "it")) as source:
        assert list(source.search([works_of(world)[0].query], [Lane.NEURAL], REACH, Monitor())) == []


def test_altered_copies_are_found_and_graded_by_the_second_look(world: World, models: ContentModels) -> None:
    matches = search(world, models)
    assert {(Path(match.artwork or "").stem, match.row) for match in matches} == {
        (str(number), f"{number} {done}.png") for number in range(WORKS) for done in ("saved again", "smaller")
    }
    for match in matches:
        assert (match.grade, match.verified) == (Grade.SAME_IMAGE, True)
        assert match.basis == (Basis.PIXELS, Basis.EMBEDDING)
        assert 0.9 < match.scores["clip_cosine"] <= 1.0001
        jsonschema.validate(dict(match.scores), SCORES)


def test_rows_whose_picture_is_not_there_are_similar_only_and_few(
    world: World, models: ContentModels, tmp_path: Path
) -> None:
    matches = search(world, models, sources=(apart(world, tmp_path / "ix"),))
    for match in matches:
        assert (match.grade, match.verified, match.basis) == (Grade.LOOKS_ALIKE, False, (Basis.EMBEDDING,))
        assert any("not calibrated" in reason for reason in match.reasons)
        assert match.confidence is None
        assert not match.may_enter_letter
    counts = Counter(match.artwork for match in matches)
    assert list(counts.values()) == [CONTENT_SHOWN] * WORKS
    nearest: dict[str | None, list[float]] = defaultdict(list)
    for match in matches:
        nearest[match.artwork].append(match.scores["clip_cosine"])
    assert all(max(cosines) > 0.99 for cosines in nearest.values()), "the true copies are among the few"


class UnwantedClient(Client):
    """Fails a test that makes it fetch anything."""

    def __init__(self) -> None:
        """Nothing is opened."""

    def fetch(self, url: str, purpose: str, monitor: Monitor | None = None) -> None:  # type: ignore[override]
        pytest.fail(f"{url} was fetched")


def test_content_alone_never_makes_a_picture_be_fetched(world: World, models: ContentModels, tmp_path: Path) -> None:
    index = apart(world, tmp_path / "ix", base_url="http://127.0.0.1:9/")
    assert search(world, models, client=UnwantedClient(), sources=(index,))


@pytest.mark.parametrize(
    ("strangers", "grade", "told"),
    [
        ((0.2,) * 200, Grade.POSSIBLE, "among 100 unrelated pictures, 0 of 200 pictures found one this near"),
        ((1.0,) * 200, Grade.LOOKS_ALIKE, "Unrelated pictures come this near too often"),
        ((0.2,) * 10, Grade.LOOKS_ALIKE, "at most 31 % do"),
    ],
)
def test_only_a_measurement_lifts_a_row_and_its_figure_is_told(
    world: World, models: ContentModels, tmp_path: Path, strangers: tuple[float, ...], grade: Grade, told: str
) -> None:
    index = apart(world, tmp_path / "ix")
    scale = ContentScale(measured(world, strangers), WORKS, 26)
    matches = search(world, models, {index: scale}, sources=(index,))
    assert {match.grade for match in matches} == {grade}
    for match in matches:
        assert any(told in reason for reason in match.reasons), match.reasons
        assert match.chance == pytest.approx(scale.expected(match.scores["clip_cosine"]))
        assert not match.may_enter_letter
        assert not any("not calibrated" in reason for reason in match.reasons)


def test_a_measurement_counts_only_for_the_published_weights(
    world: World, models: ContentModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = read_weights(world.weights, SMALL).space
    assert world.places.calibrations is not None
    write_calibration(world.places.calibrations, measured(world, (0.5,) * 30))
    kept = models.calibration(space)
    assert kept == replace(measured(world, (0.5,) * 30), are_the_published=False)
    weights, embedder = models._ready[space.key]
    published = replace(SMALL, published=Published("a repository", sha256=space.weights_sha256))
    monkeypatch.setitem(models._ready, space.key, (replace(weights, model=published), embedder))
    assert models.calibration(space) == measured(world, (0.5,) * 30)


def test_chance_hits_are_expected_of_all_sources_that_are_asked_by_content(
    world: World, models: ContentModels, tmp_path: Path
) -> None:
    assert world.places.calibrations is not None
    write_calibration(world.places.calibrations, measured(world, (0.5,) * 30))
    asked = [choose(apart(world, tmp_path / name), world.settings(), models) for name in ("one", "two", "three")]
    alone = content_scales(asked[:1], models, WORKS)[asked[0].name]
    for scale in content_scales(asked, models, WORKS).values():
        assert scale.expected(0.9) == pytest.approx(3 * alone.expected(0.9))
    for one in asked:
        one.close()


@pytest.mark.parametrize(
    ("kept", "told"),
    [(False, "was not measured with these weights"), (True, "was measured with these weights, and kept, but")],
)
def test_a_measurement_that_does_not_count_is_told_apart_from_none(
    world: World, models: ContentModels, tmp_path: Path, kept: bool, told: str
) -> None:
    index = apart(world, tmp_path / "ix")
    record = replace(measured(world, (0.2,) * 200), are_the_published=False)
    scales = {index: ContentScale(record, WORKS, 26)} if kept else {}
    for match in search(world, models, scales, sources=(index,)):
        assert (match.grade, match.chance) == (Grade.LOOKS_ALIKE, None)
        (reason,) = [reason for reason in match.reasons if "not calibrated" in reason]
        assert told in reason


def test_without_weights_it_is_said_how_to_get_them(world: World) -> None:
    because = why_not(world, weights=())
    assert because.startswith("it was made with the model small-for-tests,seed1, whose weights are not at hand; ")
    assert "their file was not given" in because
    assert "--" not in because
    assert because.endswith("small-for-tests,seed1.safetensors")


def test_other_weights_of_the_same_model_are_not_used(world: World, tmp_path: Path) -> None:
    place = with_parameters(world, tmp_path / "ix", weights_sha256="ab" * 32)
    because = why_not(world, place)
    assert because.startswith("it was made with other weights of small-for-tests,seed1 than those at hand (")
    assert "checksum abababababab…, not " in because


@pytest.mark.parametrize(
    ("parameters", "because"),
    [
        ({"dimension": 33}, "it says that small-for-tests,seed1 gives 33 numbers a picture, and it gives 32"),
        ({"preprocessing": "squashed"}, "its content fingerprints were prepared in another way; build the index again"),
        ({"model": "ViT-L-14", "tag": "openai"}, "the right pair is ViT-L-14-quickgelu,openai"),
        ({"tag": 7}, "its content fingerprints do not say which model made them"),
    ],
)
def test_an_index_that_says_something_odd_is_not_searched(
    world: World, tmp_path: Path, parameters: dict[str, object], because: str
) -> None:
    assert because in why_not(world, with_parameters(world, tmp_path / "ix", **parameters))


def test_a_file_that_is_no_weights_is_told(world: World, tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"\x80\x02pickle")
    for name in ("w.bin", "gone.safetensors"):
        describe(tmp_path / name)
    assert "it is of an older form (.bin, .pt, .ckpt)" in why_not(world, weights=(str(tmp_path / "w.bin"),))
    assert "there is no such file" in why_not(world, weights=(str(tmp_path / "gone.safetensors"),))


def test_a_mistyped_file_of_an_unknown_model_is_told_before_the_model(world: World, tmp_path: Path) -> None:
    assert why_not(world, weights=(str(tmp_path / "gone.safetensors"),)) == "gone.safetensors: there is no such file"


class DyingModels(ContentModels):
    """Gives out after the first batch."""

    def embed(self, works, space):
        raise ModelProblem("weights", "the process that holds the model stopped")

    def why_not(self, space):
        return None


def test_a_model_that_gives_out_costs_its_lane_and_no_other(world: World) -> None:
    settings = world.settings(lanes=(Lane.NEURAL, Lane.EXACT))
    models = DyingModels(settings, world.places, Monitor())
    works = works_of(world)
    with closing(choose(str(world.index), settings, models)) as one, ViewReader(Monitor()) as views:
        examiner = Examiner({work.artwork.path: work for work in works}, views, EMPTY, None, {})
        one.search(works, examiner, Monitor())
        assert one.has_answered()
        assert one.without_content == WORKS
        one.works_done = WORKS
        covered = {entry.lane: entry for entry in one.coverage(WORKS, stopped=False)}
    assert covered[Lane.EXACT].searched
    because = "the process that holds the model stopped; 0 works had been searched"
    assert covered[Lane.NEURAL].because == because


class ForgetfulModels(DyingModels):
    """Cannot read one of the works again."""

    def embed(self, works, space):
        return {work.artwork.path: b"" for work in works[1:]}


def test_works_that_could_not_be_read_again_are_counted(world: World) -> None:
    models = ForgetfulModels(world.settings(), world.places, Monitor())
    works = works_of(world)
    with closing(choose(str(world.index), world.settings(), models)) as one:
        with ViewReader(Monitor()) as views:
            examiner = Examiner({work.artwork.path: work for work in works}, views, EMPTY, None, {})
            assert one.search(works, examiner, Monitor()) == []
        assert one.without_content == 1
        one.works_done, one.not_embedded = WORKS, one.without_content
        (coverage,) = [entry for entry in one.coverage(WORKS, stopped=False) if entry.lane is Lane.NEURAL]
    assert coverage.because == f"1 of {WORKS} works could not be looked for in this way; the others were"


def test_the_index_says_its_space(world: World) -> None:
    assert space_of(said_by(world.index).parameters) == read_weights(world.weights, SMALL).space


def test_with_a_background_the_lead_over_it_counts_and_not_the_cosine(
    world: World, models: ContentModels, tmp_path: Path
) -> None:
    index = apart(world, tmp_path / "ix")
    space = read_weights(world.weights, SMALL).space
    record = replace(measured(world, (0.5,) * 200), normalised=True, background=3)
    works = works_of(world)
    first = works[0].artwork.path
    own = as_vector(models.embed(works, space)[first])
    for background, grade in ((-1.0, Grade.POSSIBLE), (1.0, Grade.LOOKS_ALIKE)):
        scale = ContentScale(record, WORKS, 26, np.tile(background * own, (3, 1)))
        found = [one for one in search(world, models, {index: scale}, sources=(index,)) if one.artwork == first]
        assert {match.grade for match in found} == {grade}
        assert any("by its lead over the nearest of 3 other pictures" in reason for reason in found[0].reasons)
