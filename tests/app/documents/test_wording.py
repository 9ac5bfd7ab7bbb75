# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from app.documents.wording import (
    GRADE_WORDS,
    LANE_WORDS,
    chance_words,
    comparison_words,
    count_words,
    time_words,
)
from indexer.core.types import Basis, Grade, Lane
from tests.app.documents.examples import make_match


def test_every_grade_and_every_way_of_looking_has_its_words() -> None:
    assert set(GRADE_WORDS) == set(Grade)
    assert set(LANE_WORDS) == set(Lane)


@pytest.mark.parametrize(
    ("chance", "figure"),
    [(1e-9, "fewer than 0.000001"), (0.0000123, "0.000012"), (0.0043, "0.0043"), (3.2, "3.2"), (1234.0, "1,200")],
)
def test_chance_is_a_plain_figure(chance: float, figure: str) -> None:
    assert chance_words(chance).startswith(f"{figure} rows would be expected")


@pytest.mark.parametrize(
    ("match", "words"),
    [
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
    assert time_words("2026-03-04T05:06:07Z") == "4 March 2026, 05:06 UTC"
