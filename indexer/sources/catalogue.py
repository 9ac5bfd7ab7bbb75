# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the catalogue of published data sets, `resources/datasets/*.toml`: what is known of each, not whether it is up.

One file may describe several editions of a set that have most facts in common: what stands under `[[editions]]` takes
the place of what stands above it, and each edition becomes a record of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from indexer.core.errors import InputProblem
from indexer.sources.dataset import Dataset, Recipe

_EDITIONS = "editions"
_NEAR_NAMES = 3


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All records, by slug."""

    records: tuple[Dataset, ...]

    def find(self, slug: str) -> Dataset:
        """The record of a data set.

        Raises:
            InputProblem: there is none of that name; the sentence names those that look like it.
        """
        for record in self.records:
            if record.slug == slug.strip().lower():
                return record
        near = get_close_matches(slug.lower(), [record.slug for record in self.records], _NEAR_NAMES, 0.4)
        meant = f"; perhaps you mean {' or '.join(near)}" if near else ""
        raise InputProblem(slug, f"the catalogue holds no data set of that name{meant}")


@cache
def read_catalogue() -> Catalogue:
    """The catalogue that comes with the program.

    Raises:
        InputProblem: a record is not what a record should be.
    """
    folder = files("resources") / "datasets"
    texts = {place.name: place.read_text("utf-8") for place in folder.iterdir() if place.name.endswith(".toml")}
    records = [record for name in sorted(texts) for record in read_records(name, texts[name])]
    return Catalogue(tuple(sorted(records, key=lambda record: record.slug)))


def find_recipe(record: Dataset, name: str) -> Recipe:
    """The recipe of that name, the first for no name.

    Raises:
        InputProblem: there is none.
    """
    if not record.recipes:
        raise InputProblem(record.slug, "no recipe is known to fetch it; “datasets show” says where it lies")
    recipe = record.recipe(name) if name else record.recipes[0]
    if recipe is None:
        known = ", ".join(one.name for one in record.recipes)
        raise InputProblem(record.slug, f"there is no recipe {name} for it; known: {known}")
    return recipe


def read_records(name: str, text: str) -> tuple[Dataset, ...]:
    """The records of one file, which is called `name` in what may have to be said of it.

    Raises:
        InputProblem: it is no such file.
    """
    try:
        return tuple(msgspec.convert(raw, type=Dataset) for raw in spread(msgspec.toml.decode(text)))
    except msgspec.MsgspecError as problem:
        raise InputProblem(name, f"it does not describe a data set ({problem})") from problem


def spread(raw: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A file's content as one mapping a record, editions spread out."""
    shared = {key: value for key, value in raw.items() if key != _EDITIONS}
    for edition in msgspec.convert(raw.get(_EDITIONS, [{}]), type=list[dict[str, Any]]):
        yield {**shared, **edition}
