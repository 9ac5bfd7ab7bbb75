# SPDX-License-Identifier: GPL-3.0-or-later
"""Altered copies as people make them, each the same for the same seed: what a way of looking is measured with."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

Alteration = Callable[[Image.Image, np.random.Generator], Image.Image]


def _recompressed(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    del random
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=40)
    return Image.open(out).convert("RGB")


def _shrunk(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    del random
    size = (max(1, picture.width // 4), max(1, picture.height // 4))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _cropped(picture: Image.Image, random: np.random.Generator, edge: float) -> Image.Image:
    width, height = max(1, round(picture.width * edge)), max(1, round(picture.height * edge))
    left = int(random.integers(0, picture.width - width + 1))
    top = int(random.integers(0, picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))


def _mirrored(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    del random
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def _recoloured(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    del random
    return ImageEnhance.Color(ImageEnhance.Brightness(picture).enhance(1.2)).enhance(0.6)


def _covered(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A band of dark strokes across a fifth of the height, as words written over it."""
    covered = picture.copy()
    pen = ImageDraw.Draw(covered)
    height = min(picture.height, max(2, picture.height // 5))
    top = int(random.integers(0, picture.height - height + 1))
    step = max(2, picture.width // 24)
    for left in range(0, picture.width, step):
        tall = int(height * random.uniform(0.4, 1.0))
        pen.rectangle((left, top, left + step // 2, top + tall), fill=(20, 20, 20))
    return covered


ALTERATIONS: dict[str, Alteration] = {
    "saved as a JPEG of quality 40": _recompressed,
    "resized to a quarter": _shrunk,
    "cropped to four fifths of each side": lambda picture, random: _cropped(picture, random, 0.8),
    "cropped to half of each side": lambda picture, random: _cropped(picture, random, 0.5),
    "mirrored": _mirrored,
    "brighter and paler": _recoloured,
    "written over": _covered,
}
"""What is done, in words, and how. The function is given an `RGB` picture."""


def altered_copies(picture: Image.Image, seed: int) -> list[Image.Image]:
    """A copy for each of `ALTERATIONS`, in their order."""
    upright = picture.convert("RGB")
    return [alter(upright, np.random.default_rng((seed, number))) for number, alter in enumerate(ALTERATIONS.values())]
