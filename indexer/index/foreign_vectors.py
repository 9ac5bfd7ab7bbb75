# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors read back from a stranger's index, as it keeps them: shortened, and turned back where it turned them.

Rows of lists are reached by their place in a list. FAISS would go by their number, and builds a table of all rows for
that, 8 bytes each: of five billion, 44 GB.
"""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import IndexDamaged, IndexProblem

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]

_SINGLE = (faiss.IndexFlatCodes, faiss.IndexHNSW, faiss.IndexNSG, faiss.IndexPQFastScan)
_PACKED_LISTS = faiss.IndexIVFPQFastScan
"""Of the kinds with packed codes the one that was tried: with 1.15.1, another one's ends the process."""

_ONE_BIT = (faiss.IndexRaBitQ, faiss.IndexIVFRaBitQ)
"""Kept are signs, and what is made of them is a quarter longer than the vector: asked by it, no answer is a cosine."""


def read_back(place: Path, index: faiss.Index, positions: Numbers) -> tuple[Numbers, Vectors]:
    """What the index keeps at some places.

    Args:
        place: its file, for what is said.
        positions: from 0, in the order in which the index stores its rows, which need not be that of their numbers.

    Returns:
        Numbers of the rows, and their vectors (rows, dimension), of whatever length shortening left them.

    Raises:
        IndexProblem: vectors cannot be read back from this kind of index.
        IndexDamaged: it holds fewer than it says.
    """
    try:
        return _read(place, index, positions)
    except (RuntimeError, MemoryError) as problem:  # FAISS's word for "not implemented", too
        raise _not_from_this_kind(place) from problem


def _read(place: Path, index: faiss.Index, positions: Numbers) -> tuple[Numbers, Vectors]:
    layer = faiss.downcast_index(index)
    if len(positions) and int(positions.max()) >= layer.ntotal:
        raise _fewer(place)
    if isinstance(layer, faiss.IndexPreTransform):
        rows, vectors = _read(place, layer.index, positions)
        return rows, _turned_back(layer, vectors)
    if isinstance(layer, faiss.IndexIDMap):
        inner, vectors = _read(place, layer.index, positions)
        if layer.id_map.size() != layer.ntotal:
            raise _fewer(place)
        return np.array([layer.id_map.at(int(one)) for one in inner], np.int64), vectors
    if isinstance(layer, faiss.IndexRefine):  # its rows are numbered through, and kept better a second time
        return _read(place, layer.refine_index, positions)
    if isinstance(layer, _ONE_BIT):
        raise _not_from_this_kind(place)
    if isinstance(layer, faiss.IndexIVF):
        return _of_lists(place, layer, positions)
    if not isinstance(layer, _SINGLE):
        raise _not_from_this_kind(place)
    kept = [layer.reconstruct(int(one)) for one in positions]
    return positions, np.array(kept, np.float32).reshape(-1, layer.d)


def _of_lists(place: Path, layer: faiss.IndexIVF, positions: Numbers) -> tuple[Numbers, Vectors]:
    """Rows by their place in the lists, which are gone through as if one followed the other."""
    _make_readable(place, layer)
    lists: Any = layer.invlists  # `check_kind` saw that there are some
    ends = np.cumsum([lists.list_size(number) for number in range(layer.nlist)])
    if len(positions) and positions.max() >= ends[-1]:
        raise _fewer(place)
    rows, vectors = np.empty(len(positions), np.int64), np.empty((len(positions), layer.d), np.float32)
    for number, position in enumerate(positions):
        which = int(np.searchsorted(ends, position, side="right"))
        offset = int(position - ends[which] + lists.list_size(which))
        rows[number] = lists.get_single_id(which, offset)
        layer.reconstruct_from_offset(which, offset, faiss.swig_ptr(vectors[number]))
    return rows, vectors


def _make_readable(place: Path, layer: faiss.IndexIVF) -> None:
    """An index of packed codes does not know its own decoder any more when it was read from a file (1.15.1)."""
    if not isinstance(layer, faiss.IndexIVFFastScan):
        return
    if not isinstance(layer, _PACKED_LISTS):
        raise _not_from_this_kind(place)
    packed: Any = layer
    if packed.fine_quantizer is None:
        packed.fine_quantizer = packed.pq


def _turned_back(layer: faiss.IndexPreTransform, vectors: Vectors) -> Vectors:
    vectors, back = np.ascontiguousarray(vectors), np.empty((len(vectors), layer.d), np.float32)
    chain: Any = layer
    chain.reverse_chain(len(vectors), faiss.swig_ptr(vectors), faiss.swig_ptr(back))
    return back


def _not_from_this_kind(place: Path) -> IndexProblem:
    return IndexProblem(place, "its vectors cannot be read back from this kind of index")


def _fewer(place: Path) -> IndexDamaged:
    return IndexDamaged(place, f"its {place.name} is damaged: it holds fewer vectors than it says")
