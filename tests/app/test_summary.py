"""The summary of a check, for answers that a small check does not give."""

import pytest

from app.check_result import CheckResult
from app.summary import summarise
from indexer.core.types import Artwork, Basis, Coverage, Grade, Lane, Match
from indexer.matching.contract import Found, SourceOpened

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
