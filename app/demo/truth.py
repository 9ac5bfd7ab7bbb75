# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo hides in its data set, written beside it so that anybody can hold the check's answers against it."""

from dataclasses import dataclass

PORTFOLIO, DATASET, TRUTH = "portfolio", "dataset", "truth.json"


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy in the data set: of which work, how altered, under which name."""

    work: str
    done: str
    row: str
