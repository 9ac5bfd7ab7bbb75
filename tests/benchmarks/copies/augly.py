"""AugLy's image transforms (`matching.md` §6.3) in our own words, at its defaults where those are known.

Left out: what makes no copy (shuffled pixels, numbers for ranking), and what others of its list already do.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from tests.benchmarks.copies import drawing
from tests.benchmarks.copies.drawing import any_words, array, image, padded, saved, scaled, set_to_shape, written
from tests.benchmarks.copies.edits import Apply, Group, Recipe, recipe
from tests.benchmarks.copies.placing import caption_bar, screenshot

_TONES = "toned saturated recoloured"
_SEEN_FROM = "tilted turned stretched embedded cropped"


def _augly(name: str, apply: Apply, must: str = "", may: str = "") -> Recipe:
    return recipe(Group.AUGLY, f"AugLy: {name}", apply, must, may)


def _jittered(work: Image.Image, *_: object) -> Image.Image:
    brighter = ImageEnhance.Brightness(work).enhance(1.2)
    return ImageEnhance.Color(ImageEnhance.Contrast(brighter).enhance(1.3)).enhance(1.4)


def _middle(work: Image.Image, *_: object) -> Image.Image:
    width, height = work.size
    return work.crop((width // 4, height // 4, width - width // 4, height - height // 4))


def _faced(work: Image.Image, place: tuple[float, float], size: float) -> Image.Image:
    """A round yellow face; `place` of its middle, `size` of its radius as a share of the height."""
    out = work.copy()
    pen, radius = ImageDraw.Draw(out), size * work.height
    x, y = place[0] * work.width, place[1] * work.height
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 208, 40), outline=(150, 100, 0), width=3)
    for side in (-0.4, 0.4):
        eye = (x + side * radius, y - 0.25 * radius, 0.14 * radius)
        pen.ellipse((eye[0] - eye[2], eye[1] - eye[2], eye[0] + eye[2], eye[1] + eye[2]), fill=(80, 50, 0))
    pen.chord((x - 0.6 * radius, y - 0.5 * radius, x + 0.6 * radius, y + 0.7 * radius), 10, 170, fill=(110, 40, 0))
    return out


def _emoji(work: Image.Image, *_: object) -> Image.Image:
    return _faced(work, (0.4 + 0.075, 0.8 + 0.075), 0.075)


def _beside(work: Image.Image, other: Image.Image, *, across: bool) -> Image.Image:
    """Work and other one, of equal height side by side, or of equal width one above the other."""
    if across:
        second = other.resize((max(1, round(other.width * work.height / other.height)), work.height))
        out = Image.new("RGB", (work.width + second.width, work.height))
        out.paste(second, (work.width, 0))
    else:
        second = other.resize((work.width, max(1, round(other.height * work.width / other.width))))
        out = Image.new("RGB", (work.width, work.height + second.height))
        out.paste(second, (0, work.height))
    out.paste(work, (0, 0))
    return out


def _overlaid(work: Image.Image, other: Image.Image, random: np.random.Generator) -> Image.Image:
    """Another picture over a fifth of the work."""
    out, small = work.copy(), scaled(other, round(0.45 * max(work.size)))
    left = int(random.integers(0, max(1, work.width - small.width)))
    out.paste(small, (left, int(random.integers(0, max(1, work.height - small.height)))))
    return out


def _onto(work: Image.Image, other: Image.Image, *_: object) -> Image.Image:
    """In the middle of another picture, at six tenths of its sides."""
    ground = scaled(other, 1000).copy()
    small = ImageOps.contain(work, (round(ground.width * 0.6), round(ground.height * 0.6)))
    ground.paste(small, ((ground.width - small.width) // 2, (ground.height - small.height) // 2))
    return ground


def _striped(work: Image.Image, *_: object) -> Image.Image:
    """Slanting stripes that cover half of it, half seen through."""
    down, across = np.mgrid[: work.height, : work.width]
    stripes = ((across + down) // max(8, work.width // 12)) % 2 == 0
    return image(np.where(stripes[..., None], array(work) * 0.5 + np.array([110, 20, 20]), array(work)))


def _lettered(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    return written(work, any_words(random), (0.5, 0.15), 0.15, 1.0)


def _lettered_on_ground(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    out = work.copy()
    top, bottom = round(0.42 * work.height), round(0.58 * work.height)
    ImageDraw.Draw(out).rectangle((round(0.1 * work.width), top, round(0.9 * work.width), bottom), fill=(20, 60, 140))
    return written(out, any_words(random), (0.5, 0.5), 0.08, 1.0, 250)


def _wrapped(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """Five lines of words over the whole width."""
    for line in range(5):
        words = f"{any_words(random)} {any_words(random)}"
        work = written(work, words, (0.5, 0.14 + 0.18 * line), 0.06, 1.0)
    return work


def _in_squares(work: Image.Image, *_: object) -> Image.Image:
    return scaled(work, max(work.size) // 6).resize(work.size, Image.Resampling.NEAREST)


def _slanted(work: Image.Image, *_: object) -> Image.Image:
    """Each row moved on, by a third of the height in all."""
    lean = 0.33
    size = (work.width + round(lean * work.height), work.height)
    matrix = (1, lean, -lean * work.height, 0, 1, 0)
    return work.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=(0, 0, 0))


def _split(work: Image.Image, *_: object) -> Image.Image:
    """Cut into two by two tiles, which are put together in another order."""
    wide, tall = work.width // 2, work.height // 2
    out = Image.new("RGB", (2 * wide, 2 * tall))
    places = [(0, 0), (wide, 0), (0, tall), (wide, tall)]
    for here, there in zip(places, (places[3], places[2], places[0], places[1]), strict=True):
        out.paste(work.crop((*here, here[0] + wide, here[1] + tall)), there)
    return out


def _masked(work: Image.Image, *_: object) -> Image.Image:
    """A circle of it is mirrored and grey, the rest as it was."""
    mask = Image.new("L", work.size, 0)
    ImageDraw.Draw(mask).ellipse((work.width * 0.3, work.height * 0.3, work.width * 0.7, work.height * 0.7), fill=255)
    return Image.composite(ImageOps.mirror(work.convert("L").convert("RGB")), work, mask)


def _tilt(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """Corners moved by chance with a deviation of fifty pixels of a thousand."""
    return drawing.warped(work, [(abs(float(a)), abs(float(b))) for a, b in random.normal(0, 0.05, (4, 2))], (0, 0, 0))


def _turned_and_cropped(work: Image.Image, *_: object) -> Image.Image:
    """Turned by fifteen degrees; only the largest upright part without empty corners is kept."""
    turned = work.rotate(15, Image.Resampling.BICUBIC, expand=True)
    sine, cosine = math.sin(math.radians(15)), math.cos(math.radians(15))
    width, height = work.size
    short, long = min(width, height), max(width, height)
    if short <= 2 * sine * cosine * long:
        half = short / 2
        wide, tall = (half / sine, half / cosine) if width >= height else (half / cosine, half / sine)
    else:
        both = cosine * cosine - sine * sine
        wide, tall = (width * cosine - height * sine) / both, (height * cosine - width * sine) / both
    left, top = (turned.width - wide) / 2, (turned.height - tall) / 2
    return turned.crop((math.ceil(left), math.ceil(top), math.floor(left + wide), math.floor(top + tall)))


def _collage(work: Image.Image, other: Image.Image, random: np.random.Generator) -> Image.Image:
    """Two by three tiles, one of which is the work."""
    tiles: Sequence[Image.Image] = [work, *(drawing.cropped(other, 0.2, random) for _ in range(5))]
    out = Image.new("RGB", (960, 640), "white")
    for place, tile in zip(random.permutation(6).tolist(), tiles, strict=True):
        small = set_to_shape(tile, 1.0).resize((312, 312), Image.Resampling.LANCZOS)
        out.paste(small, (4 + 320 * (place % 3), 4 + 320 * (place // 3)))
    return out


AUGLY: tuple[Recipe, ...] = (
    _augly("blur", lambda work, *_: work.filter(ImageFilter.GaussianBlur(2)), "", "blurred"),
    _augly(
        "brightness 1.5", lambda work, *_: ImageEnhance.Brightness(work).enhance(1.5), "toned", "saturated recoloured"
    ),
    _augly(
        "aspect ratio 1", lambda work, *_: work.resize((round((work.width * work.height) ** 0.5),) * 2), "", "stretched"
    ),
    _augly("collage", _collage, "embedded", "cropped"),
    _augly("colour jitter", _jittered, "toned", "saturated recoloured"),
    _augly("contrast 1.5", lambda work, *_: ImageEnhance.Contrast(work).enhance(1.5), "toned", "saturated recoloured"),
    _augly("crop", _middle, "cropped"),
    _augly(
        "edge enhance more", lambda work, *_: work.filter(ImageFilter.EDGE_ENHANCE_MORE), "", "sharpened grainy toned"
    ),
    _augly("encoding quality 50", lambda work, *_: saved(work, "JPEG", 50)),
    _augly("greyscale", lambda work, *_: work.convert("L").convert("RGB"), "greyed", "toned"),
    _augly("hflip", lambda work, *_: ImageOps.mirror(work), "mirrored"),
    _augly("vflip", lambda work, *_: ImageOps.flip(work), "mirrored turned"),
    _augly("hstack", lambda work, other, _: _beside(work, other, across=True), "embedded", "cropped"),
    _augly("vstack", lambda work, other, _: _beside(work, other, across=False), "embedded", "cropped"),
    _augly("masked composite", _masked, "", "covered"),
    _augly("meme format", lambda work, _, random: caption_bar(work, 0.3, random), "embedded", "covered cropped"),
    _augly(
        "opacity 0.6",
        lambda work, *_: Image.blend(Image.new("RGB", work.size, (255, 255, 255)), work, 0.6),
        "",
        f"{_TONES} blended",
    ),
    _augly("overlay emoji", _emoji, "covered"),
    _augly("overlay image", _overlaid, "covered", "cropped"),
    _augly("onto background image", _onto, "embedded", "cropped"),
    _augly("onto screenshot", lambda work, _, random: screenshot(work, random), "embedded", "cropped"),
    _augly("overlay stripes", _striped, "covered", f"blended {_TONES}"),
    _augly("overlay text", _lettered, "covered"),
    _augly("text with background", _lettered_on_ground, "covered"),
    _augly("wrapped text", _wrapped, "covered"),
    _augly("pad", lambda work, *_: padded(work, (0.25,) * 4, (0, 0, 0)), "embedded", "cropped"),
    _augly("pad square", lambda work, *_: ImageOps.pad(work, (max(work.size),) * 2, color=(0, 0, 0)), "embedded"),
    _augly("perspective", _tilt, "", _SEEN_FROM),
    _augly("pixelization", _in_squares, "", "blurred posterised grainy sharpened"),
    _augly(
        "random noise",
        lambda work, _, random: image(array(work) + random.normal(0, 25.5, array(work).shape)),
        "grainy",
        "sharpened",
    ),
    _augly("rotate 15", _turned_and_cropped, "turned cropped"),
    _augly("saturation 1.5", lambda work, *_: ImageEnhance.Color(work).enhance(1.5), "saturated", "toned recoloured"),
    _augly("scale 0.5", lambda work, *_: scaled(work, max(work.size) // 2), "resized"),
    _augly("sharpen 5", lambda work, *_: ImageEnhance.Sharpness(work).enhance(5), "", "sharpened grainy toned"),
    _augly("skew", _slanted, "tilted", "embedded cropped turned stretched"),
    _augly("split and shuffle", _split, "", "cropped embedded covered"),
)
