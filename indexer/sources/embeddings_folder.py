# SPDX-License-Identifier: GPL-3.0-or-later
"""The source over a folder of embeddings: every vector is compared, without an index, in one pass for a batch."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import InputProblem, SourceProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.images.variants import Orientation
from indexer.index.exact_products import NearestSoFar
from indexer.index.vector_index import Neighbours
from indexer.sources.base import Candidate, Description, Health, Query, Reach, RowFacts, RowId
from indexer.sources.content_queries import content_of, why_only_content
from indexer.sources.embedding_files import Embeddings
from indexer.sources.folder_model import UNVERIFIED
from indexer.sources.table_rows import TableRows
from indexer.sources.vector_source import KeptVectors, VectorSource, draw_positions
from indexer.tables.recognise import recognise


class EmbeddingsFolderSource(VectorSource):
    """Searches vectors as a data set ships them, beside the table of its rows.

    Args:
        folder: in one of the layouts of `embedding_layouts`.
        name: what the user called it.
        pair: `MODEL,TAG` that the user wrote, None for none.

    Raises:
        SourceProblem: the folder cannot be used.
    """

    works_at_once = 1024

    def __init__(self, folder: Path, name: str, pair: str | None = None) -> None:
        self._name, self._folder = name, folder
        try:
            self._held = Embeddings(folder, pair, Monitor())
            self._identity = self._held.identity
        except InputProblem as problem:
            raise SourceProblem(name, problem.because) from problem
        except OSError as problem:
            raise SourceProblem(name, f"its files cannot be read ({problem.strerror})") from problem
        tables = self._held.tables
        self._rows = TableRows(tables, recognise(tables.columns), folder.absolute().name, "")
        self._left_out: int | None = None

    def describe(self) -> Description:
        """What it is, by the folder's name."""
        rows = self._held.rows
        return Description(
            self._name,
            self._rows.dataset,
            self._rows.version,
            rows,
            self._identity,
            {Kind.CLIP: rows},
            space=self._held.space,
        )

    def why_not(self, lane: Lane) -> str | None:
        """None for content, once it is known which model made the vectors."""
        return self._held.because if lane is Lane.NEURAL else why_only_content(lane)

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """All vectors pass once, whatever the number of works."""
        space = self._held.space
        if Lane.NEURAL not in lanes or space is None:
            return
        monitor.check()
        asked, vectors = content_of(queries, space)
        if not asked:
            return
        near = self.nearest(vectors, reach.content_count, monitor)
        for number, row, cosine in zip(near.query, near.row, near.score, strict=True):
            yield Candidate(
                asked[number].work, RowId(str(row)), Kind.CLIP, Orientation.UPRIGHT, 1.0 - min(float(cosine), 1.0)
            )

    def nearest(self, vectors: NDArray[np.float32], count: int, monitor: Monitor) -> Neighbours:
        """By comparing with every vector."""
        nearest, seen = NearestSoFar(vectors, count), 0
        with self._damage_is_told():
            for block, rows in self._held.blocks(monitor):
                nearest.look_at(block, rows)
                seen += len(rows)
                monitor.progress(
                    Progress("comparing vectors", int(rows[-1]) + 1 if len(rows) else seen, self._held.rows)
                )
        self._left_out = self._held.rows - seen
        return nearest.best()

    @property
    def dimension(self) -> int:
        """As its files say."""
        return self._held.dimension

    @property
    def is_exact(self) -> bool:
        """Always."""
        return True

    def draw(self, count: int, seed: int, monitor: Monitor) -> KeptVectors:
        """By the numbers of rows."""
        return self.vectors_of(draw_positions(self._held.rows, count, seed), monitor)

    def vectors_of(self, rows: NDArray[np.int64], monitor: Monitor) -> KeptVectors:
        """Of some rows, in order, those that there are and whose vectors hold usable numbers.

        Raises:
            SourceProblem: its files are damaged.
            Cancelled: the user stopped.
        """
        with self._damage_is_told():
            return KeptVectors(*self._held.vectors_of(rows[(rows >= 0) & (rows < self._held.rows)], monitor))

    def has_entry(self, row: int) -> bool:
        """Vectors and rows are as many, or it would not have opened."""
        return 0 <= row < self._held.rows

    def why_not_whole(self, lane: Lane) -> str | None:
        """Vectors that are no numbers are left out, and counted."""
        if lane is not Lane.NEURAL or not self._left_out:
            return None
        rows = "one row has" if self._left_out == 1 else f"{self._left_out:,} rows have"
        return f"{rows} a vector that holds no usable numbers; all others were compared"

    def caveat(self, lane: Lane) -> str | None:
        """That nobody verified the model that was declared, and what is inferred about the layout."""
        if lane is not Lane.NEURAL:
            return None
        declared = UNVERIFIED if self._held.space else None
        return "; ".join(said for said in (declared, self._held.files.note) if said) or None

    def health(self, monitor: Monitor) -> Health:
        """Whether all its files are still as they were when it was opened."""
        monitor.check()
        try:
            is_same = self._held.identity == self._identity
        except OSError:
            is_same = False
        if not is_same:
            return Health(answers=False, words="its files were changed or removed since it was opened")
        return Health(answers=True, words=f"its {self._held.rows:,} vectors lie here, each with its row")

    def facts(self, row: RowId) -> RowFacts:
        """From the table's row of the same number."""
        return self._rows.facts(int(row))

    def close(self) -> None:
        """Close the tables."""
        self._held.close()

    @contextmanager
    def _damage_is_told(self) -> Iterator[None]:
        try:
            yield
        except InputProblem as problem:
            raise SourceProblem(self._name, f"{problem.path}: {problem.because}") from problem
