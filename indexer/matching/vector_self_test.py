# SPDX-License-Identifier: GPL-3.0-or-later
"""Known-hit self-test of a stranger's vectors: rows are asked for by the vectors that the folder itself holds of them.

No model is needed for that, and no picture. Asked for by its own vector a row is nearly always found, since that leads
to the very list in which it lies; so rows are also asked for by a vector turned aside, as that of an altered copy is.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.index.vector_index import Neighbours
from indexer.matching.binomial import Share
from indexer.matching.own_fingerprints import Kept, how_far_apart, spread_of
from indexer.matching.self_test_record import AS_KEPT, AS_SHIPPED, NotTried, SelfTest, SelfTestAsked, Tried
from indexer.matching.thresholds import REACH
from indexer.matching.vector_problems import VectorEvidence, notes_of, problems_of_vectors
from indexer.sources.base import RowFacts, RowId
from indexer.sources.embeddings_folder import EmbeddingsFolderSource
from indexer.sources.faiss_folder import FaissFolderSource
from indexer.sources.vector_source import KeptVectors, VectorSource, draw_positions

TURNED = {
    0.93: "its own vector, turned aside to a cosine of 0.93, as a slightly altered copy’s may be",
    0.80: "its own vector, turned aside to a cosine of 0.80, as a much altered copy’s may be",
}
"""Made by chance, not by a model; the cosines are those of which losses were measured (matching.md §4.1)."""

_SAME, _ALIKE = 1e-3, 1e-5
_ROOM = 0.1
"""How far the nearness that an index answers may be from the true one, where it keeps vectors shortened."""
_FEWEST_COMPARED = 5
_GIVES_NOTHING_BACK = "its vectors cannot be read back from this kind of index, and no embeddings lie beside it"


@dataclass(frozen=True, slots=True)
class _Form:
    """Vectors that ask for rows, and how near their rows should be."""

    words: str
    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    cosine: float = 1.0


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the embeddings that lie with an index say of it.

    Attributes:
        shipped: their vectors of the rows drawn; None where there are none, or such as do not belong to it.
        other_facts: rows of which the two tables tell different things, of those of which both tell something.
        misfit: why they do not belong together.
        because: why they were not held against each other.
    """

    shipped: KeptVectors | None = None
    other_facts: Share | None = None
    misfit: str = ""
    because: str = ""


def self_test_vectors(asked: SelfTestAsked, source: VectorSource, monitor: Monitor) -> SelfTest:
    """Test a folder of vectors.

    Raises:
        SourceProblem: its files are damaged, or its answers do not say how near a row is.
        Cancelled: the user stopped.
    """
    kept = source.draw(asked.rows, asked.seed, monitor)
    beside = _look_beside(asked, source, kept, monitor)
    known = kept or beside.shipped or KeptVectors(np.empty(0, np.int64), np.empty((0, 1), np.float32))
    tried = _ask(source, _forms(kept, beside.shipped, asked.seed), monitor)
    apart = how_far_apart(Kept(Kind.CLIP, known.rows, known.vectors))
    described = source.describe()
    evidence = VectorEvidence(
        rows=described.rows,
        is_exact=source.is_exact,
        tried=tried,
        drawn=tuple(int(row) for row in known.rows),
        without_entry=sum(not source.has_entry(int(row)) for row in known.rows),
        strangers=_strangers(kept, beside.shipped),
        other_facts=beside.other_facts,
        misfit=beside.misfit,
        not_compared=beside.because,
        pictures_named=asked.pictures is not None,
        caveats=tuple(said for said in (source.why_not_whole(Lane.NEURAL), source.caveat(Lane.NEURAL)) if said),
        not_searched=source.why_not(Lane.NEURAL) or "",
    )
    return SelfTest(
        dataset=described.dataset,
        version=described.version,
        rows=described.rows,
        asked=len(known.rows),
        seed=asked.seed,
        pictures=0,
        changed=0,
        tried=tried,
        apart=(apart,) if apart else (),
        not_tried=() if kept else (NotTried(Lane.NEURAL, _GIVES_NOTHING_BACK),) if not beside.shipped else (),
        problems=problems_of_vectors(evidence),
        notes=notes_of(evidence),
    )


def _look_beside(asked: SelfTestAsked, source: VectorSource, kept: KeptVectors | None, monitor: Monitor) -> _Beside:
    try:
        beside = source.open_embeddings() if isinstance(source, FaissFolderSource) else None
        if beside is None:
            return _Beside()
        with closing(beside):
            held, rows = beside.describe().rows, source.describe().rows
            if held != rows:
                return _Beside(misfit=f"the embeddings beside the index are {held:,} vectors, and it holds {rows:,}")
            if beside.dimension != source.dimension:
                numbers = f"of {beside.dimension:,} numbers, and its own of {source.dimension:,}"
                return _Beside(misfit=f"the vectors of the embeddings beside the index are {numbers}")
            wanted = kept.rows if kept else draw_positions(rows, asked.rows, asked.seed)
            shipped = beside.vectors_of(wanted, monitor)
            return _Beside(shipped, _other_facts(source, beside, shipped, monitor))
    except SourceProblem as problem:
        return _Beside(because=problem.because)


def _forms(kept: KeptVectors | None, shipped: KeptVectors | None, seed: int) -> list[_Form]:
    """What rows are asked for by; turned aside are the vectors that the index was built from, where they are there."""
    forms = [_Form(words, one.rows, one.vectors) for words, one in ((AS_KEPT, kept), (AS_SHIPPED, shipped)) if one]
    if forms and forms[-1].vectors.shape[1] > 1:
        random, own = np.random.default_rng([seed, 1]), forms[-1]  # another stream than rows are drawn from
        for cosine, words in TURNED.items():
            forms.append(_Form(words, own.rows, _turn_aside(own.vectors, cosine, random), cosine))
    return [form for form in forms if len(form.rows)]


def _turn_aside(vectors: NDArray[np.float32], cosine: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Each of them towards a direction of its own, at right angles to it."""
    own = vectors.astype(np.float64)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    aside = random.standard_normal(own.shape)
    aside -= np.einsum("ij,ij->i", aside, own)[:, None] * own
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    turned: NDArray[np.float32] = (cosine * own + (1 - cosine**2) ** 0.5 * aside).astype(np.float32)
    return turned


def _ask(source: VectorSource, forms: Sequence[_Form], monitor: Monitor) -> tuple[Tried, ...]:
    """All forms at once, since a folder of embeddings is read whole each time."""
    if not forms:
        return ()
    near = source.nearest(np.concatenate([form.vectors for form in forms]), REACH.content_count, monitor)
    starts = np.searchsorted(near.query, np.arange(sum(len(form.rows) for form in forms) + 1))
    tried, query = [], 0
    for form in forms:
        ranked = [
            _rank(near, slice(starts[query + number], starts[query + number + 1]), int(row), form.cosine)
            for number, row in enumerate(form.rows)
        ]
        tried.append(_counted(form, [one for one in ranked if one is not None]))
        query += len(form.rows)
    return tuple(tried)


def _rank(near: Neighbours, part: slice, row: int, cosine: float) -> tuple[bool, float] | None:
    """Whether no row came nearer, and how near the row itself came; None when it was not found.

    Where all that are ever looked at are equal, and as near as it should be, the row is one of more equal ones.
    """
    rows, scores = near.row[part], near.score[part]
    own = scores[rows == row]
    if len(own):
        return bool(own[0] >= scores[0] - _SAME), float(own[0])
    is_full = len(rows) >= REACH.content_count and float(scores[0] - scores[-1]) < _ALIKE
    return (True, float(scores[0])) if is_full and abs(float(scores[0]) - cosine) < _ROOM else None


def _counted(form: _Form, ranked: Sequence[tuple[bool, float]]) -> Tried:
    asked = len(form.rows)
    return Tried(
        Kind.CLIP,
        form.words,
        Share(len(ranked), asked),
        spread_of([1.0 - max(-1.0, min(score, 1.0)) for _, score in ranked]),
        Share(sum(is_first for is_first, _ in ranked), asked),
        REACH.content_count,
    )


def _strangers(kept: KeptVectors | None, shipped: KeptVectors | None) -> Share | None:
    """Rows whose vector beside the index is nearer to what the index keeps of another row that was drawn."""
    if kept is None or shipped is None:
        return None
    _, here, there = np.intersect1d(kept.rows, shipped.rows, return_indices=True)
    if len(here) < _FEWEST_COMPARED:
        return None
    cosines = shipped.vectors[there] @ kept.vectors[here].T
    own = np.diag(cosines).copy()
    np.fill_diagonal(cosines, -np.inf)
    return Share(int((cosines.max(axis=1) > own + _SAME).sum()), len(here))


def _other_facts(
    source: VectorSource, beside: EmbeddingsFolderSource, shipped: KeptVectors, monitor: Monitor
) -> Share | None:
    """Of the rows of which both tables tell the same sort of thing, those of which they tell different ones."""
    differ, both = 0, 0
    for number, row in enumerate(shipped.rows, start=1):
        monitor.check()
        monitor.progress(Progress("reading rows", number, len(shipped.rows)))
        one, other = source.facts(RowId(str(row))), beside.facts(RowId(str(row)))
        pairs = [(first, second) for first, second in zip(_told(one), _told(other), strict=True) if first and second]
        both += bool(pairs)
        differ += any(first != second for first, second in pairs)
    return Share(differ, both) if both else None


def _told(facts: RowFacts) -> tuple[str | None, ...]:
    return facts.url, facts.sha256, facts.caption
