"""Which edits each group holds."""

from collections.abc import Mapping

from tests.benchmarks.copies.augly import AUGLY
from tests.benchmarks.copies.common import COMMON
from tests.benchmarks.copies.copydays import COPYDAYS, MORE
from tests.benchmarks.copies.edits import Recipe, by_name
from tests.benchmarks.copies.field import FIELD
from tests.benchmarks.copies.hard import HARD

ALL: Mapping[str, Recipe] = by_name((*COMMON, *HARD, *FIELD, *MORE, *COPYDAYS, *AUGLY))


def recipes_of(groups: str) -> Mapping[str, Recipe]:
    """The edits of some groups, whose names are separated by commas.

    Raises:
        ValueError: there is no such group.
    """
    asked = set(groups.split(","))
    if unknown := asked - {one.group for one in ALL.values()}:
        raise ValueError(f"no such group of edits: {', '.join(sorted(unknown))}")
    return {name: one for name, one in ALL.items() if one.group in asked}
