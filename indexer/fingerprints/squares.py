# SPDX-License-Identifier: GPL-3.0-or-later
"""From a picture to the square of pixels that a CLIP model looks at, step for step as open_clip's transform does it.

Runs in decoding workers, so that a hostile picture never meets the process that holds the model.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexer.fingerprints.clip_models import Interpolation
from indexer.fingerprints.miniature import FLAT_CONTRAST
from indexer.fingerprints.phash import shrink

Square = NDArray[np.uint8]
"""Shape (size, size, 3): red, green, blue, 0–255. Mean and std are applied beside the model."""

_FILTERS = {
    Interpolation.BICUBIC: Image.Resampling.BICUBIC,
    Interpolation.BILINEAR: Image.Resampling.BILINEAR,
}


def square_of(picture: Image.Image, size: int, interpolation: Interpolation) -> Square:
    """The middle of the picture after its short edge was brought to `size`.

    Args:
        picture: upright on white, mode `L` or `RGB`.
    """
    width, height = picture.size
    short = min(width, height)
    if short != size:
        # Truncated, not rounded, because torchvision does so.
        fitted = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
        picture = picture.resize(fitted, _FILTERS[interpolation])
    left, top = round((picture.width - size) / 2), round((picture.height - size) / 2)
    middle = picture.crop((left, top, left + size, top + size)).convert("RGB")
    return np.asarray(middle, np.uint8)


def is_flat(picture: Image.Image) -> bool:
    """Whether there is nothing in the picture but noise; all such pictures look the same to a model."""
    return float(np.asarray(shrink(picture), np.float64).std()) < FLAT_CONTRAST
