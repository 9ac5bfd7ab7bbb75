# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest neighbours in a vector index that a stranger made, of any kind that FAISS reads by memory map.

FAISS's own limits are set before a file is read and what comes out is checked, yet the file is a binary for a parser
in C++: this is only done in a job process, which may end (`Monitor.attempt`; 1.15.1 ends it when a file is cut within
a number of its head).

MMAP_IFC is used for single files and parts, since it leaves flat codes, graphs and lists on disk, on Windows as well
(seen with 1.15.1: no private memory, where `IO_FLAG_MMAP` loads all but lists whole). A merged index has its lists in a
file of its own, which only opens by name; it is looked for beside the index, never where the index says.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import IndexDamaged, IndexProblem
from indexer.core.progress import Monitor
from indexer.index.foreign_kinds import check_kind, is_exact, lists_of, row_numbers, why_misread
from indexer.index.foreign_layout import IndexFiles, read_report
from indexer.index.foreign_parameters import Parameters, apply_parameters, lists_to_look_at, read_parameters
from indexer.index.foreign_vectors import read_back
from indexer.index.vector_index import Neighbours

_LOOP_LIMIT = 1 << 24
_VECTOR_BYTES_A_FILE_BYTE = 2
_BESIDE = faiss.IO_FLAG_READ_ONLY | faiss.IO_FLAG_ONDISK_SAME_DIR | faiss.IO_FLAG_SKIP_PRECOMPUTE_TABLE
_FARTHEST_COSINE = 1.1
_ROUGHNESS = 2.0
"""Products of shortened vectors of length 1 are off by about 1 / √dimension when one bit is left of each number."""
_CALM_S, _MOST_AT_ONCE = 0.2, 256


class ForeignIndex:
    """One index, of one file or of many parts whose rows are numbered through.

    Attributes:
        rows: how many vectors it holds.
        dimension: numbers in each vector.
        is_exact: whether every vector is compared, and as it was given.
        caveats: what must be said with its answers, in words that follow "searched, but".
    """

    def __init__(self, place: Path, parts: Sequence[faiss.Index], caveats: Sequence[str] = ()) -> None:
        self._place, self._parts = place, list(parts)
        self.rows = sum(int(part.ntotal) for part in parts)
        self.dimension = int(parts[0].d)
        self.is_exact = all(is_exact(part) for part in parts)
        self.caveats = tuple(dict.fromkeys(caveats))

    def nearest(self, queries: NDArray[np.float32], count: int, monitor: Monitor) -> Neighbours:
        """The nearest rows of each query (queries, dimension) of length 1, best first, by cosine.

        As few queries are asked at once as keeps a stop within a second.

        Raises:
            IndexProblem: its vectors are not of length 1, so that what it answers is no cosine; or it is damaged.
            ValueError: the queries have another dimension.
            Cancelled: the user stopped.
        """
        if queries.shape[1] != self.dimension:
            raise ValueError(f"its vectors have {self.dimension} numbers, not {queries.shape[1]}")
        found, start, at_once = [], 0, 1
        while start < len(queries):
            began = time.monotonic()
            found.append(self._nearest_of_all(queries[start : start + at_once], count, start, monitor))
            start += at_once
            took = time.monotonic() - began
            at_once = min(at_once * 2, _MOST_AT_ONCE) if took < _CALM_S else max(1, at_once // 2)
        return join_neighbours(found)

    def vectors_at(
        self, positions: NDArray[np.int64], monitor: Monitor
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """What is kept at some places, in order and below `rows`: numbers of rows, and their vectors as `read_back`.

        Raises:
            IndexProblem: vectors cannot be read back from this kind of index, or it is damaged.
            Cancelled: the user stopped.
        """
        rows, vectors, first = [np.empty(0, np.int64)], [np.empty((0, self.dimension), np.float32)], 0
        for part in self._parts:
            monitor.check()
            within = positions[(positions >= first) & (positions < first + part.ntotal)] - first
            numbers, kept = read_back(self._place, part, within)
            rows.append(numbers)
            vectors.append(kept)
            first += int(part.ntotal)
        return np.concatenate(rows), np.concatenate(vectors)

    def close(self) -> None:
        """Let go of the files."""
        self._parts.clear()

    def _nearest_of_all(self, queries: NDArray[np.float32], count: int, first: int, monitor: Monitor) -> Neighbours:
        asked = np.ascontiguousarray(queries, dtype=np.float32)
        rows, scores = [], []
        for part in self._parts:
            monitor.check()
            if part.ntotal:
                answered, ids = self._ask(part, asked, min(count, int(part.ntotal)))
                rows.append(ids)
                scores.append(self._as_cosine(answered, ids, part))
        if not rows:
            return join_neighbours([])
        return _best(np.concatenate(rows, axis=1), np.concatenate(scores, axis=1), count, first)

    def _ask(
        self, part: faiss.Index, queries: NDArray[np.float32], count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """FAISS finds some damage only when it comes across it."""
        try:
            answered: tuple[NDArray[np.float32], NDArray[np.int64]] = part.search(queries, count)
        except (RuntimeError, MemoryError) as problem:
            raise IndexDamaged(self._place, "its vector index is damaged: FAISS cannot search it") from problem
        return answered

    def _as_cosine(
        self, answered: NDArray[np.float32], ids: NDArray[np.int64], part: faiss.Index
    ) -> NDArray[np.float32]:
        """Of vectors of length 1, the squared distance is 2 - 2 · cosine (`datasets.md` §4.3)."""
        cosine = answered if part.metric_type == faiss.METRIC_INNER_PRODUCT else 1 - answered / 2
        said = cosine[(ids >= 0) & np.isfinite(cosine)]
        if len(said) and float(np.abs(said).max()) > _FARTHEST_COSINE + _ROUGHNESS / self.dimension**0.5:
            raise IndexProblem(
                self._place, "its vectors are not of length 1, so its answers do not say how near a row is"
            )
        return np.where(np.isfinite(cosine), cosine, -np.inf).astype(np.float32)


def open_foreign_index(files: IndexFiles) -> ForeignIndex:
    """Open every part by memory map and set how thoroughly it is searched.

    Raises:
        IndexProblem: FAISS does not read it, or it is of a kind that cannot be asked for content; in one sentence.
    """
    wanted, caveats = _wanted(files.report)
    parts: list[faiss.Index] = []
    for place in files.places:
        index = _read(place, merged=files.merged)
        if parts and (index.d, index.metric_type) != (parts[0].d, parts[0].metric_type):
            raise IndexProblem(place, f"its part {place.name} is of another index than {files.places[0].name}")
        caveats += _prepare(index, wanted)
        parts.append(index)
    _check_numbered_through(files.places[0], parts)
    return ForeignIndex(files.places[0], parts, caveats)


def join_neighbours(parts: Sequence[Neighbours]) -> Neighbours:
    """Answers to groups of queries as one answer."""
    nothing = np.empty(0, np.int64)
    if not parts:
        return Neighbours(nothing, nothing, np.empty(0, np.float32))
    return Neighbours(
        np.concatenate([part.query for part in parts]),
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.score for part in parts]),
    )


def _read(place: Path, *, merged: bool) -> faiss.Index:
    with _refusals_are_told(place):
        size = place.stat().st_size
        faiss.set_deserialization_loop_limit(_LOOP_LIMIT)
        faiss.set_deserialization_vector_byte_limit(max(1, _VECTOR_BYTES_A_FILE_BYTE * size))
        flags = _BESIDE if merged else _BESIDE | faiss.IO_FLAG_MMAP_IFC
        index = faiss.read_index(str(place), flags)
        check_kind(place, index)
        return index


def _check_numbered_through(place: Path, parts: Sequence[faiss.Index]) -> None:
    """Merging never shifts numbers (`datasets.md` §3.2), so parts that each begin with row 0 mean other rows by it."""
    seen = [(*row_numbers(part), int(part.ntotal)) for part in parts if part.ntotal]
    from_zero = [(least, count) for least, greatest, count in seen if greatest < count]
    if any(max(one[0], other[0]) < min(one[1], other[1]) for one, other in combinations(from_zero, 2)):
        because = "its parts number their rows each from 0, so nobody can tell which row of the metadata is meant"
        raise IndexProblem(place, because)


def _wanted(report: Path | None) -> tuple[Parameters, list[str]]:
    """What the report asks for; nothing, and a word about it, when it cannot be understood."""
    if report is None:
        return (), []
    read = read_report(report)
    if read is None:
        return (), [f"its {report.name}, which says how it wants to be asked, cannot be read"]
    try:
        return read_parameters(read.index_param), []
    except ValueError as problem:
        return (), [f"its {report.name} asks to be searched in an unknown way ({problem})"]


def _prepare(index: faiss.Index, wanted: Parameters) -> list[str]:
    """Set how thoroughly it is searched; return what must be said of that."""
    lists = lists_of(index)
    if lists and not any(name == "nprobe" for name, _ in wanted):
        lists.nprobe = max(int(lists.nprobe), lists_to_look_at(int(lists.nlist)))
    said = list(apply_parameters(index, wanted))
    if lists and lists.nprobe < lists.nlist:
        said.append(
            f"this index looks at {int(lists.nprobe):,} of {int(lists.nlist):,} lists only, so some rows are missed"
        )
    elif not lists and not is_exact(index):
        said.append("this index keeps its vectors shortened or linked, so some rows are missed")
    return said


def _best(rows: NDArray[np.int64], scores: NDArray[np.float32], count: int, first: int) -> Neighbours:
    """The best of all parts; FAISS fills missing places with row -1, which is no row."""
    scores = np.where(rows >= 0, scores, -np.inf)
    order = np.lexsort((rows, -scores), axis=1)[:, :count]
    rows, scores = np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
    query, rank = np.nonzero(np.isfinite(scores))
    return Neighbours(query + first, rows[query, rank], scores[query, rank])


@contextmanager
def _refusals_are_told(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise IndexProblem(place, f"its {place.name} cannot be read ({problem.strerror})") from problem
    except (RuntimeError, MemoryError) as problem:
        raise IndexDamaged(place, why_misread(place, problem)) from problem
