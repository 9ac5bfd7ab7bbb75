"""Pairs of odd pictures under the second look: none is a copy of another, however much of them is alike by design.

The same pictures go through the command line in tests/journeys/test_odd_pictures.py; here every pair is compared, those
too that no search would propose.
"""

from functools import cache
from itertools import combinations, permutations, product

import pytest
from PIL import Image

from indexer.images.shrinking import shrink_within
from indexer.matching.verify import Verdict, second_look
from indexer.matching.view import VIEW_EDGE, View
from tests.helpers import odd_pictures

FAMILIES = odd_pictures.PLAIN | odd_pictures.FULL
COPIES = (Verdict.SAME, Verdict.EDITED)


@cache
def views(family: str) -> dict[str, View]:
    """The family's pictures as the second look gets them."""
    return {name: _view(odd_pictures.on_white(picture)) for name, picture in FAMILIES[family]().items()}


def _view(picture: Image.Image) -> View:
    return View(shrink_within(picture, VIEW_EDGE), picture.size)


def taken_for_copies(pairs: list[tuple[tuple[str, View], tuple[str, View]]]) -> dict[tuple[str, str], str]:
    """Pairs that the second look calls copies, with what it says was done."""
    wrong = {}
    for (name, work), (other_name, other) in pairs:
        seen = second_look(work, other)
        if seen.verdict in COPIES:
            wrong[name, other_name] = f"{seen.verdict} {[edit.kind.value for edit in seen.edits]}"
    return wrong


@pytest.mark.parametrize("family", FAMILIES)
def test_the_first_of_a_family_are_not_copies_of_each_other(family: str) -> None:
    wrong = taken_for_copies(list(combinations(list(views(family).items())[:3], 2)))
    assert not wrong


@pytest.mark.full
@pytest.mark.parametrize("family", FAMILIES)
def test_none_of_a_family_is_a_copy_of_another(family: str) -> None:
    wrong = taken_for_copies(list(permutations(views(family).items(), 2)))
    assert not wrong


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("family", FAMILIES)
def test_none_is_a_copy_of_one_of_another_family(family: str) -> None:
    others = [one for other in FAMILIES if other > family for one in views(other).items()]
    wrong = taken_for_copies(list(product(views(family).items(), others)))
    assert not wrong


@pytest.mark.parametrize("family", odd_pictures.FULL)
def test_each_is_a_copy_of_itself(family: str) -> None:
    assert {second_look(one, one).verdict for one in list(views(family).values())[:3]} == {Verdict.SAME}
