# SPDX-License-Identifier: GPL-3.0-or-later
"""The miniature: a picture shrunk to 16 × 16 grey, without its mean, of length 1. The product of two is their likeness.

It only proposes pictures to compare; it is never evidence. It is there for what hashes cannot carry: in symmetric
and in plain pictures most bits of pHash and PDQ are rounding, so that even a recompressed copy is far away
(18 % of a sample of clip art), while the miniature of such a copy is among the nearest few.
"""

import numpy as np
from PIL import Image

from indexer.images.variants import Orientation, lay_array

EDGE = 16
DIMENSION = EDGE * EDGE

FLAT_CONTRAST = 1.0
"""Below this standard deviation (of 0–255) what remains is compression noise, and the picture gets no miniature."""


def miniature_orientations(small: Image.Image) -> tuple[bytes, ...]:
    """float32 vectors of `DIMENSION` numbers, as bytes, for each orientation; empty for a flat picture.

    Args:
        small: the 32 × 32 grey copy of `phash.shrink`.
    """
    grey = np.asarray(small.resize((EDGE, EDGE), Image.Resampling.BOX), dtype=np.float32)
    grey = grey - grey.mean()
    if grey.std() < FLAT_CONTRAST:
        return ()
    unit = grey / np.linalg.norm(grey)
    return tuple(np.ascontiguousarray(lay_array(unit, orientation)).tobytes() for orientation in Orientation)
