# SPDX-License-Identifier: GPL-3.0-or-later
"""The searchable files of an index of tables, out of the records that reading left; memory holds a piece at a time."""

from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

import numpy as np

from indexer.building.table_journal import COLUMNS_NAME, ReadTable, TableJournal, joined
from indexer.core.progress import Monitor
from indexer.fingerprints.base import Kind
from indexer.fingerprints.quality import PHASH_ONES
from indexer.index.arrays import open_array, write_array
from indexer.index.bit_index import write_chunk_tables
from indexer.index.exact_table import write_prefixes
from indexer.index.manifest import LaneRecord
from indexer.index.near_pairs import near_pairs


def write_lanes(
    folder: Path, journal: TableJournal, read: Mapping[str, ReadTable], monitor: Monitor
) -> tuple[LaneRecord, ...]:
    """Write the files of every kind that has a usable value.

    Args:
        read: every file by its place, in the order of the rows.

    Raises:
        Cancelled: the user stopped.
    """
    kinds = next(iter(read.values())).columns
    lanes = [_write_lane(folder, kind, journal, read, monitor) for kind in kinds]
    return tuple(lane for lane in lanes if lane)


def _write_lane(
    folder: Path, kind: Kind, journal: TableJournal, read: Mapping[str, ReadTable], monitor: Monitor
) -> LaneRecord | None:
    starts = [0, *accumulate(facts.rows for facts in read.values())]
    parts = [(start, journal.records(place, kind)) for start, place in zip(starts, read, strict=False)]
    count = sum(len(records) for _, records in parts)
    if not count:
        return None
    if kind is Kind.PHASH:
        write_array(folder / f"{kind}.codes.npy", (keys for keys, _ in joined(parts)), (count, 1), np.uint64)
        write_array(folder / f"{kind}.rows.npy", (rows for _, rows in joined(parts)), (count,), np.int64)
        codes = open_array(folder / f"{kind}.codes.npy", np.uint64, 2)
        write_chunk_tables(folder, kind, codes, monitor.check)
        return LaneRecord(kind.lane, kind, count, {"bits": 64, "ones": PHASH_ONES}, near_pairs(codes))
    unsorted = folder / COLUMNS_NAME
    write_array(unsorted / "keys.npy", (keys for keys, _ in joined(parts)), (count,), np.uint64)
    write_array(unsorted / "rows.npy", (rows for _, rows in joined(parts)), (count,), np.int64)
    keys, rows = (
        open_array(unsorted / f"{part}.npy", kept, 1) for part, kept in (("keys", np.uint64), ("rows", np.int64))
    )
    write_prefixes(folder, kind, keys, rows, monitor.check)
    return LaneRecord(kind.lane, kind, count)
