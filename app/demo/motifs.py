# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures drawn by code with a seed: the demo's portfolio and the rest of its data set.

The same motifs serve both, so that the data set is full of pictures in the artist's own style that are not copies.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Size = tuple[int, int]

_PALETTES: tuple[tuple[str, ...], ...] = (
    ("#1b2a41", "#324a5f", "#ccc9dc", "#e07a5f", "#f2cc8f"),
    ("#264653", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51"),
    ("#22223b", "#4a4e69", "#9a8c98", "#c9ada7", "#f2e9e4"),
    ("#0b3954", "#087e8b", "#bfd7ea", "#ff5a5f", "#f7f0e8"),
    ("#283618", "#606c38", "#fefae0", "#dda15e", "#bc6c25"),
    ("#2b2d42", "#8d99ae", "#edf2f4", "#ef233c", "#d9a441"),
    ("#3d405b", "#81b29a", "#f4f1de", "#e07a5f", "#f2cc8f"),
    ("#1d3557", "#457b9d", "#a8dadc", "#f1faee", "#e63946"),
)


def draw(motif: str, seed: int, size: Size) -> Image.Image:
    """The picture of this motif and seed; always the same pixels."""
    random = np.random.default_rng([seed, *motif.encode()])
    chosen = _PALETTES[random.integers(len(_PALETTES))]
    palette = [_colour(code) for code in random.permutation(chosen)]
    return _with_grain(MOTIFS[motif](random, palette, size), random)


def _ridges(random: Generator, palette: list[Colour], size: Size) -> Image.Image:
    """Mountains behind one another, under a sun."""
    width, height = size
    picture = _gradient(palette[0], palette[2], size)
    pen = ImageDraw.Draw(picture)
    _disc(pen, random.uniform(0.15, 0.85) * width, random.uniform(0.15, 0.4) * height, 0.08 * height, palette[4])
    layers = int(random.integers(4, 7))
    across = np.arange(0, width + 4, 4)
    for layer in range(layers):
        base = height * (0.35 + 0.6 * layer / layers)
        heights = np.zeros(len(across))
        for wave in range(1, 6):
            swing = random.uniform(0.3, 1) * height * 0.12 / wave
            heights += swing * np.sin(across / width * 6 * wave + random.uniform(0, 7))
        line = [(float(x), float(base + y)) for x, y in zip(across, heights, strict=True)]
        shade = _mix(palette[1], palette[3], layer / layers)
        pen.polygon([*line, (width, height), (0, height)], fill=_mix(shade, (20, 20, 30), 0.15 * layer))
        for x, y in line[:: int(random.integers(6, 14))]:
            tall = random.uniform(0.02, 0.06) * height
            pen.polygon([(x, y - tall), (x - tall / 3, y), (x + tall / 3, y)], fill=_mix(shade, (10, 20, 20), 0.6))
    return picture


def _current(random: Generator, palette: list[Colour], size: Size) -> Image.Image:
    """Brush strokes that follow a smooth field."""
    width, height = size
    picture = Image.new("RGB", size, palette[0])
    pen = ImageDraw.Draw(picture)
    turns, phase = random.uniform(1, 3, 2), random.uniform(0, 7, 3)
    for _ in range(240):
        x, y = random.uniform(0, width), random.uniform(0, height)
        stroke = [(x, y)]
        for _ in range(16):
            angle = math.sin(x / width * 6 * turns[0] + phase[0]) + math.cos(y / height * 6 * turns[1] + phase[1])
            x, y = x + math.cos(angle * 2 + phase[2]) * width / 60, y + math.sin(angle * 2 + phase[2]) * width / 60
            stroke.append((x, y))
        thick = max(2, int(random.uniform(0.004, 0.016) * width))
        pen.line(stroke, fill=palette[int(random.integers(1, 5))], width=thick, joint="curve")
    return picture


def _herbarium(random: Generator, palette: list[Colour], size: Size) -> Image.Image:
    """A pressed plant on paper."""
    width, height = size
    picture = _gradient(_mix(palette[2], (255, 255, 255), 0.6), _mix(palette[2], (255, 255, 255), 0.3), size)
    pen = ImageDraw.Draw(picture)

    def branch(x: float, y: float, angle: float, length: float, depth: int) -> None:
        end_x, end_y = x + math.cos(angle) * length, y + math.sin(angle) * length
        pen.line([(x, y), (end_x, end_y)], fill=palette[0], width=max(1, depth))
        if depth <= 2:
            leaf = length * random.uniform(0.5, 0.9)
            _leaf(pen, (end_x, end_y), angle, leaf, palette[int(random.integers(1, 5))])
        if depth:
            for side in (-1, 1):
                branch(
                    end_x, end_y, angle + side * random.uniform(0.25, 0.7), length * random.uniform(0.6, 0.8), depth - 1
                )

    for stem in range(3):
        start = width * (0.3 + 0.2 * stem + random.uniform(-0.05, 0.05))
        branch(start, height * 0.95, -math.pi / 2 + random.uniform(-0.2, 0.2), height * random.uniform(0.16, 0.22), 5)
    return picture


def _night(random: Generator, palette: list[Colour], size: Size) -> Image.Image:
    """A town with lit windows."""
    width, height = size
    picture = _gradient(_mix(palette[0], (5, 5, 25), 0.7), palette[1], size)
    pen = ImageDraw.Draw(picture)
    _disc(pen, random.uniform(0.1, 0.9) * width, random.uniform(0.1, 0.3) * height, 0.06 * height, (245, 240, 210))
    for row in range(3):
        x = -0.05 * width
        while x < width:
            broad, tall = random.uniform(0.05, 0.13) * width, random.uniform(0.2, 0.6 - row * 0.12) * height
            shade = _mix(palette[int(random.integers(0, 4))], (10, 10, 20), 0.75 - row * 0.2)
            pen.rectangle((x, height - tall, x + broad, height), fill=shade)
            pane = max(2, int(broad / 9))
            for window_x in range(int(x + pane), int(x + broad - pane), pane * 2):
                for window_y in range(int(height - tall + pane), height, pane * 3):
                    if random.random() < 0.45:
                        pen.rectangle((window_x, window_y, window_x + pane, window_y + pane), fill=palette[4])
            x += broad * random.uniform(0.9, 1.2)
    return picture


def _mask(random: Generator, palette: list[Colour], size: Size) -> Image.Image:
    """A face like a carved mask."""
    width, height = size
    picture = _gradient(palette[0], palette[1], size)
    pen = ImageDraw.Draw(picture)
    x, y = width * random.uniform(0.42, 0.58), height * 0.5
    broad, tall = width * random.uniform(0.2, 0.3), height * random.uniform(0.36, 0.44)
    for ring in range(6, -1, -1):
        grow = 1 + ring * 0.12
        pen.ellipse((x - broad * grow, y - tall * grow, x + broad * grow, y + tall * grow), fill=palette[ring % 5])
    for side in (-1, 1):
        eye_x, eye_y = x + side * broad * random.uniform(0.38, 0.48), y - tall * random.uniform(0.12, 0.26)
        for ring, share in enumerate((0.26, 0.17, 0.08)):
            _disc(pen, eye_x, eye_y, broad * share, palette[(ring * 2 + 1) % 5])
    for mark in range(int(random.integers(9, 18))):
        angle = mark * 0.7 + random.uniform(0, 0.4)
        far, size_of = random.uniform(0.55, 0.9), broad * random.uniform(0.03, 0.09)
        _disc(pen, x + math.cos(angle) * broad * far, y + math.sin(angle) * tall * far, size_of, palette[mark % 5])
    mouth = y + tall * random.uniform(0.4, 0.55)
    pen.arc(
        (x - broad * 0.5, mouth - tall * 0.2, x + broad * 0.5, mouth + tall * 0.1),
        10,
        170,
        fill=palette[4],
        width=max(3, width // 90),
    )
    return picture


def _quilt(random: Generator, palette: list[Colour], size: Size) -> Image.Image:
    """Patches of arcs and triangles."""
    width, height = size
    picture = Image.new("RGB", size, palette[0])
    pen = ImageDraw.Draw(picture)
    patch = int(width / random.integers(7, 12))
    for left in range(0, width, patch):
        for top in range(0, height, patch):
            back, front = (palette[int(place)] for place in random.choice(5, 2, replace=False))
            box = (left, top, left + patch, top + patch)
            pen.rectangle(box, fill=back)
            shape, turn = int(random.integers(3)), int(random.integers(4)) * 90
            if shape == 0:
                pen.pieslice((left - patch, top - patch, left + patch, top + patch), 0, 90, fill=front)
            elif shape == 1:
                corners = [(left, top), (left + patch, top), (left + patch, top + patch), (left, top + patch)]
                pen.polygon([corners[(turn // 90 + step) % 4] for step in range(3)], fill=front)
            else:
                _disc(pen, left + patch / 2, top + patch / 2, patch * random.uniform(0.2, 0.45), front)
    return picture


MOTIFS: dict[str, Callable[[Generator, list[Colour], Size], Image.Image]] = {
    "ridges": _ridges,
    "current": _current,
    "herbarium": _herbarium,
    "night": _night,
    "mask": _mask,
    "quilt": _quilt,
}


def _with_grain(picture: Image.Image, random: Generator) -> Image.Image:
    """A little softness and paper grain, as a scan has."""
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.7)), np.float32)
    grain = random.normal(0, 3.0, soft.shape[:2]).astype(np.float32)
    return Image.fromarray(np.clip(soft + grain[..., None], 0, 255).astype(np.uint8))


def _gradient(top: Colour, bottom: Colour, size: Size) -> Image.Image:
    column = Image.new("RGB", (1, 2))
    column.putpixel((0, 0), top)
    column.putpixel((0, 1), bottom)
    return column.resize(size, Image.Resampling.BILINEAR)


def _leaf(pen: ImageDraw.ImageDraw, tip: tuple[float, float], angle: float, length: float, fill: Colour) -> None:
    x, y = tip
    end = (x + math.cos(angle) * length, y + math.sin(angle) * length)
    sides = [
        (x + math.cos(angle + turn) * length * 0.5, y + math.sin(angle + turn) * length * 0.5) for turn in (0.45, -0.45)
    ]
    pen.polygon([tip, sides[0], end, sides[1]], fill=fill)


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Colour) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(one + (other - one) * share) for one, other in zip(a, b, strict=True))
    return red, green, blue


def _colour(code: str) -> Colour:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)
