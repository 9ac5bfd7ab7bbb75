# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from app.documents.wording import (
    GRADE_WORDS,
    LANE_WORDS,
    chance_figure,
    chance_words,
    comparison_words,
    count_words,
    date_words,
    letter_words,
    not_counted_words,
    period_words,
    time_words,
)
from indexer.core.types import Basis, Grade, Lane, Match
from tests.app.documents.examples import make_match


def test_every_grade_and_every_way_of_looking_has_its_words() -> None:
    assert set(GRADE_WORDS) == set(Grade)
    assert set(LANE_WORDS) == set(Lane)


@pytest.mark.parametrize(
    ("chance", "figure"),
    [(1e-9, "fewer than 0.000001"), (0.0000123, "0.000012"), (0.0043, "0.0043"), (3.2, "3.2"), (1234.0, "1,200")],
)
def test_chance_is_a_plain_figure(chance: float, figure: str) -> None:
    assert chance_figure(chance) == figure
    assert chance_words(chance) == f"{figure} rows this near expected by accident in the whole check"


def test_one_row_by_chance_is_no_plural() -> None:
    assert chance_words(1.0) == "1 row this near expected by accident in the whole check"


@pytest.mark.parametrize(
    ("match", "words"),
    [
        (make_match(Grade.NAMED), "a name only; picture not seen"),
        (make_match(Grade.POSSIBLE), "possible; picture not seen"),
        (make_match(Grade.LOOKS_ALIKE), "similar only; pictures compared"),
    ],
)
def test_why_a_row_does_not_count_is_said_in_a_few_words(match: Match, words: str) -> None:
    assert not_counted_words(match) == words


def test_a_letter_says_once_that_a_picture_was_resized_and_keeps_figure_and_sign_together() -> None:
    assert (
        letter_words(Grade.SAME_IMAGE, "resized to 40 %", verified=True)
        == "the same picture (resized to 40\N{NO-BREAK SPACE}%); pictures compared"
    )
    assert letter_words(Grade.SAME_IMAGE, None, verified=True) == (
        "the same picture, resized or saved again; pictures compared"
    )


@pytest.mark.parametrize(
    ("match", "words"),
    [
        (make_match(Grade.LISTED, basis=(Basis.ACCOUNT,)), "the account in the row; the picture was not compared"),
        (make_match(Grade.NAMED), "the words in the row; the picture was not compared"),
        (
            make_match(Grade.EDITED_COPY, verified=False, basis=(Basis.GEOMETRY,)),
            "points of the two pictures that were kept with the data set; the picture itself was not seen",
        ),
        (make_match(Grade.POSSIBLE), "fingerprints only; the row’s picture was not seen"),
    ],
)
def test_a_picture_that_nobody_saw_is_said_to_be_unseen(match: object, words: str) -> None:
    assert comparison_words(match) == words


def test_numbers_and_times_read_as_people_write_them() -> None:
    assert count_words(1, "work", "works") == "1 work"
    assert count_words(1200, "work", "works") == "1,200 works"
    assert date_words("2026-11-24T09:30:00Z") == "24 November 2026"
    assert time_words("2026-03-04T05:06:07Z") == "4 March 2026, 05:06 UTC"


@pytest.mark.parametrize(
    ("period", "words"), [("2021", "2021"), ("2021-08", "August 2021"), ("2021-08-03", "3 August 2021")]
)
def test_a_period_is_said_as_people_say_it(period: str, words: str) -> None:
    assert period_words(period) == words
