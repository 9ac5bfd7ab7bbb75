# SPDX-License-Identifier: GPL-3.0-or-later
"""How likely a match is right, in plain words: always with what the figure takes for granted, or why there is none."""

from math import floor

from indexer.matching.confidence import Scale
from indexer.matching.error_rates import percentage


def confident(share: float, listed: float, scale: Scale, pictures: int, *, is_bound: bool) -> str:
    """The figure, if a share `listed` of works is listed; `pictures`: that this check holds each work against.

    A bound is rounded down, because "at least" must hold.
    """
    figure = f"at least {percentage(floor(share * 1000) / 1000)}" if is_bound else f"about {percentage(share)}"
    said = (
        f"If {listed * 100:g} % of works are listed, {figure} of matches this strong are right, as measured with "
        f"{scale.copies:,} altered copies and {_tried(scale)}."
    )
    times = scale.times_larger(pictures)
    if times == 1:
        return said
    return (
        f"{said} This check holds each work against {pictures:,}, so {times:,.3g} times as many false matches are "
        "allowed for."
    )


def too_little_measured(scale: Scale, pictures: int) -> str:
    """Why there is no figure, though there is a scale."""
    larger = f", in a check that holds each work against {pictures:,}" if scale.times_larger(pictures) > 1 else ""
    return (
        f"How often such a match is right is not told in a figure: it was measured with {_tried(scale)}, which is too "
        f"little to say that most such matches are right{larger}."
    )


def no_confidence() -> str:
    """Why there is no figure where nobody measured one."""
    return "How often such a match is right was not measured, so no figure is given for it."


def _tried(scale: Scale) -> str:
    return f"{scale.works_without_copies:,} unrelated works, each held against {scale.pictures_a_work:,} pictures"
