# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms to which copies of a work are likely to be cut or set: without its border, as a square, less one side.

A hash of a whole picture does not know such a copy, but the hash of the work in the same form does. Which forms pay is
measured by `tests/benchmarks/hash_variants.py`.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexer.images.forms import Form

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels, as Pillow has them."""

MIDDLE_KEEPS = 0.87
"""Share of the area. Measured: of 95 to 75 % the one that reaches most crops of paintings, second of drawings."""

SIDE_LOSES = 0.08
"""Share of the width or height. Measured: strips of 8 % on each side reach more copies than any other four crops."""

NEARLY_SQUARE = 1.05
"""Longer by shorter edge up to which a square is the work itself: its hash stays near."""

SHEET_HIDES = 2.0
"""Longer by shorter edge from which a square sheet shows more of itself than of the work, as of any other. A choice."""

BORDER_STEP = 12.0
"""How far (0–255) a pixel may be from the middle tone of its border: paper has grain and JPEG noise. A choice."""

BORDER_SPECKS = 0.01
"""Share of a line's pixels that may be further away: dust of a scan. A choice."""

BORDER_LEAST = 0.03
"""Share of the area that a border takes at least; without less the hash stays within a few bits. A choice."""

INSIDE_LEAST = 0.1
"""Share of the area that is left at least; what is smaller is a spot on an empty sheet. A choice."""


def forms(grey: Image.Image) -> Iterator[tuple[Form, Image.Image]]:
    """The forms of a picture; that without border only where there is an even border, squares only of what is oblong.

    Args:
        grey: mode `L`, upright.
    """
    inside = inside_border(np.asarray(grey))
    if inside:
        yield Form.WITHOUT_BORDER, grey.crop(inside)
    yield from _squares(grey)
    share = MIDDLE_KEEPS**0.5
    yield Form.MIDDLE, _middle(grey, round(grey.width * share), round(grey.height * share))
    yield from _less_one_side(grey)


def inside_border(grey: NDArray[np.uint8]) -> Box | None:
    """What an even border surrounds, on one side or more, each of its own tone; None where there is none.

    Args:
        grey: shape (height, width), 0–255.
    """
    height, width = grey.shape
    top, bottom = _even_lines(grey), _even_lines(grey[::-1])
    if top + bottom >= height:
        return None
    rows = grey[top : height - bottom]
    left, right = _even_lines(rows.T), _even_lines(rows.T[::-1])
    inside = max(width - left - right, 0) * (height - top - bottom) / (width * height)
    if not INSIDE_LEAST <= inside <= 1 - BORDER_LEAST:
        return None
    return left, top, width - right, height - bottom


def _even_lines(lines: NDArray[np.uint8]) -> int:
    """How many lines, from the first, have the first line's middle tone."""
    tone = np.median(lines[0])
    for count, line in enumerate(lines):
        if (np.abs(line - tone) > BORDER_STEP).mean() > BORDER_SPECKS:
            return count
    return len(lines)


def _squares(grey: Image.Image) -> Iterator[tuple[Form, Image.Image]]:
    """The middle, as thumbnails are cut; and on a white sheet, as shops and galleries show pictures."""
    shorter, longer = sorted(grey.size)
    if longer <= NEARLY_SQUARE * shorter:
        return
    yield Form.SQUARE, _middle(grey, shorter, shorter)
    if longer <= SHEET_HIDES * shorter:
        sheet = Image.new("L", (longer, longer), 255)
        sheet.paste(grey, ((longer - grey.width) // 2, (longer - grey.height) // 2))
        yield Form.ON_SQUARE, sheet


def _less_one_side(grey: Image.Image) -> Iterator[tuple[Form, Image.Image]]:
    width, height = grey.size
    across, down = round(width * SIDE_LOSES), round(height * SIDE_LOSES)
    yield Form.WITHOUT_LEFT, grey.crop((across, 0, width, height))
    yield Form.WITHOUT_TOP, grey.crop((0, down, width, height))
    yield Form.WITHOUT_RIGHT, grey.crop((0, 0, width - across, height))
    yield Form.WITHOUT_BOTTOM, grey.crop((0, 0, width, height - down))


def _middle(grey: Image.Image, width: int, height: int) -> Image.Image:
    left, top = (grey.width - width) // 2, (grey.height - height) // 2
    return grey.crop((left, top, left + width, top + height))
