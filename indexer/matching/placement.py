# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a work lies in a row's picture, in shares of width and height: by it the works in a collage are told apart."""

import numpy as np

from indexer.matching.verify import SecondLook
from indexer.matching.view import View


def place_scores(look: SecondLook, work: View, other: View) -> dict[str, float]:
    """The box around the part of the other picture that shows the work; empty where whole pictures were compared."""
    if look.alignment is None:
        return {}
    width, height = work.image.size
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    laid = corners @ look.alignment.homography.T
    places = laid[:, :2] / laid[:, 2:] / np.array(other.image.size, np.float64)
    left, top = np.clip(places.min(axis=0), 0.0, 1.0)
    right, bottom = np.clip(places.max(axis=0), 0.0, 1.0)
    return {
        "place_left": round(float(left), 4),
        "place_top": round(float(top), 4),
        "place_right": round(float(right), 4),
        "place_bottom": round(float(bottom), 4),
    }
