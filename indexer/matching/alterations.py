# SPDX-License-Identifier: GPL-3.0-or-later
"""Which edits a copy's pixels show, once the work lies over it: colours, tones, texture, and what was laid on top.

What recompression, another size, a palette, a lost colour profile and an alignment off by a pixel or two do is not
named. Where the copy was mirrored, turned or cropped is read from the transform, in `verify.py`.
"""

import cv2
import numpy as np

from indexer.core.types import Edit, EditKind
from indexer.matching.appearance import Pixels
from indexer.matching.colours import is_grey, is_inverted, name_colours, name_tone
from indexer.matching.lighting import lit_as
from indexer.matching.overlays import blended_share, covered_places, rough_cover
from indexer.matching.few_tones import is_posterised
from indexer.matching.texture import Texture, measure_texture
from indexer.matching.thresholds import (
    ALTERATION_LEAST_PIXELS,
    BLUR_TRIED,
    COVER_LEAST,
    TONED_LEVELS,
    TONED_LEVELS_POSTERISED,
)
from indexer.matching.tones import Mask, ToneMap, fit_tones, fitted, grey, without

_ORDER = {kind: place for place, kind in enumerate(EditKind)}


def name_alterations(work: Pixels, other: Pixels, mask: Mask, *, detail: float = 1.0) -> tuple[Edit, ...]:
    """What was done to the pixels of a copy, in the order of `EditKind`; nothing where too little of it is seen.

    Args:
        work: float32 (h, w, 3), RGB 0–255, laid over the other picture.
        other: float32 (h, w, 3), the copy at the same size, about 256–512 pixels.
        mask: bool (h, w), where both have pixels.
        detail: pixels of its own that the coarser of the two pictures has for each pixel here, along a side, at most 1.
            Under 1 it was enlarged for the comparison, and its softness is no edit.

    Returns:
        Inverted, greyed, recoloured, saturated, toned, posterised, blurred, sharpened, grainy, covered, blended.
    """
    if detail < 1:
        work, other, mask = (_shrunk(each, detail) for each in (work, other, mask))
    inside = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8), borderType=cv2.BORDER_REPLICATE) > 0
    tones = fit_tones(work, other, mask) if inside.sum() >= ALTERATION_LEAST_PIXELS else None
    if tones is None:
        return ()
    return tuple(sorted(_name(tones, work, other, inside), key=lambda edit: _ORDER[edit.kind]))


def _name(tones: ToneMap, work: Pixels, other: Pixels, inside: Mask) -> list[Edit]:
    toned = lit_as(fitted(tones, work, other, inside), other, inside)
    clear = inside & ~rough_cover(toned, other)
    texture = measure_texture(grey(toned), grey(other), clear)
    if texture.is_blurred:
        work = _as_soft(work, toned, other, inside)
        tones = fit_tones(work, other, inside) or tones
        toned = lit_as(fitted(tones, work, other, inside), other, inside)
    covered = covered_places(toned, other, inside, texture)
    tones = without(tones, covered)
    colours = name_colours(tones)
    if not texture.is_blurred and _climbs_stairs(work, other, clear, tones):
        return _name_steps(tones, colours, float(covered[inside].mean()))
    mixed = blended_share(toned, other, inside, covered, tones.gain)
    edits = [Edit(EditKind.INVERTED)] if is_inverted(tones) else []
    if mixed:
        return [*edits, Edit(EditKind.BLENDED, round(mixed, 2))]
    edits += [*colours, *name_tone(tones, TONED_LEVELS), *_name_cover(float(covered[inside].mean()))]
    return edits + _name_texture(texture)


def _climbs_stairs(work: Pixels, other: Pixels, clear: Mask, tones: ToneMap) -> bool:
    """Whether tones were reduced, of the work as it is or grey, inverted where the copy is."""
    before = 255 - work if is_inverted(tones) else work
    return is_posterised(before, other, clear) or (
        is_grey(tones) and is_posterised(cv2.merge([grey(before)] * 3), other, clear)
    )


def _name_steps(tones: ToneMap, colours: tuple[Edit, ...], covered: float) -> list[Edit]:
    """Steps move tones and colours of themselves: what is left of these to name are grey, and a large move."""
    edits = [Edit(EditKind.INVERTED)] if is_inverted(tones) else []
    edits += [edit for edit in colours if edit.kind is EditKind.GREYED]
    return [*edits, *name_tone(tones, TONED_LEVELS_POSTERISED), Edit(EditKind.POSTERISED), *_name_cover(covered)]


def _name_cover(share: float) -> list[Edit]:
    return [Edit(EditKind.COVERED, round(share, 3))] if share >= COVER_LEAST else []


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
    sigma = min(BLUR_TRIED, key=lambda sigma: float(np.abs(cv2.GaussianBlur(light, (0, 0), sigma) - copy)[inside].mean()))
    return cv2.GaussianBlur(work, (0, 0), sigma)


def _shrunk(pixels: Pixels, scale: float) -> Pixels:
    size = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
    if pixels.dtype == np.bool_:
        return cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 1 - 1e-3
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
