"""The pHash of other forms of a work: as near as that of the same form in full size."""

import pytest
from PIL import Image, ImageOps

from indexer.fingerprints.form_hashes import form_hashes
from indexer.fingerprints.phash import phash
from indexer.images.draw_forms import forms
from indexer.images.forms import Form
from tests.helpers.pictures import draw, recompressed


def test_a_border_is_found_in_a_small_copy_and_the_hash_is_of_what_is_inside() -> None:
    inside = draw(1, (1200, 900))
    (found, *_) = form_hashes(ImageOps.expand(inside, 90, "white"), (2760, 2160))
    assert found.form is Form.WITHOUT_BORDER
    assert (found.phash ^ phash(inside)).bit_count() <= 2
    assert (found.width, found.height) == pytest.approx((2400, 1800), rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_the_hashes_are_those_of_the_forms_in_full_size(seed: int) -> None:
    picture = recompressed(draw(seed, (1500, 1100)))
    full = {form: phash(made) for form, made in forms(picture.convert("L"))}
    for one in form_hashes(picture, picture.size):
        assert (one.phash ^ full[one.form]).bit_count() <= 2


def test_a_form_with_too_little_in_it_gets_no_hash() -> None:
    picture = Image.new("L", (300, 200), 120)
    picture.paste(draw(1, (24, 200)).convert("L"), (0, 0))
    assert Form.WITHOUT_LEFT not in {one.form for one in form_hashes(picture, picture.size)}
    assert Form.WITHOUT_RIGHT in {one.form for one in form_hashes(picture, picture.size)}


def test_a_flat_picture_has_none() -> None:
    assert form_hashes(Image.new("RGB", (300, 200), "teal"), (300, 200)) == ()
