# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that chance alone may have brought: shown behind the others, with how many of them it explains."""

from collections.abc import Sequence

from app.documents.wording import count_words
from indexer.core.types import Grade, Match

SHOWN_FIRST = 1.0
"""Rows stand in front while the whole check expects fewer chance hits than this one as near as they are; beyond it
chance alone explains some of them. A matter of order alone: what may be written rests on `CHANCE_FOR_LETTER`."""


def is_behind(match: Match) -> bool:
    """Whether the check expects so many chance hits this near that the row stands behind the others."""
    return match.grade is Grade.POSSIBLE and match.chance is not None and match.chance >= SHOWN_FIRST


def drawer_words(chances: Sequence[float]) -> str:
    """What stands on the drawer of those rows; their figures of chance are of all hits up to their distance."""
    rows = count_words(len(chances), "more row", "more rows")
    expected = max(chances, default=0.0)
    if expected >= len(chances):
        return f"{rows}, which chance alone explains"
    return f"{rows}, of which chance explains about {expected:.0f}"
