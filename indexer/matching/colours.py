# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done to the colours and tones of a copy, read from the linear map that made them (`tones.py`).

Light and dark by the map of the grey axis; colours as numbers in the complex plane across it, where one factor turns
the hues by its angle and strengthens them by its length.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.core.types import Edit, EditKind
from indexer.matching.planes import Pixels
from indexer.matching.thresholds import (
    COLOUR_LEAST,
    COLOUR_MOVED,
    COLOUR_MOVED_SHARE,
    COLOUR_UNEXPLAINED,
    GREYED_LEVELS,
    GREYED_SHARE,
    HUE_DEGREES,
    SATURATED_LESS,
    SATURATED_MORE,
    TINT_EXPLAINS,
    TINT_LEAST,
    TINTED_SHARE,
    TONE_DETAIL,
    TONED_GAIN,
    TONED_LEVELS,
)
from indexer.matching.tones import LUMA, Matrix, ToneMap

Complex = NDArray[np.complexfloating[Any, Any]]


@dataclass(frozen=True, slots=True)
class _Colours:
    """Chroma of both pictures, light of the work, and what each sample counts; `gain` of the grey axis."""

    work: Complex
    other: Complex
    light: Matrix
    counts: Matrix
    gain: float

    def size(self, chroma: Complex) -> float:
        """Root mean square of chroma, 0–255."""
        return float(np.sqrt((self.counts * np.abs(chroma) ** 2).sum()))

    def beside_light(self, chroma: Complex) -> float:
        """How large what remains of a chroma is once that was taken away which goes with the light alone."""
        terms = np.stack([np.ones_like(self.light), self.light / 128], axis=1)
        return self.size(chroma - terms @ self.fit(terms, chroma))

    def fit(self, terms: Complex | Matrix, chroma: Complex) -> Complex:
        """What explains a chroma best by these terms (samples, 2), by least squares."""
        weighted = terms.conj().T * self.counts
        gram = weighted @ terms
        fitted: Complex = np.linalg.solve(gram + np.eye(2) * 1e-6 * np.trace(gram).real, weighted @ chroma)
        return fitted


def is_inverted(tones: ToneMap) -> bool:
    """Whether light and dark were exchanged; of a picture with one tone there is no saying."""
    return tones.gain < 0 and float((tones.samples.work @ LUMA).std()) > TONE_DETAIL


def is_grey(tones: ToneMap) -> bool:
    """Whether the copy has no colour to speak of."""
    colours = _colours(tones)
    return colours.size(colours.other) < COLOUR_LEAST


def name_colours(tones: ToneMap) -> tuple[Edit, ...]:
    """Greyed, recoloured or saturated; nothing where the work has no colour to speak of."""
    colours = _colours(tones)
    had, has = colours.size(colours.work), colours.size(colours.other)
    if had < COLOUR_LEAST:
        return (Edit(EditKind.RECOLOURED),) if has > TINT_LEAST + 2 * had else ()
    if has < GREYED_SHARE * had * abs(colours.gain) + GREYED_LEVELS:
        return (Edit(EditKind.GREYED),)
    own, left = colours.beside_light(colours.work), colours.beside_light(colours.other)
    if own >= COLOUR_LEAST and left < TINTED_SHARE * own * abs(colours.gain):
        return Edit(EditKind.GREYED), Edit(EditKind.RECOLOURED)
    return _turned_or_stronger(colours, had)


def _turned_or_stronger(colours: _Colours, had: float) -> tuple[Edit, ...]:
    """By the one factor that explains the colours best; recoloured without an angle where none does."""
    factor = complex((colours.counts * colours.other * colours.work.conj()).sum()) / had**2
    unexplained = colours.size(colours.other - factor * colours.work)
    moved = colours.size(colours.other - colours.gain * colours.work)
    if _is_tinted(colours, unexplained):
        return (Edit(EditKind.RECOLOURED),)
    if unexplained > COLOUR_UNEXPLAINED * colours.size(colours.other):
        far = moved > max(COLOUR_MOVED, COLOUR_MOVED_SHARE * had * abs(colours.gain))
        return (Edit(EditKind.RECOLOURED),) if far else ()
    factor /= colours.gain
    degrees, strength = float(np.degrees(np.angle(factor))), abs(factor)
    edits = []
    if abs(degrees) >= HUE_DEGREES and moved > COLOUR_LEAST:
        edits.append(Edit(EditKind.RECOLOURED, 180.0 if round(degrees) == -180 else float(round(degrees))))
    if not SATURATED_LESS <= strength <= SATURATED_MORE:
        edits.append(Edit(EditKind.SATURATED, round(strength, 2)))
    return tuple(edits)


def _is_tinted(colours: _Colours, unexplained: float) -> bool:
    """Whether a colour that goes with the light was added to all, as a warm filter does."""
    terms = np.stack([colours.work, colours.light / 128], axis=1)
    fit = colours.fit(terms, colours.other)
    left = colours.size(colours.other - terms @ fit)
    tint = colours.size(fit[1] * colours.light / 128)
    return (
        tint > TINT_LEAST
        and unexplained > COLOUR_MOVED / 2
        and unexplained > TINT_EXPLAINS * max(left, COLOUR_LEAST / 2)
    )


def tone_moved(tones: ToneMap) -> float:
    """How far light moved, root mean square over the work's tones, 0–255.

    The lesser of two measures: of the grey axis, which colours of one kind leave open, and of light itself, which also
    moves where colours change.
    """
    light, now = tones.samples.work @ LUMA, tones.samples.other @ LUMA
    base = 255 - light if tones.gain < 0 else light
    axis = np.clip(tones.gain * light + float(tones.offset.mean()), 0, 255)
    counts = _counts(tones)
    return min(float(np.sqrt((counts * (each - base) ** 2).sum())) for each in (axis, now))


def name_tone(tones: ToneMap, least: float = TONED_LEVELS) -> tuple[Edit, ...]:
    """Toned, where light moved by more than `least` levels, or half of that and the contrast is another."""
    moved, contrast = tone_moved(tones), abs(tones.gain)
    flatter_or_steeper = not 1 / TONED_GAIN <= contrast <= TONED_GAIN
    return (Edit(EditKind.TONED, round(contrast, 2)),) if moved > (least / 2 if flatter_or_steeper else least) else ()


def turn_hues(work: Pixels, degrees: float) -> Pixels:
    """All hues turned as painting programs do it: around the hexagon of HSV, lightest and darkest channel kept."""
    hsv = cv2.cvtColor(work / np.float32(255), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + np.float32(degrees)) % 360
    turned: Pixels = (cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255).astype(np.float32, copy=False)
    return turned


def _counts(tones: ToneMap) -> Matrix:
    counts: Matrix = tones.samples.rarity * tones.trust
    return counts / max(float(counts.sum()), 1e-9)


def _colours(tones: ToneMap) -> _Colours:
    work, other = tones.samples.work, tones.samples.other
    gain = tones.gain if abs(tones.gain) > 0.05 else 0.05
    return _Colours(_chroma(work), _chroma(other), work @ LUMA, _counts(tones), gain)


def _chroma(colours: Matrix) -> Complex:
    """Colours seen along the grey axis: red at 0°, green at 120°, blue at 240°; pure red is as long as 255."""
    red, green, blue = colours.T
    chroma: Complex = (red - 0.5 * (green + blue)) + 1j * (np.sqrt(3) / 2) * (green - blue)
    return chroma
