# SPDX-License-Identifier: GPL-3.0-or-later
"""Which kinds of FAISS index can be asked for content, and whether one that was read is sound enough to be asked.

A search walks over what the file says, so what can lead out of it is checked here before: FAISS itself does not.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import faiss

from indexer.core.errors import IndexDamaged, IndexProblem
from indexer.index.foreign_layout import POPULATED_NAME

_PLAIN = (faiss.IndexFlatCodes, faiss.IndexFastScan, faiss.IndexIVF, faiss.IndexHNSW, faiss.IndexNSG)
_WRAPPED = {faiss.IndexPreTransform: "index", faiss.IndexIDMap: "index", faiss.IndexRefine: "base_index"}
_NO_PRODUCT = (faiss.IndexLSH, faiss.IndexLattice)
_KNOWN_LISTS = frozenset({"ArrayInvertedLists", "BlockInvertedLists", "OnDiskInvertedLists"})
_DEEPEST = 4
_ID_BYTES = 8
_LARGEST_DIMENSION = 1 << 14
_MOST_SEEN = 1 << 10


def check_kind(place: Path, index: faiss.Index) -> None:
    """Refuse an index that cannot be asked, or that would lead a search out of its file.

    Raises:
        IndexProblem: it is of another kind.
        IndexDamaged: what it says of itself cannot be.
    """
    name = place.name
    if index.metric_type not in (faiss.METRIC_INNER_PRODUCT, faiss.METRIC_L2):
        raise IndexProblem(place, f"its {name} measures nearness in a way that is no cosine")
    if not 1 <= index.d <= _LARGEST_DIMENSION or index.ntotal < 0:
        raise IndexDamaged(place, f"its {name} is damaged: it says that its vectors have {index.d} numbers")
    if not index.is_trained:
        raise IndexProblem(place, f"its {name} is an empty beginning of an index")
    layers = list(_layers(index))
    inner = layers[-1]
    if any(not _fit(outer, wrapped) for outer, wrapped in pairwise(layers)):
        raise IndexDamaged(place, f"its {name} is damaged: its layers do not fit each other")
    if not isinstance(inner, _PLAIN) or isinstance(inner, _NO_PRODUCT):
        kind = type(inner).__name__
        raise IndexProblem(place, f"its {name} is of a kind that cannot be asked for content ({kind})")
    if isinstance(inner, faiss.IndexIVF):
        _check_lists(place, inner)


def lists_of(index: faiss.Index) -> faiss.IndexIVF | None:
    """The layer that has lists; None where there is none."""
    inner = list(_layers(index))[-1]
    return inner if isinstance(inner, faiss.IndexIVF) else None


def is_exact(index: faiss.Index) -> bool:
    """Whether it compares with every vector as it was given."""
    return isinstance(list(_layers(index))[-1], faiss.IndexFlat)


def row_numbers(index: faiss.Index) -> tuple[int, int]:
    """The least and the greatest number of its rows that were seen: of one that names them, some are looked at."""
    named = next((layer for layer in _layers(index) if isinstance(layer, faiss.IndexIDMap)), None)
    lists, count = lists_of(index), int(index.ntotal)
    seen = [0, count - 1]
    if named:
        seen = [int(named.id_map.at(place)) for place in (*range(0, count, -(-count // _MOST_SEEN)), count - 1)]
    elif lists and lists.invlists:
        seen = [number for one in range(min(lists.nlist, _MOST_SEEN)) for number in _ends_of(lists.invlists, one)]
    return min(seen, default=count), max(seen, default=count)


def why_misread(place: Path, problem: Exception) -> str:
    """Why FAISS refused a file, in one plain sentence."""
    head = _head(place)
    if head[:2] == b"IB":
        return f"its {place.name} is an index of bits, not of content vectors"
    if "limit" in str(problem) or isinstance(problem, MemoryError):
        return f"its {place.name} is damaged: it says that it holds far more than its size allows"
    if "SAME_DIR" in str(problem):
        return f"its {place.name} keeps its lists in another file; only {POPULATED_NAME} may"
    if place.name == POPULATED_NAME and "could not open" in str(problem):
        return f"the file of lists that belongs to its {place.name} is missing or cannot be read"
    return f"its {place.name} is damaged, or no index that FAISS can read"


def _ends_of(lists: faiss.InvertedLists, number: int) -> list[int]:
    """The first and the last row of a list, which are added in order."""
    size = int(lists.list_size(number))
    return [int(one) for one in faiss.rev_swig_ptr(lists.get_ids(number), size)[[0, -1]]] if size else []


def _layers(index: faiss.Index) -> Iterator[faiss.Index]:
    """The index, what it wraps, and so on."""
    layer = faiss.downcast_index(index)
    for _ in range(_DEEPEST):
        yield layer
        wrapped = next((name for kind, name in _WRAPPED.items() if isinstance(layer, kind)), None)
        if wrapped is None:
            return
        layer = faiss.downcast_index(getattr(layer, wrapped))


def _fit(outer: faiss.Index, wrapped: faiss.Index) -> bool:
    """Whether a layer hands on vectors as long as the next one reads; a transformation changes their length."""
    if outer.ntotal != wrapped.ntotal or outer.metric_type != wrapped.metric_type:
        return False
    return isinstance(outer, faiss.IndexPreTransform) or outer.d == wrapped.d


def _check_lists(place: Path, index: faiss.IndexIVF) -> None:
    lists = faiss.downcast_InvertedLists(index.invlists) if index.invlists else None
    if lists is None or type(lists).__name__ not in _KNOWN_LISTS or not _lists_fit(lists, index):
        raise IndexDamaged(place, f"its {place.name} is damaged: its lists are not what it says")
    if isinstance(lists, faiss.OnDiskInvertedLists):
        _check_lists_on_disk(place, lists)


def _lists_fit(lists: faiss.InvertedLists, index: faiss.IndexIVF) -> bool:
    quantizer = index.quantizer
    return bool(lists.nlist == index.nlist == quantizer.ntotal and quantizer.d == index.d)


def _check_lists_on_disk(place: Path, lists: faiss.OnDiskInvertedLists) -> None:
    """Each list must lie within its file, which lies beside the index."""
    other = Path(lists.filename)
    if other.parent != place.parent or not other.is_file():
        raise IndexProblem(place, f"the file of lists that belongs to its {place.name} is missing ({other.name})")
    there, entry = other.stat().st_size, lists.code_size + _ID_BYTES
    for number in range(lists.nlist):
        one = lists.lists.at(number)  # type: ignore[attr-defined]
        if one.size > one.capacity or (one.size and one.offset + one.capacity * entry > there):
            raise IndexDamaged(place, f"its {other.name} is damaged or cut short")


def _head(place: Path) -> bytes:
    try:
        with place.open("rb") as stream:
            return stream.read(4)
    except OSError:
        return b""
