"""The summary of a check, for answers that a small check does not give."""

from dataclasses import replace

import pytest

from app.check_result import CheckResult
from app.summary import summarise
from indexer.core.types import Artwork, Basis, Coverage, Grade, Lane, Match
from indexer.matching.contract import Found, OwnControls, Placed, SourceOpened, Tally

WORK = Artwork("art/fox.png", "a" * 64, 800, 600)


def listed(source: str, row: str = "row 6") -> Found:
    match = Match(
        None, source, row, f"{source}#6", "https://lunavale.example/fox.jpg", None, Grade.LISTED, verified=False,
        basis=(Basis.ADDRESS,), reasons=("It lies on lunavale.example.",),
    )  # fmt: skip
    return Found(match, source, "")


def answer(*events: object, is_finished: bool = True) -> str:
    result = CheckResult()
    for event in (WORK, *events):
        result.take(event)
    if is_finished:
        result.finish()
    return summarise(result)


def opened(name: str, rows: int = 29) -> SourceOpened:
    return SourceOpened(name, name, "", rows, sample=False)


def coverage(name: str, because: str | None = None, rows: int = 29) -> Coverage:
    return Coverage(name, name, "", rows, Lane.LOCATION, because is None, because)


def test_a_set_that_tells_no_number_of_rows_is_not_said_to_list_none() -> None:
    said = answer(opened("drawings", 0), coverage("drawings", rows=0))
    assert "Searched in:   drawings: number of rows not known." in said
    assert "No match was found." in said


def test_a_source_that_could_only_be_opened_was_not_searched_in_and_not_searched_is_not_not_found() -> None:
    said = answer(opened("drawings"), coverage("drawings", "its model is not at hand"))
    assert "Searched in" not in said
    assert "Nothing was searched, so nothing can be said yet; the reasons stand below." in said
    assert "No match" not in said


def test_a_check_that_was_stopped_early_does_not_say_that_there_is_no_match() -> None:
    said = answer(opened("links"), coverage("links", "you stopped the check"), is_finished=False)
    assert "Nothing had been found when you stopped." in said
    assert "No match" not in said


def test_rows_of_a_part_that_was_searched_are_shown_with_their_set() -> None:
    said = answer(opened("links"), coverage("links", "only its first part was searched"), listed("links"))
    assert "Searched in:   links: 29 pictures listed." in said
    assert "  row 6: https://lunavale.example/fox.jpg" in said


def test_with_several_sets_each_row_says_of_which_it_is() -> None:
    sets = [event for name in ("links", "other") for event in (opened(name), coverage(name))]
    said = answer(*sets, listed("links"), listed("other", "row 6 of other"))
    assert "  links, row 6: https://" in said
    assert "  row 6 of other: https://" in said


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "one\ntwo", "\u202eturned"])
def test_a_source_s_words_do_not_steer_the_terminal(hostile: str) -> None:
    said = answer(opened("links"), coverage("links", f"no column is known ({hostile})"))
    assert hostile not in said


# One finding from many


def copy_of(artwork: str, row: str, copy: int, **changes: object) -> tuple[Found, Placed]:
    match = Match(artwork, "links", row, f"links#{row}", None, None, Grade.SAME_IMAGE, verified=True)
    return Found(replace(match, **changes), "links", ""), Placed(artwork, "links", row, copy, "luna.example")


def test_a_copy_that_several_rows_list_is_told_once_with_its_other_places() -> None:
    rows = [
        *copy_of("art/fox.png", "row 1", 1),
        *copy_of("art/fox.png", "row 2", 1),
        *copy_of("art/fox.png", "row 9", 2),
    ]
    said = answer(opened("links"), coverage("links"), *rows).splitlines()
    (first,) = [number for number, line in enumerate(said) if "row 1" in line]
    assert said[first] == "  fox.png  the same picture, resized or saved again: row 1 on luna.example"
    assert said[first + 1] == "           – the same copy: row 2"
    assert said[first + 2] == "  fox.png  the same picture, resized or saved again: row 9 on luna.example"


def test_a_row_that_comes_near_to_a_sketch_too_names_it_and_counts_once() -> None:
    final, placed = copy_of("art/fox.png", "row 1", 1)
    sketch, _ = copy_of("art/sketch.png", "row 1", 1)
    taken = Placed("art/sketch.png", "links", "row 1", taken=True)
    said = answer(opened("links"), final, sketch, coverage("links"), replace(placed, also=("art/sketch.png",)), taken)
    assert "Found: 1 of your 1 picture, in 1 row." in said
    assert "– also like: sketch.png" in said


def test_a_match_with_a_caution_says_it() -> None:
    said = answer(opened("links"), *copy_of("art/fox.png", "row 1", 1, caution="Look at this one yourself: …"))
    assert "– Look at this one yourself: …" in said


def test_what_own_works_say_of_the_search_is_told_in_whole_sentences() -> None:
    told = OwnControls("links", "COYO-700M", "", Tally(0, 14), {"inside_file": 9, "published": 5}, Tally(29, 31))
    told = replace(told, collected="2021-08", collected_by="as its publisher says")
    said = answer(opened("links"), coverage("links"), told)
    assert (
        "COYO-700M: 14 works of yours cannot be in it, made after August 2021 (as its publisher says), going by what "
        "their files say and archives of published works. 0 of 14 were found there, which is as it should be." in said
    )
    assert "31 rows at addresses of yours show a work of yours, as the address tells. 29 of 31 were found by" in said


def test_a_work_that_was_found_where_it_cannot_be_is_said_plainly() -> None:
    told = OwnControls("links", "COYO-700M", "", Tally(1, 14), {"inside_file": 14}, None, "2021-08", "as it says")
    assert "1 of 14 was found there all the same: either the date or the match is wrong, so those" in answer(told)


def test_possible_rows_of_works_that_cannot_be_there_are_not_as_it_should_be() -> None:
    told = OwnControls(
        "links", "COYO-700M", "", Tally(0, 3, 3), {"inside_file": 3}, Tally(0, 31, 30), "2021-08", "as …"
    )
    said = answer(told)
    assert "as it should be" not in said
    assert (
        "0 of 3 were found there for sure, but 3 possibly: either the date is wrong or such rows are there by chance, "
        "as those that are possible for other works may be." in said
    )
    assert "0 of 31 were found by the picture too, and 30 more possibly." in said
    told = replace(told, later=Tally(1, 3, 2))
    assert "before anything is written. 2 more are possible there." in answer(told)


def test_where_own_works_say_nothing_nothing_is_said_of_them() -> None:
    assert "your own works" not in answer(opened("links"), coverage("links"))


def unseen(row: str, chance: float) -> Found:
    match = Match("art/fox.png", "coyo", row, row, None, None, Grade.POSSIBLE, verified=False, chance=chance)
    return Found(match, "coyo", "")


def test_what_chance_may_explain_is_told_apart_with_how_much_of_it_it_explains() -> None:
    near = [unseen(f"n{number}", 0.2) for number in range(2)]
    far = [unseen(f"f{number}", 9.4) for number in range(12)]
    said = answer(opened("coyo"), coverage("coyo"), *near, *far)
    assert "Not counted: 2 rows possible: fingerprints are near, the pictures were not compared." in said
    assert "Not counted: 12 more rows, of which chance explains about 9: fingerprints are near" in said


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "Not counted: 1 row that looked similar was compared and is different."),
        (2, "Not counted: 2 rows that looked similar were compared and are different."),
    ],
)
def test_rows_that_are_different_are_told_in_a_sentence_that_is_one(count: int, words: str) -> None:
    rows = [
        Found(Match("art/fox.png", "s", str(at), str(at), None, None, Grade.LOOKS_ALIKE, verified=True), "s", "")
        for at in range(count)
    ]
    assert words in answer(opened("s"), coverage("s"), *rows)
