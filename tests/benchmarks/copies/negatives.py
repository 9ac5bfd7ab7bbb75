"""Hard negatives: works of which no copy is listed, though something is listed that looks much like them.

Drawn by code: pages of text, flat logos, repeated textures, sheets with next to nothing on them. Made of pictures that
are used nowhere else: two parts of one picture that do not overlap, and two pictures in one frame with one mark.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.benchmarks.copies.drawing import image, padded, scaled, written
from tests.benchmarks.copies.others import fitted, halves

SIBLINGS = 4
"""Listed pictures that look like a drawn work."""

_WORDS = (
    *("light", "water", "paper", "garden", "seven", "the", "of", "and", "stone", "river", "under", "window"),
    *("slow", "green", "a", "house", "with", "letter", "north"),
)
_PAGE = (700, 900)
_LIKE_MIRROR, _LEAST_HALF = 0.85, 150


@dataclass(frozen=True, slots=True)
class Negative:
    """A work, and what is listed that is no copy of it."""

    sort: str
    work: Image.Image
    listed: tuple[Image.Image, ...]


def drawn(count: int, seed: int) -> Iterator[Negative]:
    """So many of each drawn sort."""
    for sort, draw in DRAWN.items():
        for number in range(count):
            series = np.random.default_rng((seed, number))
            style = int(series.integers(1 << 30))
            pictures = [draw(np.random.default_rng(style), series) for _ in range(1 + SIBLINGS)]
            yield Negative(sort, pictures[0], tuple(pictures[1:]))


def made_of(pictures: Sequence[Image.Image], seed: int) -> Iterator[Negative]:
    """Of the first third two parts each; of the others the same frame for each two neighbours."""
    third = len(pictures) // 3
    for picture in map(fitted, pictures[:third]):
        one, other = halves(picture)
        if min(*one.size, *other.size) >= _LEAST_HALF and not _are_mirrored(one, other):
            yield Negative("another part of one picture", one, (other,))
    for number in range(third, len(pictures) - 1, 2):
        ways = [np.random.default_rng((seed, number)) for _ in range(2)]
        one, other = (
            _framed(fitted(each), random) for each, random in zip(pictures[number : number + 2], ways, strict=True)
        )
        yield Negative("another picture in one frame", one, (other,))


def _are_mirrored(one: Image.Image, other: Image.Image) -> bool:
    """Whether the halves are alike, as they stand or mirrored: a symmetrical picture holds a copy of its own half."""
    here, there = (np.asarray(each.convert("L").resize((24, 24)), np.float32) for each in (one, other))
    ways = (there, there[:, ::-1], there[::-1], there[::-1, ::-1])
    return any(float(np.corrcoef(here.ravel(), way.ravel())[0, 1]) > _LIKE_MIRROR for way in ways)


def _framed(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """One border, caption and mark, whatever the picture."""
    square = scaled(picture.resize((600, 600)), 600)
    colour = tuple(int(value) for value in random.integers(30, 226, 3))
    framed = padded(square, (0.08, 0.2, 0.08, 0.08), (colour[0], colour[1], colour[2]))
    words = [" ".join(random.choice(_WORDS, 3)) for _ in range(2)]
    return written(written(framed, words[0], (0.5, 0.07), 0.06, 1.0), words[1], (0.5, 0.6), 0.08, 0.5)


def _text_page(style: np.random.Generator, random: np.random.Generator) -> Image.Image:
    """Lines of words, one size and colour of a series."""
    page = Image.new("RGB", _PAGE, (252, 250, 245))
    size = int(style.integers(16, 34))
    font, ink = ImageFont.load_default(size), (int(style.integers(0, 90)),) * 3
    for top in range(40, _PAGE[1] - 40, round(size * 1.5)):
        line = " ".join(random.choice(_WORDS, 14))
        ImageDraw.Draw(page).text((50, top), line[: int(1.9 * 600 / size)], fill=ink, font=font)
    return page


def _flat_logo(style: np.random.Generator, random: np.random.Generator) -> Image.Image:
    """A few plain shapes; a series has its colours, each logo its own shapes."""
    colours = [tuple(int(value) for value in style.integers(0, 256, 3)) for _ in range(3)]
    logo = Image.new("RGB", (600, 600), "white")
    pen = ImageDraw.Draw(logo)
    for colour in colours:
        left, top = (float(value) for value in random.uniform(60, 300, 2))
        box = (left, top, left + float(random.uniform(80, 240)), top + float(random.uniform(80, 240)))
        (pen.ellipse, pen.rectangle)[int(random.integers(2))](box, fill=colour)
    pen.polygon([(float(x), float(y)) for x, y in random.uniform(100, 500, (3, 2))], fill=colours[0])
    return logo


def _texture(style: np.random.Generator, random: np.random.Generator) -> Image.Image:
    """Scales, weave or bricks: one pattern of a series; each picture is another place of it, no two cells alike."""
    kind, step = int(style.integers(3)), float(style.uniform(24, 60))
    down, across = np.mgrid[:640, :640].astype(np.float32)
    across, down = (place / step + _bends(random) + float(random.uniform(0, 9)) for place in (across, down))
    shades = (_scales, _weave, _bricks)[kind](across, down)
    cells = random.uniform(0.55, 1.0, (64, 64))[np.floor(down).astype(int) % 64, np.floor(across).astype(int) % 64]
    grain = random.normal(0, 6, (640, 640, 1))
    shaded = (60 + 170 * shades * cells)[..., None] * style.uniform(0.5, 1.0, 3)
    return image(shaded + grain).filter(ImageFilter.GaussianBlur(0.7))


def _bends(random: np.random.Generator) -> NDArray[np.float32]:
    """Slow bends of a pattern, of about a third of a cell."""
    coarse = Image.fromarray(random.normal(0, 0.35, (9, 9)).astype(np.float32))
    bends: NDArray[np.float32] = np.asarray(coarse.resize((640, 640), Image.Resampling.BICUBIC))
    return bends


def _scales(across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = across + 0.5 * (np.floor(down) % 2)
    shade: NDArray[np.float32] = np.clip(1.2 - np.hypot(shifted % 1 - 0.5, down % 1), 0, 1)
    return shade


def _weave(across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
    over = (np.floor(across) + np.floor(down)) % 2 == 0
    shade: NDArray[np.float32] = np.where(over, np.sin(np.pi * (across % 1)), np.sin(np.pi * (down % 1)))
    return shade


def _bricks(across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = across / 2 + 0.5 * (np.floor(down) % 2)
    shade: NDArray[np.float32] = np.where((down % 1 < 0.1) | (shifted % 1 < 0.05), 0.9, 0.35 + 0.2 * (down % 1))
    return shade


def _near_blank(style: np.random.Generator, random: np.random.Generator) -> Image.Image:
    """Paper with a slow change of light, and one thin line."""
    base, slope = style.uniform(200, 250, 3), style.uniform(-20, 20)
    sheet = image(np.linspace(-1, 1, 500)[:, None, None] * slope + np.full((500, 700, 3), base, np.float32))
    ends = [(float(x), float(y)) for x, y in random.uniform(0, 1, (2, 2)) * (700, 500)]
    ImageDraw.Draw(sheet).line(ends, fill=(90, 90, 90), width=2)
    return sheet


DRAWN: Mapping[str, Callable[[np.random.Generator, np.random.Generator], Image.Image]] = {
    "another page of text": _text_page,
    "another flat logo": _flat_logo,
    "the same texture elsewhere": _texture,
    "another near-blank sheet": _near_blank,
}
