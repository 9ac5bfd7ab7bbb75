# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that decide where no picture was seen, and how sure a match is, with where they come from.

The other part of `thresholds.py`.
"""

from indexer.fingerprints.base import Kind

# Chance (matching.md §2.3, §7.4)

CHANCE_FOR_LETTER = 0.01
"""DESIGN §2.4: an unverified hash hit is graded as a copy only while the whole check expects this few chance hits."""

CHANCE_TAIL = 10.0
"""Real pictures cluster: 4 to 8 times more pairs of pHashes within 12 and 14 bits than the uniform model says, measured
(`matching.md` §1.4); rounded up. Of an index that counted its own near pairs, its own factor counts (`chance.py`)."""

CHANCE_TAIL_NEAR, CHANCE_TAIL_GROWTH = 52.0, 0.31
"""Within 10 bits the same measurement has 52 times as many, which is one pair of 499,500 and so may be less or more. Of
what is nearer it had none: there the logarithm rises by as much a bit as it did from 14 bits (22 pairs) to 12 (3)."""

CHANCE_TAIL_PDQ, CHANCE_TAIL_PDQ_BITS = 17.0, 86
"""Of PDQ, the nearest of these 499,500 pairs; towards nearer ones as with pHash, which is more than enough, since a bit
of 256 is less than one of 63."""

TAIL_LEAST_PAIRS = 30
"""An index's own factor is told from where the model expects this many pairs of its sample: of fewer, two standard
deviations are more than a third, and a picture listed twice weighs too much."""

TAIL_STEPS = 3
"""How it rises with every bit nearer is told from the steepest rise within so many steps beyond that."""

TAIL_RARE = 1e-3
"""Where so few pairs cannot be counted, in a small index, what lies far out says nothing of what is near."""

CHANCE_PER_WORK = 50.0
"""Rows a work that chance alone may bring before a smaller radius is searched: each costs a read of its facts. With 747
million rows that leaves 6 bits of 64, as `datasets.md` §2.3 advises; up to some ten million rows nothing changes."""

# Doubts about a hash that stands alone

BITS_UNCOUNTED = {Kind.PHASH: 4, Kind.PDQ: 31}
"""Bits within which a hash may stand alone in an index that did not count its own near pairs (`matching.md` §7.1, and
Meta's own limit of PDQ). Pictures of one style come nearer than photographs: of 150 painted portraits on even grounds
9 in a million pairs of strangers lie within 8 bits of a pHash, measured, a thousand times what the model says."""

EQUAL_HASHES = 50
"""With so many rows of the very same hash the picture is likely one that stands in for others, as "picture removed":
the first file of one benchmark's slice of LAION holds one vector 947 times (`matching.md` §1.2). A choice."""

SMALL_PICTURE = 64
"""A row whose picture has a shorter side has too few pixels for its hash to tell it from others. A choice: thumbnails
of a hundred pixels and more keep the hash of their original (`matching.md` §1.4)."""

PLAIN_QUALITY = 70
"""PDQ's own measure of how much there is to see, 0-100. Below 50 it is not searched for; between 50 and this a near
hash is told from others by little, so it cannot stand alone. A choice."""

VOTES_UNSEEN = 12
"""Points of a work that lie in the same arrangement in a picture that was not seen: a geometric match, which repeated
texture and shared captions give as well (`matching.md` §2.1), so it makes a row `possible` and no more."""

# Pictures that were fetched

RECORDED_PHASH_BITS = 4
"""A picture fetched today whose pHash is this near to the row's is the one recorded: decoders differ by up to 2 bits,
and hashes with as many ones as zeros differ by even numbers."""

RECOMPUTED_LEAST = 5
"""So many fetched pictures must have been computed again before their count stands for how a set computed its hashes:
at half of the old links changed, fewer are often all of pictures that were replaced. A choice, not a measurement."""

# Confidence

LISTED_SHARE = 0.05
"""Share of an artist's works that is taken to be listed when a likelihood ratio is told as a probability
(`matching.md` §7.4). Nobody knows the true one; it is printed beside every figure that rests on it."""

SQUEEZE_NATS = 1.0
"""So far below the largest ratio that clean works bear out, ratios begin to be squeezed together: at a third of it."""

BOUND_TOLD = 0.5
"""Least share that is told as "at least so many matches are right". Ours: a bound below one half says that too little
was measured, but is read as if most such matches were wrong."""

# Content fingerprints (CLIP)

CALIBRATED_SHARE = 0.05
"""Largest share of pictures, at the upper end of what was measured, that may have an unrelated one this near before a
content fingerprint alone makes a row `possible`. Ours: such a row can support an inquiry only, and says its figure."""

BACKGROUND_NEAREST = 3
"""So many of the nearest background pictures are averaged; the best run of one copy detector used as few
(`matching.md` §1.3)."""

NORMALISED_GAIN = 0.01
"""Scores are held against the background only where a calibration found so many more altered copies with it: what it
costs is a second file that must be there. A choice."""
