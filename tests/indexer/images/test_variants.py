"""The eight ways to lay a picture down are what their names say."""

import numpy as np
import pytest
from PIL import Image

from indexer.images.variants import Orientation, lay, lay_array
from tests.helpers.pictures import draw
from tests.indexer.images.looking import is_same

CORNERS = {
    Orientation.UPRIGHT: ("ab", "cd"),
    Orientation.TURNED_90: ("ca", "db"),
    Orientation.TURNED_180: ("dc", "ba"),
    Orientation.TURNED_270: ("bd", "ac"),
    Orientation.MIRRORED: ("ba", "dc"),
    Orientation.MIRRORED_90: ("db", "ca"),
    Orientation.MIRRORED_180: ("cd", "ab"),
    Orientation.MIRRORED_270: ("ac", "bd"),
}
"""Where the corners a b (above) and c d (below) come to lie: first mirrored left to right, then turned clockwise."""

ALL = list(Orientation)
PICTURE = draw(1, (40, 30))


@pytest.mark.parametrize("orientation", ALL)
def test_the_corners_come_to_lie_where_the_name_says(orientation: Orientation) -> None:
    letters = np.array([list("ab"), list("cd")])
    assert tuple("".join(row) for row in lay_array(letters, orientation)) == CORNERS[orientation]


@pytest.mark.parametrize("orientation", ALL)
def test_a_picture_and_its_numbers_are_laid_alike(orientation: Orientation) -> None:
    laid = np.asarray(lay(PICTURE, orientation))
    assert np.array_equal(laid, lay_array(np.asarray(PICTURE), orientation))
    assert np.array_equal(laid[..., 0], lay_array(np.asarray(PICTURE)[..., 0], orientation))


@pytest.mark.parametrize("orientation", ALL)
def test_a_name_is_a_mirroring_and_a_turn(orientation: Orientation) -> None:
    mirrored = PICTURE.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if orientation.is_mirrored else PICTURE
    assert is_same(lay(PICTURE, orientation), mirrored.rotate(-orientation.degrees, expand=True))


def test_upright_is_the_very_picture() -> None:
    assert lay(PICTURE, Orientation.UPRIGHT) is PICTURE


def test_there_are_eight_and_upright_is_the_first() -> None:
    assert len(ALL) == 8
    assert ALL[0] is Orientation.UPRIGHT
    assert len({lay(PICTURE, orientation).tobytes() for orientation in ALL}) == 8


def test_the_names_are_those_that_indexes_and_reports_keep() -> None:
    assert ALL == [
        "upright",
        "turned_90",
        "turned_180",
        "turned_270",
        "mirrored",
        "mirrored_90",
        "mirrored_180",
        "mirrored_270",
    ]


@pytest.mark.parametrize("first", ALL)
def test_each_can_be_undone_by_one_of_the_eight(first: Orientation) -> None:
    assert any(is_same(PICTURE, back) for second in ALL if (back := lay(lay(PICTURE, first), second)).size == (40, 30))
