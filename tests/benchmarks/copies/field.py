"""The list of 57 edits of `matching.md` §6.1."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from tests.benchmarks.copies import drawing
from tests.benchmarks.copies.drawing import any_words, array, cropped, image, padded, saved, scaled, set_to_shape
from tests.benchmarks.copies.edits import Apply, Group, Recipe, recipe
from tests.benchmarks.copies.placing import caption_bar, screenshot, tiled

_TONES = "toned saturated recoloured"
_SEEN_FROM = "tilted turned stretched embedded cropped"
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


def _suite(name: str, apply: Apply, must: str = "", may: str = "") -> Recipe:
    return recipe(Group.FIELD, f"list: {name}", apply, must, may)


def _jpeg(quality: int) -> Apply:
    return lambda work, *_: saved(work, "JPEG", quality)


def _keep(share: float) -> Apply:
    return lambda work, _, random: cropped(work, share, random)


def _to_edge(edge: int) -> Apply:
    return lambda work, *_: scaled(work, edge)


def _bordered(share: float) -> Apply:
    return lambda work, *_: padded(work, (share,) * 4, (120, 90, 60))


def _squared(colour: tuple[int, int, int]) -> Apply:
    return lambda work, *_: ImageOps.pad(work, (max(work.size),) * 2, color=colour)


def _laid(way: Image.Transpose) -> Apply:
    return lambda work, *_: work.transpose(way)


def _rotated(degrees: float, *, expand: bool) -> Apply:
    return lambda work, *_: work.rotate(degrees, Image.Resampling.BICUBIC, expand=expand, fillcolor=_WHITE)


def _tone(how: Callable[[Image.Image], ImageEnhance._Enhance], factor: float) -> Apply:
    return lambda work, *_: how(work).enhance(factor)


def _blur(sigma: float) -> Apply:
    return lambda work, *_: work.filter(ImageFilter.GaussianBlur(sigma * max(work.size) / 512))


def _noise(deviation: float) -> Apply:
    return lambda work, _, random: image(array(work) + random.normal(0, deviation, array(work).shape))


def _marked(opacity: float) -> Apply:
    return lambda work, _, random: drawing.written(work, any_words(random), (0.5, 0.5), 0.12, opacity)


def _tiled(opacity: float) -> Apply:
    return lambda work, _, random: tiled(work, any_words(random), opacity)


def _seen_at(share: float) -> Apply:
    return lambda work, _, random: drawing.warped(
        work, [(float(a) * share, float(b) * share) for a, b in random.uniform(0.4, 1.0, (4, 2))]
    )


def _set_into(share: float) -> Apply:
    return lambda work, other, random: drawing.pasted(work, other, share, random)


def _web(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    return saved(scaled(cropped(work, 0.9, random), 400), "JPEG", 60)


def _pin(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    square = scaled(set_to_shape(work, 1.0), 236)
    return saved(drawing.written(square, any_words(random), (0.5, 0.5), 0.12, 0.4), "JPEG", 70)


def _mirrored_part(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    return saved(cropped(work.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 0.7, random), "JPEG", 40)


FIELD: tuple[Recipe, ...] = (
    *(_suite(f"JPEG {quality}", _jpeg(quality)) for quality in (75, 30)),
    _suite("JPEG 10", _jpeg(10), "", "posterised blurred grainy"),
    _suite("WebP 50", lambda work, *_: saved(work, "WEBP", 50)),
    *(_suite(f"long edge {edge}", _to_edge(edge), "resized") for edge in (512, 256, 128)),
    _suite("squashed to 256 × 256", lambda work, *_: work.resize((256, 256)), "stretched"),
    _suite("square from the middle", lambda work, *_: set_to_shape(work, 1.0), "cropped"),
    _suite("keeps 95 %", _keep(0.95), "cropped"),
    *(_suite(f"keeps {share} %", _keep(share / 100), "cropped") for share in (90, 80, 70, 50, 30, 10)),
    _suite("padded to a square, white", _squared(_WHITE), "embedded", "cropped"),
    _suite("padded to a square, black", _squared(_BLACK), "embedded", "cropped"),
    _suite("border of 2 %", _bordered(0.02), "", "embedded"),
    *(_suite(f"border of {share} %", _bordered(share / 100), "embedded") for share in (5, 10)),
    _suite("mirrored", _laid(Image.Transpose.FLIP_LEFT_RIGHT), "mirrored"),
    _suite("upside down in a mirror", _laid(Image.Transpose.FLIP_TOP_BOTTOM), "mirrored turned"),
    _suite("turned by 90", _laid(Image.Transpose.ROTATE_90), "turned"),
    _suite("turned by 2, same canvas", _rotated(2, expand=False), "", "turned cropped embedded"),
    _suite("turned by 5, same canvas", _rotated(5, expand=False), "turned", "cropped embedded"),
    _suite("turned by 15, larger canvas", _rotated(15, expand=True), "turned", "embedded cropped"),
    _suite("grey", lambda work, *_: work.convert("L").convert("RGB"), "greyed", "toned"),
    _suite("saturation 0.3", _tone(ImageEnhance.Color, 0.3), "saturated", "toned recoloured greyed"),
    _suite("saturation 2", _tone(ImageEnhance.Color, 2), "saturated", "toned recoloured"),
    _suite("hue + 30", lambda work, *_: drawing.hue_turned(work, 30), "recoloured", "toned saturated"),
    _suite("hue + 180", lambda work, *_: drawing.hue_turned(work, 180), "recoloured", "toned saturated"),
    *(
        _suite(f"brightness {factor}", _tone(ImageEnhance.Brightness, factor), "toned", "saturated recoloured")
        for factor in (0.6, 1.5)
    ),
    *(
        _suite(f"contrast {factor}", _tone(ImageEnhance.Contrast, factor), "toned", "saturated recoloured")
        for factor in (0.5, 1.6)
    ),
    _suite("inverted", lambda work, *_: ImageOps.invert(work), "inverted", _TONES),
    _suite("posterised to 3 bits", lambda work, *_: ImageOps.posterize(work, 3), "posterised", _TONES),
    _suite("blur, sigma 1", _blur(1), "", "blurred"),
    *(_suite(f"blur, sigma {sigma}", _blur(sigma), "blurred") for sigma in (3, 6)),
    _suite(
        "unsharp 3, 200, 2",
        lambda work, *_: work.filter(ImageFilter.UnsharpMask(3, 200, 2)),
        "sharpened",
        "toned grainy",
    ),
    _suite("noise of 15", _noise(15), "grainy", "sharpened"),
    *(_suite(f"mark in the middle, {round(100 * opacity)} %", _marked(opacity), "covered") for opacity in (0.4, 0.9)),
    *(
        _suite(f"marks all over, {round(100 * opacity)} %", _tiled(opacity), "covered", "toned blended")
        for opacity in (0.4, 0.8)
    ),
    _suite(
        "caption bar of 20 %", lambda work, _, random: caption_bar(work, 0.2, random), "embedded", "cropped covered"
    ),
    _suite("screenshot", lambda work, _, random: screenshot(work, random), "embedded", "cropped"),
    _suite("seen at an angle, 5 %", _seen_at(0.05), "", f"tilted {_SEEN_FROM}"),
    _suite("seen at an angle, 15 %", _seen_at(0.15), "tilted", _SEEN_FROM),
    *(
        _suite(f"set into another, {round(100 * share)} %", _set_into(share), "embedded", "cropped stretched")
        for share in (0.5, 0.2)
    ),
    _suite(
        "blended, 30 %",
        lambda work, other, _: Image.blend(work, other.resize(work.size), 0.3),
        "blended",
        f"{_TONES} covered",
    ),
    _suite("keeps 90 %, 400 px, JPEG 60", _web, "cropped"),
    _suite("square, 236 px, mark, JPEG 70", _pin, "covered", "cropped"),
    _suite("mirrored, keeps 70 %, JPEG 40", _mirrored_part, "mirrored cropped"),
)
