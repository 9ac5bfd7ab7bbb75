# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number that decides in the second look once a work is laid over a copy, and where it comes from.

`measured` means on paintings and clip art kept for that purpose (draws of 9 to 20 works by six seeds, 1,000 pixels
each): every work against a copy by each of the 46 common and hard edits of `tests/benchmarks/copies`, and pairs that
are no copies: the nearest others by miniature and by keypoints (3,000 pairs), pictures that share a caption, mark,
frame, page, window or texture (430), the odd ones of `tests/helpers/odd_pictures.py` (78). Nothing is fitted to the
collections that error rates are measured on.
"""

# Keypoints

KEYPOINT_EDGE = 288
"""Long edge of the copy in which keypoints are found: as many copies as with 320 or 512, in four fifths and a third of
the time; with 256 one collage in 36 is lost (measured)."""

KEYPOINTS, KEYPOINTS_FINE = 500, 700
"""Of a candidate; of a work, whose are kept, so many at `KEYPOINT_EDGE` and again at its view's own size: crops to a
tenth have 67 inliers with both (median) and 35 without the fine ones, heavily blurred ones 23 and 19 without the coarse
(measured)."""

KEYPOINT_RATIO = 0.85
"""Distance of the nearest by that of the second (matching.md §2.1). Votes tell later which matches are right."""

MATCHES_KEPT = 250
"""The clearest matches, all of which are compared with all."""

# Votes

VOTE_REACH, VOTE_SLOPE = 6.0, 0.12
"""Pixels by which a match may miss where another one says it should be, and more of them the further it lies from that
one: sizes and angles of keypoints are off by a tenth."""

VOTE_TURN, VOTE_ZOOM = 25.0, 1.6
"""Degrees and factor by which two matches of one placement may differ: a tilt turns and stretches them that much."""

LEAST_VOTES, VOTES_CLEAR = 5, 12
"""Fewer agree by chance: of 120 random pairs none had five that could be grown. With twelve no other form of the work
(mirrored, inverted) is tried."""

CELL_PIXELS = 6
"""Matched points nearer than this count once, so that one busy spot is not twenty witnesses (matching.md §2.1)."""

AFFINE_REACH, POINT_REACH = 6.0, 3.0
"""Pixels within which keypoints are looked for again, around an affine transform and around the final one."""

GUIDED_LIKENESS = 0.7
"""Cosine of two descriptors that lie where they should; blurred and tiny copies come down to it."""

HOMOGRAPHY_INLIERS = 12
"""With fewer, the two parameters more that a homography has are held by noise: the transform stays affine."""

VARIANTS_PLACED = 2
"""Forms of the work of which the placement is worked out, most votes first."""

LARGEST_STRETCH = 4.0
SMALLEST_AREA, LARGEST_AREA = 0.003, 300.0
"""Bounds of what a person could have made: stretch of one side by the other, and area (matching.md §2.1)."""

# Whole frames, guessed

FRAME_GUESS, FRAMES_GUESSED = 0.5, 2
"""Correlation of two 16 × 16 copies, with either sign, from which a whole frame is tried on a whole frame; and of the
eight orientations how many."""

FRAME_LIKELY, FRAME_SURE = 0.8, 0.9
"""From this correlation on it is tried before keypoints are looked for, and believed if so many blocks agree."""

# Laying over each other

NUDGE_EDGE, NUDGE_BLOCK, NUDGE_LIKENESS, NUDGE_MOST = 96, 16, 0.3, 2.5
"""Long edge and blocks, in pixels, at which a placement is moved; blocks that correlate less, or would have to move
further, do not tell. A keypoint placement is off by up to two pixels of 512, a guessed frame by a border's width."""

NUDGE_NEEDLESS = 0.9
"""Share of blocks that agree from which nothing needs to be moved."""

AGREE_EDGE, AGREE_BLOCK = 160, 10
"""Long edge of the overlap and its blocks in pixels: at most 256 blocks, a sixteenth of the picture wide. Copies of 96
pixels still have 50 to compare."""

SOFT_LEAST_EDGE, SOFT_SHARE = 60, 0.004
"""A copy that loses less than this share of its contrast when halved is compared at half the size. Pictures lose 0.0096
and more, blurred by 6 of 512 pixels 0.0037 and less (32 pictures, measured)."""

FINE_EDGE, FINE_INLIERS = 320, 10
"""Long edge at which a pair that is open is looked at again, if so many keypoints agree: half-covered copies, and those
with little in them."""

# Blocks

AGREE_TEXTURE, AGREE_RICH = 3.0, 2.0
"""Standard deviation (0–255) below which a block has nothing to see once its slope, and once all that goes along its
rows and columns, is taken out. A choice near what JPEG leaves in plain places."""

AGREE_ALIKE = 0.6
"""Correlation from which a block agrees (matching.md §2.1): nine of ten blocks of a copy have 0.9 and more after most
edits (measured; 0.7 under a watermark, 0.4 when heavily blurred)."""

AGREE_UNLIKE, AGREE_CONTRADICTS = (0.05, 0.45), 1.5
"""Correlation at which a block with something in both pictures speaks against a copy fully, and at which not at all;
and how much heavier that weighs than a block that agrees. Blended copies lie between 0.3 and 0.8."""

AGREE_ONE_SIDED = 0.5
"""Weight of a block in which only one picture has something: a mark over something plain, or another picture."""

OFF_TONE, AGREE_OFF_TONE = 48.0, 0.3
"""Levels (0–255) from the tone that the work has elsewhere, and the weight of a plain block that is so far off."""

HIDDEN_SPREAD, HIDDEN_WINDOW, HIDDEN_LEAST, HIDDEN_BORDERED = 1.5, 7, 60, 0.3
"""Covers are flat within windows of 7 pixels, in pieces of 60 and more: cells of a code are smaller. An edge runs along
0.3 of their rim and more; a choice: the ground of an icon just goes on where another icon has its sign."""

# What makes a copy

COPY_STRENGTH = 10.0
COPY_BLOCKS = 10
"""Blocks that agree less those that contradict, in the best rectangle. Copies: 16 at least, 38 and more in 98 %, 97 in
90 %, only half-covered ones 4 to 60. Others: 90 % within 1, above 10 only drawings made from one another; random pairs
within 2; what shares a page or frame within 21, and fails below."""

COPY_PART = 0.3
"""Share of the work or of the copy that agrees. Copies: 0.94 at least in 98 %, 0.3 to 0.6 where blended, half covered
or in a collage; captions, bars and marks in common up to 0.35."""

COPY_EXTENT = 0.5
"""Share of what the overlap shows of the work that lies in the rectangle. Copies: 0.94 at least in 98 %, 0.6 in
collages of a square from the middle; pages in common 0.2, other things 0.2 to 1."""

COPY_AGAINST = 1.5
"""Blocks against for each that agrees. Copies: 0.26 at most in 98 %, 1.0 at most (blended); a code in common 2.5."""

COPY_BARE = 0.08
"""Share of the work that is not covered flat. Half-covered copies: 0.1 to 0.36, because the rims of covers go too."""

COPY_CENTRE, CENTRE_LEAST = 0.2, 6
"""What the inner half says on average. Copies: 0.26 at least but where blended or half covered, 0.94 in 90 %; frames,
captions and windows in common: -0.27 at most, one 0.09; icons in one ring 0.17. It is not asked where fewer than six
blocks of the inner half say anything, as under covers."""

SHARE_SURE, CENTRE_SURE = 0.9, 0.6
"""With a smaller share of blocks that agree, the inner half must say more. Copies: 0.91 of the blocks and more but
where tones were changed all over, there 0.61 and more in the inner half in 9 of 10; siblings of one composition, such
as one mask with other colours and another mouth: 0.57 to 0.87 of the blocks and 0.27 to 0.55 in the inner half."""

INLIERS_SURE = 100
"""Or so many keypoints that agree on the placement: blended copies of which the inner half says little have 134 and
more, siblings of one composition 55 at most (20 and 56 pairs, measured)."""

SIMPLE_BLOCKS, SIMPLE_COLOURS = 30, 60.0
"""With fewer blocks that agree, colours may be this far apart (0–255) on average: a disc is a disc in any colours.
One in red on white and one in red on green have 26 blocks and are 117 apart (measured)."""

COVERED_BARE, COVERED_COLOURS = 0.7, 30.0
"""With less of the work bare, colours may be this far apart (0–255) on average: what looks covered and recoloured at
once is another drawing of the same plan. Two masks in other colours have 0.51 and 44; a choice beside that pair."""

COPY_ECHO = 0.7
"""Agreement elsewhere by agreement here. Copies: 0.39 at most in 98 %, 0.56 at most (half covered); forms 0.73, flags
0.94, chain mail 0.96, pages of text 1.1. Edited copies of such textures are given up for it."""

OPEN_STRENGTH = 3.0
"""From this strength on a pair that is no copy yet is worth a closer look."""

# Naming edits that the placement tells

WHOLE = 0.97
"""Share of the work that must be left before a crop is named, and of the other picture before a frame is named."""

TURN_DEGREES, TURN_SNAP = 2.0, 0.7
"""Smaller turns are rounding of the alignment; nearer than the second to a quarter turn, it is one."""

STRETCH_LEAST, TILT_LEAST = 0.05, 0.06
"""Logarithm of the stretch, and tilt (`Alignment.tilt`), that are named. Copies that were neither: 0.031 and 0.065 at
most, 0.009 and 0.022 in 90 % of crops to a tenth; tilted ones 0.08 to 0.22 (measured)."""

RESIZED_LEAST = 0.03
"""Logarithm of the change of size."""

NAMED_LEAST_EDGE = 100
"""With a shorter side, rounding alone looks like blur and few tones, so that what was done to pixels is not named."""
