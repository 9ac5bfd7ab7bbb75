# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a set a recipe means: names, counts of names, and patterns.

data/part-{00000..00127}.parquet   128 names, counted with as many digits as are written
*.parquet                          whatever is called so, at the top
**.parquet                         whatever is called so, anywhere
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product

_COUNT = re.compile(r"\{(\d+)\.\.(\d+)\}")
_PART = re.compile(r"(\*\*|\*)")


def expand(pattern: str) -> tuple[str, ...] | None:
    """All names that a pattern means, in order; None when only the set's place can tell them."""
    return None if "*" in pattern else tuple(_counted(pattern))


def choose(patterns: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Those of the paths that the patterns mean, in the order of the patterns, then of the paths; each once."""
    found: dict[str, None] = {}
    for pattern in patterns:
        tests = [_expression(name) for name in _counted(pattern)]
        found |= {path: None for test in tests for path in sorted(paths) if test.fullmatch(path)}
    return list(found)


def _counted(pattern: str) -> Iterator[str]:
    """The pattern once for each of its numbers."""
    parts = _COUNT.split(pattern)  # text, first, last, text, first, last, text …
    choices = [
        [f"{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]
        for first, last in zip(parts[1::3], parts[2::3], strict=True)
    ]
    for numbers in product(*choices):
        yield parts[0] + "".join(number + text for number, text in zip(numbers, parts[3::3], strict=True))


def _expression(name: str) -> re.Pattern[str]:
    anything = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(anything.get(part, re.escape(part)) for part in _PART.split(name)))
