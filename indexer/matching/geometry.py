# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits that are read from where the work lies in the copy: mirrored, turned, cropped, set in, stretched."""

import numpy as np

from indexer.core.types import Edit, EditKind
from indexer.images.variants import Orientation
from indexer.matching.alignment import Alignment, Size
from indexer.matching.thresholds_look import (
    RESIZED_LEAST,
    STRETCH_LEAST,
    TILT_LEAST,
    TURN_DEGREES,
    TURN_SNAP,
    WHOLE,
)


def orientation_edits(orientation: Orientation) -> tuple[Edit, ...]:
    """What laying a picture down differently is called."""
    edits = []
    if orientation.is_mirrored:
        edits.append(Edit(EditKind.MIRRORED))
    if orientation.degrees:
        edits.append(Edit(EditKind.TURNED, float(orientation.degrees)))
    return tuple(edits)


def resize_edit(laid: Size, other: Size) -> tuple[Edit, ...]:
    """Whether two pictures of the same shape have another size."""
    return () if laid == other else (Edit(EditKind.RESIZED, round(max(other) / max(laid), 3)),)


def placed_edits(alignment: Alignment, enlarged: float) -> tuple[Edit, ...]:
    """What the placement of a work says was done to it.

    Args:
        enlarged: linear size of the work in the other picture, in pixels of the full pictures.
    """
    edits = [Edit(EditKind.MIRRORED)] if alignment.mirrored else []
    degrees = _snapped(alignment.degrees)
    if abs(degrees) >= TURN_DEGREES:
        edits.append(Edit(EditKind.TURNED, round(degrees % 360, 1)))
    if alignment.left < WHOLE:
        edits.append(Edit(EditKind.CROPPED, round(alignment.left, 3)))
    if alignment.cover < WHOLE:
        edits.append(Edit(EditKind.EMBEDDED, round(alignment.cover, 3)))
    if alignment.tilt >= TILT_LEAST:
        edits.append(Edit(EditKind.TILTED))
    elif abs(np.log(alignment.stretch)) >= STRETCH_LEAST:
        edits.append(Edit(EditKind.STRETCHED, round(alignment.stretch, 3)))
    if abs(np.log(enlarged)) >= RESIZED_LEAST:
        edits.append(Edit(EditKind.RESIZED, round(enlarged, 3)))
    return tuple(edits)


def _snapped(degrees: float) -> float:
    """A quarter turn within what the placement is off by is a quarter turn."""
    quarter = round(degrees / 90) * 90.0
    return quarter if abs(degrees - quarter) <= TURN_SNAP else degrees
