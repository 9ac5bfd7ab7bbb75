# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out what a service does not say, with chance vectors and plain sentences only: nothing here is the artist's.

The protocol names neither the dimension of an index nor its model (`datasets.md` §1.1). The dimension is the one for
which a vector is answered at all. The model is the declared one if the service, given a sentence, answers with the
rows that it answers with when it is given our own vector of that sentence.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.sources.base import EmbedWords
from indexer.sources.knn_answers import NearRow
from indexer.sources.knn_protocol import KnnProtocol, KnnRefused, Vector

DIMENSIONS = (512, 768, 1024, 1152, 640, 1280, 384, 256, 896, 1536)
"""Of the CLIP models that open_clip has, the most common first."""

SENTENCES = (
    "a red bicycle leaning against a brick wall",
    "two dogs running on a beach",
    "an old map of an island",
    "a bowl of soup on a wooden table",
    "a portrait of a woman with a hat",
)
ROWS_COMPARED = 10
LEAST_SHARED = 0.8
MOST_DIFFERENT = 0.01
LEAST_AGREEING = 0.8
"""When two answers are the same, see `is_same_answer`; and of how many sentences they have to be.

Our choice. A service with the same model calculates with fewer digits, and a compressed index makes of a small
difference a few other rows at the end; but similarities stay within a thousandth. Another model gives a vector that
has nothing to do with the service's: the rows are others, and where an index is so small that it must answer with the
same ones, their similarities differ by some hundredths."""

_PURPOSE = "to find out what a lookup service's index is made of; nothing of yours is sent"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the sentences showed.

    Attributes:
        compared, differing: sentences that had an answer, and those whose two answers are not the same.
        unverified: why nothing could be found out, None where it could.
    """

    compared: int = 0
    differing: int = 0
    unverified: str | None = None

    @property
    def is_other_model(self) -> bool:
        """Whether the declared model cannot be the service's."""
        return self.compared - self.differing < LEAST_AGREEING * self.compared


class Probe:
    """Asks one index of a service what it is made of."""

    def __init__(self, protocol: KnnProtocol, index: str) -> None:
        self._protocol, self._index = protocol, index

    def find_dimension(self, likely: Iterable[int], monitor: Monitor) -> int:
        """How many numbers the index's vectors have; those `likely` are tried first, then `DIMENSIONS`.

        Raises:
            InputProblem: no vector is answered.
            Cancelled: the user stopped.
        """
        tried = tuple(dict.fromkeys((*likely, *DIMENSIONS)))
        for dimension in tried:
            by_chance = np.random.default_rng(dimension).standard_normal(dimension)
            if _unless_refused(partial(self._by_vector, by_chance, 1, monitor)) is not None:
                return dimension
        lengths = ", ".join(map(str, tried))
        because = f"it answers with an error (500) whatever it is asked; vectors of {lengths} numbers were tried"
        raise InputProblem(self._index, because)

    def compare_models(self, embed: EmbedWords, monitor: Monitor) -> Verdict:
        """Hold the declared model, whose words `embed` gives, against the service's own.

        Raises:
            InputProblem: the service does not answer.
            Cancelled: the user stopped.
        """
        vectors = embed(SENTENCES)
        if vectors is None:
            return Verdict(unverified="the part of the model that reads words is not at hand")
        same = []
        for words, vector in zip(SENTENCES, vectors, strict=True):
            monitor.check()
            theirs = _unless_refused(partial(self._by_words, words, monitor))
            if theirs is None:
                return Verdict(unverified="the service does not answer to words")
            ours = self._by_vector(np.frombuffer(vector, np.float32), ROWS_COMPARED, monitor)
            if theirs or ours:
                same.append(is_same_answer(theirs, ours))
        return Verdict(len(same), same.count(False), None if same else "the service has no row for anything")

    def _by_vector(self, vector: Vector, count: int, monitor: Monitor) -> list[NearRow]:
        return self._protocol.near_vector(self._index, vector, count, _PURPOSE, monitor)

    def _by_words(self, words: str, monitor: Monitor) -> list[NearRow]:
        return self._protocol.near_words(self._index, words, ROWS_COMPARED, _PURPOSE, monitor)


def _unless_refused(ask: Callable[[], list[NearRow]]) -> list[NearRow] | None:
    """The answer; None where the service cannot answer this kind of question, which it says with a bare 500."""
    try:
        return ask()
    except KnnRefused as refusal:
        if refusal.is_unnamed:
            return None
        raise


def is_same_answer(theirs: Sequence[NearRow], ours: Sequence[NearRow]) -> bool:
    """Whether two answers, of `ROWS_COMPARED` rows at most, are those to the same question."""
    first, second = ({row.id: row.similarity for row in rows} for rows in (theirs, ours))
    shared = first.keys() & second.keys()
    if len(shared) < max(1.0, LEAST_SHARED * max(len(first), len(second))):
        return False
    return median(abs(first[number] - second[number]) for number in shared) <= MOST_DIFFERENT
