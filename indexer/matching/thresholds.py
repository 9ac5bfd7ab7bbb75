# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number that decides, with where it comes from; those about pictures that nobody saw stand in
`thresholds_unseen.py`. Nothing else in this room compares with a literal.

`measured` means `tests/benchmarks/second_look.py`, which prints the distributions that these values lie between.
"""

from indexer.sources.base import Reach

FORM_BITS = 4
"""Bits of 64 within which a work is asked for in another form. Measured by `tests/benchmarks/hash_variants.py`: of
altered copies of 150 portraits, 150 drawings and 66 wallpapers 44, 44 and 45 % are found so, without forms 16, 14 and
15 %. Among 747 million rows they bring a work a hundredth of a row by chance; within the 10 bits of whole works they
would bring two thousand."""

REACH = Reach(
    phash_bits=10,  # matching.md §7.2: candidates at 10; verified copies lie within 4 in 99 % of re-encodings
    pdq_bits=31,  # PDQ's README recommends to call up to 31 a match
    miniature_count=24,  # measured: the true picture is among the nearest 24 for every edit that keeps the frame
    miniature_least=0.85,  # measured: recompressed and resized copies stay above 0.9
    part_votes_sure=12,  # measured: of 1,411 strange pairs of drawings 1.2 % have so many, of 29,000 of paintings none
    part_count=8,  # a choice for speed; of paintings, copies with under 5 votes stood behind 2 strangers at most
    form_bits=FORM_BITS,
    content_count=24,  # as many as miniatures; crops rank high, mAP 0.88 and more of 157 pictures (matching.md §1.1)
)

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

# Which candidates have their parts compared

ALIGN_NEAREST = 3
"""Of the pictures proposed by their miniature alone, so many have their parts compared; of those with a hash, all."""

RENDITION_LOOKS = 6
"""Works that are compared with one published picture, nearest first; what is missed stands alone and loses nothing."""

# Content fingerprints (CLIP)

CONTENT_SHOWN = 3
"""Rows whose picture was not seen and that nothing but their content proposes: so many of each work are reported."""

# Tones, colours and texture of a copy (`tones.py` and what builds on it)
#
# `measured on edits` means `tests/benchmarks/copies` edits of 38 tuning pictures (paintings, clip art, photographs),
# laid over the work with a shift of up to a pixel, at 256 to 384 pixels; values in levels are of 0–255.

TONE_SAMPLES_ACROSS, TONE_SAMPLES_LEAST = 40, 24
"""The map is fitted to this many cells along the long edge: each of several pixels, so that noise and shifts cancel."""

TONE_ROUNDS, TONE_QUANTILE, TONE_SCALE_LEAST = 5, 0.4, 5.0
"""Rounds of leaving out; the residual below which 40 % of the colours lie is what is usual, never less than JPEG's."""

TONE_CLIPPED = 3.0
"""Tones this near to black or white may have been cut off, and say little about the map."""

TONE_RIDGE = 12.0
"""Variance (levels squared) by which the map is drawn to a plain one: below JPEG's own, above nothing."""

TONE_COVERED = 0.1
"""Samples of which more is covered are left out of the final map."""

TONE_UNLIKE, TONE_ALIKE, TONE_DETAIL, TONE_DETAIL_ACROSS = 0.3, 0.7, 4.0, 160
"""Correlation of details below which a sample counts next to nothing, and above which it counts in full; details
weaker than the texture of a block (`BLOCK_TEXTURE`) say nothing. Looked at with 160 pixels along the long edge."""

TONE_TABLE_ACROSS, TONE_CURVE_BIN, TONE_CURVE_ROUNDS, TONE_CURVE_SETTLED = 96, 16, 2, 4.0
TONE_CELLS_ACROSS, TONE_FINE_CELLS, TONE_CELL_LEAST, TONE_CELL_RESIDUAL = 8, 32, 6, 60.0
"""Curves by bins of 16 tones and a table of 8 × 8 × 8 colours, from pixels within 60 levels of what was fitted so far:
further away is a cover rather than a curve."""

LIGHT_ACROSS, LIGHT_LEAST, LIGHT_ROUNDS, LIGHT_SCALE, LIGHT_PERCENT, LIGHT_LEVELS, LIGHT_BETTER = (
    24,
    36,
    4,
    6.0,
    65,
    1.5,
    1.5,
)
"""An uneven light changes a third of the picture by 1.5 levels and more, which a caption does not, and a curved slope
must explain a third of that."""

ALTERATION_EDGE, ALTERATION_SMALL_EDGE = 512, 320
"""Long edge at which both are laid over each other, and at which edits other than grain are looked for: at 256 to 384
as many are named rightly. Noise of deviation 10 in a copy of 1,000 pixels is found at 512 in all, at 320 in half."""

ALTERATION_MARGIN, ALTERATION_MARGIN_SHARE = 2, 0.015
"""Pixels, and share of the long edge, at the rim that are not looked at: a work set into another picture is placed to a
pixel or two, and without them one in three of such copies was called covered."""

ALTERATION_ENLARGED = 0.8
"""Share of its own pixels at which what was enlarged is looked at: enlarging itself softens what is finer."""

ALTERATION_LEAST_PIXELS = 576
"""24 × 24 pixels: in less there is no telling."""

CLEAR_LEAST = 0.6
"""Share that must be uncovered before softness is judged: else a tenth of half-covered copies is called blurred."""

# Colours

COLOUR_LEAST = 5.0
"""Chroma, root mean square, under which a picture is grey to the eye; JPEG of a grey picture has less than 1."""

GREYED_SHARE, GREYED_LEVELS = 0.1, 0.5
"""Chroma left of a greyed copy: nothing but rounding; colours made paler to 30 % keep 0.29 and more."""

TINTED_SHARE, TINT_LEAST, TINT_EXPLAINS = 0.12, 12.0, 2.0
"""A toned print (sepia) has one colour that goes with the light; a tint is seen from about 12 levels."""

COLOUR_MOVED, COLOUR_MOVED_SHARE, COLOUR_UNEXPLAINED = 14.0, 0.5, 0.5
"""Colours that moved by half of their strength, which no one turn explains to a half."""

HUE_DEGREES = 12.0
"""Turns that are seen; a lost profile turns by up to 8°, JPEG further only where colours are faint. 30° comes out as 23
to 30 (measured on edits)."""

SATURATED_LESS, SATURATED_MORE = 0.7, 1.3
"""A wide colour profile lost leaves 0.77 to 0.87, one wrongly assumed 1.24; factors of 0.3 and 1.8 come out right."""

TONED_LEVELS, TONED_LEVELS_POSTERISED, TONED_GAIN = 7.0, 40.0, 1.2
"""JPEG of quality 10 moves light by up to 5.4, brightness times 1.5 by 17 and more. Cutting off bits moves it by up
to 35 of itself. JPEG changes the contrast by up to 5 %."""

CONTRAST_LESS, CONTRAST_MORE = 0.85, 1.15
"""Between them words speak of the brightness only."""

# Few tones

STAIR_CALM_LEAST = 2500
"""With fewer calm pixels a small copy's rounding looks like steps: a thumbnail of 48 pixels has 1,700 in all."""

STAIR_CALM, STAIR_LEAST_PIXELS, STAIR_PIXELS, STAIR_TONES_LEAST = 20.0, 6, 20000, 12
"""Pixels away from edges, at most 20,000 of them, and tones with at least six."""

STAIR_LIKENESS, STAIR_DEPTH, STAIR_SAW = 0.65, 0.18, 1.8
STAIR_OFF, STAIR_CURVE_OFF = 0.5, 3.7
"""Copies cut to 2 and 3 bits: likeness 0.68 and more in nine of ten, depth 0.2 to 1, saw 2.3 to 12, 4 to 17 off a line;
no other edit reaches all four (measured on edits)."""

STAIR_UNEXPLAINED = 0.25
"""What a linear map of colours leaves, by how far the copy is off a line in each channel. Copies cut to few tones: 0.35
and more; drawings in few colours, exchanged or turned, that climb a stair by chance: 0.12 at most (measured)."""

# Texture

DETAIL_BLOCK, DETAIL_LEAST = 16, 0.7
"""Blocks with less detail in a band are nearly flat."""

BLURRED_MIDDLE, BLURRED_FINE, BLURRED_MIDDLE_AGREES = 0.86, 0.6, 0.92
"""Copies that were not blurred keep 0.94 of the middle band and 0.67 of the fine one, however they are laid; a blur
of a hundredth of the long edge leaves about 0.45 and 0.2."""

SHARPENED_MIDDLE, SHARPENED_OVERSHOOT, SHARPENED_CONTRAST = 1.2, 0.05, 20.0
SHARPENED_MIDDLE_PLAIN, SHARPENED_OVERSHOOT_PLAIN = 1.3, 0.08
"""Laying over alone gives up to 1.19 and 0.038, JPEG of quality 10 0.058, an unsharp mask of 200 % 1.14 and 0.06 and
more; the plain values hold beside noise, too."""

GRAIN_BLOCK, GRAIN_BLOCKS_LEAST, GRAIN_FLAT_SHARE, GRAIN_LEVELS = 8, 6, 0.33, 1.1
"""Noise as it is left by `overlap.lay`, which softens both pictures alike, times the root of how far the copy was
shrunk: of deviation 10 it is 1.3 and more, of 3 about 0.8; saving leaves less."""

GRAIN_CRISPER, GRAIN_LEVELS_CRISPER = 1.15, 4.0
"""A copy with more fine detail than the work, such as a crop seen larger than the work is, looks grainy beside it, up
to 3; noise alone leaves the fine band within 1.06."""

GRAIN_OVER_OWN = 1.5
"""Energy of noise by that of the work's own detail where it is calmest: with less, one of both may only be crisper."""

GRAIN_CLIPPED, GRAIN_CUT = 12.0, 1.7
"""Normal noise cut at its mean keeps a deviation of 0.58 (its half is 1 / 1.7)."""

# What lies on top

COVER_EDGE, COVER_PEAK, COVER_PEAK_CHANGED = 10, 26, 48
"""A cover reaches 10 levels beyond anything near in the work, and 26 somewhere: JPEG of quality 10 reaches 24 in all
but one of 14 pictures, a mark of 40 % mostly 45 and more. Softened and sharpened copies reach twice as far (ours)."""

COVER_RINGING, COVER_RINGING_SHARP, COVER_GRAIN, COVER_COLOUR = 0.15, 0.8, 2.0, 0.6
"""JPEG rings by a share of the contrast near by, sharpening by nearly all of it; noise by two deviations; JPEG smears
colour further than light."""

COVER_SPOT, COVER_LEAST, COVER_LEAST_RECOLOURED = 10, 0.0015, 0.01
"""Smallest spot in pixels, and smallest share: a line of small print is about this much. Hues turned in
very strong colours leave up to 0.9 % unexplained."""

BLUR_TRIED = (1.0, 1.6, 2.5, 4.0, 6.0)
"""Standard deviations in pixels, each about half as large again."""

BLEND_BLOCK, BLEND_BLOCKS_LEAST, BLEND_TEXTURE, BLEND_ALIKE, BLEND_ALIKE_SHARE = 16, 6, 4.0, 0.4, 0.5
"""The work's details must still be seen in half of the blocks that have any."""

BLEND_GAIN, BLEND_WEAK_GAIN, BLEND_LEVELS, BLEND_LEVELS_WEAK, BLEND_CONTRAST = 0.93, 0.8, 4.0, 2.4, 60.0
"""Mixing in makes the work weaker, to 0.87 at 30 %; what was mixed in then differs by 2.1 levels and more in 60 % of
the blocks (contrast halved: 1.5). Pictures have a deviation of about 60 levels."""

BLEND_SPARSE_GAIN, BLEND_SPARSE_COVER, BLEND_SPARSE_BLOCK, BLEND_SPARSE_ALIKE = 0.88, 0.03, 0.25, 0.6
"""A drawing on an even ground mixed in covers a part, and there lets the work through."""
# Merging

SAME_PLACE = 0.5
"""Share of the smaller of two placements that both must cover before two works are held to be one and the same thing
there. Ours: two panels of a collage share none, a sketch and its final nearly all."""

PASTED_MOST, PASTED_LIKE = 0.5, 0.75
"""Largest share of a picture that a work may fill on another one; and what must be covered of that other at least, by
what is seen of the work (at most its inverse). Ours: drawings pasted on others, a tenth to half of the picture, 0.91 to
1.10; cut out, 1.00 to 1.02 (three). The largest share is a choice."""

ROOM_FOR_BOTH = 0.9
"""Of two works blended into one picture each is what was mixed into the other, so what was mixed in adds up to 1, less
what its measurement may miss. Ours: versions of one work, blended with little of something else, stay below."""
