"""How fast 64-bit hashes are searched, beside FAISS's scan of the same codes: same queries, one thread each.

`python -m tests.benchmarks.hash_search [--rows N]`. Ends with 1 when the two do not find the same rows.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from indexer.index.bit_index import BitIndex, bit_index_files, open_bit_index, write_bit_index
from indexer.index.hamming import Codes, Hits, scan
from tests.benchmarks.timing import in_turns, machine, median_ratio, peak_private_bytes, print_table

NAME, RADIUS, QUERIES = "phash", 8, 64
BUDGET, BUDGET_ROWS, BUDGET_BYTES = 200, 10**8, 300_000_000
CROSSOVER_ROWS = (25_000, 50_000, 100_000, 200_000, 400_000)

ROWS_A_CLUSTER = 100
FLIP_CHANCE_LOG2 = 4
"""A bit of a clustered code differs from its centre's with a chance of 1/16, four bits of a code on average."""

_BLOCK_ROWS = 1 << 22


def uniform_codes(rows: int, random: np.random.Generator) -> Codes:
    """Codes without any order, as of pictures that have nothing to do with one another."""
    return random.integers(0, 1 << 64, (rows, 1), np.uint64)


def clustered_codes(rows: int, random: np.random.Generator) -> Codes:
    """Codes around centres of which few are common and most are rare, as of placeholders, series and re-encodings."""
    centres = uniform_codes(max(1, rows // ROWS_A_CLUSTER), random)
    codes = np.empty((rows, 1), np.uint64)
    for start in range(0, rows, _BLOCK_ROWS):
        block = codes[start : start + _BLOCK_ROWS]
        block[:] = centres[(random.random(len(block)) ** 2 * len(centres)).astype(np.int64)]
        flips = uniform_codes(len(block), random)
        for _ in range(FLIP_CHANCE_LOG2 - 1):
            flips &= uniform_codes(len(block), random)
        block ^= flips
    return codes


def make_queries(codes: Codes, random: np.random.Generator) -> Codes:
    """Half are rows with up to `RADIUS` bits turned, which must be found; half are codes of no row."""
    queries = uniform_codes(QUERIES, random)
    for query in queries[::2]:
        bits = random.choice(64, random.integers(0, RADIUS + 1), replace=False)
        query[:] = codes[random.integers(len(codes))] ^ np.uint64(sum(1 << int(bit) for bit in bits))
    return queries


def flat_search(codes: Codes) -> Callable[[Codes], Hits]:
    """The yardstick: FAISS compares every query with every code."""
    import faiss  # not in the process whose private memory is measured for our own search

    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryFlat(64)
    index.add(_as_bytes(codes))

    def search(queries: Codes) -> Hits:
        ends, apart, rows = index.range_search(_as_bytes(queries), RADIUS + 1)  # its radius is exclusive
        counts = ends[1:] - ends[:-1]
        number = np.repeat(np.arange(len(queries)), counts.astype(np.int64))
        return Hits(number, rows.astype(np.int64), apart.astype(np.int64))

    return search


def our_search(folder: Path) -> Callable[[Codes], Hits]:
    return partial(open_bit_index(folder, NAME).search, radius=RADIUS)


def search_alone(kind: str, folder: Path, queries: Codes) -> None:
    """What a process of its own does while its memory is watched."""
    search = our_search(folder) if kind == "ours" else flat_search(np.load(folder / f"{NAME}.codes.npy", mmap_mode="r"))
    for _ in range(3):
        search(queries)


def compare(kind: str, codes: Codes, folder: Path, repeats: int, random: np.random.Generator) -> bool:
    """Print the table of one kind of codes; whether both searches found the same."""
    started = time.perf_counter()
    write_bit_index(folder, NAME, codes, np.arange(len(codes)))
    build_s = time.perf_counter() - started
    disk_bytes = sum((folder / file).stat().st_size for file in bit_index_files(NAME))
    queries = make_queries(codes, random)
    searches = {"ours": our_search(folder), "FAISS": flat_search(codes)}
    found = {name: _as_table(search(queries)) for name, search in searches.items()}  # also warms both up
    times = in_turns({name: partial(_ms_a_query, search, queries) for name, search in searches.items()}, repeats)
    peaks = {name: peak_private_bytes(search_alone, name, folder, queries) for name in searches}
    per_row = {"ours": f"{disk_bytes / len(codes):.1f}", "FAISS": "8.0 in memory"}
    rows = [
        (
            name,
            f"{statistics.median(ms):.3f}",
            f"{min(ms):.3f}–{max(ms):.3f}",
            per_row[name],
            f"{peaks[name] / 1e6:.0f}",
        )
        for name, ms in times.items()
    ]
    heads = ("", "ms/query", "lowest–highest", "bytes a row", "private MB")
    print_table(f"{kind} codes, {len(codes):,} rows (written in {build_s:.1f} s), {repeats} turns", heads, rows)
    ratio = median_ratio(times["FAISS"], times["ours"])
    print(f"we are faster: {ratio:.2f} × (budget {BUDGET} × at {BUDGET_ROWS:,} rows, {BUDGET_BYTES // 10**6} MB)")
    is_same = np.array_equal(found["ours"], found["FAISS"])
    print(f"rows found: {len(found['ours'])} and {len(found['FAISS'])}: {'EQUAL' if is_same else 'DIFFERENT'}")
    return is_same


def print_crossover(codes: Codes, folder: Path, repeats: int, random: np.random.Generator) -> None:
    """Print from how many rows on the tables are faster than our own plain scan (`SCAN_BELOW_ROWS`)."""
    rows = []
    for count in (count for count in CROSSOVER_ROWS if count <= len(codes)):
        write_bit_index(folder, NAME, codes[:count], np.arange(count))
        index, queries = open_bit_index(folder, NAME), make_queries(codes[:count], random)
        times = in_turns(_two_ways(index, codes[:count], queries), repeats)
        scanned, probed = times["scan"], times["tables"]
        medians = (f"{statistics.median(ms):.3f}" for ms in (scanned, probed))
        rows.append((f"{count:,}", *medians, f"{median_ratio(scanned, probed):.2f} ×"))
    print_table("Our plain scan and our tables, uniform codes, ms/query", ("rows", "scan", "tables", "ratio"), rows)


def _two_ways(index: BitIndex, codes: Codes, queries: Codes) -> dict[str, Callable[[], float]]:
    ways = {"scan": partial(scan, codes, radius=RADIUS), "tables": partial(index.probe, radius=RADIUS)}
    return {name: partial(_ms_a_query, search, queries) for name, search in ways.items()}


def _ms_a_query(search: Callable[..., Hits], queries: Codes) -> float:
    started = time.perf_counter()
    search(queries=queries)
    return 1000 * (time.perf_counter() - started) / len(queries)


def _as_bytes(codes: Codes) -> np.ndarray:
    return np.ascontiguousarray(codes).view(np.uint8)


def _as_table(hits: Hits) -> np.ndarray:
    """Hits in one order, so that two searches can be held against each other."""
    order = np.lexsort((hits.row, hits.query))
    return np.stack([hits.query[order], hits.row[order], hits.distance[order]], axis=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=7, help="how many turns either search gets")
    asked = parser.parse_args()
    if asked.rows < 1 or asked.repeats < 1:
        parser.error("it takes at least one row and one repeat")
    print(f"{machine()}; {QUERIES} queries at once, radius {RADIUS}, one thread each")
    are_same = []
    for kind, make in {"Uniform": uniform_codes, "Clustered": clustered_codes}.items():
        random = np.random.default_rng(20)
        with tempfile.TemporaryDirectory() as folder:
            are_same.append(compare(kind, make(asked.rows, random), Path(folder), asked.repeats, random))
    with tempfile.TemporaryDirectory() as folder:
        random = np.random.default_rng(21)
        codes = uniform_codes(min(asked.rows, max(CROSSOVER_ROWS)), random)
        print_crossover(codes, Path(folder), asked.repeats, random)
    return 0 if all(are_same) else 1


if __name__ == "__main__":
    sys.exit(main())
