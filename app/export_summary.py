# SPDX-License-Identifier: GPL-3.0-or-later
"""What the archives of the artist's accounts, and lists of their posts, gave a check, in plain words."""

from collections.abc import Iterator

from app.check_result import CheckResult
from app.documents.wording import count_words
from indexer.matching.contract import ExportRead, RenditionFound

_MOST_NOTES = 10


def export_lines(result: CheckResult) -> Iterator[str]:
    """A sentence for each archive and each list, with what it left open below it."""
    yield "What you published:"
    for export in result.exports.values():
        found = [one for one in result.renditions.values() if one.archive == export.archive]
        yield f"  {export_sentence(export, found)}"
        for note in export.notes[:_MOST_NOTES]:
            yield f"    {note}"
        if len(export.notes) > _MOST_NOTES:
            yield f"    … and {len(export.notes) - _MOST_NOTES} more remarks (all of them with --json)"


def export_sentence(export: ExportRead, found: list[RenditionFound]) -> str:
    """How many pictures an archive or list gave, how many show works of the folder, and when the first appeared."""
    if export.because:
        return f"{export.archive}: not read, because {export.because}."
    whose = f"From your {export.platform} archive" if export.platform else "From your list of posts"
    if not found:
        none = "no picture of a post was found in it" if export.platform else "no picture could be fetched"
        return f"{whose} ({export.archive}): {none}."
    shown = sum(not one.stands_alone for one in found)
    alone = len(found) - shown
    parts = [f"{count_words(len(found), 'picture', 'pictures')}, {shown} of them {_show(shown)} of this folder"]
    if alone:
        parts.append(f"{alone} stand{'s' if alone == 1 else ''} for works that are not in it")
    if dates := [one.published[:10] for one in found if one.published]:
        parts.append(f"first published {min(dates)}")
    inferred = "" if export.basis == "documented" else f" What this rests on is inferred: {export.source}."
    return f"{whose} ({export.archive}): {', '.join(parts)}.{inferred}"


def _show(count: int) -> str:
    return "shows a work" if count == 1 else "show works"
