# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number that decides, with where it comes from. Nothing else in this room compares with a literal.

`measured` means `tests/benchmarks/second_look.py`, which prints the distributions that these values lie between.
"""

from indexer.sources.base import Reach

REACH = Reach(
    phash_bits=10,  # matching.md §7.2: candidates at 10; verified copies lie within 4 in 99 % of re-encodings
    pdq_bits=31,  # PDQ's README recommends to call up to 31 a match
    miniature_count=24,  # measured: the true picture is among the nearest 24 for every edit that keeps the frame
    miniature_least=0.85,  # measured: recompressed and resized copies stay above 0.9
    content_count=24,  # as many as miniatures; crops rank high, mAP 0.88 and more of 157 pictures (matching.md §1.1)
)

# Chance (matching.md §2.3, §7.4)

CHANCE_FOR_LETTER = 0.01
"""DESIGN §2.4: an unverified hash hit is graded as a copy only while the whole check expects this few chance hits."""

CHANCE_TAIL = 10.0
"""Real pictures cluster: 4 to 8 times more near pairs than the uniform model, measured at 12–14 bits; rounded up."""

CHANCE_PER_WORK = 50.0
"""Rows a work that chance alone may bring before a smaller radius is searched: each costs a read of its facts. With 747
million rows that leaves 6 bits of 64, as `datasets.md` §2.3 advises; up to some ten million rows nothing changes."""

RECORDED_PHASH_BITS = 4
"""A picture fetched today whose pHash is this near to the row's is the one recorded: decoders differ by up to 2 bits,
and hashes with as many ones as zeros differ by even numbers."""

RECOMPUTED_LEAST = 5
"""So many fetched pictures must have been computed again before their count stands for how a set computed its hashes:
at half of the old links changed, fewer are often all of pictures that were replaced. A choice, not a measurement."""

# Rows that name the artist

NAMED_ROWS_KEPT = 1000
"""Rows of one source that hold a name which may be anybody's: more than a person would read. Others are counted."""

# Full-frame comparison (measured on 10,000 copies and 9,600 pairs of near neighbours, clip art and photographs)

ASPECT_GAP = 0.02
"""Largest difference of the logarithms of width / height; one pixel of rounding is allowed on top."""

BLOCK_EDGE = 16
SMALLEST_BLOCK_EDGE = 4
BLOCKS_ACROSS = 4
"""A small picture is cut into at least this many blocks each way, down to the smallest edge."""

BLOCK_TEXTURE = 4.0
"""A block with a smaller standard deviation (0–255) has nothing that could correlate."""

BLOCK_ALIKE = 0.6
"""Correlation above which two blocks show the same thing (matching.md §2.1)."""

LEAST_BLOCKS = 3
"""With fewer textured blocks a picture is too plain to be told from another."""

FRAME_BLOCKS_ALIKE = 0.85
"""Share of textured blocks that are alike; true copies have 0.93 and more in 99 %."""

FRAME_COLOUR_STEP = 30.0
"""Largest difference (0–255) of a block's mean colour; a JPEG of quality 40 reaches 27 in saturated red."""

FRAME_RESIDUAL = 0.16
"""Energy of the difference by energy of the work's own contrast; copies stay below 0.10 in 99.5 %."""

FRAME_WORST_SPOT = 48.0
"""Largest difference (0–255, root mean square) within 8 × 8 pixels; copies stay below 44 in 99.5 %. This is what
tells drawings apart that share all but a detail: half of the pairs that pass everything else fail here."""

SPOT_EDGE = 8

WORTH_COMPARING = 0.6
"""Correlation of two 16 × 16 copies below which frames differ so plainly that a fine comparison is not worth it."""

SYMMETRY_SLACK, SYMMETRY_NOISE = 1.15, 0.002
"""How much larger the upright residual may be before another orientation is believed."""

# Alignment (matching.md §2.1, made stricter: shared templates must not pass)

RANSAC_PIXELS = 3.0
RANSAC_ROUNDS = 5000
RANSAC_CONFIDENCE = 0.999
CELL_PIXELS = 6
"""Matched points nearer than this count once, so that one busy spot is not twenty witnesses."""

LEAST_INLIERS = 16
ALIGNED_BLOCKS_ALIKE = 0.8
ALIGNED_LEAST_BLOCKS = 12
ALIGNED_LEAST_COVER = 0.25
ALIGNED_COLOUR_STEP = 36.0
ALIGNED_RESIDUAL = 0.25
ALIGNED_WORST_SPOT = 60.0
"""As for whole frames, with room for the interpolation that laying one picture over another costs."""

LARGEST_STRETCH = 4.0
SMALLEST_AREA, LARGEST_AREA = 0.003, 300.0
"""Bounds of a transform that a person could have made: stretch of one side by the other, and area."""

ALIGN_NEAREST = 3
"""Of the pictures proposed by their miniature alone, so many have their parts compared; of those with a hash, all."""

RENDITION_LOOKS = 6
"""Works that are compared with one published picture, nearest first; what is missed stands alone and loses nothing."""

# Content fingerprints (CLIP)

CONTENT_SHOWN = 3
"""Rows whose picture was not seen and that nothing but their content proposes: so many of each work are reported."""

CALIBRATED_SHARE = 0.05
"""Largest share of pictures, at the upper end of what was measured, that may have an unrelated one this near before a
content fingerprint alone makes a row `possible`. Ours: such a row can support an inquiry only, and says its figure."""

# Placement by keypoints
KEYPOINT_RATIO = 0.85
MATCHES_KEPT = 250
VOTE_REACH, VOTE_SLOPE = 6.0, 0.12
VOTE_TURN, VOTE_ZOOM = 25.0, 1.6
LEAST_VOTES = 5
AFFINE_REACH, POINT_REACH = 6.0, 3.0
HOMOGRAPHY_INLIERS = 12
GUIDED_LIKENESS = 0.7
NUDGE_BLOCK = 16
NUDGE_LIKENESS = 0.3
NUDGE_MOST = 2.5
AGREE_BLOCK = 10
AGREE_EDGE = 160
AGREE_ALIKE = 0.6
AGREE_CONTRADICTS, AGREE_ONE_SIDED = 1.5, 0.5
HIDDEN_SPREAD = 2.0
COPY_BLOCKS = 10
COPY_STRENGTH = 10.0
COPY_PART = 0.3
COPY_EXTENT = 0.5
COPY_AGAINST = 0.8
KEYPOINT_EDGE = 320
KEYPOINTS, KEYPOINTS_FINE = 500, 700
NUDGE_EDGE = 96
NUDGE_NEEDLESS = 0.9
VARIANTS_PLACED = 2
FRAME_GUESS, FRAMES_GUESSED = 0.5, 2
FRAME_LIKELY, FRAME_SURE = 0.8, 0.7
VOTES_CLEAR = 12
RESIZED_LEAST = 0.03
STRETCH_LEAST, TILT_LEAST = 0.05, 0.06
TURN_SNAP = 0.7
AGREE_TEXTURE = 3.0

# Naming edits

WHOLE = 0.97
"""Share of the work that must be left before a crop is named, and of the other picture before a frame is named."""

TURN_DEGREES = 2.0
"""Smaller turns are rounding of the alignment."""
