"""A whole check in this process: what it yields in which order, and what a stop, a kill or a failing source costs."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from indexer.core.about import Tool
from indexer.core.errors import Cancelled, InputProblem, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import LANES_OF_PERSONS, Artwork, Coverage, Edit, EditKind, Grade, Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.cache import FingerprintCache
from indexer.images.variants import Orientation, lay
from indexer.index.manifest import NearPairs, read_manifest
from indexer.matching import check
from indexer.matching.check import _chance, run_check
from indexer.matching.contract import CheckEvent, CheckPlaces, CheckSettings, Found, Placed, Resumed, SourceOpened
from indexer.matching.portfolio import read_portfolio
from indexer.sources.base import Candidate, Description, Query, Reach, Source
from tests.helpers.indexes import build_index, sign_again
from tests.helpers.monitors import StopWhen, WatchfulMonitor, stop_after
from tests.helpers.pictures import as_bytes, draw, save_all
from tests.indexer.matching.making import asking, places_in
from tests.indexer.matching.moody_source import MoodySource
from tests.indexer.matching.talking_source import TalkingSource

Named = dict[str, Source | SourceProblem]

SEARCHING = "searching and comparing"
LISTED = {
    "a copy of 1.png": as_bytes(draw(1)),
    "smaller 5.jpg": as_bytes(draw(5).resize((240, 180)), "JPEG", quality=80),
    "other.png": as_bytes(draw(30)),
}


@pytest.fixture(scope="module")
def read_once(portfolio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that knows the portfolio's fingerprints, so that not every test computes them again."""
    place = tmp_path_factory.mktemp("known") / "prints.sqlite"
    with FingerprintCache(place) as cache:
        assert len(list(read_portfolio(str(portfolio), cache, Monitor()))) == 3
    return place


@pytest.fixture
def places(tmp_path: Path, read_once: Path) -> CheckPlaces:
    places = places_in(tmp_path)
    shutil.copy(read_once, places.cache)
    return places


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are written down after each work."""
    monkeypatch.setattr(check, "BATCH_WORKS", 1)


def run(settings: CheckSettings, places: CheckPlaces, monitor: Monitor | None = None) -> list[CheckEvent]:
    return list(run_check(settings, places, monitor or Monitor()))


def run_until_stopped(settings: CheckSettings, places: CheckPlaces, monitor: Monitor) -> list[CheckEvent]:
    """What it yields before it ends as stopped."""
    events: list[CheckEvent] = []
    with pytest.raises(Cancelled):
        events.extend(_kept(run_check(settings, places, monitor), events))
    return events


def _kept(check_events: Iterator[CheckEvent], events: list[CheckEvent]) -> list[CheckEvent]:
    for event in check_events:
        events.append(event)  # noqa: PERF402 - what came before the exception is wanted
    return []


def pairs(events: list[CheckEvent]) -> dict[tuple[str, str], Grade]:
    """The grade of each work's name and row."""
    matches = [event.match for event in events if isinstance(event, Found)]
    return {(Path(match.artwork or "").name, match.row): match.grade for match in matches}


def why_not(events: list[CheckEvent], source: str | Path, lane: Lane = Lane.PERCEPTUAL) -> str | None:
    (because,) = [
        event.because
        for event in events
        if isinstance(event, Coverage) and (event.source, event.lane) == (str(source), lane)
    ]
    return because


# A check that nothing disturbs


def test_copies_are_found_in_an_index(small_index: Path, own_portfolio: Path, places: CheckPlaces) -> None:
    lay(draw(3), Orientation.MIRRORED).save(own_portfolio / "mirror.png")
    (own_portfolio / "notes.txt").write_text("no picture")
    events = run(asking(own_portfolio, small_index), places)
    assert pairs(events) == {
        ("01.png", "01.png"): Grade.IDENTICAL_FILE,
        ("05.png", "05.png"): Grade.IDENTICAL_FILE,
        ("09.png", "09.png"): Grade.IDENTICAL_FILE,
        ("mirror.png", "more/03.png"): Grade.EDITED_COPY,
    }
    (mirrored,) = [event for event in events if isinstance(event, Found) and event.match.row == "more/03.png"]
    assert mirrored.match.verified
    assert mirrored.match.edits == (Edit(EditKind.MIRRORED),)
    assert (mirrored.dataset, mirrored.version) == ("Test set", "2")
    assert mirrored.work_thumbnail
    assert mirrored.candidate_thumbnail


def test_events_come_in_their_order(small_index: Path, portfolio: Path, places: CheckPlaces) -> None:
    events = run(asking(portfolio, small_index), places)
    assert [type(event) for event in events] == [
        SourceOpened, *[Artwork] * 3, *[Found] * 3, *[Coverage] * len(Lane), *[Placed] * 3
    ]  # fmt: skip
    opened = SourceOpened(str(small_index), "Test set", "2", 12, sample=False, hashes=("phash", "pdq"))
    assert isinstance(events[0], SourceOpened)
    assert replace(events[0], collected=None, collected_by=None) == opened


def test_what_is_skipped_is_reported_with_the_reason(
    small_index: Path, own_portfolio: Path, places: CheckPlaces
) -> None:
    (own_portfolio / "broken.png").write_bytes(as_bytes(draw(2))[:900])
    artworks = [event for event in run(asking(own_portfolio, small_index), places) if isinstance(event, Artwork)]
    skipped = {artwork.path: artwork.skipped for artwork in artworks if artwork.skipped}
    assert skipped == {str(own_portfolio / "broken.png"): "the PNG file is damaged or cut off"}
    assert len(artworks) == 4


def test_a_folder_without_pictures_ends_well(small_index: Path, tmp_path: Path, places: CheckPlaces) -> None:
    (tmp_path / "empty").mkdir()
    events = run(asking(tmp_path / "empty", small_index), places)
    assert pairs(events) == {}
    assert [type(event) for event in events] == [SourceOpened, *[Coverage] * len(Lane)]


def test_a_folder_that_is_not_there_is_a_sentence(named: Named, tmp_path: Path, places: CheckPlaces) -> None:
    named["list"] = source = MoodySource(LISTED, "list")
    with pytest.raises(InputProblem):
        run(asking(tmp_path / "gone", "list"), places)
    assert source.closed == 1


def test_progress_ends_where_it_said_it_would(small_index: Path, portfolio: Path, places: CheckPlaces) -> None:
    monitor = WatchfulMonitor()
    run(asking(portfolio, small_index), places, monitor)
    for stage in ("reading your pictures", SEARCHING):
        told = [progress for progress in monitor.told if progress.stage == stage]
        assert (told[0].done, told[-1].done, {progress.total for progress in told}) == (0, 3, {3})


def test_pictures_of_an_index_may_lie_elsewhere(tmp_path: Path, portfolio: Path, places: CheckPlaces) -> None:
    """Not found where the index says, only the fingerprint speaks; told where they are, they are compared."""
    pictures = save_all(tmp_path / "set", {"small.jpg": draw(5).resize((240, 180))})
    build_index(pictures, tmp_path / "index")
    pictures.rename(tmp_path / "moved")
    for folder, verified in ((None, False), (str(tmp_path / "moved"), True)):
        events = run(asking(portfolio, tmp_path / "index", pictures=folder), places)
        (found,) = [event.match for event in events if isinstance(event, Found)]
        assert (found.grade, found.verified) == (Grade.SAME_IMAGE, verified)


def test_chance_counts_every_source_that_is_asked_by_looks(
    named: Named, own_portfolio: Path, places: CheckPlaces
) -> None:
    """A source in which nothing is found makes a chance hit likelier all the same."""
    named["list"], named["more"] = MoodySource(LISTED, "list"), MoodySource({"x.png": as_bytes(draw(77))}, "more")

    def chance_with(*sources: str, **options: object) -> float:
        events = run(asking(own_portfolio, *sources, **options), places)
        (found,) = [event.match for event in events if isinstance(event, Found) and event.match.row == "smaller 5.jpg"]
        assert found.chance
        return found.chance

    alone = chance_with("list")
    assert chance_with("list", "more") == pytest.approx(alone * 4 / 3)
    (own_portfolio / "01.png").unlink()
    assert chance_with("list") == pytest.approx(alone * 2 / 3)


# Sources that fail


def test_one_that_cannot_be_opened_does_not_keep_the_others_from_being_searched(
    small_index: Path, portfolio: Path, places: CheckPlaces
) -> None:
    events = run(asking(portfolio, "no such index", small_index), places)
    assert [event.name for event in events if isinstance(event, SourceOpened)] == [str(small_index)]
    assert len(pairs(events)) == 3
    assert why_not(events, small_index) is None
    assert "there is nothing of that name here" in (why_not(events, "no such index") or "")


@pytest.mark.usefixtures("one_by_one")
def test_one_that_dies_in_the_middle_was_searched_in_part_and_the_other_goes_on(
    named: Named, small_index: Path, portfolio: Path, places: CheckPlaces
) -> None:
    named["list"] = source = MoodySource(LISTED, "list", fails_at=str(portfolio / "05.png"))
    events = run(asking(portfolio, "list", small_index), places)
    assert pairs(events) == {
        ("01.png", "a copy of 1.png"): Grade.IDENTICAL_FILE,
        **{(name, name): Grade.IDENTICAL_FILE for name in ("01.png", "05.png", "09.png")},
    }
    assert why_not(events, small_index) is None
    for lane in (Lane.EXACT, Lane.PERCEPTUAL):
        assert why_not(events, "list", lane) == "it went away; 1 of 3 works had been searched"
    assert source.asked == [str(portfolio / "01.png"), str(portfolio / "05.png")]
    assert source.closed == 1


# Stopped, and gone on with


def test_stopped_before_anything_was_read_nothing_was_searched(
    small_index: Path, portfolio: Path, places: CheckPlaces
) -> None:
    events = run_until_stopped(asking(portfolio, small_index), places, stop_after(0))
    assert why_not(events, small_index) == "you stopped the check"


@pytest.mark.usefixtures("one_by_one")
def test_a_stop_says_how_far_it_came_and_closes_the_sources(named: Named, portfolio: Path, places: CheckPlaces) -> None:
    named["list"] = source = MoodySource(LISTED, "list")
    events = run_until_stopped(
        asking(portfolio, "list"), places, StopWhen(lambda _: str(portfolio / "05.png") in source.asked)
    )
    assert pairs(events) == {("01.png", "a copy of 1.png"): Grade.IDENTICAL_FILE}
    assert why_not(events, "list") == "you stopped the check; 1 of 3 works had been searched"
    assert source.closed == 1


def test_what_was_found_but_not_reported_does_not_count_as_searched(
    named: Named, portfolio: Path, places: CheckPlaces
) -> None:
    """Stopped while the second source is asked: the first has answered, but nobody has heard it."""
    named["first"], named["second"] = MoodySource(LISTED, "first"), (second := MoodySource(LISTED, "second"))
    events = run_until_stopped(asking(portfolio, "first", "second"), places, StopWhen(lambda _: bool(second.asked)))
    assert pairs(events) == {}
    assert why_not(events, "first") == "you stopped the check; 0 of 3 works had been searched"


@pytest.mark.usefixtures("one_by_one")
def test_gone_on_with_it_finds_the_same_and_asks_nothing_twice(
    named: Named, portfolio: Path, places: CheckPlaces
) -> None:
    settings = asking(portfolio, "list")
    named["list"] = MoodySource(LISTED, "list")
    whole = run(settings, places)
    named["list"] = stopped = MoodySource(LISTED, "list")
    run_until_stopped(settings, places, StopWhen(lambda _: str(portfolio / "05.png") in stopped.asked))
    named["list"] = again = MoodySource(LISTED, "list")
    resumed = run(settings, places)
    assert [event for event in resumed if not isinstance(event, Resumed)] == whole
    assert [event.works for event in resumed if isinstance(event, Resumed)] == [1]
    assert again.asked == [str(portfolio / "05.png"), str(portfolio / "09.png")]
    assert list(places.checkpoints.iterdir()) == [], "it is finished now"


@pytest.mark.usefixtures("one_by_one")
def test_what_a_source_did_not_answer_before_it_still_owes_after_a_stop(
    named: Named, portfolio: Path, places: CheckPlaces
) -> None:
    settings = asking(portfolio, "list", "other")
    named["list"] = MoodySource(LISTED, "list", fails_at=str(portfolio / "01.png"))
    named["other"] = other = MoodySource({"x.png": as_bytes(draw(77))}, "other")
    run_until_stopped(settings, places, StopWhen(lambda _: str(portfolio / "05.png") in other.asked))
    named["list"] = MoodySource(LISTED, "list")
    events = run(settings, places)
    assert why_not(events, "other") is None
    assert why_not(events, "list") == "it did not answer for every picture; 2 of 3 works had been searched"


class TornSource(TalkingSource):
    """Says, once it was searched, that a part of it could not be read; a new one knows nothing of that."""

    def why_not_whole(self, lane: Lane) -> str | None:
        asked = "the person" in self.asked if lane in LANES_OF_PERSONS else len(self.asked) > 0
        return f"a file of it is torn ({lane})" if asked else None


@pytest.mark.usefixtures("one_by_one")
def test_what_was_searched_only_in_part_before_a_stop_is_not_whole_afterwards(
    named: Named, portfolio: Path, places: CheckPlaces
) -> None:
    lanes = (Lane.EXACT, Lane.PERCEPTUAL, Lane.LOCATION, Lane.ATTRIBUTION)
    settings = asking(portfolio, "torn", "other", lanes=lanes, names=("Luna Vega",), sites=("luna.test",))
    named["torn"] = TornSource(LISTED, {0: ("https://luna.test/1.jpg", "")})
    named["other"] = other = TalkingSource(LISTED, {0: ("https://luna.test/1.jpg", "")})
    run_until_stopped(settings, places, StopWhen(lambda _: "the person" in other.asked))
    named["torn"], named["other"] = (again := TornSource(LISTED, {})), TalkingSource(LISTED, {})
    events = run(settings, places)
    assert again.asked == [], "all of it was written down"
    for lane in lanes:
        assert why_not(events, "torn", lane) == f"a file of it is torn ({lane})"


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize(
    "damage", [b"\xff" * 50, b'{"works":["\xff"],"answered":[],"found":[]}\n'], ids=["noise", "no text"]
)
def test_a_damaged_checkpoint_costs_time_and_nothing_else(
    named: Named, portfolio: Path, places: CheckPlaces, damage: bytes
) -> None:
    settings = asking(portfolio, "list")
    named["list"] = source = MoodySource(LISTED, "list")
    run_until_stopped(settings, places, StopWhen(lambda _: str(portfolio / "05.png") in source.asked))
    (file,) = places.checkpoints.iterdir()
    file.write_bytes(damage)
    events = run(settings, places)
    assert len(pairs(events)) == 2
    assert not [event for event in events if isinstance(event, Resumed)]
    assert why_not(events, "list") is None


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("change", ["a work", "the source", "the settings", "the program"])
def test_after_a_change_nothing_old_is_taken_over(
    named: Named, own_portfolio: Path, places: CheckPlaces, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = asking(own_portfolio, "list")
    named["list"] = source = MoodySource(LISTED, "list")
    run_until_stopped(settings, places, StopWhen(lambda _: str(own_portfolio / "05.png") in source.asked))
    if change == "a work":
        draw(40).save(own_portfolio / "09.png")
    elif change == "the settings":
        settings = asking(own_portfolio, "list", lanes=(Lane.PERCEPTUAL,))
    elif change == "the program":
        monkeypatch.setattr(check, "this_tool", lambda: Tool("exhibit-a", "99"))
    files = LISTED | {"new.png": as_bytes(draw(41))} if change == "the source" else LISTED
    named["list"] = MoodySource(files, "list")
    assert not [event for event in run(settings, places) if isinstance(event, Resumed)]


class ThoroughSource(MoodySource):
    """Goes through everything for each question, and so wants many works together."""

    works_at_once = 100

    def __init__(self) -> None:
        super().__init__({"copy.png": as_bytes(draw(1))}, "thorough")
        self.batches: list[int] = []

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        self.batches.append(len(queries))
        return super().search(queries, lanes, reach, monitor)


@pytest.mark.usefixtures("one_by_one")
def test_a_source_that_wants_works_together_gets_them_together(
    portfolio: Path, places: CheckPlaces, named: Named
) -> None:
    thorough = ThoroughSource()
    named["thorough"] = thorough
    run(asking(portfolio, "thorough"), places)
    assert thorough.batches == [3]


def test_every_row_that_a_work_is_held_against_by_its_looks_counts_for_confidence() -> None:
    """Those of a source that is asked for equal files alone cannot look like it."""
    rows = ((900, (Lane.EXACT, Lane.LOCAL)), (70, (Lane.NEURAL,)), (8, (Lane.PERCEPTUAL,)), (10**6, (Lane.EXACT,)))
    chosen = [SimpleNamespace(about=Description("s", "d", "1", count, "i", {}), asked=asked) for count, asked in rows]
    closed = SimpleNamespace(about=None, asked=())
    assert _chance([*chosen, closed], []).pictures == 978  # type: ignore[list-item]


def test_forms_count_for_chance_in_a_source_just_where_it_is_asked_for_them() -> None:
    """Keypoints would find crops, if they are asked; some nobody wants, others another version of this program made."""
    kinds = {Kind.PHASH: 60, Kind.KEYPOINTS: 60}
    asked = {"with parts": (Lane.PERCEPTUAL, Lane.LOCAL), "without": (Lane.PERCEPTUAL,)}
    chosen = [
        SimpleNamespace(about=Description(name, "d", "1", 60, "i", kinds), asked=lanes) for name, lanes in asked.items()
    ]
    chance = _chance(chosen, [])  # type: ignore[arg-type]
    assert [chance.asked_of(Kind.PHASH, name).forms for name in asked] == [False, True]


def test_a_crop_is_found_in_an_index_whose_keypoints_cannot_be_asked(
    portfolio: Path, places: CheckPlaces, tmp_path: Path
) -> None:
    """By its fingerprint in another form, though nothing sees the keypoints that another version made."""
    square = draw(5).crop((60, 0, 420, 360))
    build_index(save_all(tmp_path / "set", {"square.png": square}), tmp_path / "index")
    lanes = [
        replace(record, parameters={"recipe": "keypoints 0"}) if record.kind == Kind.KEYPOINTS else record
        for record in read_manifest(tmp_path / "index").lanes
    ]
    sign_again(tmp_path / "index", lanes=tuple(lanes))
    settings = asking(portfolio, tmp_path / "index", lanes=(Lane.PERCEPTUAL, Lane.LOCAL), pictures=str(tmp_path / "no"))
    (found,) = [event.match for event in run(settings, places) if isinstance(event, Found)]
    assert (found.grade, found.edit) == (Grade.EDITED_COPY, "cropped")


def test_of_each_source_it_is_known_whether_its_own_near_pairs_were_counted() -> None:
    """Also where they are too few to say anything, which is not the same as that nobody counted."""
    few = NearPairs(60, dict.fromkeys(range(0, 33, 2), 0))
    near = {"few": {Kind.PHASH: few}, "never": {}}
    chosen = [
        SimpleNamespace(about=Description(name, "d", "1", 60, "i", {Kind.PHASH: 60}, near=of), asked=(Lane.PERCEPTUAL,))
        for name, of in near.items()
    ]
    chance = _chance(chosen, [])  # type: ignore[arg-type]
    assert [(one.tail, one.is_counted) for one in (chance.asked_of(Kind.PHASH, name) for name in near)] == [
        (None, True), (None, False)
    ]  # fmt: skip
    assert not chance.asked_of(Kind.PHASH, "not asked").is_counted
