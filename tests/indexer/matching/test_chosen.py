"""A source as the user named it: what it could answer, how far it was asked, and that it is told when it was not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Coverage, Lane
from indexer.fingerprints.clip_models import ClipSpace
from indexer.matching.chosen import ChosenSource
from indexer.matching.content import ContentModels
from indexer.matching.contract import Found
from indexer.matching.examine import Examiner
from indexer.matching.portfolio import Work
from indexer.matching.views import ViewReader
from indexer.sources.base import Description, Source
from tests.helpers.monitors import WatchfulMonitor, stop_after
from tests.helpers.pictures import as_bytes, draw
from tests.indexer.matching import making
from tests.indexer.matching.making import SMALL_CHECK, asking, places_in, work_of
from tests.indexer.matching.moody_source import MoodySource

Named = dict[str, Source | SourceProblem]

FILES = {"copy.png": as_bytes(draw(1)), "other.png": as_bytes(draw(30))}


@pytest.fixture
def works(portfolio: Path) -> list[Work]:
    return [work_of(place) for place in sorted(portfolio.iterdir())]


@pytest.fixture
def examiner(works: list[Work]) -> Iterator[Examiner]:
    with ViewReader(Monitor()) as views:
        yield Examiner({work.artwork.path: work for work in works}, views, SMALL_CHECK, None, {})


def choose(name: str = "moody", monitor: Monitor | None = None, **options: object) -> ChosenSource:
    return making.choose(name, asking(Path("mine"), name, **options), monitor=monitor)


def told(one: ChosenSource, works: int = 3, *, stopped: bool = False) -> dict[Lane, str | None]:
    """For each lane why it was not searched, None where it was."""
    said: list[Coverage] = list(one.coverage(works, stopped=stopped))
    assert all(entry.searched == (entry.because is None) for entry in said)
    return {entry.lane: entry.because for entry in said}


def found_in(one: ChosenSource, works: list[Work], examiner: Examiner) -> list[Found]:
    return one.search(works, examiner, Monitor())


def test_every_lane_is_answered_for_with_what_the_source_is(named: Named) -> None:
    named["moody"] = MoodySource(FILES)
    said = list(choose().coverage(0, stopped=False))
    assert [entry.lane for entry in said] == list(Lane)
    assert {(entry.source, entry.dataset, entry.version, entry.rows) for entry in said} == {
        ("moody", "Listed set", "1", 2)
    }


def test_what_was_not_asked_and_what_it_cannot_answer_have_their_own_reasons(named: Named) -> None:
    named["moody"] = MoodySource(FILES)
    one = choose(lanes=(Lane.EXACT, Lane.PERCEPTUAL, Lane.NEURAL, Lane.LOCATION, Lane.ATTRIBUTION))
    one.works_done = 3
    assert one.asked == (Lane.EXACT, Lane.PERCEPTUAL)
    assert told(one) == {
        Lane.EXACT: None,
        Lane.PERCEPTUAL: None,
        Lane.LOCAL: "you did not ask for this way of looking",
        Lane.NEURAL: "it is only a list of files",
        Lane.LOCATION: "no site of yours was named",
        Lane.ATTRIBUTION: "no name or handle of yours was given",
    }


def test_with_sites_and_names_the_source_itself_is_asked(named: Named) -> None:
    named["moody"] = MoodySource(FILES)
    said = told(choose(lanes=(Lane.LOCATION, Lane.ATTRIBUTION), sites=("example.org",), names=("Ada",)))
    assert said[Lane.LOCATION] == said[Lane.ATTRIBUTION] == "it is only a list of files"


def test_a_source_that_cannot_be_opened_says_why_in_each_lane_that_was_asked(
    named: Named, works: list[Work], examiner: Examiner
) -> None:
    named["moody"] = SourceProblem("moody", "there is no such folder")
    one = choose()
    assert one.about is None
    assert found_in(one, works, examiner) == []
    assert not one.has_answered()
    assert told(one)[Lane.EXACT] == told(one)[Lane.PERCEPTUAL] == "there is no such folder"
    one.close()


def test_a_monitor_may_forbid_it(named: Named) -> None:
    """As it does after a source has brought an earlier attempt down."""

    class Forbids(WatchfulMonitor):
        def attempt(self, what: str) -> None:
            raise SourceProblem(what, "it made this program crash")

    named["moody"] = MoodySource(FILES)
    assert told(choose(monitor=Forbids()))[Lane.EXACT] == "it made this program crash"


def test_opening_and_searching_are_announced_before_they_are_tried(
    named: Named, works: list[Work], examiner: Examiner
) -> None:
    named["moody"] = MoodySource(FILES)
    monitor = WatchfulMonitor()
    one = choose(monitor=monitor)
    assert monitor.attempts == ["moody"]
    one.search(works, examiner, monitor)
    assert monitor.attempts == ["moody", "moody"]


def test_one_that_cannot_describe_itself_is_closed_and_not_searched(
    named: Named, works: list[Work], examiner: Examiner
) -> None:
    named["moody"] = moody = MoodySource(FILES, fails_at="describe")
    one = choose()
    assert one.about is None
    assert found_in(one, works, examiner) == []
    assert moody.asked == []
    assert told(one)[Lane.EXACT] == "it went away; 0 of 3 works had been searched"
    assert told(one, works=0)[Lane.EXACT] == "it went away"
    one.close()
    assert moody.closed == 1


@pytest.mark.parametrize(("fails_at", "found_before"), [("05.png", 1), ("facts", 0)])
def test_once_it_has_failed_it_is_not_asked_again_and_what_it_told_before_counts(
    named: Named, works: list[Work], examiner: Examiner, fails_at: str, found_before: int
) -> None:
    named["moody"] = moody = MoodySource(FILES, fails_at=fails_at)
    one = choose()
    assert len(found_in(one, works, examiner)) == found_before
    assert not one.has_answered()
    moody.fails_at, before = None, list(moody.asked)
    assert found_in(one, works, examiner) == []
    assert moody.asked == before
    assert told(one)[Lane.EXACT] == "it went away; 0 of 3 works had been searched"


def test_what_it_finds_is_graded(named: Named, works: list[Work], examiner: Examiner) -> None:
    named["moody"] = MoodySource(FILES)
    one = choose()
    found = found_in(one, works, examiner)
    assert [(item.match.artwork, item.match.row, item.match.source) for item in found] == [
        ("01.png", "copy.png", "moody")
    ]
    assert one.has_answered()


def test_a_lane_that_nobody_asked_for_is_not_searched(named: Named, works: list[Work], examiner: Examiner) -> None:
    named["moody"] = moody = MoodySource(FILES)
    assert found_in(choose(lanes=(Lane.NEURAL,)), works, examiner) == []
    assert moody.asked == []


def test_a_stop_goes_through(named: Named, works: list[Work], examiner: Examiner) -> None:
    named["moody"] = MoodySource(FILES)
    with pytest.raises(Cancelled):
        choose().search(works, examiner, stop_after(0))


def test_a_stopped_check_says_how_far_it_came(named: Named) -> None:
    named["moody"] = MoodySource(FILES)
    one = choose()
    one.works_done = 2
    assert told(one, stopped=True)[Lane.EXACT] == "you stopped the check; 2 of 3 works had been searched"
    assert told(one)[Lane.EXACT] == "it did not answer for every picture; 2 of 3 works had been searched"


def test_a_check_that_was_stopped_before_it_had_read_a_picture_has_searched_nothing(named: Named) -> None:
    named["moody"] = MoodySource(FILES)
    assert told(choose(), works=0, stopped=True)[Lane.EXACT] == "you stopped the check"


class ContentSource(MoodySource):
    """Says that it can be asked by content."""

    def describe(self) -> Description:
        return replace(super().describe(), space=ClipSpace("a model", "a tag", 8))

    def why_not(self, lane: Lane) -> str | None:
        return None if lane is Lane.NEURAL else super().why_not(lane)


class ReadyModels(ContentModels):
    """Has the weights of every model at hand."""

    def why_not(self, space: ClipSpace) -> str | None:
        return None


def test_works_missed_by_their_content_are_named_and_nothing_is_said_of_those_not_reached(named: Named) -> None:
    named["moody"] = ContentSource(FILES)
    settings = asking(Path("mine"), "moody", lanes=(Lane.EXACT, Lane.NEURAL))
    one = making.choose("moody", settings, ReadyModels(settings, places_in(Path("nowhere")), Monitor()))
    one.works_done, one.not_embedded = 3, 1
    assert told(one)[Lane.NEURAL] == "1 of 3 works could not be looked for in this way; the others were"
    assert told(one)[Lane.EXACT] is None
    stopped = told(one, works=200, stopped=True)
    assert stopped[Lane.EXACT] == "you stopped the check; 3 of 200 works had been searched"
    assert stopped[Lane.NEURAL] == f"{stopped[Lane.EXACT]}, 1 of them not in this way"


def test_without_a_picture_nothing_counts_as_searched(named: Named) -> None:
    named["moody"] = MoodySource(FILES)
    assert told(choose(), works=0)[Lane.EXACT] == "there was no picture to look for"
