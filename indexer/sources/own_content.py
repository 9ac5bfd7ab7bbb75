# SPDX-License-Identifier: GPL-3.0-or-later
"""The content fingerprints of an index that this program built, whatever it was built from."""

from collections.abc import Iterator, Sequence

import numpy as np

from indexer.core.progress import Monitor
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import ClipSpace, space_of
from indexer.images.variants import Orientation
from indexer.index.folder import IndexFolder
from indexer.sources.base import Candidate, Query, Reach, RowId
from indexer.sources.folder_model import UNVERIFIED

_NONE = "this index holds no content fingerprints (CLIP)"
_NO_MODEL = "its content fingerprints do not say which model made them"


class OwnContent:
    """Vectors of one model, each with the number of its row.

    Attributes:
        space: what they are of; None where there are none, or it is not said.
        rows: how many rows have one.
    """

    def __init__(self, index: IndexFolder) -> None:
        record = index.manifest.lane_of(Kind.CLIP)
        self._index, self._is_there = index, record is not None
        self.space: ClipSpace | None = space_of(record.parameters) if record else None
        self.rows = record.rows if record else 0

    def why_not(self) -> str | None:
        """Why they cannot be searched, in words that follow "not searched, because"; None when they can."""
        if self.space:
            return None
        return _NO_MODEL if self._is_there else _NONE

    def caveat(self) -> str | None:
        """That the model is only declared, where the vectors came ready-made."""
        return UNVERIFIED if self.space and self.space.weights_sha256 is None else None

    def near(self, queries: Sequence[Query], reach: Reach, monitor: Monitor) -> Iterator[Candidate]:
        """The nearest rows of each work.

        Raises:
            IndexProblem, ValueError, IndexError: the index is damaged.
            Cancelled: the user stopped.
        """
        if self.space is None:
            return
        index = self._index.vector_index(Kind.CLIP)
        for query in queries:
            monitor.check()
            vector = np.frombuffer(query.embeddings.get(self.space.key, b""), np.float32)
            if not len(vector):
                continue
            near = index.nearest(vector[None], reach.content_count)
            for row, cosine in zip(near.row, near.score, strict=True):
                if np.isfinite(cosine):  # a stranger's vectors may be anything
                    yield Candidate(query.work, RowId(str(row)), Kind.CLIP, Orientation.UPRIGHT, 1.0 - float(cosine))
