"""Which pictures are taken for one family, so that no set calls two versions of one picture strangers."""

from pathlib import Path

from PIL import Image, ImageOps

from tests.benchmarks.copies.detail import points_of
from tests.benchmarks.copies.families import one_of_each_family
from tests.helpers.pictures import draw


def test_a_picture_with_light_and_dark_exchanged_is_of_its_family(tmp_path: Path) -> None:
    pictures = {"day": draw(1, (480, 360)), "night": ImageOps.invert(draw(1, (480, 360))), "other": draw(2, (480, 360))}
    for name, picture in pictures.items():
        picture.save(tmp_path / f"{name}.png")
    kept = one_of_each_family(sorted(tmp_path.iterdir()), workers=1)
    assert [one.path.stem for one in kept] == ["day", "other"]


def test_a_flat_picture_has_no_points_and_a_full_one_has() -> None:
    assert points_of(Image.new("RGB", (600, 400), "grey")) == 0
    assert points_of(draw(1, (600, 400))) > 0
