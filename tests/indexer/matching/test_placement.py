"""Where in a row's picture a work lies, so that two works side by side are not taken for one."""

import pytest
from PIL import Image, ImageOps

from indexer.core.types import Edit, EditKind, Grade, Match
from indexer.matching.merge import place_matches
from indexer.matching.placement import place_scores
from indexer.matching.verify import Verdict, second_look
from tests.helpers.pictures import draw
from tests.indexer.matching.making import view

FOX, OWL = draw(5), draw(9)


@pytest.fixture(scope="module")
def collage() -> Image.Image:
    """Two works side by side, with a rim."""
    whole = Image.new("RGB", (1020, 400), "white")
    whole.paste(FOX, (20, 20))
    whole.paste(OWL, (520, 20))
    return whole


def found_in(work: Image.Image, picture: Image.Image, name: str) -> Match:
    mine, theirs = view(work), view(picture)
    look = second_look(mine, theirs)
    assert look.verdict is Verdict.EDITED
    edits = (Edit(EditKind.EMBEDDED, 0.4),)
    scores = place_scores(look, mine, theirs)
    return Match(name, "list", "1", "k", None, None, Grade.EDITED_COPY, verified=True, edits=edits, scores=scores)


def test_a_work_in_a_collage_is_placed_where_it_lies(collage: Image.Image) -> None:
    placed = found_in(OWL, collage, "owl.png").scores
    expected = {"place_left": 520 / 1020, "place_right": 1000 / 1020, "place_top": 0.05, "place_bottom": 0.95}
    assert placed == pytest.approx(expected, abs=0.01)


def test_a_mirrored_work_is_placed_there_too(collage: Image.Image) -> None:
    placed = found_in(ImageOps.mirror(OWL), collage, "owl.png").scores
    assert placed["place_left"] == pytest.approx(520 / 1020, abs=0.01)


def test_a_collage_of_two_works_is_a_copy_of_both_and_of_each_once(collage: Image.Image) -> None:
    again = OWL.resize((360, 270))
    found = [
        found_in(FOX, collage, "fox.png"),
        found_in(OWL, collage, "owl.png"),
        found_in(again, collage, "small.png"),
    ]
    left = {placed.artwork: len(placed.also) for placed in place_matches(found) if not placed.taken}
    assert left.pop("fox.png") == 0
    assert list(left.values()) == [1]


def test_pictures_compared_as_wholes_need_no_place() -> None:
    assert place_scores(second_look(view(FOX), view(FOX)), view(FOX), view(FOX)) == {}
