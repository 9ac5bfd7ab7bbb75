# SPDX-License-Identifier: GPL-3.0-or-later
"""Too plain to judge: a picture with too little in it gets no hash, rather than one that equals a thousand others.

Too plain is not blank. Hashes are made of small copies, in which fine detail is lost: noise becomes an even grey there,
and yet nobody else has the same noise.
"""

import zlib

PDQ_LEAST_QUALITY = 50
"""PDQ's README recommends to discard hashes of quality 49 and less."""

PHASH_LEAST_CONTRAST = 8.0
"""Standard deviation of the 32 × 32 grey copy; below it flat pictures collide (`matching.md` §7.2)."""

PHASH_ONES = 32
"""Every proper pHash has 32 ones of 64, since each bit says "above the median"; others are degenerate (§2.3)."""

BLANK_BYTES = 3000
"""Packed pixels of a blank picture take less. Seen at 2,400 × 2,400 pixels: white 0.3 kB, a chequer or a small disc
0.8, a line of writing 1.7, a signature in a corner 3.8, a thin curve 87 kB, noise 17 MB."""


def packed_bytes(pixels: bytes) -> int:
    """How much there is to see, whatever its scale: what the pixels take when packed, in bytes.

    Packed twice, because one pass leaves a thousandth of the size of a picture of one colour.
    """
    return len(zlib.compress(zlib.compress(pixels, 1)))


def phash_is_meaningful(value: int, contrast: float) -> bool:
    """Whether this pHash may be searched for and indexed."""
    return value.bit_count() == PHASH_ONES and contrast >= PHASH_LEAST_CONTRAST


def pdq_is_meaningful(quality: int) -> bool:
    """Whether a PDQ of this quality may be searched for and indexed."""
    return quality >= PDQ_LEAST_QUALITY
