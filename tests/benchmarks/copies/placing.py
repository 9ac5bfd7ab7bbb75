"""Pictures as they stand in the world: on a web page, under a caption, with marks all over."""

import numpy as np
from PIL import Image

from tests.benchmarks.copies.drawing import any_words, padded, scaled, written


def screenshot(work: Image.Image, random: np.random.Generator) -> Image.Image:
    """A window of a web page: bars above, words beside."""
    page = Image.new("RGB", (1200, 760), (247, 247, 249))
    page.paste((222, 225, 230), (0, 0, 1200, 84))
    page.paste((255, 255, 255), (180, 46, 1000, 74))
    page = written(page, "https://pictures.example/view", (0.3, 0.078), 0.024, 1.0, 60)
    small = scaled(work, 600)
    small = scaled(work, round(600 * min(1.0, 620 / small.height)))
    page.paste(small, (40 + int(random.integers(0, 120)), 110))
    for line in range(12):
        page = written(page, any_words(random), (0.86, 0.2 + line * 0.06), 0.026, 1.0, 70)
    return page


def caption_bar(work: Image.Image, share: float, random: np.random.Generator) -> Image.Image:
    """White above, `share` of the height, with black words in it."""
    framed = padded(work, (0, share, 0, 0), (255, 255, 255))
    middle = share / 2 / (1 + share)
    return written(framed, any_words(random), (0.5, middle), 0.8 * middle, 1.0, 0)


def tiled(work: Image.Image, words: str, opacity: float) -> Image.Image:
    """The words twelve times over it."""
    for row in range(4):
        for column in range(3):
            work = written(work, words, (0.18 + 0.32 * column, 0.12 + 0.25 * row), 0.05, opacity)
    return work
