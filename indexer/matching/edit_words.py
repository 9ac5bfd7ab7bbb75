# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits in plain words, a few for each, for people who have never heard of a hash."""

from collections.abc import Callable, Sequence

from indexer.core.types import Edit, EditKind
from indexer.matching.explain import percent
from indexer.matching.thresholds import CONTRAST_LESS, CONTRAST_MORE


def edit_words(edits: Sequence[Edit]) -> str | None:
    """What was done to the copy, as "mirrored, resized to 50 %"; None when nothing was."""
    return ", ".join(_one_edit(edit) for edit in edits) or None


def _one_edit(edit: Edit) -> str:
    words = _WORDS_OF_AMOUNTS.get(edit.kind)
    return words(edit.amount) if words and edit.amount is not None else _PLAIN_EDITS[edit.kind]


def _stretch_words(ratio: float) -> str:
    return f"stretched {'in width' if ratio > 1 else 'in height'} by {percent(max(ratio, 1 / ratio) - 1)}"


def _tone_words(contrast: float) -> str:
    """A contrast that is about the same means that only the brightness, or the middle tones, moved."""
    if contrast < CONTRAST_LESS:
        return "contrast made weaker"
    return "contrast made stronger" if contrast > CONTRAST_MORE else "made brighter or darker"


_WORDS_OF_AMOUNTS: dict[EditKind, Callable[[float], str]] = {
    EditKind.RESIZED: lambda share: f"resized to {percent(share)}",
    EditKind.TURNED: lambda degrees: f"turned {degrees:.0f}° clockwise",
    EditKind.CROPPED: lambda share: f"cropped to {percent(share)}",
    EditKind.EMBEDDED: lambda share: f"set into another picture, of which it fills {percent(share)}",
    EditKind.STRETCHED: _stretch_words,
    EditKind.RECOLOURED: lambda degrees: f"colours turned by {abs(degrees):.0f}°",
    EditKind.SATURATED: lambda factor: "colours made stronger" if factor > 1 else "colours made paler",
    EditKind.TONED: _tone_words,
    EditKind.COVERED: lambda share: f"written or pasted over in {percent(share)} of it",
    EditKind.BLENDED: lambda share: f"mixed with another picture, of which about {percent(share)} shows",
}

_PLAIN_EDITS = {
    EditKind.RESIZED: "resized",
    EditKind.MIRRORED: "mirrored",
    EditKind.TURNED: "turned",
    EditKind.CROPPED: "cropped",
    EditKind.EMBEDDED: "set into another picture",
    EditKind.STRETCHED: "stretched",
    EditKind.TILTED: "slanted or seen at an angle",
    EditKind.INVERTED: "light and dark exchanged",
    EditKind.GREYED: "made black and white",
    EditKind.RECOLOURED: "colours changed",
    EditKind.SATURATED: "colours made stronger or paler",
    EditKind.TONED: "brightness or contrast changed",
    EditKind.POSTERISED: "reduced to few tones",
    EditKind.BLURRED: "blurred",
    EditKind.SHARPENED: "sharpened",
    EditKind.GRAINY: "made grainy",
    EditKind.COVERED: "written or pasted over",
    EditKind.BLENDED: "mixed with another picture",
}
