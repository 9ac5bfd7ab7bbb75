"""Edits as people read them."""

from collections.abc import Sequence

import pytest

from indexer.core.types import Edit, EditKind
from indexer.matching.edit_words import edit_words


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ((), None),
        ((Edit(EditKind.RESIZED, 0.5),), "resized to 50 %"),
        ((Edit(EditKind.RESIZED, 2.0),), "resized to 200 %"),
        ((Edit(EditKind.RESIZED, 0.031),), "resized to 3.1 %"),
        ((Edit(EditKind.MIRRORED),), "mirrored"),
        ((Edit(EditKind.TURNED, 90.0),), "turned 90° clockwise"),
        ((Edit(EditKind.CROPPED, 0.8),), "cropped to 80 %"),
        ((Edit(EditKind.EMBEDDED, 0.4),), "set into another picture, of which it fills 40 %"),
        ((Edit(EditKind.INVERTED),), "light and dark exchanged"),
        ((Edit(EditKind.GREYED),), "made black and white"),
        ((Edit(EditKind.RECOLOURED, -90.0),), "colours turned by 90°"),
        ((Edit(EditKind.RECOLOURED),), "colours changed"),
        ((Edit(EditKind.SATURATED, 0.3),), "colours made paler"),
        ((Edit(EditKind.SATURATED, 1.8),), "colours made stronger"),
        ((Edit(EditKind.TONED, 0.5),), "contrast made weaker"),
        ((Edit(EditKind.TONED, 1.4),), "contrast made stronger"),
        ((Edit(EditKind.TONED, 1.02),), "made brighter or darker"),
        ((Edit(EditKind.COVERED, 0.12),), "written or pasted over in 12 % of it"),
        ((Edit(EditKind.BLENDED, 0.35),), "mixed with another picture, of which about 35 % shows"),
        (
            (Edit(EditKind.MIRRORED), Edit(EditKind.TURNED, 270.0), Edit(EditKind.RESIZED, 0.25)),
            "mirrored, turned 270° clockwise, resized to 25 %",
        ),
    ],
)
def test_edits_are_named(edits: Sequence[Edit], words: str | None) -> None:
    assert edit_words(edits) == words


def test_there_are_words_for_every_kind_of_edit() -> None:
    for kind in EditKind:
        assert edit_words([Edit(kind, 0.5)])
        assert edit_words([Edit(kind)])
