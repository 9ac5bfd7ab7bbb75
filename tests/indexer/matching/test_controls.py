"""What the artist's own works say of a search, and what is said of a match that cannot be."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from indexer.core.types import Artwork, Basis, Coverage, Grade, Lane, Match
from indexer.matching.collected import collected_until
from indexer.matching.conclusions import Conclusions
from indexer.matching.contract import CheckEvent, Found, OwnControls, RenditionFound, SourceOpened, Tally
from indexer.matching.controls import DateBasis, WorkDate, date_of, is_later
from indexer.sources.base import Description

TODAY = "2026-11-25"
LIST = SourceOpened("list", "COYO-700M", "2022", 1000, False, "2021-08", "as its publisher says", ("phash",))
UNDATED = SourceOpened("list", "Some list", "", 1000, False)
SEARCHED = Coverage("list", "COYO-700M", "2022", 1000, Lane.PERCEPTUAL, searched=True)
ADDRESSES_ONLY = Coverage("list", "COYO-700M", "2022", 1000, Lane.LOCATION, searched=True)
OWN = "https://luna.example/fox-in-snow.jpg"
OLD, NEW = Artwork("art/old.png", created="2015-04-01"), Artwork("art/new.png", created="2023-04-01")


def copy(artwork: str, row: str = "1", grade: Grade = Grade.SAME_IMAGE, url: str | None = None) -> Found:
    return Found(Match(artwork, "list", row, f"list#{row}", url, None, grade, verified=True), "COYO-700M", "2022")


def listed(row: str, url: str) -> Found:
    match = Match(None, "list", row, f"list#{row}", url, None, Grade.LISTED, verified=False, basis=(Basis.ADDRESS,))
    return Found(match, "COYO-700M", "2022")


def published(artwork: str, on: str | None = None, address: str | None = None) -> RenditionFound:
    digests = ("a" * 64, "b" * 32)
    return RenditionFound(artwork, False, "my.zip", artwork, "Tumblr", "documented", address, None, None, on, *digests)


def concluded(*events: CheckEvent) -> tuple[list[Match], Sequence[OwnControls]]:
    """The matches as they are passed on, and what is said at the end."""
    conclusions = Conclusions()
    matches = [event.match for event in conclusions.hear(events) if isinstance(event, Found)]
    return matches, [told for told in conclusions.draw() if isinstance(told, OwnControls)]


# When a work was made


def test_the_earliest_date_counts_and_it_is_said_what_dates_the_work() -> None:
    inside, posted = DateBasis.INSIDE_FILE, DateBasis.PUBLISHED
    assert date_of(Artwork("a", created="2020-01-01"), [], TODAY) == WorkDate("2020-01-01", inside, "2020-01-01")
    archived = date_of(Artwork("a"), ["2021-03-04T10:00:00Z", "2020-05-06"], TODAY)
    assert archived == WorkDate("2020-05-06", posted, "2020-05-06")
    for created, first, basis in (
        ("2022-01-01", "2020-05-06", posted),
        ("2020-01-01", "2020-05-06", inside),
        ("2020-05-06", "2020-05-06", inside),
    ):
        earlier = min(created, first)
        assert date_of(Artwork("a", created=created), [first], TODAY) == WorkDate(earlier, basis, earlier)


def test_a_file_s_own_time_of_change_dates_no_work_but_shows_that_it_is_older() -> None:
    assert date_of(Artwork("a", changed="2025-01-01"), [], TODAY) is None
    made = date_of(Artwork("a", created="2025-01-01", changed="2012-01-01"), [], TODAY)
    assert made == WorkDate("2012-01-01", DateBasis.INSIDE_FILE, says="2025-01-01")


def test_a_date_in_the_future_is_not_believed() -> None:
    assert date_of(Artwork("a", created="2099-01-01"), [], TODAY) is None


@pytest.mark.parametrize(
    ("day", "collected", "expected"),
    [
        ("2021-12-31", "2021", False), ("2022-01-01", "2021", True),
        ("2021-08-31", "2021-08", False), ("2021-09-01", "2021-08", True),
        ("2021-08-31", "2021-08-30", False), ("2021-09-01", "2021-08-30", True),
    ],
)  # fmt: skip
def test_a_day_is_later_when_no_time_zone_can_change_that(day: str, collected: str, *, expected: bool) -> None:
    assert is_later(day, collected) is expected


# Works that cannot be there


def test_works_that_are_too_young_and_were_not_found_are_counted_as_such() -> None:
    _, (told,) = concluded(LIST, OLD, NEW, copy(OLD.path), SEARCHED)
    assert told.later == Tally(0, 1)
    assert told.later_by == {"inside_file": 1}
    assert (told.collected, told.collected_by) == ("2021-08", "as its publisher says")


def test_a_hit_on_a_work_that_is_too_young_is_an_error_and_says_so_itself() -> None:
    (match, fine), (told,) = concluded(LIST, OLD, NEW, copy(NEW.path), copy(OLD.path, "2"), SEARCHED)
    assert told.later == Tally(1, 1)
    assert fine.caution is None
    assert match.caution == (
        "Needs a careful look: its file says that this work was made on 2023-04-01, and nothing in this list is "
        "younger than 2021-08 (as its publisher says). Either that date or this match is wrong."
    )


@pytest.mark.parametrize(
    ("work", "first", "said"),
    [
        (Artwork("art/x.png", created="2024-05-01", changed="2023-01-01"), "2025-01-01",
         "its file says that this work was made on 2024-05-01"),
        (Artwork("art/x.png", created="2024-05-01", changed="2022-01-01"), "2022-03-01",
         "an archive of the artist’s account says that this work was published on 2022-03-01"),
    ],
)  # fmt: skip
def test_the_date_that_is_told_is_the_one_that_its_file_or_archive_gives(work: Artwork, first: str, said: str) -> None:
    (match,), (told,) = concluded(LIST, work, published(work.path, first), copy(work.path), SEARCHED)
    assert said in (match.caution or "")
    assert sum(told.later_by.values()) == 1


def test_what_was_to_be_said_of_a_match_already_is_said_too() -> None:
    doubted = copy(NEW.path)
    doubted = replace(doubted, match=replace(doubted.match, caution="There is next to nothing to see."))
    (match,), _ = concluded(LIST, NEW, doubted, SEARCHED)
    assert (match.caution or "").startswith("There is next to nothing to see. Needs a careful look: its file says")


def test_a_hit_that_counts_for_nothing_is_no_error() -> None:
    (match,), (told,) = concluded(LIST, NEW, copy(NEW.path, grade=Grade.LOOKS_ALIKE), SEARCHED)
    assert match.caution is None
    assert told.later == Tally(0, 1)


def test_a_row_that_is_only_possible_is_no_hit_but_is_counted_beside_them() -> None:
    other = Artwork("art/other.png", created="2023-04-01")
    found = copy(NEW.path, "1"), copy(NEW.path, "2", Grade.POSSIBLE), copy(other.path, "3", Grade.POSSIBLE)
    _, (told,) = concluded(LIST, OLD, NEW, other, *found, copy(OLD.path, "4", Grade.POSSIBLE), SEARCHED)
    assert told.later == Tally(1, 2, possible=1), "a work that was found is not possible besides"


def test_a_work_too_plain_to_be_found_by_its_look_controls_nothing() -> None:
    blank = Artwork("art/blank.png", created="2023-04-01", plain=True)
    _, (told,) = concluded(LIST, NEW, blank, SEARCHED)
    assert told.later == Tally(0, 1)
    assert told.later_by == {"inside_file": 1}
    assert concluded(LIST, blank, copy(blank.path), SEARCHED)[1] == []


def test_a_work_without_a_hash_of_a_kind_that_the_set_has_was_never_asked_for() -> None:
    """A faint line drawing has a miniature, which a set of pHashes does not know."""
    faint = Artwork("art/faint.png", created="2023-04-01", too_plain_for=("phash", "pdq"))
    assert concluded(LIST, faint, SEARCHED)[1] == []
    (told,) = concluded(LIST, NEW, faint, SEARCHED)[1]
    assert told.later == Tally(0, 1)
    pale = replace(faint, too_plain_for=("phash",))
    assert concluded(LIST, pale, SEARCHED)[1] == []
    (told,) = concluded(replace(LIST, hashes=("phash", "pdq")), pale, SEARCHED)[1]
    assert told.later == Tally(0, 1)


def test_that_no_file_has_the_digest_of_a_younger_work_reassures_nobody() -> None:
    by_file = replace(SEARCHED, lane=Lane.EXACT)
    assert concluded(replace(LIST, hashes=()), NEW, by_file)[1] == []
    assert concluded(LIST, NEW, by_file)[1] == [], "its hashes were not searched"


STOPPED = replace(SEARCHED, searched=False, partly=True, because="you stopped the check; 8 of 1,000 works had been …")


def test_works_that_were_not_all_looked_for_are_not_said_to_be_missing() -> None:
    assert concluded(LIST, NEW, STOPPED)[1] == []
    by_file = replace(SEARCHED, lane=Lane.EXACT)
    assert concluded(LIST, NEW, by_file, STOPPED)[1] == [], "files were, looks were not"
    assert concluded(LIST, Artwork("art/fox-in-snow.png"), listed("1", OWN), STOPPED)[1] == []


@pytest.mark.parametrize("lane", [Lane.NEURAL, Lane.LOCAL])
def test_where_nothing_could_have_been_found_for_sure_nothing_is_said_of_works_that_were_not(lane: Lane) -> None:
    content = replace(SEARCHED, lane=lane)
    assert concluded(LIST, NEW, copy(NEW.path, grade=Grade.POSSIBLE), content)[1] == []
    by_hash = replace(SEARCHED, lane=Lane.PERCEPTUAL)
    (told,) = concluded(LIST, NEW, copy(NEW.path, grade=Grade.POSSIBLE), content, by_hash)[1]
    assert told.later == Tally(0, 1, possible=1)


def test_a_row_that_an_older_version_of_the_work_has_is_no_error() -> None:
    better = copy(OLD.path, grade=Grade.IDENTICAL_FILE)
    _, (told,) = concluded(LIST, OLD, NEW, better, copy(NEW.path), SEARCHED)
    assert told.later == Tally(0, 1)


def test_the_first_date_of_an_archive_dates_a_work() -> None:
    work = Artwork("art/x.png", changed="2026-01-01")
    (match,), (told,) = concluded(LIST, work, published(work.path, "2024-01-01"), copy(work.path), SEARCHED)
    assert told.later_by == {"published": 1}
    assert match.caution
    assert "an archive of the artist’s account says that this work was published on 2024-01-01" in match.caution


def test_nothing_is_said_where_nothing_can_be_said() -> None:
    undated = Artwork("art/x.png", changed="2026-01-01")
    assert concluded(UNDATED, NEW, copy(NEW.path), SEARCHED)[1] == [], "nobody knows when that list was collected"
    assert concluded(LIST, undated, copy(undated.path), SEARCHED)[1] == [], "a file's change dates no work"
    assert concluded(LIST, OLD, copy(OLD.path), SEARCHED)[1] == [], "no work is too young"
    assert concluded(LIST, NEW, ADDRESSES_ONLY)[1] == [], "no picture was looked for"


# Works that are known to be there


def test_rows_at_own_addresses_tell_how_many_the_pictures_found() -> None:
    fox, owl = Artwork("art/fox-in-snow.psd"), Artwork("art/Owl at dusk.png")
    _, (told,) = concluded(
        UNDATED, fox, owl,
        listed("1", "https://luna.example/2019/fox-in-snow.jpg?utm_source=x"),
        listed("2", "https://luna.example/owl%20at%20dusk.jpg"),
        listed("3", "https://luna.example/something-else.jpg"),
        copy(fox.path, "1"),
        SEARCHED,
    )  # fmt: skip
    assert told.own == Tally(1, 2)
    assert told.later is None
    assert told.collected is None


def test_own_rows_that_are_only_possible_by_the_picture_are_counted_apart() -> None:
    fox, owl, elk = Artwork("art/fox-in-snow.png"), Artwork("art/owl-at-dusk.png"), Artwork("art/elk-in-fog.png")
    _, (told,) = concluded(
        UNDATED, fox, owl, elk,
        *(listed(row, f"https://luna.example/{name}.jpg") for row, name in (
            ("1", "fox-in-snow"), ("2", "owl-at-dusk"), ("3", "elk-in-fog"))),
        copy(fox.path, "1"), copy(owl.path, "2", Grade.POSSIBLE), copy(owl.path, "3", Grade.POSSIBLE),
        replace(SEARCHED, lane=Lane.NEURAL),
    )  # fmt: skip
    assert told.own == Tally(1, 3, possible=1)


def test_own_rows_of_a_work_too_plain_to_be_found_say_nothing_of_the_search() -> None:
    assert concluded(UNDATED, Artwork("art/fox-in-snow.png", plain=True), listed("1", OWN), SEARCHED)[1] == []


def test_an_address_that_an_archive_gives_tells_the_work_whatever_its_file_is_called() -> None:
    fox = Artwork("art/fox.png")
    url = "https://64.media.tumblr.example/abc/1.jpg"
    _, (told,) = concluded(UNDATED, fox, published(fox.path, address=url), listed("1", url), copy(fox.path), SEARCHED)
    assert told.own == Tally(1, 1)


def test_a_row_that_was_found_for_another_version_names_the_work_and_counts_as_found() -> None:
    fox, sketch = Artwork("art/fox-final.png"), Artwork("art/fox-sketch.png")
    _, (told,) = concluded(
        UNDATED, fox, sketch, listed("1", "https://luna.example/fox-sketch.png"),
        copy(fox.path, grade=Grade.IDENTICAL_FILE), copy(sketch.path), SEARCHED,
    )  # fmt: skip
    assert told.own == Tally(1, 1)


@pytest.mark.parametrize("name", ["1.jpg", "img.jpg"])
def test_a_name_that_every_site_has_tells_no_work(name: str) -> None:
    assert concluded(UNDATED, Artwork(f"art/{name}"), listed("1", f"https://luna.example/{name}"), SEARCHED)[1] == []


def test_a_name_that_two_works_have_tells_none_of_them() -> None:
    works = Artwork("art/a/harbour.png"), Artwork("art/b/harbour.png")
    assert concluded(UNDATED, *works, listed("1", "https://luna.example/harbour.png"), SEARCHED)[1] == []


# Until when a list was collected


def about(dataset: str, made_utc: str | None = None) -> Description:
    return Description("list", dataset, "", 1, "id", {}, made_utc=made_utc)


@pytest.mark.parametrize("dataset", ["COYO-700M", "coyo-700m", "kakaobrain/coyo-700m"])
def test_the_catalogue_says_until_when_a_list_was_collected(dataset: str) -> None:
    assert collected_until(about(dataset, "2026-01-02T03:04:05Z")) == ("2021-08", "as its publisher says")


def test_of_any_other_list_it_is_known_when_its_index_was_made_or_nothing() -> None:
    made = collected_until(about("My mirror", "2026-01-02T03:04:05Z"))
    assert made == ("2026-01-02", "the day on which its index was made")
    assert collected_until(about("My mirror")) is None
    assert collected_until(about("")) is None
