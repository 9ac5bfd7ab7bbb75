"""Edits as people make them, by name: what is done, and which kinds of edit must, or may, be named of such a copy.

Strengths come from `matching.md` §6 (the list of 57, Copydays, AugLy); a seed gives the same copy again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PIL import Image

from indexer.core.types import EditKind

Apply = Callable[[Image.Image, Image.Image, np.random.Generator], Image.Image]
"""The work, another picture that is no work, and what chance decides, to the copy; all of mode RGB."""


class Group(StrEnum):
    """Where an edit is listed."""

    COMMON = "common"
    HARD = "hard"
    FIELD = "field"
    MORE = "more"
    COPYDAYS = "copydays"
    AUGLY = "augly"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way of altering a picture.

    Attributes:
        must, may: kinds of edit that have to be named, and that may be named besides; resizing may always be.
    """

    name: str
    group: Group
    apply: Apply
    must: frozenset[EditKind] = frozenset()
    may: frozenset[EditKind] = frozenset({EditKind.RESIZED})


def recipe(group: Group, name: str, apply: Apply, must: str = "", may: str = "") -> Recipe:
    """A recipe with the kinds written as words."""
    kinds = [frozenset(map(EditKind, words.split())) for words in (must, may)]
    return Recipe(name, group, apply, kinds[0], (kinds[1] | {EditKind.RESIZED}) - kinds[0])


def by_name(recipes: tuple[Recipe, ...]) -> Mapping[str, Recipe]:
    """Recipes by their names, each name once."""
    names = {one.name: one for one in recipes}
    if len(names) != len(recipes):
        raise ValueError("two edits have the same name")
    return names
