"""Which edits can be seen in a copy: a grey drawing cannot be greyed, a square picture cannot be cropped to a square.

What cannot be seen may be named, but need not be.
"""

import math
from collections.abc import Iterator

import numpy as np
from PIL import Image

from indexer.core.types import EditKind
from tests.benchmarks.copies.edits import Recipe

_IN_PIXELS = {
    EditKind.MIRRORED,
    EditKind.INVERTED,
    EditKind.GREYED,
    EditKind.RECOLOURED,
    EditKind.SATURATED,
    EditKind.TONED,
    EditKind.POSTERISED,
    EditKind.SHARPENED,
    EditKind.BLURRED,
}
_LEVELS = 3.0
"""Mean change of a pixel, of 255, below which nobody sees tones and colours move."""

_SIDE, _SHAPE = 0.02, 0.05


def visible(recipe: Recipe, work: Image.Image, copy: Image.Image) -> tuple[frozenset[EditKind], frozenset[EditKind]]:
    """The kinds that must, and those that may, be named of this copy."""
    hidden = frozenset(_hidden(work, copy))
    return recipe.must - hidden, recipe.may | (recipe.must & hidden)


def _hidden(work: Image.Image, copy: Image.Image) -> Iterator[EditKind]:
    if work.size == copy.size and _change(work, copy) < _LEVELS:
        yield from _IN_PIXELS
    if abs(math.log((copy.width / copy.height) / (work.width / work.height))) < _SHAPE:
        yield EditKind.STRETCHED
    if all(abs(math.log(after / before)) < _SIDE for after, before in zip(copy.size, work.size, strict=True)):
        yield from (EditKind.CROPPED, EditKind.EMBEDDED, EditKind.RESIZED)


def _change(work: Image.Image, copy: Image.Image) -> float:
    return float(np.abs(np.asarray(work, np.float32) - np.asarray(copy, np.float32)).mean())
