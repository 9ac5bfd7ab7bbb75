"""The twelve kinds of edit at which most methods fail."""

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from tests.benchmarks.copies.common import COMMON
from tests.benchmarks.copies.drawing import (
    any_words,
    array,
    blocks_over,
    cropped,
    hue_turned,
    image,
    padded,
    pasted,
    saved,
    scaled,
    set_to_shape,
    warped,
    written,
)
from tests.benchmarks.copies.edits import Apply, Group, Recipe, recipe

_CHAINED = (
    "JPEG of quality 75",
    "half as large",
    "brighter",
    "colours stronger",
    "noise",
    "watermark in the middle",
    "border",
    "cropped to 60 %",
    "mirrored",
    "turned a little",
    "grey",
    "more contrast",
    "screenshot",
)
_LINKS = 4


def _hard(name: str, apply: Apply, must: str = "", may: str = "") -> Recipe:
    return recipe(Group.HARD, name, apply, must, may)


def _blurred(work: Image.Image, *_: object) -> Image.Image:
    return work.filter(ImageFilter.GaussianBlur(6 * max(work.size) / 512))


def _caption_bars(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    share = float(random.uniform(0.2, 0.35))
    framed = padded(work, (0, share, 0, share), (255, 255, 255))
    middle = share / 2 / (1 + 2 * share)
    for place in (middle, 1 - middle):
        framed = written(framed, any_words(random), (0.5, place), 0.6 * middle, 1.0, 0)
    return framed


def _blended(work: Image.Image, other: Image.Image, random: np.random.Generator) -> Image.Image:
    return Image.blend(work, other.resize(work.size), float(random.uniform(0.3, 0.5)))


def _printed(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """On paper and photographed: at an angle, soft, yellowish, grainy, unevenly lit."""
    corners = [(float(a), float(b)) for a, b in random.uniform(0.01, 0.08, (4, 2))]
    seen = array(warped(work, corners, (200, 190, 170)).filter(ImageFilter.GaussianBlur(1.2 * max(work.size) / 800)))
    paper = 255 * (seen / 255) ** 1.25 * np.array([0.98, 0.94, 0.85]) * 0.85 + 22
    light = np.linspace(0.85, 1.1, seen.shape[1])[None, :, None]
    return saved(image(paper * light + random.normal(0, 5, seen.shape)), "JPEG", 70)


def _colours_exchanged(work: Image.Image, *_: object) -> Image.Image:
    red, green, blue = work.split()
    return Image.merge("RGB", (blue, red, green))


def _two_levels(work: Image.Image, *_: object) -> Image.Image:
    return image(np.where(array(work) < 128, 0.0, 255.0))


def _chain(work: Image.Image, other: Image.Image, random: np.random.Generator) -> Image.Image:
    everyday = {one.name: one for one in COMMON}
    for name in random.choice(_CHAINED, _LINKS, replace=False):
        work = everyday[str(name)].apply(work, other, random)
    return work


_TONES = "toned saturated recoloured"
_SEEN_FROM = "tilted turned stretched embedded cropped"
_ANY = f"mirrored greyed covered grainy sharpened blurred {_TONES} {_SEEN_FROM}"


def _small_square(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    square = scaled(set_to_shape(work, 1.0), 236)
    return saved(written(square, any_words(random), (0.5, 0.9), 0.1, 0.8), "JPEG", 70)


def _half_covered(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    return blocks_over(work, 0.5, random)


HARD: tuple[Recipe, ...] = (
    _hard("a tenth of the picture", lambda work, _, random: cropped(work, 0.1, random), "cropped"),
    _hard("thumbnail of 96", lambda work, *_: saved(scaled(work, 96), "JPEG", 80), "resized"),
    _hard("heavy blur", _blurred, "blurred"),
    _hard("set small into another", lambda work, other, random: pasted(work, other, 0.12, random), "embedded"),
    _hard("caption bars", _caption_bars, "embedded", "cropped"),
    _hard("half covered by blocks", _half_covered, "covered", "embedded cropped"),
    _hard("inverted", lambda work, *_: ImageOps.invert(work), "inverted", _TONES),
    _hard("posterised to 3 bits", lambda work, *_: ImageOps.posterize(work, 3), "posterised", _TONES),
    _hard("two levels of each colour", _two_levels, "posterised", _TONES),
    _hard("posterised to 2 bits", lambda work, *_: ImageOps.posterize(work, 2), "posterised", _TONES),
    _hard("blended with another", _blended, "blended", f"{_TONES} covered"),
    _hard("printed and photographed", _printed, "", f"blurred grainy {_TONES} {_SEEN_FROM}"),
    _hard("hues turned by 180", lambda work, *_: hue_turned(work, 180), "recoloured", "toned saturated"),
    _hard("colours exchanged", _colours_exchanged, "recoloured", "toned saturated"),
    _hard("four edits in a chain", _chain, "", _ANY),
    _hard("small square, marked", _small_square, "covered", "cropped"),
)
