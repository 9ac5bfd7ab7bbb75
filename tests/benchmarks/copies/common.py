"""The twenty kinds of edit that pictures meet every day."""

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from tests.benchmarks.copies.drawing import (
    any_words,
    array,
    cropped,
    hue_turned,
    image,
    padded,
    saved,
    scaled,
    set_to_shape,
    warped,
    written,
)
from tests.benchmarks.copies.edits import Apply, Group, Recipe, recipe
from tests.benchmarks.copies.placing import screenshot, tiled


def _common(name: str, apply: Apply, must: str = "", may: str = "") -> Recipe:
    return recipe(Group.COMMON, name, apply, must, may)


def _noisy(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    return image(array(work) + random.normal(0, 10, array(work).shape))


def _bordered(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    share = float(random.uniform(0.04, 0.12))
    colour = ((255, 255, 255), (0, 0, 0), (120, 90, 60))[int(random.integers(3))]
    return padded(work, (share,) * 4, colour)


def _letterboxed(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    share = float(random.uniform(0.15, 0.25))
    return padded(work, (0, share, 0, share), (0, 0, 0))


def _turned_little(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    degrees = float(random.uniform(4, 12)) * (1 if random.random() < 0.5 else -1)
    return work.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 255, 255))


def _tilted(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    corners = [(float(a), float(b)) for a, b in random.uniform(0.0, 0.12, (4, 2))]
    corners[0] = (max(corners[0][0], 0.08), corners[0][1])
    return warped(work, corners)


def _collage(work: Image.Image, other: Image.Image, random: np.random.Generator) -> Image.Image:
    """A square of four pictures: the work, and three pieces of the other one."""
    out = Image.new("RGB", (800, 800), "white")
    tiles = [set_to_shape(work, 1.0), *(set_to_shape(cropped(other, 0.3, random), 1.0) for _ in range(3))]
    for place, tile in zip(random.permutation(4), tiles, strict=True):
        out.paste(
            tile.resize((392, 392), Image.Resampling.LANCZOS), (4 + 400 * int(place % 2), 4 + 400 * int(place // 2))
        )
    return out


def _vignetted(work: Image.Image, *_: object) -> Image.Image:
    pixels = array(work)
    down, across = np.ogrid[-1 : 1 : pixels.shape[0] * 1j, -1 : 1 : pixels.shape[1] * 1j]
    return image(pixels * (1 - 0.35 * np.clip(down**2 + across**2, 0, 2) / 2)[..., None])


def _unsigned(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """A corner painted out with what is beside it."""
    out = work.copy()
    wide, tall = round(work.width * 0.24), round(work.height * 0.08)
    left = 0 if random.random() < 0.5 else work.width - wide
    top = work.height - tall
    patch = work.crop((left, top - tall, left + wide, top)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    out.paste(patch.filter(ImageFilter.GaussianBlur(3)), (left, top))
    return out


COMMON: tuple[Recipe, ...] = (
    _common("JPEG of quality 75", lambda work, *_: saved(work, "JPEG", 75)),
    _common("JPEG of quality 30, twice", lambda work, *_: saved(saved(scaled(work, 700), "JPEG", 30), "JPEG", 40)),
    _common("WebP of quality 40", lambda work, *_: saved(work, "WEBP", 40)),
    _common("half as large", lambda work, *_: scaled(work, max(work.size) // 2), "resized"),
    _common("thumbnail of 160", lambda work, *_: scaled(work, 160), "resized"),
    _common("grey", lambda work, *_: work.convert("L").convert("RGB"), "greyed", "toned"),
    _common("brighter", lambda work, *_: ImageEnhance.Brightness(work).enhance(1.35), "toned", "saturated recoloured"),
    _common("more contrast", lambda work, *_: ImageEnhance.Contrast(work).enhance(1.5), "toned", "saturated"),
    _common(
        "colours stronger", lambda work, *_: ImageEnhance.Color(work).enhance(1.8), "saturated", "toned recoloured"
    ),
    _common("hues turned by 30", lambda work, *_: hue_turned(work, 30), "recoloured", "toned saturated"),
    _common("palette of 64", lambda work, *_: work.quantize(64).convert("RGB"), "", "posterised grainy"),
    _common("noise", _noisy, "grainy", "sharpened"),
    _common("sharper", lambda work, *_: work.filter(ImageFilter.UnsharpMask(3, 200, 2)), "sharpened", "toned grainy"),
    _common(
        "watermark in the middle",
        lambda work, _, random: written(work, any_words(random), (0.5, 0.5), 0.12, 0.7),
        "covered",
    ),
    _common(
        "watermark all over", lambda work, _, random: tiled(work, any_words(random), 0.45), "covered", "toned blended"
    ),
    _common("border", _bordered, "embedded", "cropped"),
    _common("letterbox", _letterboxed, "embedded", "cropped"),
    _common("cropped to 90 %", lambda work, _, random: cropped(work, 0.9, random), "cropped"),
    _common("cropped to 60 %", lambda work, _, random: cropped(work, 0.6, random), "cropped"),
    _common("cropped to 30 %", lambda work, _, random: cropped(work, 0.3, random), "cropped"),
    _common("square from the middle", lambda work, *_: set_to_shape(work, 1.0), "cropped"),
    _common("mirrored", lambda work, *_: work.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "mirrored"),
    _common("turned by 90", lambda work, *_: work.transpose(Image.Transpose.ROTATE_270), "turned"),
    _common("turned a little", _turned_little, "turned", "embedded cropped"),
    _common("tilted", _tilted, "tilted", "embedded cropped turned stretched"),
    _common("stretched to a square", lambda work, *_: work.resize((600, 600)), "stretched"),
    _common("collage of four", _collage, "embedded", "cropped stretched covered"),
    _common("screenshot", lambda work, _, random: screenshot(work, random), "embedded", "cropped"),
    _common("darker corners", _vignetted, "", "toned"),
    _common("signature removed", _unsigned, "", "covered"),
)
