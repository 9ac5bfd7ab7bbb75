# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms to which copies of a work are likely to be cut or set, by name; `draw_forms.py` makes them.

Apart from the drawing, because what only tells of fingerprints must not load a picture library.
"""

from enum import StrEnum


class Form(StrEnum):
    """What is made of the work; it stays upright."""

    WITHOUT_BORDER = "without_border"
    SQUARE = "square"
    ON_SQUARE = "on_square"
    MIDDLE = "middle"
    WITHOUT_LEFT = "without_left"
    WITHOUT_TOP = "without_top"
    WITHOUT_RIGHT = "without_right"
    WITHOUT_BOTTOM = "without_bottom"

    @property
    def is_cropped(self) -> bool:
        """Whether something of the work is missing; else something is around it."""
        return self is not Form.ON_SQUARE
