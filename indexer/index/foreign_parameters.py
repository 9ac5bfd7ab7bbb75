# SPDX-License-Identifier: GPL-3.0-or-later
"""How thoroughly a stranger's index is searched: by what its report asks for, or else by this program's own rule."""

import math
import re
from collections.abc import Iterator

import faiss

_LARGEST = {"nprobe": 1 << 20, "efSearch": 1 << 16, "ht": 1 << 14}
"""The names that autofaiss writes (`datasets.md` §3.2), each with a bound above anything that it would write."""
_FEWEST_LISTS = 8
_LISTS_PER_ROOT = 2
_WRITTEN = re.compile(r"([A-Za-z]{1,16})=([0-9]{1,9})")
_LONGEST = 200

Parameters = tuple[tuple[str, int], ...]


def read_parameters(text: str) -> Parameters:
    """A stranger's `nprobe=16,efSearch=32,ht=2048`: known names and whole numbers from 1 to a bound, nothing else.

    Raises:
        ValueError: it is anything else.
    """
    if not text.strip():
        return ()
    if len(text) > _LONGEST:
        raise ValueError("it is far too long")
    read = []
    for part in text.split(","):
        match = _WRITTEN.fullmatch(part.strip())
        if not match or not 1 <= int(match[2]) <= _LARGEST.get(match[1], 0):
            raise ValueError(f"{part.strip()!r} is nothing that this program knows")
        read.append((match[1], int(match[2])))
    return tuple(read)


def apply_parameters(index: faiss.Index, wanted: Parameters) -> Iterator[str]:
    """Set them; say in words which of them the index does not have."""
    space = faiss.ParameterSpace()
    for name, value in wanted:
        try:
            space.set_index_parameter(index, name, value)
        except RuntimeError:
            yield f"{name}={value}, which is to be asked of it, is nothing that it has"


def lists_to_look_at(lists: int) -> int:
    """Of so many lists, where no report says it: twice their square root.

    Ours, not measured: of 256 lists 32, of 16,384 256, of 131,072 724.
    """
    return min(lists, max(_FEWEST_LISTS, math.ceil(_LISTS_PER_ROOT * math.sqrt(lists))))
