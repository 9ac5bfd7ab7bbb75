"""Tables of millions of rows in COYO's layout, made fast, and a server that gives parts of them."""

import mmap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tests.helpers.server import LocalServer, Visit
from tests.helpers.tables import proper_codes

_LOW = np.uint64((1 << 63) - 1)
_BASE = 1 << 17


def many_codes(count: int, seed: int) -> NDArray[np.uint64]:
    """As `proper_codes`: some drawn codes, and their rotations below the first bit, which keep the number of ones."""
    base = proper_codes(min(count, _BASE), seed)
    parts = [_rotated(base, turn) for turn in range(-(-count // len(base)))]
    return np.concatenate(parts)[:count]


def _rotated(codes: NDArray[np.uint64], turn: int) -> NDArray[np.uint64]:
    low, left = codes & _LOW, np.uint64(turn % 63)
    return (low << left | low >> (np.uint64(63) - left)) & _LOW | ~_LOW


def save_many(folder: Path, codes: NDArray[np.uint64], files: int, rows_a_group: int) -> list[Path]:
    """Consecutive parts of the codes in so many Parquet files, beside addresses and texts that nothing can shorten."""
    folder.mkdir(parents=True)
    random, places, first = np.random.default_rng(3), [], 0
    for number, part in enumerate(np.array_split(codes, files)):
        place = folder / f"part-{number:05d}-c000.snappy.parquet"
        with pq.ParquetWriter(place, _SCHEMA, compression="snappy") as writer:
            for start in range(0, len(part), rows_a_group):
                group = part[start : start + rows_a_group]
                writer.write_table(_rows(group, first + start, random), row_group_size=rows_a_group)
        places.append(place)
        first += len(part)
    return places


_SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("url", pa.string()),
        ("text", pa.string()),
        ("width", pa.int32()),
        ("image_phash", pa.string()),
    ]
)


def _rows(codes: NDArray[np.uint64], first: int, random: np.random.Generator) -> pa.Table:
    numbers = pa.array(np.arange(first, first + len(codes)))
    url = pc.binary_join_element_wise("https://pictures.test/", numbers.cast(pa.string()), ".jpg", "")
    text = _digits(random.bytes(48 * len(codes)), 96)
    width = pa.array(random.integers(200, 4000, len(codes)), pa.int32())
    return pa.Table.from_arrays([numbers, url, text, width, _digits(codes.astype(">u8").tobytes(), 16)], schema=_SCHEMA)


def _digits(data: bytes, digits: int) -> pa.Array:
    """Hexadecimal texts of one length."""
    letters = data.hex().encode()
    count = len(letters) // digits
    offsets = np.arange(count + 1, dtype=np.int32) * digits
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(letters))


@contextmanager
def serve_parts(places: list[Path]) -> Iterator[tuple[LocalServer, list[str]]]:
    """A server that gives parts of these files without reading them whole, and the files' addresses."""
    with ExitStack() as stack:
        server = stack.enter_context(LocalServer())
        urls = []
        for place in places:
            stream = stack.enter_context(place.open("rb"))
            whole = stack.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
            urls.append(server.plays(f"/{place.name}", _gives(whole, place.stat().st_mtime_ns)))
        yield server, urls


def _gives(whole: mmap.mmap, mark: int):
    def give(visit: Visit) -> None:
        visit.answer_with_part(whole, f'"{mark:x}"')  # type: ignore[arg-type]

    return give
