# SPDX-License-Identifier: GPL-3.0-or-later
"""Which work of the portfolio a published picture shows: proposed by fingerprints, decided by a second look."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import InputProblem
from indexer.core.hashing import Digests
from indexer.fingerprints.base import PictureFingerprints
from indexer.index.hamming import Codes, codes_from_bytes, scan
from indexer.matching.portfolio import Work
from indexer.matching.thresholds import ALIGN_NEAREST, REACH, RENDITION_LOOKS
from indexer.matching.verify import Verdict, second_look
from indexer.matching.view import View
from indexer.matching.views import ViewReader


class Portfolio:
    """The works of a check, ready to be looked through for each published picture."""

    def __init__(self, works: Sequence[Work]) -> None:
        self._works = tuple(works)
        self._by_sha256 = {work.query.digests.sha256: work for work in reversed(works) if _is_first(work)}
        self._phash, self._phash_of = _codes([[*_phash_bytes(work.query.fingerprints)] for work in works], 8)
        self._pdq, self._pdq_of = _codes([[*work.query.fingerprints.usable_pdq[:1]] for work in works], 32)
        self._miniature, self._miniature_of = _vectors(works)

    def add(self, work: Work) -> None:
        """Know another work, by the bytes of its file alone."""
        self._by_sha256.setdefault(work.query.digests.sha256, work)

    def same_file(self, digests: Digests) -> Work | None:
        """The work whose file has the very same bytes."""
        return self._by_sha256.get(digests.sha256)

    def shown_in(self, published: View, prints: PictureFingerprints, views: ViewReader) -> Work | None:
        """The work that the picture shows whole, in part, turned or mirrored; None when it shows none.

        Args:
            published: the picture, and `prints`, its fingerprints in all orientations.
        """
        for work, parts in self._likeliest(prints):
            try:
                mine = views.of_work(work.path, work.query.fingerprints.frame)
            except InputProblem:
                continue
            if second_look(mine.view, published, parts=parts).verdict in (Verdict.SAME, Verdict.EDITED):
                return work
        return None

    def _likeliest(self, prints: PictureFingerprints) -> Iterator[tuple[Work, bool]]:
        """The nearest works first: by PDQ, by pHash, then by the miniature; and whether to compare their parts too.

        That is slow, so of those that only the miniature proposes the nearest few have it done, as in a search.
        """
        by_hash = [
            *_near_codes(self._pdq, self._pdq_of, prints.usable_pdq, REACH.pdq_bits),
            *_near_codes(self._phash, self._phash_of, list(_phash_bytes(prints, whole=True)), REACH.phash_bits),
        ]
        by_miniature = self._near_miniatures(prints)
        with_parts = {*by_hash, *by_miniature[:ALIGN_NEAREST]}
        for number in list(dict.fromkeys([*by_hash, *by_miniature]))[:RENDITION_LOOKS]:
            yield self._works[number], number in with_parts

    def _near_miniatures(self, prints: PictureFingerprints) -> list[int]:
        if not prints.miniature or not len(self._miniature):
            return []
        laid = np.frombuffer(b"".join(prints.miniature), np.float32).reshape(len(prints.miniature), -1)
        likeness = (self._miniature @ laid.T).max(axis=1)
        nearest = np.argsort(-likeness, kind="stable")[: REACH.miniature_count]
        return [int(self._miniature_of[row]) for row in nearest if likeness[row] >= REACH.miniature_least]


def _is_first(work: Work) -> bool:
    """Later pages of a file have the file's digests too; what was published from it is its first picture."""
    return work.query.fingerprints.frame == 1


def _phash_bytes(prints: PictureFingerprints, *, whole: bool = False) -> Iterator[bytes]:
    """The upright readings of a picture, or those of all orientations as well."""
    values = prints.usable_phash if whole else prints.usable_phash[:1]
    return (value.to_bytes(8, "big") for value in (*values, *prints.phash_other))


def _codes(values: Sequence[Sequence[bytes]], size: int) -> tuple[Codes, NDArray[np.int64]]:
    """All codes, and of which work each is."""
    owners = [number for number, codes in enumerate(values) for _ in codes]
    flat = [code for codes in values for code in codes]
    codes = codes_from_bytes(flat) if flat else np.empty((0, size // 8), np.uint64)
    return codes, np.array(owners, np.int64)


def _near_codes(codes: Codes, owners: NDArray[np.int64], asked: Sequence[bytes], radius: int) -> list[int]:
    """The works within the radius, nearest first."""
    if not len(codes) or not asked:
        return []
    hits = scan(codes, codes_from_bytes(asked), radius)
    return [int(owners[hits.row[at]]) for at in np.argsort(hits.distance, kind="stable")]


def _vectors(works: Sequence[Work]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The upright miniatures, and of which work each is."""
    owners = [number for number, work in enumerate(works) if work.query.fingerprints.miniature]
    upright = b"".join(works[number].query.fingerprints.miniature[0] for number in owners)
    return np.frombuffer(upright, np.float32).reshape(len(owners), -1) if owners else _NONE, np.array(owners, np.int64)


_NONE = np.empty((0, 1), np.float32)
