"""How fast pictures are taken in, beside Pillow's full decode and beside the loop that one would write first.

`python -m tests.benchmarks.intake`. Every way gets the same files, as many processes, in turns. The processes are
warm when the clock starts: the files are handed over several times, and the first time is not counted.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

from indexer.core.hashing import digest_stream
from indexer.core.types import Skipped
from indexer.fingerprints.base import FileFingerprints
from indexer.fingerprints.cache import FingerprintCache
from indexer.fingerprints.form_hashes import form_hashes
from indexer.fingerprints.intake import FingerprintedFile, fingerprint_files, fingerprint_picture
from indexer.fingerprints.miniature import miniature_orientations
from indexer.fingerprints.pdq import pdq_orientations
from indexer.fingerprints.phash import phash_orientations, shrink
from indexer.images.colour import WHITE
from indexer.images.loading import open_pictures
from indexer.images.scanning import FoundFile, scan
from tests.benchmarks.timing import in_turns, machine, median_ratio, print_table
from tests.helpers.pictures import draw

try:
    import pdqhash
except ImportError:  # it has no ready-made Linux wheel, so it is not among what the tests need
    pdqhash = None

SIZES = ((4000, 3000), (3000, 4000))
GRAIN = {1: 7.0, 2: 8.0, 4: 8.0, 8: 8.0}
"""Standard deviation of the noise by the size of its grains in pixels. A file then has 4 MB, like a photograph."""

OURS, DECODE, PLAIN = "this program", "Pillow, full decode", "plain loop"
BUDGETS = {DECODE: 1.2, PLAIN: 2.5}
STAGES = (
    "read and digests",
    "decode, reduced",
    "shrink to 32 × 32",
    "pHash × 8",
    "PDQ × 8",
    "miniature × 8",
    "pHash of forms",
)


def make_picture(folder: Path, seed: int) -> None:
    """A JPEG of 12 megapixels with edges, soft ground and grain at several scales, as a photographed work has."""
    width, height = SIZES[seed % 2]
    random = np.random.default_rng(seed)
    pixels = np.asarray(draw(seed, (width // 2, height // 2)).resize((width, height), Image.Resampling.BICUBIC))
    grain = np.zeros((height, width), np.float32)
    for edge, strength in GRAIN.items():
        coarse = random.standard_normal((-(-height // edge), -(-width // edge)), np.float32) * strength
        grain += np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR))
    noisy = np.clip(pixels + grain[..., None], 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(folder / f"work {seed:02}.jpg", quality=90)


def decode_fully(path: Path) -> None:
    """The first yardstick."""
    with Image.open(path) as picture:
        picture.load()


def hash_plainly(path: Path) -> None:
    """The second yardstick: one pHash and one PDQ of all pixels, neither digests nor orientations."""
    with Image.open(path) as picture:
        pixels = picture.convert("RGB")
    imagehash.phash(pixels)
    if pdqhash is None:
        pdq_orientations(pixels)
    else:
        pdqhash.compute(np.asarray(pixels))


def in_processes(work: Callable[[Path], None], files: list[FoundFile], workers: int) -> Iterator[None]:
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(work, [file.path for file in files])


def fingerprinted(files: list[FoundFile], workers: int, cache: FingerprintCache | None = None) -> Iterator[None]:
    """This program; that it skips one of these files would make the figure worthless."""
    for outcome in fingerprint_files(files, workers=workers, cache=cache):
        if not isinstance(outcome, FingerprintedFile):
            raise SystemExit(f"{outcome.path} was skipped, because {outcome.because}")
        yield


def files_per_s(begin: Callable[[], Iterable[None]], uncounted: int) -> float:
    """Files a second, from the moment when the first `uncounted` are done."""
    done = [time.perf_counter() for _ in begin()]
    return (len(done) - uncounted) / (done[-1] - done[uncounted - 1])


def measure_rates(files: list[FoundFile], workers: int, rounds: int, repeats: int) -> None:
    """Print the first table: files a second of each way, and our ratio to the yardsticks."""
    several = files * (rounds + 1)
    ways = {
        OURS: partial(fingerprinted, several, workers),
        DECODE: partial(in_processes, decode_fully, several, workers),
        PLAIN: partial(in_processes, hash_plainly, several, workers),
    }
    rates = in_turns({name: partial(files_per_s, begin, len(files)) for name, begin in ways.items()}, repeats)
    rows = []
    for name, measured in rates.items():
        verdict = ("", "")
        if name in BUDGETS:
            verdict = f"{median_ratio(rates[OURS], measured):.2f} ×", f"{BUDGETS[name]} ×"
        rows.append((name, f"{statistics.median(measured):.1f}", f"{min(measured):.1f}–{max(measured):.1f}", *verdict))
    title = f"Intake, {workers} processes, {len(files) * rounds} files a turn, {repeats} turns"
    print_table(title, ("", "files/s", "lowest–highest", "we are faster", "budget"), rows)
    pdq = "pdqhash" if pdqhash else "our own PDQ instead of pdqhash, which is not installed"
    print(f"The plain loop: full decode, ImageHash's phash, {pdq}. Ours adds SHA-256, MD5 and eight orientations.")


class CountingCache(FingerprintCache):
    """Counts the files that had to be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read = 0

    def keep(self, file: FoundFile, made: FileFingerprints) -> None:
        self.read += 1
        super().keep(file, made)


def measure_second_run(folder: Path, store: Path, workers: int) -> None:
    """Print the second table: whole runs, with the start of the processes, over a store that fills."""

    def run(name: str) -> tuple[str, str, str]:
        files = found(folder)
        with CountingCache(store) as cache:
            started = time.perf_counter()
            for _ in fingerprinted(files, workers, cache):
                pass
            return name, f"{cache.read} of {len(files)}", f"{time.perf_counter() - started:.3f}"

    rows = [run("first run"), run("second run, nothing changed")]
    changed, other, *_ = found(folder)
    changed.path.write_bytes(other.path.read_bytes())
    rows.append(run("third run, one file changed"))
    print_table("Remembered fingerprints, whole runs", ("", "files read", "seconds"), rows)


def stage_times(path: Path) -> list[float]:
    """Seconds of each stage of one file, in this process."""
    clock = [time.perf_counter()]

    def lap() -> None:
        clock.append(time.perf_counter())

    with path.open("rb") as stream:
        digest_stream(stream)
        lap()
        opened = next(open_pictures(stream, path.name, may_reduce=True))
        upright = opened.on(WHITE)
        lap()
    small = shrink(upright)
    lap()
    phash_orientations(small)
    lap()
    pdq_orientations(upright)
    lap()
    miniature_orientations(small)
    lap()
    form_hashes(upright, (opened.width, opened.height))
    lap()
    return [after - before for before, after in pairwise(clock)]


def measure_stages(files: list[FoundFile]) -> None:
    """Print the third table: where the time of one file goes."""
    medians = [statistics.median(times) for times in zip(*(stage_times(file.path) for file in files), strict=True)]
    whole = sum(medians)
    rows = [
        (name, f"{1000 * seconds:.1f}", f"{seconds / whole:.0%}") for name, seconds in zip(STAGES, medians, strict=True)
    ]
    print_table(
        "Stages of one file, one process", ("", "ms", "share"), [*rows, ("together", f"{1000 * whole:.1f}", "")]
    )


def bits_moved(path: Path) -> tuple[int, int]:
    """By how many bits the reduced decode moves the upright pHash and PDQ of a file."""
    made = []
    for may_reduce in (True, False):
        with path.open("rb") as stream:
            made.append(fingerprint_picture(next(open_pictures(stream, path.name, may_reduce=may_reduce))))
    reduced, full = made
    pdq = int.from_bytes(reduced.pdq[0], "big") ^ int.from_bytes(full.pdq[0], "big")
    return (reduced.phash[0] ^ full.phash[0]).bit_count(), pdq.bit_count()


def measure_reduction(files: list[FoundFile], workers: int) -> None:
    """Print what the reduced decode costs in sameness."""
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        phash, pdq = zip(*pool.map(bits_moved, [file.path for file in files]), strict=True)
    print(f"\nReduced against full decode: pHash moved by at most {max(phash)} of 64 bits, PDQ by {max(pdq)} of 256.")


def found(folder: Path) -> list[FoundFile]:
    entries = list(scan(folder))
    skipped = [entry for entry in entries if isinstance(entry, Skipped)]
    if skipped:
        raise SystemExit(f"{skipped[0].path} was skipped, because {skipped[0].because}")
    return [entry for entry in entries if isinstance(entry, FoundFile)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3, help="how often each turn counts every file")
    parser.add_argument("--repeats", type=int, default=5, help="how many turns every way gets")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    if min(asked.files, asked.repeats) < 2 or min(asked.rounds, asked.workers) < 1:
        parser.error("it takes at least two files and two repeats, one round and one worker")
    with tempfile.TemporaryDirectory() as temporary:
        folder, store = Path(temporary) / "works", Path(temporary) / "fingerprints.sqlite"
        folder.mkdir()
        with multiprocessing.get_context("spawn").Pool(asked.workers) as pool:
            pool.map(partial(make_picture, folder), range(asked.files))
        files = found(folder)
        size_mb = statistics.mean(file.size_bytes for file in files) / 1e6
        print(f"{machine()}; {len(files)} JPEGs of 12 megapixels, quality 90, {size_mb:.1f} MB each")
        measure_rates(files, asked.workers, asked.rounds, asked.repeats)
        measure_stages(files)
        measure_reduction(files, asked.workers)
        measure_second_run(folder, store, asked.workers)


if __name__ == "__main__":
    main()
