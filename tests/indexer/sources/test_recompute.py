"""A set's hashes are computed again from fetched pictures, and what agrees is counted."""

import imagehash
from PIL import Image

from indexer.sources.base import RowFacts
from indexer.sources.recompute import FetchedRow, Recomputed, recompute
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.queries import query_of


def row(picture: Image.Image, phash: int | None, **options: object) -> FetchedRow:
    return FetchedRow(RowFacts("a row", "a key", phash=phash), as_bytes(picture, **options))


def listed(picture: Image.Image) -> int:
    """What the data set would hold, had it used ImageHash's function."""
    return int(str(imagehash.phash(picture)), 16)


def test_pictures_that_are_still_the_same_agree_and_others_do_not() -> None:
    drawn = [draw(seed) for seed in range(4)]
    see_through = draw(7).convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize(see_through.size))
    found = recompute(
        [
            *(row(picture, listed(picture)) for picture in drawn),
            row(drawn[0], listed(drawn[0]) ^ 0b11),
            row(drawn[1], listed(drawn[1]) ^ 0b1111),
            row(drawn[2], listed(draw(99))),  # replaced since
            row(see_through, query_of(see_through).fingerprints.phash_other[0]),  # read on black, or without its alpha
            row(drawn[3], None),
            FetchedRow(RowFacts("a row", "a key", phash=1), b"<html>gone</html>"),
        ],
        workers=1,
    )
    assert found == Recomputed(compared=8, agreeing=(5, 6, 7), left_out=2)
    assert "5 have exactly the fingerprint that it lists, 6 within 2 bits of 64 and 7 within 4" in found.words


def test_nothing_to_compare_is_said() -> None:
    found = recompute([], workers=1)
    assert found == Recomputed(0, (0, 0, 0), 0)
    assert found.words.startswith("None of the fetched pictures could be used")
