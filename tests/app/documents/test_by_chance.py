# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that chance may explain, and how that is told."""

import pytest

from app.documents.by_chance import drawer_words, is_behind
from indexer.core.types import Grade
from tests.app.documents.examples import make_match


@pytest.mark.parametrize(
    ("chances", "words"),
    [
        ([1.0], "1 more row, which chance alone explains"),
        ([1.4, 1.4, 1.4], "3 more rows, of which chance explains about 1"),
        ([1.0] * 7 + [9.4] * 5, "12 more rows, of which chance explains about 9"),
        ([2.0, 30.0], "2 more rows, which chance alone explains"),
    ],
)
def test_the_drawer_says_how_many_of_its_rows_chance_explains(chances: list[float], words: str) -> None:
    assert drawer_words(chances) == words


@pytest.mark.parametrize(
    ("grade", "chance", "behind"),
    [
        (Grade.POSSIBLE, 0.99, False),
        (Grade.POSSIBLE, 1.0, True),
        (Grade.POSSIBLE, None, False),
        (Grade.SAME_IMAGE, 3.0, False),
        (Grade.LOOKS_ALIKE, 3.0, False),
    ],
)
def test_only_possible_rows_that_chance_brings_stand_behind(grade: Grade, chance: float | None, behind: bool) -> None:
    assert is_behind(make_match(grade, chance=chance)) is behind
