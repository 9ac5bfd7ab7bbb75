# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's table of error rates: what was measured, on which pictures, with which command, in plain words."""

from app.documents.wording import GRADE_WORDS, LANE_WORDS, NO_BREAK, count_words, date_words
from indexer.core.about import Tool
from indexer.core.types import Grade
from indexer.matching.error_rates import ErrorRates, GradeRates, PictureSet, in_order, rate_words


def error_rate_tables(measured: tuple[ErrorRates, ...], tool: Tool) -> list[dict[str, object]]:
    """Each measurement as the template prints it; that something is only similar accuses nobody, and is left out.

    Args:
        tool: the program that made this report; a measurement of another version says so.
    """
    return [
        {
            "about": _about(one, tool),
            "sets": [_set_words(pictures) for pictures in one.collections],
            "command": one.command,
            "rows": [_row(rates) for rates in in_order(one.rows) if rates.grade is not Grade.LOOKS_ALIKE],
        }
        for one in measured
    ]


def _about(one: ErrorRates, tool: Tool) -> str:
    sentences = [f"Measured on {date_words(one.made)} with {one.tool.name} {one.tool.version}."]
    if one.tool != tool:
        sentences.append(
            f"This report was made with {tool.name} {tool.version}, for which that was not measured again."
        )
    if one.edits:
        sentences.append(f"The copies were altered in {count_words(len(one.edits), 'way', 'ways')}.")
    return " ".join([*sentences, *([one.note] if one.note else [])])


def _set_words(pictures: PictureSet) -> str:
    described = f"{pictures.name} ({pictures.description})" if pictures.description else pictures.name
    works = count_words(pictures.works_with_copies, "work", "works")
    unrelated = count_words(pictures.works_without_copies, "unrelated work", "unrelated works")
    hidden = f", hidden among {pictures.listed:,} pictures" if pictures.listed else ""
    copies = count_words(pictures.copies, "altered copy", "altered copies")
    return f"{described}: {copies} of {works}{hidden}; {unrelated} of which nothing was listed."


def _row(rates: GradeRates) -> tuple[str, str, str, str, str]:
    """Grade, way of looking, comparison, false works, missed copies."""
    return (
        GRADE_WORDS[rates.grade].partition(":")[0],
        LANE_WORDS[rates.lane] if rates.lane else "any way of looking",
        "yes" if rates.verified else "no",
        _whole(rate_words(rates.false_works, "work", "works")),
        _whole(rate_words(rates.missed_copies, "copy", "copies")),
    )


def _whole(words: str) -> str:
    """Count and range on lines of their own, no figure torn from its unit."""
    return words.replace(", ", ",\n").replace(" ", NO_BREAK).replace(",\n", ", ")
