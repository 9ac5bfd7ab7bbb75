"""The squares that a model is shown are those of open_clip's own transform, pixel for pixel."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.fingerprints.clip_models import Interpolation
from indexer.fingerprints.squares import is_flat, square_of
from tests.helpers.clip import EDGES, SIZES
from tests.helpers.pictures import draw


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("interpolation", Interpolation)
@pytest.mark.parametrize("number", range(len(SIZES)))
def test_a_square_is_what_open_clip_makes(
    open_clip_says: Path, number: int, interpolation: Interpolation, edge: int
) -> None:
    theirs = np.load(open_clip_says / f"{number}.{interpolation}.{edge}.npy")
    with Image.open(open_clip_says / f"{number}.png") as picture:
        ours = square_of(picture, edge, interpolation)
    assert ours.shape == (edge, edge, 3)
    assert np.abs(ours / 255 - theirs).max() < 1e-6


def test_only_a_picture_with_nothing_in_it_is_flat() -> None:
    assert is_flat(Image.new("RGB", (300, 200), "white"))
    assert is_flat(Image.new("L", (20, 20), 7))
    assert not is_flat(draw(1))
