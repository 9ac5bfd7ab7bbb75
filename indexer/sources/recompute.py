# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a set's column of hashes what it is taken for? Computed again from fetched pictures, and counted.

How COYO-700M computed its `image_phash` is inferred from its published values (`datasets.md` §2.3). Every picture of
one of its rows that is fetched and still the same can confirm it. A picture that was replaced at its address says
nothing about the method, and looks like one that was hashed otherwise: both are counted as far away.
"""

import io
import os
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from indexer.fingerprints.intake import fingerprint_picture
from indexer.images.loading import DEFAULT_LIMITS, NO_MEMORY, Limits, open_pictures
from indexer.sources.base import RowFacts

WITHIN_BITS = (0, 2, 4)
"""Equal; as another decoder or a reduced size may move it (`datasets.md` §2.3); as re-encodings do."""


@dataclass(frozen=True, slots=True)
class FetchedRow:
    """A row with the bytes that its address holds today."""

    facts: RowFacts
    picture: bytes


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came of it.

    Attributes:
        compared: pictures whose hash was computed and held against their row's.
        agreeing: how many of them lie within 0, 2 and 4 bits of 64; each figure includes those before it.
        left_out: rows without a hash, and pictures that cannot be read.
    """

    compared: int
    agreeing: tuple[int, int, int]
    left_out: int

    @property
    def words(self) -> str:
        """One sentence for people."""
        if not self.compared:
            return "None of the fetched pictures could be used to compute this data set's fingerprint again."
        equal, near, fair = self.agreeing
        return (
            f"Of {self.compared:,} fetched pictures of this data set, computed again here, {equal:,} have exactly the "
            f"fingerprint that it lists, {near:,} within 2 bits of 64 and {fair:,} within 4; the others were replaced "
            "at their address, or the data set computed it in another way."
        )


class _Answer(msgspec.Struct):
    """What a worker found: the hashes that a picture can have, or why there are none."""

    hashes: tuple[int, ...] = ()
    because: str | None = None


def recompute(
    rows: Iterable[FetchedRow],
    monitor: Monitor | None = None,
    workers: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Recomputed:
    """Compute the pHash of every picture and count how far it is from its row's.

    Pictures are decoded in processes of their own, so that a hostile one costs itself. The nearest of the ways in
    which a crawler may have read a picture counts: on white, on black, and as it is stored.

    Args:
        workers: processes; as many as there are processors when None.

    Raises:
        Cancelled: the user stopped.
    """
    distances: list[int] = []
    left_out = 0
    with WorkerPool[FetchedRow](serve_phash, workers or os.cpu_count() or 1, limits.decode_s) as pool:
        for row, reply in pool.ordered(rows, lambda one: one.picture if one.facts.phash is not None else None, monitor):
            answer = (
                _Answer()
                if reply is None or isinstance(reply, Failure)
                else msgspec.msgpack.decode(reply, type=_Answer)
            )
            if answer.hashes and row.facts.phash is not None:
                listed = row.facts.phash
                distances.append(min((value ^ listed).bit_count() for value in answer.hashes))
            else:
                left_out += 1
    equal, near, fair = (sum(one <= limit for one in distances) for limit in WITHIN_BITS)
    return Recomputed(len(distances), (equal, near, fair), left_out)


def serve_phash(request: bytes) -> bytes:
    """A worker's side of `recompute`: the hashes of the first picture in a file."""
    try:
        opened = next(open_pictures(io.BytesIO(request), "picture"))
        prints = fingerprint_picture(opened)
    except InputProblem as problem:
        return msgspec.msgpack.encode(_Answer(because=problem.because))
    except MemoryError:
        return msgspec.msgpack.encode(_Answer(because=NO_MEMORY))
    return msgspec.msgpack.encode(_Answer((prints.phash[0], *prints.phash_other)))
