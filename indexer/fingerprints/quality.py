# SPDX-License-Identifier: GPL-3.0-or-later
"""Too plain to judge: a picture with too little in it gets no hash, rather than one that equals a thousand others."""

PDQ_LEAST_QUALITY = 50
"""PDQ's README recommends to discard hashes of quality 49 and less."""

PHASH_LEAST_CONTRAST = 8.0
"""Standard deviation of the 32 × 32 grey copy; below it flat pictures collide (`matching.md` §7.2)."""

PHASH_ONES = 32
"""Every proper pHash has 32 ones of 64, since each bit says "above the median"; others are degenerate (§2.3)."""


def phash_is_meaningful(value: int, contrast: float) -> bool:
    """Whether this pHash may be searched for and indexed."""
    return value.bit_count() == PHASH_ONES and contrast >= PHASH_LEAST_CONTRAST


def pdq_is_meaningful(quality: int) -> bool:
    """Whether a PDQ of this quality may be searched for and indexed."""
    return quality >= PDQ_LEAST_QUALITY
