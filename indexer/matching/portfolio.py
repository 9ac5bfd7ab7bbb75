# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's side of a check: every file of the folder becomes queries, or *skipped, because…*."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from indexer.core.progress import Monitor, Progress
from indexer.core.types import Artwork, Skipped
from indexer.fingerprints.base import PictureFingerprints
from indexer.fingerprints.cache import FingerprintCache
from indexer.fingerprints.intake import FingerprintedFile, fingerprint_files
from indexer.images.scanning import scan
from indexer.sources.base import Query


@dataclass(frozen=True, slots=True)
class Work:
    """One picture of the portfolio: how it is reported, where it lies, what is asked for it."""

    artwork: Artwork
    path: Path
    query: Query


def read_portfolio(folder: str, cache: FingerprintCache | None, monitor: Monitor) -> Iterator[Work | Artwork]:
    """Yield every picture as a `Work` and everything else as a skipped `Artwork`, in the folder's order.

    Args:
        folder: as the user wrote it; reported paths begin with it.

    Raises:
        InputProblem: there is no such folder.
    """
    place = Path(folder)
    total = sum(1 for _ in scan(place, monitor))
    monitor.progress(Progress("reading your pictures", 0, total))
    outcomes = fingerprint_files(scan(place, monitor), cache=cache, monitor=monitor)
    for done, outcome in enumerate(outcomes, start=1):
        yield from _reported(folder, outcome)
        monitor.progress(Progress("reading your pictures", done, total))


def _reported(folder: str, outcome: FingerprintedFile | Skipped) -> Iterator[Work | Artwork]:
    if isinstance(outcome, Skipped):
        yield Artwork(_shown_path(folder, outcome.path), skipped=outcome.because)
        return
    made, path = outcome.fingerprints, _shown_path(folder, outcome.file.name)
    for prints in made.pictures:
        name = path if prints.frame == 1 else f"{path}#{prints.frame}"
        artwork = Artwork(
            *(name, made.digests.sha256, prints.width, prints.height),
            note=_note(prints),
            created=made.created,
            changed=day_of(outcome.file.mtime_ns),
            plain=prints.is_too_plain,
            too_plain_for=prints.too_plain_for,
        )
        yield Work(artwork, outcome.file.path, Query(name, made.digests, prints))
    if made.cut_short:
        following = made.pictures[-1].frame + 1
        yield Artwork(f"{path}#{following}", skipped=f"{made.cut_short}; the pages before it were read")


def day_of(time_ns: int) -> str | None:
    """The day in UTC of a file's time stamp; None for one outside the calendar."""
    try:
        return datetime.fromtimestamp(time_ns // 10**9, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _note(prints: PictureFingerprints) -> str | None:
    """What the result does not say of itself: that little of the picture was seen, or little is in it to be seen."""
    notes = []
    if prints.is_preview:
        size = f"{prints.width} × {prints.height}"
        notes.append(f"only the preview of {size} pixels inside the file was looked at; save a PNG beside it")
    if prints.is_too_plain:
        notes.append("it is too plain to be known by its look: only the very same file would be found")
    return "; ".join(notes) or None


def _shown_path(folder: str, name: str) -> str:
    """FOLDER as given, joined with the relative path; a single file is shown as given."""
    return folder if Path(folder).is_file() else os.path.join(folder, name)  # noqa: PTH118 - keeps "./" as given
