"""Tables of millions of rows in COYO's layout, made fast, a server that gives parts of them, and builds over it."""

import mmap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from indexer.building.contract import Built
from indexer.index.folder import IndexFolder
from indexer.index.hamming import Hits, scan
from tests.helpers.children import kill_when_it_says
from tests.helpers.server import LocalServer, Script, Visit
from tests.helpers.tables import build_table_index, proper_codes

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


def _gives(whole: mmap.mmap, mark: int) -> Script:
    def give(visit: Visit) -> None:
        visit.answer_with_part(whole, f'"{mark:x}"')  # type: ignore[arg-type]

    return give


TALKING_BUILD = """
import sys, time
from pathlib import Path
from indexer.building import table_columns
from indexer.building.contract import TableBuild
from indexer.core.progress import Monitor

class Talking(Monitor):
    def progress(self, progress):
        said = f"{progress.stage} {progress.done}"
        print(said, flush=True)
        if said == sys.argv[4]:
            time.sleep(60)

def here(*_, **__):
    print("here", flush=True)
    time.sleep(60)

if sys.argv[4] == "swap":
    table_columns.swap_in_folder = here
build = TableBuild((sys.argv[1],), Path(sys.argv[2]), "Test set", ledger=Path(sys.argv[3]), allow_private_hosts=True)
table_columns.build_from_table(build, Talking())
"""


@dataclass(frozen=True, slots=True)
class Served:
    """Tables on another computer, and the list of their addresses.

    Attributes:
        codes: of all rows.
        asked: tells how many requests there were for a file so far.
    """

    codes: NDArray[np.uint64]
    places: list[Path]
    server: LocalServer
    written: Path
    ledger: Path

    def asked(self, file: int) -> int:
        return sum(seen.path.endswith(self.places[file].name) for seen in self.server.seen)

    def build(self, out: Path) -> Built:
        return build_table_index(self.written, out, ledger=self.ledger, allow_private_hosts=True)

    def kill_at(self, out: Path, said: str) -> None:
        kill_when_it_says(TALKING_BUILD, "here" if said == "swap" else said, self.written, out, self.ledger, said)


def serve(folder: Path, rows: int, files: int, rows_a_group: int) -> Iterator[Served]:
    codes = many_codes(rows, 11)
    places = save_many(folder / "data", codes, files, rows_a_group)
    with serve_parts(places) as (server, urls):
        (folder / "addresses.txt").write_text("\n".join(urls))
        yield Served(codes, places, server, folder / "addresses.txt", folder / "sent.jsonl")


def queries(codes: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """Half of them near to a row, by 0 to 10 bits; the others near to nothing on purpose."""
    random = np.random.default_rng(17)
    planted = codes[random.integers(0, len(codes), count // 2)].copy()
    for number, code in enumerate(planted):
        bits = random.permutation(63)
        ones = [bit for bit in bits if int(code) >> int(bit) & 1][: number % 6]
        zeros = [bit for bit in bits if not int(code) >> int(bit) & 1][: number % 6]
        for bit in (*ones, *zeros):
            planted[number] ^= np.uint64(1 << int(bit))
    return np.concatenate([planted, proper_codes(count - len(planted), 23)])[:, None]


def as_set(hits: Hits) -> set[tuple[int, int, int]]:
    return set(zip(hits.query.tolist(), hits.row.tolist(), hits.distance.tolist(), strict=True))


def assert_is_brute_force(out: Path, codes: NDArray[np.uint64], count: int) -> None:
    asked = queries(codes, count)
    expected = as_set(scan(codes[:, None], asked, 8))
    assert len({query for query, _, _ in expected}) >= count // 2 * 4 // 6
    with IndexFolder(out) as index:
        assert as_set(index.bit_index("phash").probe(asked, 8)) == expected
        assert len(index.bit_index("phash")) == len(codes)
