"""Flat drawings, as the samples have them: series of one plan, exchanged colours, mixtures of two."""

import numpy as np
import pytest
from PIL import Image

from app.demo.motifs import draw
from indexer.core.types import EditKind
from indexer.matching.verify import SecondLook, Verdict, second_look
from tests.indexer.matching.making import view

SIZE = (640, 480)
COPIES = (Verdict.SAME, Verdict.EDITED)


def looked_at(work: Image.Image, other: Image.Image) -> SecondLook:
    return second_look(view(work), view(other))


def test_another_mask_of_the_series_in_other_colours_is_no_copy() -> None:
    """Half of it looks covered, the rest agrees in light."""
    assert looked_at(draw("mask", 16, SIZE), draw("mask", 17, SIZE)).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("seed", [0, 1, 4])
def test_exchanged_colours_of_a_drawing_in_few_tones_are_not_called_steps(seed: int) -> None:
    work = draw("quilt", seed, SIZE)
    exchanged = Image.fromarray(np.asarray(work)[..., [1, 2, 0]].copy())
    seen = looked_at(work, exchanged)
    assert seen.verdict in COPIES
    assert {edit.kind for edit in seen.edits} == {EditKind.RECOLOURED}


@pytest.mark.parametrize(("motif", "seed", "other"), [("ridges", 4, "herbarium"), ("herbarium", 3, "quilt")])
def test_a_copy_mixed_with_another_picture_is_found_where_many_points_agree(motif: str, seed: int, other: str) -> None:
    work = draw(motif, seed, SIZE)
    mixed = Image.blend(work, draw(other, seed + 50, SIZE), 0.4)
    assert looked_at(work, mixed).verdict is Verdict.EDITED
