# SPDX-License-Identifier: GPL-3.0-or-later
"""How near the codes of an index come to each other, counted over a sample: what chance hits in it are reckoned from.

Pictures are not spread evenly: real ones come near each other more often than codes drawn by lot. By how much differs
from one data set to the next, so it is counted for each index, and kept in its manifest.
"""

import numpy as np

from indexer.index.hamming import Codes
from indexer.index.manifest import NearPairs

MOST_CODES = 8192
"""Enough for 33 million pairs, of which some come as near as 12 of 64 bits; a second of work at most."""

_BLOCK = 128
_STEPS, _REACH = 32, 14
"""Counted at up to 14 of 32 parts of the bits: nearer than half, where unrelated codes lie, by as much as matters."""


def near_pairs(codes: Codes, seed: int = 0) -> NearPairs:
    """Count them among codes (rows, words), which may be a memory map; the same for the same seed."""
    rows = np.arange(len(codes))
    if len(codes) > MOST_CODES:
        rows = np.sort(np.random.default_rng(seed).choice(len(codes), MOST_CODES, replace=False))
    drawn = np.unique(np.asarray(codes[rows]), axis=0)
    bits = 64 * codes.shape[1]
    steps = [bits * step // _STEPS for step in range(1, _REACH + 1)]
    found = np.zeros(len(steps), np.int64)
    for start in range(0, len(drawn), _BLOCK):
        block = drawn[start : start + _BLOCK]
        others = drawn[start:]
        apart = sum(np.bitwise_count(block[:, None, word] ^ others[None, :, word]).astype(np.int16)
                    for word in range(codes.shape[1]))  # fmt: skip
        earlier = np.arange(len(others))[None, :] <= np.arange(len(block))[:, None]
        near = np.where(earlier, np.int16(bits), apart)
        near = near[near <= steps[-1]]
        found += [int((near <= step).sum()) for step in steps]
    return NearPairs(len(drawn), dict(zip(steps, found.tolist(), strict=True)))
