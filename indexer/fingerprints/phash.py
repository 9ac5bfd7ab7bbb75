# SPDX-License-Identifier: GPL-3.0-or-later
"""The 64-bit perceptual hash of COYO-700M's `image_phash` column: `imagehash.phash` with its defaults.

That the column is this function is inferred from its published values (`datasets.md` §2.3), not documented.
"""

import imagehash
import numpy as np
from PIL import Image

from indexer.images.variants import Orientation, lay

EDGE = 32
"""ImageHash shrinks to 32 × 32 before its cosine transform."""


def shrink(picture: Image.Image) -> Image.Image:
    """The 32 × 32 grey copy that the hash is made of: ImageHash's own two first steps."""
    return picture.convert("L").resize((EDGE, EDGE), Image.Resampling.LANCZOS)


def phash(small: Image.Image) -> int:
    """64-bit pHash of a picture or of its `shrink`, most significant bit first.

    A shrunken copy gives the same value, because ImageHash's own shrinking then changes nothing.
    """
    bits = imagehash.phash(small).hash.ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def phash_orientations(small: Image.Image) -> tuple[int, ...]:
    """The pHash of a `shrink` laid in each of the eight orientations."""
    return tuple(phash(lay(small, orientation)) for orientation in Orientation)
