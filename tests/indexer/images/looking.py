"""Opening what a test made, and comparing what came out."""

import io

import numpy as np
from PIL import Image

from indexer.images.colour import WHITE
from indexer.images.loading import DEFAULT_LIMITS, Limits, Opened, open_pictures


def open_all(data: bytes, limits: Limits = DEFAULT_LIMITS, *, may_reduce: bool = False) -> list[Opened]:
    """Every picture of a file that is looked at."""
    return list(open_pictures(io.BytesIO(data), "a file", limits=limits, may_reduce=may_reduce))


def open_one(data: bytes, *, may_reduce: bool = False) -> Opened:
    """The only picture of a file."""
    (only,) = open_all(data, may_reduce=may_reduce)
    return only


def on_white(data: bytes) -> Image.Image:
    """The only picture of a file, upright, in red, green and blue."""
    return open_one(data).on(WHITE).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean step between two pictures of one size, 0–255."""
    assert one.size == other.size
    values = (np.asarray(picture.convert("RGB"), dtype=np.float64) for picture in (one, other))
    return float(np.abs(np.subtract(*values)).mean())


def is_same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures agree in every value."""
    return difference(one, other) == 0
