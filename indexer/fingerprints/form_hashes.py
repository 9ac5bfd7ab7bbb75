# SPDX-License-Identifier: GPL-3.0-or-later
"""The pHash of a work in the forms that its copies are likely to have, for sets that publish nothing but hashes."""

import numpy as np
from PIL import Image

from indexer.fingerprints.base import FormHash
from indexer.fingerprints.phash import phash, shrink
from indexer.fingerprints.quality import phash_is_meaningful
from indexer.images.draw_forms import forms

LOOKED_AT = 256
"""Pixels that the longer edge of the copy that is cut has at least, if the picture has: a border is found to a 256th of
the picture, and of 40 pictures drawn by code no hash is more than 2 bits from that of the same form in full size."""


def form_hashes(upright: Image.Image, full_size: tuple[int, int]) -> tuple[FormHash, ...]:
    """Of every form that is not too plain.

    Args:
        upright: the decoded picture, mode `L` or `RGB`, maybe smaller than the file's.
        full_size: width and height of the file's.
    """
    grey = _small_grey(upright)
    across, down = full_size[0] / grey.width, full_size[1] / grey.height
    found = []
    for form, made in forms(grey):
        small = shrink(made)
        value = phash(small)
        if phash_is_meaningful(value, float(np.asarray(small, np.float64).std())):
            found.append(FormHash(form, round(made.width * across), round(made.height * down), value))
    return tuple(found)


def _small_grey(upright: Image.Image) -> Image.Image:
    factor = max(1, max(upright.size) // LOOKED_AT)
    return (upright.reduce(factor) if factor > 1 else upright).convert("L")
