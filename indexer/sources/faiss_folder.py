# SPDX-License-Identifier: GPL-3.0-or-later
"""The source over a folder with a FAISS index, as clip-retrieval and autofaiss write it; read as it is."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import IndexDamaged, IndexProblem, InputProblem, SourceProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import ClipSpace
from indexer.images.variants import Orientation
from indexer.index.exact_products import of_length_one
from indexer.index.foreign_index import ForeignIndex, open_foreign_index
from indexer.index.foreign_layout import IndexFiles, find_index
from indexer.index.vector_index import Neighbours
from indexer.sources.base import Candidate, Description, Health, Query, Reach, RowFacts, RowId
from indexer.sources.content_queries import content_of, why_only_content
from indexer.sources.embedding_layouts import find_embeddings
from indexer.sources.embeddings_folder import EmbeddingsFolderSource
from indexer.sources.facts_by_id import FactsById
from indexer.sources.faiss_rows import IndexRows, open_rows
from indexer.sources.folder_model import UNVERIFIED, space_of_folder
from indexer.sources.table_rows import TableRows
from indexer.sources.vector_source import KeptVectors, VectorSource, draw_positions
from indexer.tables.recognise import recognise

_INNER_FOLDER, _EMBEDDINGS_FOLDER = "index", "embeddings"
"""Where `clip-retrieval end2end` puts what is searched, and what that was built from (`datasets.md` §1.6)."""

_QUERIES_AT_ONCE = 32


class FaissFolderSource(VectorSource):
    """Searches a stranger's index by content.

    Args:
        folder: it holds the index, or has a folder `index` that does.
        name: what the user called it.
        pair: `MODEL,TAG` that the user wrote, None for none.

    Raises:
        SourceProblem: the folder cannot be used.
    """

    def __init__(self, folder: Path, name: str, pair: str | None = None) -> None:
        self._name, self._given, self._pair = name, folder, pair
        with ExitStack() as stack:
            try:
                self._folder, self._files = _find(folder)
                self._index: ForeignIndex = open_foreign_index(self._files)
                stack.callback(self._index.close)
                self._rows: IndexRows = open_rows(self._folder, Monitor())
                stack.callback(self._rows.close)
                self._rows.check(self._index.rows)
                ids = self._rows.id_columns
                self._beside = None if ids is None else FactsById(self._folder, self._rows.places, ids)
                self._identity = self._current_identity()
            except (InputProblem, IndexProblem) as problem:
                raise SourceProblem(name, problem.because) from problem
            except OSError as problem:
                raise SourceProblem(name, f"its files cannot be read ({problem.strerror})") from problem
            if self._beside:
                stack.callback(self._beside.close)
            self._close = stack.pop_all()
        self._space, self._because = self._find_space(pair)
        tables, key = self._rows.tables, self._beside and self._beside.key
        also = (key,) if key else ()
        self._facts = TableRows(tables, recognise(tables.columns), folder.absolute().name, "", also=also)

    def describe(self) -> Description:
        """What it is, by the folder's name."""
        rows = self._index.rows
        return Description(
            self._name,
            self._facts.dataset,
            self._facts.version,
            rows,
            self._identity,
            {Kind.CLIP: rows},
            space=self._space,
        )

    def why_not(self, lane: Lane) -> str | None:
        """None for content, once it is known which model made the vectors."""
        return self._because if lane is Lane.NEURAL else why_only_content(lane)

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """The nearest rows that the index gives. Facts will be asked of them, so what leads to those is read here."""
        if Lane.NEURAL not in lanes or self._space is None:
            return
        monitor.check()
        asked, vectors = content_of(queries, self._space)
        for start in range(0, len(asked), _QUERIES_AT_ONCE):
            monitor.progress(Progress("asking the index", start, len(asked)))
            near = self.nearest(vectors[start : start + _QUERIES_AT_ONCE], reach.content_count, monitor)
            if self._beside and len(near.row):
                self._beside.prepare(monitor)
            for number, row, cosine in zip(near.query, near.row, near.score, strict=True):
                distance = 1.0 - max(-1.0, min(float(cosine), 1.0))  # of shortened vectors it may be a little above 1
                work = asked[start + number].work
                yield Candidate(work, RowId(str(row)), Kind.CLIP, Orientation.UPRIGHT, distance)

    def nearest(self, vectors: NDArray[np.float32], count: int, monitor: Monitor) -> Neighbours:
        """As thoroughly as its report asks for, or as this program's rule says."""
        with self._problems_are_told():
            return self._index.nearest(vectors, count, monitor)

    @property
    def dimension(self) -> int:
        """As the index says."""
        return self._index.dimension

    @property
    def is_exact(self) -> bool:
        """Of flat indexes."""
        return self._index.is_exact

    def draw(self, count: int, seed: int, monitor: Monitor) -> KeptVectors | None:
        """By the places in which it stores them, which are in another order than the numbers of rows."""
        try:
            rows, kept = self._index.vectors_at(draw_positions(self._index.rows, count, seed), monitor)
        except IndexDamaged as problem:
            raise SourceProblem(self._name, problem.because) from problem
        except IndexProblem:
            return None
        order = np.argsort(rows, kind="stable")
        vectors, which = of_length_one(kept[order])
        return KeptVectors(rows[order][which], vectors)

    def has_entry(self, row: int) -> bool:
        """Files of ids may leave rows out."""
        with self._problems_are_told():
            return self._rows.find(row) is not None

    def open_embeddings(self) -> EmbeddingsFolderSource | None:
        """The embeddings that lie with the index, from which it should have been built; None where there are none.

        Raises:
            SourceProblem: there are, and they cannot be opened.
        """
        with self._problems_are_told():
            for place in (self._given, self._given / _EMBEDDINGS_FOLDER):
                if find_embeddings(place):
                    return EmbeddingsFolderSource(place, self._name, self._pair)
        return None

    def caveat(self, lane: Lane) -> str | None:
        """That nobody verified the model that was declared, and how thoroughly the index looks."""
        declared = (UNVERIFIED,) if self._space else ()
        return "; ".join((*self._index.caveats, *declared)) or None if lane is Lane.NEURAL else None

    def health(self, monitor: Monitor) -> Health:
        """Whether all its files are still as they were when it was opened."""
        monitor.check()
        try:
            is_same = self._current_identity() == self._identity
        except OSError:
            is_same = False
        if not is_same:
            return Health(answers=False, words="its files were changed or removed since it was opened")
        return Health(answers=True, words=f"its index of {self._index.rows:,} vectors and its metadata lie here")

    def facts(self, row: RowId) -> RowFacts:
        """From the metadata, and the tables beside it that it leads to.

        Where the metadata has no entry, only the number in the index is known, and a note says so.
        """
        with self._problems_are_told():
            found = self._rows.find(int(row))
        if found is not None:
            values = self._facts.values(found)
            facts = self._facts.facts(found, values=values)
            return self._beside.complete(facts, values) if self._beside else facts
        note = "The metadata beside the index has no entry for this row."
        return RowFacts(f"index row {int(row):,}", f"{self._facts.dataset}:index#{row}", notes=(note,))

    def close(self) -> None:
        """Close the index and its tables."""
        self._close.close()

    @contextmanager
    def _problems_are_told(self) -> Iterator[None]:
        try:
            yield
        except IndexProblem as problem:
            raise SourceProblem(self._name, problem.because) from problem
        except InputProblem as problem:
            raise SourceProblem(self._name, f"{problem.path}: {problem.because}") from problem

    def _find_space(self, pair: str | None) -> tuple[ClipSpace | None, str | None]:
        """The space, or why it is not known."""
        try:
            return space_of_folder(self._folder, pair, self._index.dimension), None
        except InputProblem as problem:
            return None, problem.because

    def _current_identity(self) -> str:
        """Of names, sizes and times of the files: their content may be terabytes."""
        lines = []
        beside = [self._files.places[0].with_name("merged_index.ivfdata")] if self._files.merged else []
        tables = self._beside.places if self._beside else ()
        for place in (*self._files.places, *beside, *self._rows.places, *tables):
            facts = place.stat()
            lines.append(f"{place.name} {facts.st_size} {facts.st_mtime_ns}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _find(folder: Path) -> tuple[Path, IndexFiles]:
    """The folder that holds the index, and its files.

    Raises:
        IndexProblem: there is none, or it cannot be opened on this system.
    """
    for place in (folder, folder / _INNER_FOLDER):
        files = find_index(place)
        if files:
            return place, files
    raise IndexProblem(
        folder, "it holds no FAISS index by a name that is known (image.index, knn.index, faiss, 00.index)"
    )
