"""A picture of today and what the row recorded: the same, another, or nobody can tell."""

import hashlib
from collections.abc import Callable

import pytest
from PIL import Image

from indexer.fingerprints.phash import phash
from indexer.matching.recorded import Recorded, hold_against_row
from indexer.matching.views import SeenPicture
from tests.helpers.pictures import as_bytes, draw, recompressed
from tests.indexer.matching.making import row, view

TODAY = "2026-11-25T09:00:00Z"


@pytest.fixture
def seen() -> Callable[[Image.Image], SeenPicture]:
    def of(picture: Image.Image) -> SeenPicture:
        data = as_bytes(picture)
        return SeenPicture(view(picture), hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest())

    return of


def test_the_file_has_the_digest_of_then(seen: Callable[[Image.Image], SeenPicture]) -> None:
    one = seen(draw(1))
    for facts, by in ((row(sha256=one.sha256), "SHA-256"), (row(md5=one.md5), "MD5")):
        held = hold_against_row(one, facts, TODAY)
        assert (held.outcome, held.by, held.fetched_utc) == (Recorded.AGREES, by, TODAY)


def test_another_file_under_the_same_address_is_changed_however_alike_it_looks(
    seen: Callable[[Image.Image], SeenPicture],
) -> None:
    one, other = seen(draw(1)), seen(recompressed(draw(1)))
    for facts in (row(sha256=other.sha256), row(md5=other.md5), row(sha256=other.sha256, phash=phash(draw(1)))):
        assert hold_against_row(one, facts, TODAY).outcome is Recorded.CHANGED


def test_a_row_that_records_only_a_look_is_held_against_that(seen: Callable[[Image.Image], SeenPicture]) -> None:
    known = row(phash=phash(draw(1)))
    assert hold_against_row(seen(recompressed(draw(1))), known, TODAY).outcome is Recorded.AGREES
    assert hold_against_row(seen(draw(2)), known, TODAY).outcome is Recorded.CHANGED


@pytest.mark.parametrize(("width", "height"), [(600, 400), (400, 600), (300, 200)])
def test_a_shape_that_fits_in_either_order_proves_nothing(
    seen: Callable[[Image.Image], SeenPicture], width: int, height: int
) -> None:
    one = seen(draw(1, (300, 200)))
    assert hold_against_row(one, row(width=width, height=height), TODAY).outcome is Recorded.UNKNOWN


def test_another_shape_is_another_picture(seen: Callable[[Image.Image], SeenPicture]) -> None:
    assert hold_against_row(seen(draw(1, (300, 200))), row(width=300, height=300), TODAY).outcome is Recorded.CHANGED


def test_nothing_recorded_says_nothing(seen: Callable[[Image.Image], SeenPicture]) -> None:
    assert hold_against_row(seen(draw(1)), row(), None).outcome is Recorded.UNKNOWN
