"""Rows that speak of the artist: listed by what is theirs, named by what may be anybody's, each with its reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor
from indexer.core.types import LANES_OF_PERSONS, Artwork, Basis, Coverage, Grade, Lane, Match
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching import mentions
from indexer.matching.check import run_check
from indexer.matching.contract import Found
from indexer.matching.mentions import Mentions, left_out_words
from indexer.sources.base import Source
from tests.helpers.monitors import stop_after
from tests.helpers.pictures import as_bytes, draw
from tests.indexer.matching.making import asking, places_in
from tests.indexer.matching.talking_source import TalkingSource

FILES = {"copy.png": as_bytes(draw(1)), "other.png": as_bytes(draw(30))}
ME = Person(names=("Luna Vale",), sites=("lunavale.example",))
OWN = ("https://cdn.lunavale.example/1.jpg", "a fox")
CAPTIONED = ("https://a.example/2.jpg", "by Luna Vale")
NEITHER = ("https://b.example/3.jpg", "a stone")
BOTH = ("https://lunavale.example/4.jpg", "Luna Vale, untitled")


def told(source: Source, person: Person = ME, lanes: tuple[Lane, ...] = LANES_OF_PERSONS) -> list[Match]:
    """The last that was told of each row."""
    found = Mentions(source, Finder(person), lanes).found(Monitor())
    return list({one.match.row: one.match for one in found}.values())


def talking(*said: tuple[str, str]) -> TalkingSource:
    return TalkingSource(FILES, dict(enumerate(said, start=10)))


def test_an_address_of_an_own_site_is_listed() -> None:
    (match,) = told(talking(OWN, NEITHER))
    assert (match.grade, match.basis, match.verified, match.artwork) == (Grade.LISTED, (Basis.ADDRESS,), False, None)
    assert (match.row, match.row_key, match.url, match.caption) == ("row 10", "key 10", *OWN)
    assert match.reasons == (
        "The address lies on lunavale.example, which you named as a site of yours or of a client.",
    )
    assert match.may_enter_letter


def test_a_name_in_a_caption_is_named_and_never_enters_a_removal_request() -> None:
    (match,) = told(talking(CAPTIONED))
    assert (match.grade, match.basis) == (Grade.NAMED, (Basis.NAME,))
    assert "Luna Vale" in match.reasons[0]
    assert match.reasons[-1] == "It counts for nothing until you have said that it speaks of you."
    assert " ".join(match.reasons).count("somebody else") == 1, "said once"
    assert not match.may_enter_letter


def test_a_row_with_both_is_one_match_listed_with_both_reasons() -> None:
    (match,) = told(talking(BOTH))
    assert match.grade is Grade.LISTED
    assert match.basis == (Basis.ADDRESS,), "a name adds nothing to an address of one's own"
    assert len(match.reasons) == 2


def test_only_the_lanes_asked_for() -> None:
    assert [match.grade for match in told(talking(OWN, CAPTIONED, BOTH), lanes=(Lane.ATTRIBUTION,))] == [
        Grade.NAMED,
        Grade.NAMED,
    ]


def test_of_a_name_that_is_everywhere_the_first_rows_are_kept_and_the_others_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mentions, "NAMED_ROWS_KEPT", 2)
    gathered = Mentions(talking(*[CAPTIONED] * 5, OWN, BOTH), Finder(ME), LANES_OF_PERSONS)
    rows = {one.match.row: one.match.grade for one in gathered.found(Monitor())}
    assert list(rows.values()) == [Grade.NAMED, Grade.NAMED, Grade.LISTED, Grade.LISTED]
    assert gathered.left_out == {"Luna Vale": 3}
    said = left_out_words(gathered.left_out)
    assert said is not None
    assert said.startswith("3 more rows that hold “Luna Vale” were counted and not kept")


def check(portfolio: Path, room: Path, **asked: object) -> Iterator[object]:
    options = {"names": ME.names, "sites": ME.sites, "lanes": tuple(Lane)} | asked
    return run_check(asking(portfolio, "talking", **options), places_in(room), Monitor())


def coverage_of(events: list[object], lane: Lane) -> Coverage:
    (one,) = [event for event in events if isinstance(event, Coverage) and event.lane is lane]
    return one


def test_a_check_tells_them_beside_the_copies(portfolio: Path, tmp_path: Path, named: dict[str, Source]) -> None:
    named["talking"] = TalkingSource(FILES, {10: OWN, 11: CAPTIONED})
    events = list(check(portfolio, tmp_path))
    grades = [event.match.grade for event in events if isinstance(event, Found)]
    assert grades[-2:] == [Grade.LISTED, Grade.NAMED]
    assert len(grades) > 2
    assert all(coverage_of(events, lane).searched for lane in (Lane.EXACT, *LANES_OF_PERSONS))


def test_without_sites_or_names_these_lanes_are_not_searched_and_say_so(
    portfolio: Path, tmp_path: Path, named: dict[str, Source]
) -> None:
    named["talking"] = TalkingSource(FILES, {10: OWN})
    events = list(check(portfolio, tmp_path, names=(), sites=()))
    assert coverage_of(events, Lane.LOCATION).because == "no site of yours was named"
    assert coverage_of(events, Lane.ATTRIBUTION).because == "no name or handle of yours was given"
    assert "the person" not in named["talking"].asked


def test_a_source_that_goes_in_the_middle_keeps_what_it_told(
    portfolio: Path, tmp_path: Path, named: dict[str, Source]
) -> None:
    named["talking"] = TalkingSource(FILES, {10: OWN, 11: CAPTIONED}, fails_after=1)
    events = list(check(portfolio, tmp_path))
    assert [event.match.grade for event in events if isinstance(event, Found)][-1] is Grade.LISTED
    assert coverage_of(events, Lane.LOCATION).because == "it went away"
    assert coverage_of(events, Lane.LOCATION).partly


def test_a_portfolio_without_a_picture_is_no_reason_not_to_look_for_the_artist(
    tmp_path: Path, named: dict[str, Source]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    named["talking"] = TalkingSource(FILES, {10: OWN})
    events = list(check(empty, tmp_path))
    assert not any(isinstance(event, Artwork) for event in events)
    assert coverage_of(events, Lane.LOCATION).searched
    assert not coverage_of(events, Lane.EXACT).searched


def test_a_stop_in_the_middle_says_that_it_was_stopped(
    portfolio: Path, tmp_path: Path, named: dict[str, Source]
) -> None:
    named["talking"] = TalkingSource(FILES, {10: OWN, 11: CAPTIONED})
    monitor = stop_after(0)
    settings = asking(portfolio, "talking", names=ME.names, sites=ME.sites, lanes=LANES_OF_PERSONS)
    events = []
    with pytest.raises(Cancelled):
        events.extend(event for event in run_check(settings, places_in(tmp_path), monitor))
    assert "the person" not in named["talking"].asked


def test_a_check_that_goes_on_does_not_ask_again_for_what_was_written_down(
    portfolio: Path, tmp_path: Path, named: dict[str, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the rows of the person were written down, before the check ended."""
    monkeypatch.setattr("indexer.matching.checkpoint.Checkpoint.done", lambda _: None)
    for _ in range(2):
        named["talking"] = TalkingSource(FILES, {10: OWN, 11: CAPTIONED})
        events = list(check(portfolio, tmp_path))
        assert [event.match.grade for event in events if isinstance(event, Found)][-2:] == [Grade.LISTED, Grade.NAMED]
        assert coverage_of(events, Lane.LOCATION).searched
    assert "the person" not in named["talking"].asked


class FirstPartOnly(TalkingSource):
    """As a service that keeps only the first rows of a set."""

    def why_not_whole(self, lane: Lane) -> str | None:
        return "only the first part of it was searched: the service keeps the first 2 of 9 rows"


def test_a_source_that_has_only_a_part_was_searched_in_part_and_never_reads_as_absent(
    portfolio: Path, tmp_path: Path, named: dict[str, Source]
) -> None:
    named["talking"] = FirstPartOnly(FILES, {10: OWN})
    events = list(check(portfolio, tmp_path))
    for lane in (Lane.EXACT, Lane.LOCATION):
        coverage = coverage_of(events, lane)
        assert (coverage.searched, coverage.partly) == (False, True)
        assert coverage.because == "only the first part of it was searched: the service keeps the first 2 of 9 rows"
    assert not coverage_of(events, Lane.NEURAL).partly
