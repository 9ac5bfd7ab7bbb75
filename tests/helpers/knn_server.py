"""A lookup service on this computer: the clip-retrieval protocol as the real one plays it (`datasets.md` §1), over a
few vectors and without FAISS, with switches for what goes wrong.

`tests/peers` holds the same source against the real server.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.helpers.server import LocalServer, Visit

FILLER = {"id": 7_046_029_254_386_353_131, "similarity": -3.4028234663852886e38}
"""The row that a re-ordered index adds."""

_DUPLICATE = 0.94

Tower = Callable[[str], np.ndarray]


@dataclass
class KnnIndex:
    """What a service holds, and how it behaves.

    Attributes:
        vectors: (rows, dimension), of length 1.
        metadata: what it says of each row; a NaN goes out as the bare word that JSON does not have.
        first_id: of the first row.
        tower: from words to a vector; without one, words are answered with 500.
        rows_with_metadata: at most so many rows come with their metadata, whatever is asked for.
        knows_rows: whether `/metadata` answers.
        extra: rows that are put behind every answer.
    """

    vectors: np.ndarray
    metadata: Sequence[Mapping[str, Any]]
    first_id: int = 0
    tower: Tower | None = None
    rows_with_metadata: int = 1 << 30
    knows_rows: bool = True
    extra: list[dict[str, Any]] = field(default_factory=list)


class KnnServer(LocalServer):
    """Serves indexes by name under `prefix`.

    Attributes:
        indexes: by name; may be changed while it runs.
    """

    def __init__(self, indexes: Mapping[str, KnnIndex], prefix: str = "") -> None:
        super().__init__()
        self.indexes = dict(indexes)
        self.address = self.url + prefix
        self.plays(f"{prefix}/indices-list", lambda visit: say(visit, list(self.indexes)))
        self.plays(f"{prefix}/knn-service", lambda visit: self._answer(visit, self._nearest))
        self.plays(f"{prefix}/metadata", lambda visit: self._answer(visit, self._metadata))

    @property
    def questions(self) -> list[dict[str, Any]]:
        """Bodies of what `/knn-service` was asked, in order."""
        return [json.loads(seen.body) for seen in self.seen if seen.path.endswith("/knn-service")]

    def _answer(self, visit: Visit, find: Callable[[dict[str, Any]], object]) -> None:
        """Whatever goes wrong is a 500 without a word."""
        try:
            said = find(json.loads(visit.body))
        except (KeyError, ValueError, TypeError, IndexError, AssertionError):
            say(visit, {"message": "Internal Server Error"}, 500)
            return
        say(visit, said)

    def _nearest(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        index = self.indexes[asked["indice_name"]]
        shown = min(asked["num_images"], index.rows_with_metadata)
        count = asked.get("num_result_ids", asked["num_images"])
        int(asked.get("aesthetic_score", 0) or 0) + float(asked.get("aesthetic_weight", 0) or 0)  # null is a 500
        assert asked["modality"] == "image"
        scores = index.vectors @ self._question(index, asked)
        order = np.argsort(-scores, kind="stable")[:count]
        if asked.get("deduplicate"):
            order = _without_duplicates(index.vectors, order)
        rows = [{"id": index.first_id + int(row), "similarity": float(scores[row])} for row in order]
        for place, row in enumerate(order[:shown]):
            rows[place] = {**index.metadata[row], **rows[place]}
        return rows + index.extra

    def _question(self, index: KnnIndex, asked: dict[str, Any]) -> np.ndarray:
        """Words win over a vector; a vector is taken as it is, not made of length 1."""
        if asked.get("text"):
            assert index.tower is not None
            return index.tower(asked["text"])
        vector = np.array(asked["embedding_input"], np.float32)
        assert vector.shape == index.vectors.shape[1:]
        return vector

    def _metadata(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        index = self.indexes[asked["indice_name"]]
        assert index.knows_rows
        assert all(0 <= number - index.first_id < len(index.metadata) for number in asked["ids"])
        return [{"id": number, "metadata": index.metadata[number - index.first_id]} for number in asked["ids"]]


def say(visit: Visit, content: object, status: int = 200) -> None:
    """Answer as Python's own JSON, which writes NaN where there is no number."""
    visit.answer(json.dumps(content).encode(), status, {"Content-Type": "application/json"})


def _without_duplicates(vectors: np.ndarray, order: np.ndarray) -> np.ndarray:
    kept: list[int] = []
    for row in order:
        if all(vectors[row] @ vectors[other] < _DUPLICATE for other in kept):
            kept.append(int(row))
    return np.array(kept, int)
