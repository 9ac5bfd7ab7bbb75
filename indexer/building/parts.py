# SPDX-License-Identifier: GPL-3.0-or-later
"""The lane of an index in which parts of pictures are found: keypoints of every picture in the journal."""

from collections.abc import Iterator
from pathlib import Path

from indexer.building.journal import Journal
from indexer.core.errors import IndexProblem
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.picture_keypoints import PARTS_RECIPE, unpack
from indexer.index.keypoint_file import BYTES_A_KEYPOINT
from indexer.index.keypoint_places import MOST_ROWS, Places
from indexer.index.keypoint_writer import Described, write_keypoint_index
from indexer.index.manifest import LaneRecord


def write_parts(folder: Path, journal: Journal) -> LaneRecord | None:
    """Write the files; None when no picture has a keypoint.

    Raises:
        IndexProblem: there are more pictures than parts can be kept of.
    """
    rows, last = 0, -1
    for described in _described(journal):
        rows, last = rows + 1, int(described.places.row[0])
    if not rows:
        return None
    if last >= MOST_ROWS:
        because = f"parts can be kept of at most {MOST_ROWS:,} pictures; build several indexes, or use --no-parts"
        raise IndexProblem(folder, because)
    total = write_keypoint_index(folder, Kind.KEYPOINTS, lambda: _described(journal))
    parameters: dict[str, str | int | float] = {
        "recipe": PARTS_RECIPE,
        "keypoints": total,
        "bytes_a_keypoint": BYTES_A_KEYPOINT,
    }
    return LaneRecord(Lane.LOCAL, Kind.KEYPOINTS, rows, parameters)


def _described(journal: Journal) -> Iterator[Described]:
    """Row by row; one without keypoints is left out."""
    for stored in journal.stored(Kind.KEYPOINTS):
        found, size = unpack(stored.value)
        if len(found):
            yield Described(
                Places.of(stored.row, found.points, found.sizes, found.angles, max(size)), found.descriptors
            )
