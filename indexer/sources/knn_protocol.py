# SPDX-License-Identifier: GPL-3.0-or-later
"""The three questions of the clip-retrieval protocol (`datasets.md` §1.1), asked and read; what they are for is decided
above.

The protocol has no errors: whatever goes wrong is a 500 without a word (`datasets.md` §1.5).
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.net.json_api import ApiLimits, JsonAnswer, JsonApi
from indexer.net.network import Network
from indexer.net.transport import status_in_words
from indexer.sources.knn_answers import NearRow, RowColumns, read_columns, read_index_names, read_near_rows

Vector = NDArray[np.floating[Any]]

LIMITS = ApiLimits(max_bytes=64 << 20, read_s=30.0, total_s=90.0)
"""A working service answers in 50 ms (`datasets.md` §1.5); one over 5 billion rows on disks takes seconds. It may send
a picture with each row, which nobody asked for and which is not opened: 24 of 2 MB must not end the search."""

_SMALLEST_LENGTH = 1e-6


class KnnRefused(InputProblem):
    """The service answered with an error; `status` is its number."""

    def __init__(self, url: str, status: int, because: str) -> None:
        super().__init__(url, because)
        self.status = status

    @property
    def is_unnamed(self) -> bool:
        """Whether it is the 500 that stands for everything."""
        return self.status == HTTPStatus.INTERNAL_SERVER_ERROR


class KnnProtocol:
    """One service, asked for one index.

    Args:
        base: its address without `/knn-service`.
        network: what may be asked.
    """

    def __init__(self, base: str, network: Network) -> None:
        self._base = base
        self._api = JsonApi(network, LIMITS)

    def index_names(self, monitor: Monitor) -> tuple[str, ...]:
        """The indexes that it has.

        Raises:
            InputProblem: it does not answer as such a service does.
            Cancelled: the user stopped.
        """
        url = f"{self._base}/indices-list"
        answer = self._api.get(url, "to learn which indexes a lookup service has", monitor)
        return read_index_names(self._content(url, answer))

    def near_vector(self, index: str, vector: Vector, count: int, purpose: str, monitor: Monitor) -> list[NearRow]:
        """The `count` rows whose vectors are nearest; it is sent with length 1, since the service does not see to that.

        Raises:
            KnnRefused: the service answered with an error, as it does to a vector of another dimension.
            InputProblem: it did not answer as such a service does.
            Cancelled: the user stopped.
        """
        exact = np.asarray(vector, np.float64)
        unit = exact / max(float(np.linalg.norm(exact)), _SMALLEST_LENGTH)
        return self._near(index, {"embedding_input": unit.tolist()}, count, purpose, monitor)

    def near_words(self, index: str, words: str, count: int, purpose: str, monitor: Monitor) -> list[NearRow]:
        """The `count` rows that the service finds nearest to words, with its own model.

        Raises:
            KnnRefused, InputProblem, Cancelled: as `near_vector`.
        """
        return self._near(index, {"text": words}, count, purpose, monitor)

    def columns(self, index: str, ids: Sequence[int], monitor: Monitor) -> dict[int, RowColumns]:
        """What the service says of rows, by id; rows of which it says nothing may be missing.

        Raises:
            KnnRefused, InputProblem, Cancelled: as `near_vector`; one id that it does not know is enough.
        """
        url = f"{self._base}/metadata"
        body = {"ids": list(ids), "indice_name": index}
        answer = self._api.post(url, body, "to learn the addresses of rows that were found", monitor)
        return read_columns(self._content(url, answer))

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def _near(self, index: str, question: dict[str, Any], count: int, purpose: str, monitor: Monitor) -> list[NearRow]:
        """Ask as `datasets.md` §1.2 recommends.

        Removal of duplicates hides the very copies that are looked for, and filters hide more. The fields of the
        aesthetic model are left out, since a service without one answers 500 to them.
        """
        body = question | {
            "modality": "image",
            "num_images": count,
            "num_result_ids": count,
            "indice_name": index,
            "deduplicate": False,
            "use_safety_model": False,
            "use_violence_detector": False,
        }
        url = f"{self._base}/knn-service"
        return read_near_rows(self._content(url, self._api.post(url, body, purpose, monitor)), count)

    def _content(self, url: str, answer: JsonAnswer) -> object:
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise KnnRefused(url, answer.status, _refusal_in_words(answer.status))
        return answer.content


def _refusal_in_words(status: int) -> str:
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return "the service answered with an error (500) and does not say which"
    if status == HTTPStatus.NOT_FOUND:
        return "there is no lookup service at that address (404)"
    return status_in_words(status)
