"""What the thresholds of the second look lie between: the measurements of true copies, and of the nearest others.

    python -m tests.benchmarks.second_look [--pictures DIR] [--works N] [--seed S]

Each work is compared with altered copies of itself, and with the pictures that come nearest to it by their miniature.
Wrong pairs are measured in the orientation in which they are most alike, also where the second look stops earlier.
Pictures in DIR that show the same drawing twice count as wrong pairs, so their acceptance is no error of the program.
"""

import argparse
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

import numpy as np
from PIL import Image

from indexer.fingerprints.miniature import miniature_orientations
from indexer.fingerprints.phash import shrink
from indexer.images.shrinking import shrink_within
from indexer.images.variants import Orientation, lay
from indexer.matching.appearance import Likeness
from indexer.matching.frames import compare_frames, compared_size, laid_size
from indexer.matching.verify import SecondLook, Verdict, second_look
from indexer.matching.view import VIEW_EDGE, View
from tests.helpers import clipart
from tests.helpers.pictures import recompressed

WORKS = 40
RANKED = 1000
"""Pictures among which the nearest wrong ones are looked for; more would take longer to read than to compare."""

NEAREST = 6
QUANTILES = (0.0, 0.005, 0.05, 0.5, 0.95, 0.995, 1.0)
MEASURES = ("blocks_alike", "colour_step", "residual", "worst_spot")
ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp"}


def resized(picture: Image.Image, scale: float) -> Image.Image:
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return recompressed(picture.resize(size, Image.Resampling.LANCZOS), 85)


def cropped(picture: Image.Image) -> Image.Image:
    """A tenth gone on each side: 80 % of width and height are left."""
    width, height = picture.size
    box = (round(width * 0.1), round(height * 0.1), round(width * 0.9), round(height * 0.9))
    return recompressed(picture.crop(box), 85)


ALTERED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG of quality 90": lambda picture: recompressed(picture, 90),
    "JPEG of quality 70": lambda picture: recompressed(picture, 70),
    "JPEG of quality 40": lambda picture: recompressed(picture, 40),
    "resized to 50 %": lambda picture: resized(picture, 0.5),
    "resized to 25 %": lambda picture: resized(picture, 0.25),
    "mirrored": lambda picture: recompressed(lay(picture, Orientation.MIRRORED), 85),
    "turned": lambda picture: recompressed(lay(picture, Orientation.TURNED_90), 85),
    "cropped to 80 %": cropped,
}


@dataclass(slots=True)
class Measured:
    """What was seen in the pairs of one sort."""

    likenesses: list[Likeness] = field(default_factory=list)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    strengths: list[float] = field(default_factory=list)

    def look(self, work: View, other: View, named: str) -> None:
        """Compare a pair as a check does, and measure it also where the check would stop early."""
        start = time.process_time()
        seen = second_look(work, other)
        self.milliseconds.append((time.process_time() - start) * 1000)
        self.verdicts[seen.verdict] += 1
        self.strengths.append(seen.strength)
        if seen.verdict in (Verdict.SAME, Verdict.EDITED):
            self.accepted.append(named)
        self.likenesses.append(_likeness(work, other, seen))


def _likeness(work: View, other: View, seen: SecondLook) -> Likeness:
    if seen.likeness:
        return seen.likeness
    size = compared_size(work.size, other.size)
    measured = (compare_frames(work.shrunk(size), other.shrunk(laid_size(size, way)), way) for way in Orientation)
    return min(measured, key=attrgetter("residual"))


def view(picture: Image.Image) -> View:
    return View(shrink_within(picture, VIEW_EDGE), picture.size)


def nearest_others(paths: Sequence[Path], works: int) -> Iterator[tuple[int, list[int]]]:
    """For each of the first `works` pictures the numbers of the nearest others, in any orientation."""
    vectors = [
        np.frombuffer(b"".join(miniature_orientations(shrink(clipart.load(path)))), np.float32) for path in paths
    ]
    usable = [number for number, vector in enumerate(vectors) if len(vector)]
    laid = np.stack([vectors[number] for number in usable]).reshape(len(usable), len(Orientation), -1)
    for number in usable[:works]:
        cosines = (laid[:, 0] @ laid[usable.index(number)].T).max(axis=1)
        ranked = [usable[at] for at in np.argsort(-cosines)]
        yield number, [other for other in ranked if other != number][:NEAREST]


def measure(paths: Sequence[Path], works: int) -> tuple[dict[str, Measured], Measured]:
    """True pairs by what was done to the copy, and wrong pairs."""
    true, wrong = {name: Measured() for name in ALTERED}, Measured()
    for number, others in nearest_others(paths, works):
        picture = clipart.load(paths[number])
        work = view(picture)  # prepared once, as in a check
        for name, alter in ALTERED.items():
            true[name].look(work, view(alter(picture)), f"{paths[number].name}, {name}")
        for other in others:
            wrong.look(work, view(clipart.load(paths[other])), f"{paths[number]} and {paths[other]}")
    return true, wrong


def print_quantiles(title: str, likenesses: Sequence[Likeness]) -> None:
    comparable = [likeness for likeness in likenesses if not likeness.is_too_plain]
    print(
        f"\n{title}: {len(likenesses)} pairs, {len(likenesses) - len(comparable)} of them too plain and left out here"
    )
    if not comparable:
        return
    print(f"{'':14}" + "".join(f"{f'{share:.1%}':>10}" for share in QUANTILES))
    for name in MEASURES:
        values = np.quantile([getattr(likeness, name) for likeness in comparable], QUANTILES)
        print(f"{name:14}" + "".join(f"{value:10.3f}" for value in values))


def print_report(true: dict[str, Measured], wrong: Measured) -> None:
    whole = [name for name in ALTERED if name != "cropped to 80 %"]
    print_quantiles("true pairs, whole frames", [one for name in whole for one in true[name].likenesses])
    print_quantiles("true pairs, crops", true["cropped to 80 %"].likenesses)
    print_quantiles("wrong pairs", wrong.likenesses)
    print(f"\n{'what was done':22}{'pairs':>7}{'accepted':>10}{'too plain':>11}{'median ms':>11}{'strength':>20}")
    for name, seen in [*true.items(), ("nothing: wrong pairs", wrong)]:
        pairs = len(seen.likenesses)
        share = f"{len(seen.accepted) / pairs:.1%}" if seen is not wrong else str(len(seen.accepted))
        plain, cost = seen.verdicts[Verdict.TOO_PLAIN], statistics.median(seen.milliseconds)
        low, middle, high = np.quantile(seen.strengths, [0, 0.5, 1])
        print(f"{name:22}{pairs:7}{share:>10}{plain:11}{cost:11.1f}{low:9.1f}{middle:6.1f}{high:6.1f}")
    for named in wrong.accepted:
        print(f"accepted: {named}")


def pictures_in(folder: Path | None) -> list[Path]:
    if folder is None:
        return list(clipart.one_of_each_family()) if clipart.FOLDER.is_dir() else []
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pictures", type=Path, help="a folder of pictures; those of Debian's clip art else")
    options.add_argument("--works", type=int, default=WORKS, help="how many pictures have their copies compared")
    options.add_argument("--seed", type=int, default=0, help="another one chooses other pictures")
    asked = options.parse_args()
    paths = pictures_in(asked.pictures)
    if len(paths) <= NEAREST:
        print(f"{asked.pictures} holds too few pictures" if asked.pictures else clipart.MISSING, file=sys.stderr)
        return 1
    random.Random(asked.seed).shuffle(paths)
    paths = paths[: max(RANKED, asked.works)]
    print(f"{min(asked.works, len(paths))} works, {len(paths)} pictures, seed {asked.seed}")
    print_report(*measure(paths, asked.works))
    return 0


if __name__ == "__main__":
    sys.exit(main())
