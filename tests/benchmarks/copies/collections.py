"""Makes a labelled set from any folder of pictures: works, half of them with altered copies hidden among others.

A work whose copies are not there and that gets a match all the same is a *false work*. Recombined pictures are made of
pictures of which no work is made, so that nothing of a work is in them.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tests.benchmarks.copies.detail import points_of
from tests.benchmarks.copies.drawing import scaled
from tests.benchmarks.copies.edits import Recipe
from tests.benchmarks.copies.families import Kept, load, one_of_each_family
from tests.benchmarks.copies.labelled import Copy, LabelledSet, Plan, write_manifest
from tests.benchmarks.copies.labels import visible
from tests.benchmarks.copies.negatives import Negative, drawn, made_of
from tests.benchmarks.copies.others import LONG_EDGE, fitted, pieces, recombined

_LEAST_WORK = 240
_LEAST_OTHERS, _GROUNDS, _MATERIAL = 40, 60, 400
_LOOK_ALIKES, _PER_NEGATIVE = 5, 3


@dataclass(frozen=True, slots=True)
class _Shares:
    """Pictures for each use, no picture for two."""

    works: Sequence[Kept]
    unrelated: Sequence[Kept]
    negatives: Sequence[Kept]
    others: Sequence[Kept]


def make_set(
    name: str, pictures: Sequence[Path], recipes: Mapping[str, Recipe], plan: Plan, folder: Path, workers: int
) -> LabelledSet:
    """Draw works and others, make the copies, write it all below `folder`.

    Args:
        pictures: files, of which one of each family is kept.

    Raises:
        ValueError: the pictures are too few, in a sentence.
    """
    chance = random.Random(plan.seed)
    shares = _shared(_detailed_first(_apart(pictures, plan, chance, workers), plan), plan)
    for part in ("works", "listed"):
        (folder / part).mkdir(parents=True)
    works = list(_write_works(shares.works, folder, plan))
    chance.shuffle(works)
    half = len(works) // 2
    copies = tuple(_write_copies(works[:half], folder, recipes, shares.others, plan))
    sorts = dict(_write_negatives(shares.negatives, folder, plan))
    unrelated = _write_unrelated(shares.unrelated, folder, plan)
    others = _write_others(_nearest_first(shares), folder / "listed", plan)
    made = LabelledSet(
        name,
        folder,
        plan,
        tuple(sorted({one.group.value for one in recipes.values()})),
        tuple(sorted(works[:half])),
        tuple(sorted([*works[half:], *sorts, *unrelated])),
        sorts,
        copies,
        others,
    )
    write_manifest(made)
    return made


def _apart(pictures: Sequence[Path], plan: Plan, chance: random.Random, workers: int) -> list[Kept]:
    """One of each family, in chance order, the larger ones first."""
    shuffled = list(pictures)
    chance.shuffle(shuffled)
    enough = 200 + 3 * (plan.works + plan.unrelated + min(plan.others, len(shuffled)))
    apart = one_of_each_family(sorted(shuffled[:enough]), workers)
    chance.shuffle(apart)
    return sorted(apart, key=lambda one: min(one.size) < _LEAST_WORK)


def _detailed_first(apart: Sequence[Kept], plan: Plan) -> list[Kept]:
    """As many pictures with enough detail as there are to be works, then the others in their order."""
    if not plan.detail:
        return list(apart)
    chosen: dict[Path, Kept] = {}
    for one in apart:
        if len(chosen) < plan.works and points_of(load(one.path)) >= plan.detail:
            chosen[one.path] = one
    return [*chosen.values(), *(one for one in apart if one.path not in chosen)]


def _shared(apart: Sequence[Kept], plan: Plan) -> _Shares:
    set_apart = _PER_NEGATIVE * plan.negatives
    held = max(1, 2 * (len(apart) - set_apart) // 3) if plan.in_pieces else plan.works
    spent = held + set_apart
    if spent + 2 > len(apart):
        raise ValueError(
            f"there are only {len(apart)} pictures that differ, for {held} works, {set_apart} for "
            "hard negatives, and something beside them: ask for fewer, or for parts of them (--in-pieces)"
        )
    left = len(apart) - spent
    unrelated = min(plan.unrelated, max(left - _LEAST_OTHERS, left // 2))
    return _Shares(apart[:held], apart[spent : spent + unrelated], apart[held:spent], apart[spent + unrelated :])


def _nearest_first(shares: _Shares) -> list[Kept]:
    """Others in the order in which they are listed: for each work its nearest by miniature, then the rest."""
    miniatures = np.stack([one.miniature for one in shares.others])
    nearest: dict[int, None] = {}
    for work in shares.works:
        for at in np.argsort(-(miniatures @ work.miniature))[:_LOOK_ALIKES].tolist():
            nearest[at] = None
    return [shares.others[at] for at in (*nearest, *(set(range(len(miniatures))) - nearest.keys()))]


def _write_works(kept: Sequence[Kept], folder: Path, plan: Plan) -> Iterator[str]:
    """Each picture as a work; in pieces, different parts of large pictures that do not overlap."""
    number = 0
    for one in kept:
        picture = load(one.path)
        for piece in pieces(picture) if plan.in_pieces else (picture,):
            if number == plan.works:
                return
            if points_of(piece) < plan.detail:
                continue
            yield _write_work(fitted(piece), folder, f"{number:05d}.png")
            number += 1


def _write_work(picture: Image.Image, folder: Path, name: str) -> str:
    picture.save(folder / "works" / name, compress_level=1)
    return name


def _write_unrelated(kept: Sequence[Kept], folder: Path, plan: Plan) -> list[str]:
    """More works of which nothing is listed; where there are too few pictures, recombined ones."""
    names = [_write_work(fitted(load(one.path)), folder, f"unrelated{at:05d}.png") for at, one in enumerate(kept)]
    material = [scaled(load(one.path), 700) for one in kept[:_MATERIAL]]
    for at in range(len(names), plan.unrelated if material else 0):
        picture = recombined(material, np.random.default_rng((plan.seed, 1, at)))
        names.append(_write_work(picture, folder, f"unrelated{at:05d}.png"))
    return names


def _write_negatives(kept: Sequence[Kept], folder: Path, plan: Plan) -> Iterator[tuple[str, str]]:
    made: Iterator[Negative]
    for made in (drawn(plan.negatives, plan.seed), made_of([load(one.path) for one in kept], plan.seed)):
        for at, negative in enumerate(made):
            name = f"negative-{negative.sort.replace(' ', '-')}-{at:04d}"
            for number, picture in enumerate(negative.listed):
                picture.save(folder / "listed" / f"{name}-{number}.jpg", quality=90)
            yield _write_work(negative.work, folder, f"{name}.png"), negative.sort


def _write_others(kept: Sequence[Kept], folder: Path, plan: Plan) -> int:
    """Others as they are; where they are too few, recombined ones; returns how many are listed that are no copies."""
    for number, one in enumerate(kept[: plan.others]):
        fitted(load(one.path)).save(folder / f"other{number:06d}.jpg", quality=90)
    material = [scaled(load(one.path), 700) for one in kept[:_MATERIAL]]
    for at in range(len(kept), plan.others):
        recombined(material, np.random.default_rng((plan.seed, 2, at))).save(folder / f"other{at:06d}.jpg", quality=88)
    return plan.others + len(list(folder.glob("negative-*")))


def _write_copies(
    works: Sequence[str], folder: Path, recipes: Mapping[str, Recipe], others: Sequence[Kept], plan: Plan
) -> Iterator[Copy]:
    """So many edits a work, each edit about equally often."""
    names = list(recipes)
    grounds = [scaled(load(one.path), LONG_EDGE) for one in others[:_GROUNDS]]
    for number, work in enumerate(works):
        picture = load(folder / "works" / work)
        for turn in range(plan.edits_per_work):
            at = number * plan.edits_per_work + turn
            recipe, seed = recipes[names[at % len(names)]], plan.seed * 1_000_003 + at
            chance = np.random.default_rng(seed)
            ground = grounds[int(chance.integers(len(grounds)))]
            file = f"copy{at:06d}.{('png', 'jpg')[int(chance.random() < 0.7)]}"
            copy = recipe.apply(picture, ground, chance)
            copy.save(folder / "listed" / file, quality=92)
            must, may = visible(recipe, picture, copy)
            yield Copy(file, work, recipe.name, recipe.group.value, seed, must, may)
