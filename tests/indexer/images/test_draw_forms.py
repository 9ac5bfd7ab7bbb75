"""Forms of a work that its copies are likely to have, and which border is one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from indexer.images.draw_forms import forms, inside_border
from indexer.images.forms import Form
from tests.helpers.pictures import draw, recompressed

PICTURE = draw(1, (300, 200))


def grey(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L"))


def sizes(picture: Image.Image) -> dict[Form, tuple[int, int]]:
    return {form: made.size for form, made in forms(picture.convert("L"))}


def passe_partout(picture: Image.Image) -> Image.Image:
    """On paper with grain."""
    paper = np.random.default_rng(1).normal((236, 228, 210), 2.5, (260, 360, 3))
    board = Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8))
    board.paste(picture, (30, 30))
    return board


@pytest.mark.parametrize(
    ("work", "inside"),
    [
        (ImageOps.expand(PICTURE, 20, "white"), (20, 20, 320, 220)),
        (ImageOps.expand(PICTURE, 20, "black"), (20, 20, 320, 220)),
        (ImageOps.expand(PICTURE, (0, 25), "grey"), (0, 25, 300, 225)),
        (ImageOps.expand(PICTURE, (40, 0, 0, 0), "white"), (40, 0, 340, 200)),
        (passe_partout(PICTURE), (30, 30, 330, 230)),
        (recompressed(ImageOps.expand(PICTURE, 24, "white")), (24, 24, 324, 224)),
    ],
)
def test_what_an_even_border_surrounds(work: Image.Image, inside: tuple[int, int, int, int]) -> None:
    assert inside_border(grey(work)) == pytest.approx(inside, abs=2)


@pytest.mark.parametrize(
    "work",
    [
        PICTURE,
        ImageOps.expand(PICTURE, 1, "white"),
        Image.new("RGB", (300, 200), "white"),
        Image.new("L", (1, 1)),
    ],
)
def test_no_border_where_there_is_none_or_nothing_in_it(work: Image.Image) -> None:
    assert inside_border(grey(work)) is None


def test_a_spot_on_an_empty_sheet_is_no_picture_in_a_border() -> None:
    sheet = Image.new("L", (300, 200), "white")
    ImageDraw.Draw(sheet).ellipse((140, 90, 160, 110), fill="black")
    assert inside_border(np.asarray(sheet)) is None


def test_an_oblong_work_is_tried_as_squares_and_less_one_side() -> None:
    assert sizes(PICTURE) == {
        Form.SQUARE: (200, 200),
        Form.ON_SQUARE: (300, 300),
        Form.MIDDLE: (280, 187),
        Form.WITHOUT_LEFT: (276, 200),
        Form.WITHOUT_TOP: (300, 184),
        Form.WITHOUT_RIGHT: (276, 200),
        Form.WITHOUT_BOTTOM: (300, 184),
    }


def test_a_square_work_is_not_tried_as_a_square_again() -> None:
    assert not {Form.SQUARE, Form.ON_SQUARE} & set(sizes(draw(1, (200, 195))))


def test_a_panorama_is_not_tried_on_a_sheet_that_shows_more_of_itself() -> None:
    assert Form.ON_SQUARE not in sizes(draw(1, (300, 100)))
    assert sizes(draw(1, (300, 100)))[Form.SQUARE] == (100, 100)


@given(st.integers(1, 40), st.integers(1, 40))
def test_every_form_of_every_picture_has_pixels(width: int, height: int) -> None:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width), dtype=np.uint8)
    assert all(min(made.size) >= 1 for _, made in forms(Image.fromarray(pixels)))
