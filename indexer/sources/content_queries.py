# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source that holds nothing but content vectors is asked, and what it says of every other way of looking."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.core.types import Lane
from indexer.fingerprints.clip_models import ClipSpace
from indexer.sources.base import Query

_ONLY_CONTENT = "this folder holds content fingerprints (CLIP) only"
_LINKS = (
    "this folder is searched by content only; name the folder of its table as a list of its own to have its links "
    "and names searched"
)


def why_only_content(lane: Lane) -> str:
    """Why a lane other than the neural one is not answered."""
    return _LINKS if lane in (Lane.LOCATION, Lane.ATTRIBUTION) else _ONLY_CONTENT


def content_of(queries: Sequence[Query], space: ClipSpace) -> tuple[list[Query], NDArray[np.float32]]:
    """The works that have a content fingerprint of this space, and these (works, dimension), each of length 1."""
    asked, vectors = [], []
    for query in queries:
        vector = np.frombuffer(query.embeddings.get(space.key, b""), np.float32)
        length = float(np.linalg.norm(vector))
        if len(vector) and np.isfinite(length) and length > 0:
            asked.append(query)
            vectors.append(vector / np.float32(length))
    whole = (
        np.array(vectors, np.float32).reshape(len(asked), -1) if asked else np.empty((0, space.dimension), np.float32)
    )
    return asked, whole
