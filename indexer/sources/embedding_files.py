# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of embeddings, opened: vectors of one model, each with the row of a table that says what it is of."""

import hashlib
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.fingerprints.clip_models import ClipSpace
from indexer.index.exact_products import of_length_one
from indexer.index.vector_files import VectorFile, list_members, open_vectors
from indexer.sources.embedding_layouts import EmbeddingFiles, find_embeddings
from indexer.sources.folder_model import space_of_folder
from indexer.sources.knn_model import declared_space
from indexer.sources.local_tables import open_local


class Embeddings:
    """Vectors and rows of a folder.

    Args:
        folder: in one of the layouts of `embedding_layouts`.
        pair: `MODEL,TAG` that the user wrote, None for none.

    Attributes:
        files: what lies there.
        tables: the rows.
        rows: how many there are; as many as vectors.
        dimension: numbers in each vector.
        because: why its model is not known, in words that follow "not searched, because"; None when it is.
        space: None when it is not.

    Raises:
        InputProblem: it is no such folder, a file is damaged, or vectors and rows do not belong together.
        Cancelled: the user stopped.
    """

    def __init__(self, folder: Path, pair: str | None, monitor: Monitor) -> None:
        found = find_embeddings(folder)
        if found is None:
            raise InputProblem(folder, "it holds no vectors in a layout that is known")
        self.files = found
        member = _member(found, pair)
        self.vectors = [open_vectors(place, member) for place in found.vectors]
        self.dimension = _one_dimension(self.vectors)
        self.space: ClipSpace | None = None
        self.because: str | None = None
        try:
            self.space = _space(folder, found, member, pair, self.dimension)
        except InputProblem as problem:
            self.because = problem.because
        self.tables = open_local(found.tables, found.root, monitor)
        try:
            self.rows = self.tables.rows()
            self._check_pairs()
        except BaseException:
            self.close()
            raise

    @property
    def identity(self) -> str:
        """Of names, sizes and times of the files: their content may be terabytes."""
        lines = [f"{self.space.key if self.space else ''} {self.dimension}"]
        for place in (*self.files.vectors, *self.files.tables):
            facts = place.stat()
            lines.append(f"{place.name} {facts.st_size} {facts.st_mtime_ns}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def blocks(self, monitor: Monitor) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """All vectors that have a direction, of length 1, with the numbers of their rows, in order.

        Raises:
            InputProblem: a file is damaged or no longer there.
            Cancelled: the user stopped.
        """
        first = 0
        for file in self.vectors:
            for block in file.blocks(monitor):
                chosen, which = of_length_one(block)
                yield chosen, which + first
                first += len(block)

    def vectors_of(self, rows: NDArray[np.int64], monitor: Monitor) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of some rows, in order, whose vectors have a direction, and these, of length 1.

        Raises:
            InputProblem: a file is damaged or no longer there.
            Cancelled: the user stopped.
        """
        picked, first = [np.empty((0, self.dimension), np.float32)], 0
        for file in self.vectors:
            within = rows[(rows >= first) & (rows < first + file.rows)] - first
            if len(within):
                picked.append(file.pick(within, monitor))
            first += file.rows
        vectors, which = of_length_one(np.concatenate(picked))
        return rows[which], vectors

    def close(self) -> None:
        """Close the tables."""
        self.tables.close()

    def _check_pairs(self) -> None:
        """Each file of vectors must end where a file of rows ends."""
        ends = {self.tables.start_of(number + 1) for number in range(len(self.tables.tables))}
        held = [*accumulate(file.rows for file in self.vectors)]
        for file, end in zip(self.vectors, held, strict=True):
            if end not in ends:
                raise InputProblem(file.place.name, "it has another number of vectors than its metadata has rows")
        if held[-1] != self.rows:
            raise InputProblem(self.files.root, f"it has {held[-1]:,} vectors and {self.rows:,} rows of metadata")


def _member(found: EmbeddingFiles, pair: str | None) -> str | None:
    """Which array of the `.npz` files is of the model that the user named; else the first that is there."""
    if not found.members:
        return None
    there = list_members(found.vectors[0])
    known = {model: member for model, member in found.members.items() if member in there}
    if not known:
        raise InputProblem(found.vectors[0].name, f"it holds none of {', '.join(found.members.values())}")
    if pair and pair not in known:
        raise InputProblem(found.root, f"it holds vectors of {' and '.join(known)}, none of {pair}")
    return known[pair] if pair else next(iter(known.values()))


def _space(folder: Path, found: EmbeddingFiles, member: str | None, pair: str | None, dimension: int) -> ClipSpace:
    said = next((model for model, name in (found.members or {}).items() if name == member), found.pair)
    if pair is None and said is not None:
        return declared_space(said, dimension)
    return space_of_folder(folder, pair, dimension)


def _one_dimension(vectors: list[VectorFile]) -> int:
    dimensions = {file.dimension for file in vectors}
    if len(dimensions) != 1:
        raise InputProblem(vectors[0].place.parent, "its files hold vectors of different lengths")
    return dimensions.pop()
