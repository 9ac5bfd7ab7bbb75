# SPDX-License-Identifier: GPL-3.0-or-later
"""Which edits a copy's pixels show, once the work lies over it: colours, tones, texture, and what was laid on top.

What recompression, another size, a palette, a lost colour profile and an alignment off by a pixel or two do is not
named. Where the copy was mirrored, turned or cropped is read from the transform, in `verify.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from indexer.core.types import Edit, EditKind
from indexer.matching.colours import is_grey, is_inverted, name_colours, name_tone, turn_hues
from indexer.matching.few_tones import is_posterised
from indexer.matching.lighting import lit_as
from indexer.matching.overlays import blended_share, covered_places, rough_cover
from indexer.matching.planes import Mask, Pixels, blur, grey, shrink, shrink_mask, size_within
from indexer.matching.texture import Texture, measure_grain, measure_texture
from indexer.matching.thresholds import (
    ALTERATION_ENLARGED,
    ALTERATION_LEAST_PIXELS,
    ALTERATION_MARGIN,
    ALTERATION_MARGIN_SHARE,
    ALTERATION_SMALL_EDGE,
    BLEND_WEAK_GAIN,
    BLUR_TRIED,
    CLEAR_LEAST,
    COVER_LEAST,
    COVER_LEAST_RECOLOURED,
    TONED_LEVELS_POSTERISED,
)
from indexer.matching.tone_map import fitted
from indexer.matching.tones import ToneMap, fit_tones, without

Pair = tuple[Pixels, Pixels, Mask]
"""Work, copy, and where both have pixels."""

WithGrain = Callable[[ToneMap, Mask, Texture], Texture]

_ORDER = {kind: place for place, kind in enumerate(EditKind)}


def name_alterations(
    work: Pixels, other: Pixels, mask: Mask, *, work_scale: float = 1.0, copy_scale: float = 1.0
) -> tuple[Edit, ...]:
    """What was done to the pixels of a copy, in the order of `EditKind`; nothing where too little of it is seen.

    Args:
        work: float32 (h, w, 3), RGB 0–255, laid over the other picture; by area where it shrinks.
        other: float32 (h, w, 3), the copy at the same size, with a long edge of `ALTERATION_EDGE`, or less.
        mask: bool (h, w), where both have pixels.
        work_scale, copy_scale: how many pixels of its own each has for a pixel here, along a side. Under 1 it was
            enlarged for the comparison, and its softness is no edit; over 1 it was shrunk, and its noise became weaker.

    Returns:
        Of inverted, greyed, recoloured, saturated, toned, posterised, blurred, sharpened, grainy, covered and blended,
        those that a person would see; amounts in the units of `EditKind`.
    """
    detail = min(work_scale, copy_scale, 1.0)
    if detail < 1:
        detail *= ALTERATION_ENLARGED
        work, other, mask = _shrunk((work, other, mask), detail)
    pair = (work, other, mask)
    small = _shrunk(pair, min(1.0, ALTERATION_SMALL_EDGE / max(work.shape[:2])))
    inside = _well_inside(small[2])
    tones = fit_tones(*small) if inside.sum() >= ALTERATION_LEAST_PIXELS else None
    if tones is None:
        return ()
    edits = _name(tones, small[:2], inside, partial(_measure_grain, pair, shrunk=max(1.0, copy_scale / detail)))
    return in_order(edits)


def in_order(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Edits in the order of `EditKind`."""
    return tuple(sorted(edits, key=lambda edit: _ORDER[edit.kind]))


def _shrunk(pair: Pair, scale: float) -> Pair:
    if scale >= 1:
        return pair
    size = size_within(pair[0].shape, scale * max(pair[0].shape[:2]))
    return shrink(pair[0], size), shrink(pair[1], size), shrink_mask(pair[2], size)


def _well_inside(mask: Mask) -> Mask:
    """Without a margin, the frame's too: off by a pixel or two, what lies beside the work would look like a cover."""
    margin = max(ALTERATION_MARGIN, round(ALTERATION_MARGIN_SHARE * max(mask.shape)))
    near = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    return cv2.erode(mask.astype(np.uint8), near, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0


def _name(tones: ToneMap, both: tuple[Pixels, Pixels], inside: Mask, with_grain: WithGrain) -> list[Edit]:
    work, other = both
    toned = _toned(tones, work, other, inside)
    clear = inside & ~rough_cover(toned, other)
    texture = with_grain(tones, clear, measure_texture(grey(toned), grey(other), clear))
    if clear.sum() < CLEAR_LEAST * inside.sum():
        texture = replace(texture, fine=1.0, middle=1.0, overshoot=0.0)  # too little left to tell
    if texture.is_blurred:
        work = _as_soft(work, toned, other, inside)
        tones = fit_tones(work, other, inside) or tones
        toned = _toned(tones, work, other, inside)
    covered = covered_places(toned, other, inside, texture)
    tones = without(tones, covered)
    share = float(covered[inside].mean())
    if not texture.is_blurred and _climbs_stairs(work, other, clear, inside, tones):
        return _name_steps(tones)
    colours = name_colours(tones)
    recoloured = any(edit.kind is EditKind.RECOLOURED for edit in colours)
    doubtful = recoloured and abs(tones.gain) > BLEND_WEAK_GAIN  # turned hues may weaken the grey axis, too
    mixed = 0.0 if doubtful else blended_share(toned, other, inside, covered, tones.gain)
    edits = [Edit(EditKind.INVERTED)] if is_inverted(tones) else []
    if mixed:
        return [*edits, Edit(EditKind.BLENDED, round(mixed, 2))]
    return [*edits, *colours, *name_tone(tones), *_name_cover(share, recoloured=recoloured), *_name_texture(texture)]


def _measure_grain(pair: Pair, tones: ToneMap, clear: Mask, texture: Texture, *, shrunk: float) -> Texture:
    """With the grain of the pair as large as it is at hand: shrinking further would hide it."""
    work, other, mask = pair
    uncovered = cv2.resize(clear.astype(np.uint8), mask.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    weaker = np.float32(tones.gain) * grey(work)
    grain = measure_grain(weaker, grey(other), uncovered & mask, max(1.0, texture.fine**2))
    return replace(texture, grain=grain, shrunk=shrunk)


def _toned(tones: ToneMap, work: Pixels, other: Pixels, inside: Mask) -> Pixels:
    """The work under the copy's tones and light; hues turned as programs do it where that comes nearer."""
    for edit in name_colours(tones):
        if edit.kind is EditKind.RECOLOURED and edit.amount is not None:
            turned = turn_hues(work, edit.amount)
            again = fit_tones(turned, other, inside)
            if again is not None and again.misfit < tones.misfit:
                tones, work = again, turned
    return lit_as(fitted(tones, work, inside), other, inside)


def _climbs_stairs(work: Pixels, other: Pixels, clear: Mask, inside: Mask, tones: ToneMap) -> bool:
    """Whether tones were reduced, of the work as it is or grey, inverted where the copy is."""
    before = 255 - work if is_inverted(tones) else work
    seen = clear if clear.sum() > CLEAR_LEAST * inside.sum() else inside
    light = np.repeat(grey(before)[..., None], 3, axis=2) if is_grey(tones) else None
    return is_posterised(before, other, seen, tones.misfit) or (
        light is not None and is_posterised(light, other, seen, tones.misfit)
    )


def _name_steps(tones: ToneMap) -> list[Edit]:
    """Steps move tones and colours of themselves: what is left of these to name are grey, and a large move.

    A cover is not named either: near the edge of a step, tones jump as under one.
    """
    edits = [Edit(EditKind.INVERTED)] if is_inverted(tones) else []
    edits += [edit for edit in name_colours(tones) if edit.kind is EditKind.GREYED]
    return [*edits, *name_tone(tones, TONED_LEVELS_POSTERISED), Edit(EditKind.POSTERISED)]


def _name_cover(share: float, *, recoloured: bool) -> list[Edit]:
    least = COVER_LEAST_RECOLOURED if recoloured else COVER_LEAST
    return [Edit(EditKind.COVERED, round(share, 3))] if share >= least else []


def _name_texture(texture: Texture) -> list[Edit]:
    named = (
        (EditKind.BLURRED, texture.is_blurred),
        (EditKind.SHARPENED, texture.is_sharpened),
        (EditKind.GRAINY, texture.is_grainy),
    )
    return [Edit(kind) for kind, was in named if was]


def _as_soft(work: Pixels, toned: Pixels, other: Pixels, inside: Mask) -> Pixels:
    """The work made as soft as the copy is: by the one of a few blurs that leaves the least between them."""
    light, copy = grey(toned), grey(other)
    sigma = min(BLUR_TRIED, key=lambda sigma: float(np.abs(blur(light, sigma) - copy)[inside].mean()))
    return blur(work, sigma)
