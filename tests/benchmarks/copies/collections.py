"""A labelled set on disk from any folder of pictures: works, half of them with altered copies hidden among others.

    works/            the portfolio: half of it has copies, the other half has none
    listed/           copies, other pictures, and recombinations of those
    copies.jsonl      for each copy: file, work, edit, group, seed

A work whose copies are not there and that gets a match all the same is a *false work*. Recombined pictures are made
of other pictures only, so that nothing of a work is in them.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from tests.benchmarks.copies.drawing import cropped, scaled
from tests.benchmarks.copies.edits import Recipe
from tests.benchmarks.copies.families import load, one_of_each_family

LONG_EDGE = 1000
_PIECES = 3
_LEAST_PIECE = 480


@dataclass(frozen=True, slots=True)
class Copy:
    """One altered copy; `file` relative to `listed`, `work` relative to `works`."""

    file: str
    work: str
    edit: str
    group: str
    seed: int


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Where a set lies, and what is known of it.

    Attributes:
        with_copies, without_copies: files of works.
        others: how many listed pictures are no copies.
    """

    name: str
    folder: Path
    with_copies: tuple[str, ...]
    without_copies: tuple[str, ...]
    copies: tuple[Copy, ...]
    others: int

    @property
    def works(self) -> Path:
        """The portfolio."""
        return self.folder / "works"

    @property
    def listed(self) -> Path:
        """What is searched."""
        return self.folder / "listed"


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a set should be."""

    works: int
    edits_per_work: int
    others: int
    seed: int
    in_pieces: bool = False


def make_set(
    name: str, pictures: Sequence[Path], recipes: Mapping[str, Recipe], plan: Plan, folder: Path
) -> LabelledSet:
    """Draw works and others, make the copies, write it all below `folder`.

    Args:
        pictures: files, of which one of each family is kept.
    """
    chance = random.Random(plan.seed)
    shuffled = list(pictures)
    chance.shuffle(shuffled)
    apart = list(one_of_each_family(sorted(shuffled[: 4 * (plan.works + plan.others)]), geometry=len(shuffled) < 2500))
    chance.shuffle(apart)
    held, rest = apart[: plan.works], apart[plan.works :]
    if plan.in_pieces:
        held, rest = apart[: max(1, 2 * len(apart) // 3)], apart[max(1, 2 * len(apart) // 3) :]
    for part in ("works", "listed"):
        (folder / part).mkdir(parents=True)
    works = list(_write_works(held, folder / "works", plan))
    chance.shuffle(works)
    half = len(works) // 2
    written = _write_others(rest, folder / "listed", plan)
    copies = tuple(_write_copies(works[:half], folder, recipes, rest, plan))
    (folder / "copies.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in copies))
    return LabelledSet(name, folder, tuple(sorted(works[:half])), tuple(sorted(works[half:])), copies, written)


def _write_works(paths: Sequence[Path], folder: Path, plan: Plan) -> Iterator[str]:
    """Each picture as a work; in pieces, different parts of large pictures that do not overlap."""
    number = 0
    for path in paths:
        for piece in _pieces(load(path)) if plan.in_pieces else (load(path),):
            if number == plan.works:
                return
            name = f"{number:04d}.png"
            (scaled(piece, LONG_EDGE) if max(piece.size) > LONG_EDGE else piece).save(folder / name, compress_level=1)
            number += 1
            yield name


def _pieces(picture: Image.Image) -> Iterator[Image.Image]:
    """Parts that have something in them, of a grid with gaps, no smaller than a work would be."""
    across, down = (max(1, min(_PIECES, side // _LEAST_PIECE)) for side in picture.size)
    wide, tall = picture.width // across, picture.height // down
    for row in range(down):
        for column in range(across):
            part = picture.crop(
                (column * wide, row * tall, column * wide + wide * 9 // 10, row * tall + tall * 9 // 10)
            )
            if np.asarray(part.resize((32, 32)).convert("L"), np.float32).std() >= 20:
                yield part


def _write_others(paths: Sequence[Path], folder: Path, plan: Plan) -> int:
    """Others as they are; where they are too few, recombined ones."""
    number = 0
    for path in paths[: plan.others]:
        picture = load(path)
        (scaled(picture, LONG_EDGE) if max(picture.size) > LONG_EDGE else picture).save(
            folder / f"other{number:06d}.jpg", quality=90
        )
        number += 1
    if not paths:
        return number
    small = [scaled(load(path), 700) for path in paths[:400]]
    for seed in range(number, plan.others):
        _recombined(small, np.random.default_rng((plan.seed, seed))).save(folder / f"other{seed:06d}.jpg", quality=88)
    return max(number, plan.others)


def _recombined(pictures: Sequence[Image.Image], chance: np.random.Generator) -> Image.Image:
    """Two to six pieces of other pictures, mirrored or turned at times, side by side and over each other."""
    size = (int(chance.integers(420, 720)), int(chance.integers(420, 720)))
    out = Image.new("RGB", size, tuple(int(v) for v in chance.integers(0, 256, 3)))
    for _ in range(int(chance.integers(2, 7))):
        piece = cropped(pictures[int(chance.integers(len(pictures)))], float(chance.uniform(0.1, 0.7)), chance)
        piece = piece.transpose(Image.Transpose(int(chance.integers(0, 7))))
        edge = max(32, int(max(size) * chance.uniform(0.4, 0.9)))
        piece = scaled(piece, edge)
        place = [int(chance.integers(-piece_side // 3, max(side - piece_side // 2, 1)))
                 for side, piece_side in zip(size, piece.size, strict=True)]  # fmt: skip
        out.paste(piece, (place[0], place[1]))
    return out


def _write_copies(
    works: Sequence[str], folder: Path, recipes: Mapping[str, Recipe], others: Sequence[Path], plan: Plan
) -> Iterator[Copy]:
    """So many edits a work, each edit about equally often."""
    names = list(recipes)
    grounds = [scaled(load(path), LONG_EDGE) for path in others[:60]]
    for number, work in enumerate(works):
        picture = load(folder / "works" / work)
        for turn in range(plan.edits_per_work):
            at = number * plan.edits_per_work + turn
            recipe, seed = recipes[names[at % len(names)]], plan.seed * 1_000_003 + at
            chance = np.random.default_rng(seed)
            ground = grounds[int(chance.integers(len(grounds)))]
            file = f"copy{at:06d}.{('png', 'jpg')[int(chance.random() < 0.7)]}"
            recipe.apply(picture, ground, chance).save(folder / "listed" / file, quality=92)
            yield Copy(file, work, recipe.name, recipe.group.value, seed)
