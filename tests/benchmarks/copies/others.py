"""Listed pictures that are no copies, and works of which nothing is listed: pieces, halves, recombinations."""

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from tests.benchmarks.copies.drawing import contrast, cropped, scaled

LONG_EDGE = 1000
_PIECES, _LEAST_PIECE, _LEAST_CONTRAST = 3, 480, 20
_GAP = 0.1


def fitted(picture: Image.Image) -> Image.Image:
    """As large as a work is, at most."""
    return scaled(picture, LONG_EDGE) if max(picture.size) > LONG_EDGE else picture


def pieces(picture: Image.Image) -> Iterator[Image.Image]:
    """Parts that have something in them, of a grid with gaps, no smaller than a work would be."""
    across, down = (max(1, min(_PIECES, side // _LEAST_PIECE)) for side in picture.size)
    wide, tall = picture.width // across, picture.height // down
    for row in range(down):
        for column in range(across):
            left, top = column * wide, row * tall
            part = picture.crop((left, top, left + round(wide * (1 - _GAP)), top + round(tall * (1 - _GAP))))
            if contrast(part) >= _LEAST_CONTRAST:
                yield part


def halves(picture: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Two parts of one picture with a gap between them, along its longer side."""
    width, height = picture.size
    if width >= height:
        gap = round(width * _GAP / 2)
        return picture.crop((0, 0, width // 2 - gap, height)), picture.crop((width // 2 + gap, 0, width, height))
    gap = round(height * _GAP / 2)
    return picture.crop((0, 0, width, height // 2 - gap)), picture.crop((0, height // 2 + gap, width, height))


def recombined(pictures: Sequence[Image.Image], chance: np.random.Generator) -> Image.Image:
    """Two to six pieces of pictures, mirrored or turned at times, side by side and over each other."""
    size = (int(chance.integers(420, 720)), int(chance.integers(420, 720)))
    out = Image.new("RGB", size, tuple(int(v) for v in chance.integers(0, 256, 3)))
    for _ in range(int(chance.integers(2, 7))):
        piece = cropped(pictures[int(chance.integers(len(pictures)))], float(chance.uniform(0.1, 0.7)), chance)
        piece = piece.transpose(Image.Transpose(int(chance.integers(0, 7))))
        piece = scaled(piece, max(32, int(max(size) * chance.uniform(0.4, 0.9))))
        place = [
            int(chance.integers(-piece_side // 3, max(side - piece_side // 2, 1)))
            for side, piece_side in zip(size, piece.size, strict=True)
        ]
        out.paste(piece, (place[0], place[1]))
    return out
