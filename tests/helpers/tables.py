"""Small tables with hash columns, and indexes of them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from indexer.building.contract import Built, TableBuild
from indexer.building.table_columns import build_from_table
from indexer.core.progress import Monitor


def proper_codes(count: int, seed: int) -> NDArray[np.uint64]:
    """Random pHash codes as pictures have them: 32 ones, the first bit among them."""
    random = np.random.default_rng(seed)
    order = np.argsort(random.random((count, 63)), axis=1)[:, :31]
    bits = np.zeros((count, 64), np.uint8)
    bits[:, 0] = 1
    np.put_along_axis(bits, order + 1, 1, axis=1)
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64).ravel()


def as_digits(codes: NDArray[np.uint64]) -> list[str]:
    return [f"{int(code):016x}" for code in codes]


def coyo_rows(codes: NDArray[np.uint64], first: int = 0, **columns: Any) -> pa.Table:
    """A table in COYO's schema, as far as anything of it is read (`datasets.md` §2.3)."""
    numbers = range(first, first + len(codes))
    return pa.table(
        {
            "id": pa.array(numbers, pa.int64()),
            "url": [f"https://pictures.test/{number}.jpg" for number in numbers],
            "text": [f"picture number {number}" for number in numbers],
            "width": pa.array([400 + number % 9 for number in numbers], pa.int32()),
            "height": pa.array([300 + number % 7 for number in numbers], pa.int32()),
            "image_phash": as_digits(codes),
        }
        | columns
    )


def save_coyo(folder: Path, codes: NDArray[np.uint64], files: int, rows_a_group: int = 1000) -> list[Path]:
    """COYO's layout: consecutive parts of the codes in so many files."""
    folder.mkdir(parents=True, exist_ok=True)
    places, first = [], 0
    for number, part in enumerate(np.array_split(codes, files)):
        place = folder / f"part-{number:05d}-c000.snappy.parquet"
        pq.write_table(coyo_rows(part, first), place, row_group_size=rows_a_group, compression="snappy")
        places.append(place)
        first += len(part)
    return places


def digests_of(numbers: Sequence[int], name: str = "sha256") -> list[str]:
    return [hashlib.new(name, f"file {number}".encode()).hexdigest() for number in numbers]


def build_table_index(
    tables: Path | str | Sequence[Path | str], out: Path, monitor: Monitor | None = None, **options: Any
) -> Built:
    """Build an index of tables."""
    written = (tables,) if isinstance(tables, Path | str) else tuple(tables)
    return build_from_table(TableBuild(tuple(map(str, written)), out, **{"dataset": "Test set"} | options), monitor)
