# SPDX-License-Identifier: GPL-3.0-or-later
"""What an index keeps of some of its rows: asked again, held against each other, and against other kinds.

The kinds tell of each other: pHash, PDQ and the miniature are all made of the lowest frequencies of one picture, so
their bits mostly agree, while those of two pictures agree by half. No picture is needed to see that rows are mixed up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.core.hashing import Digests
from indexer.fingerprints.base import Kind, PictureFingerprints
from indexer.fingerprints.miniature import EDGE
from indexer.fingerprints.pdq import SIDE
from indexer.fingerprints.quality import PDQ_LEAST_QUALITY, PHASH_LEAST_CONTRAST
from indexer.index.folder import IndexFolder
from indexer.matching.binomial import Share
from indexer.matching.self_test_record import Apart, Spread
from indexer.sources.base import Query

MOST_COMPARED = 500
"""Rows of which all pairs are held against each other."""

AGREEMENT = 0.7
"""Share of bits in which two kinds of one picture agree: 95 % of a sample of clip art have 0.73 and more, and 95 % of
pairs of different pictures 0.63 and less."""

MIXED_UP = 0.2
"""Share of rows, at the lower end of what was counted, whose kinds do not agree before rows are called mixed up."""

_LOW = 8
"""pHash's lowest frequencies each way, of which PDQ leaves out the first."""

_PARTNERS = ((Kind.PHASH, Kind.MINIATURE), (Kind.PHASH, Kind.PDQ), (Kind.PDQ, Kind.MINIATURE))

_PLAIN = PictureFingerprints(1, 1, 0, 0, (0,), (), (bytes(32),), 0, (), 0.0)
"""Has nothing that could be searched for, until one kind is put in."""

Bits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Kept:
    """What an index keeps of one kind: row numbers, and as many values: codes (rows, words) or vectors of length 1."""

    kind: Kind
    rows: NDArray[np.int64]
    values: NDArray[Any]


def read_kept(index: IndexFolder, kinds: Sequence[Kind], rows: NDArray[np.int64]) -> dict[Kind, Kept]:
    """What the index keeps of these rows.

    Raises:
        IndexProblem: its files cannot be read.
    """
    kept: dict[Kind, Kept] = {}
    for kind in kinds:
        if kind in (Kind.PHASH, Kind.PDQ):
            kept[kind] = Kept(kind, *index.bit_index(kind).codes_of(rows))
        elif kind in (Kind.MINIATURE, Kind.CLIP):
            kept[kind] = Kept(kind, *index.vector_index(kind).vectors_of(rows))
    return kept


def query_for_kept(kept: Kept, number: int, space_key: str) -> Query:
    """The query that asks for one kept value and nothing else; called after its row."""
    value = kept.values[number]
    work = str(kept.rows[number])
    match kept.kind:
        case Kind.PHASH:
            prints = replace(_PLAIN, phash=(int(value[0]),), contrast=PHASH_LEAST_CONTRAST)
        case Kind.PDQ:
            prints = replace(_PLAIN, pdq=(value.astype(">u8").tobytes(),), pdq_quality=PDQ_LEAST_QUALITY)
        case Kind.MINIATURE:
            prints = replace(_PLAIN, miniature=(value.astype(np.float32).tobytes(),))
        case _:
            return Query(work, Digests("", ""), _PLAIN, embeddings={space_key: value.astype(np.float32).tobytes()})
    return Query(work, Digests("", ""), prints)


def query_for_digests(work: str, digests: Digests, frame: int) -> Query:
    """The query that asks for a file by its digests alone."""
    return Query(work, digests, replace(_PLAIN, frame=frame))


def spread_of(distances: Sequence[float] | NDArray[np.float64]) -> Spread | None:
    """None of no distances."""
    if not len(distances):
        return None
    return Spread(*(round(float(value), 4) for value in np.quantile(distances, (0, 0.05, 0.5, 0.95, 1))))


def how_far_apart(kept: Kept) -> Apart | None:
    """Distances of all pairs of different rows; None for fewer than two."""
    values = kept.values[:MOST_COMPARED]
    first, second = np.triu_indices(len(values), 1)
    if kept.kind in (Kind.PHASH, Kind.PDQ):
        distances = np.bitwise_count(values[first] ^ values[second]).sum(axis=1).astype(np.float64)
    else:
        distances = 1.0 - (values @ values.T)[first, second].astype(np.float64)
    spread = spread_of(distances)
    return Apart(kept.kind, len(distances), spread) if spread else None


def told_otherwise(kept: Mapping[Kind, Kept], told: Mapping[int, int]) -> Share | None:
    """Of the rows whose facts tell a pHash, those for which the index keeps another one; None without such rows."""
    ours = kept.get(Kind.PHASH)
    both = [(row, value) for row, value in zip(ours.rows, ours.values, strict=True) if row in told] if ours else []
    return Share(sum(told[int(row)] != int(value[0]) for row, value in both), len(both)) if both else None


def kinds_that_disagree(kept: Mapping[Kind, Kept]) -> Share | None:
    """Of the rows that have two kinds of fingerprint, those whose two cannot be of one picture; None without such."""
    for one, other in _PARTNERS:
        if one in kept and other in kept:
            rows, first, second = np.intersect1d(kept[one].rows, kept[other].rows, return_indices=True)
            if len(rows):
                agree = [
                    _agreement(kept[one].kind, kept[one].values[here], kept[other].kind, kept[other].values[there])
                    for here, there in zip(first, second, strict=True)
                ]
                return Share(sum(share < AGREEMENT for share in agree), len(agree))
    return None


def _agreement(kind: Kind, value: NDArray[Any], other: Kind, its_value: NDArray[Any]) -> float:
    """Share of bits that agree; the constant is left out where PDQ has no bit for it."""
    first, second = _low_frequencies(kind, value), _low_frequencies(other, its_value)
    from_frequency = 1 if Kind.PDQ in (kind, other) else 0
    part = slice(from_frequency, _LOW)
    return float((first[part, part] == second[part, part]).mean())


def _low_frequencies(kind: Kind, value: NDArray[Any]) -> Bits:
    """Bits (8, 8) of the frequencies 0 to 7 each way: above the median or not; PDQ's have no frequency 0."""
    if kind is Kind.MINIATURE:
        return _of_miniature(value.astype(np.float64))
    bits = np.unpackbits(np.frombuffer(value.astype(">u8").tobytes(), np.uint8)).astype(np.bool_)
    if kind is Kind.PHASH:
        return bits.reshape(_LOW, _LOW)
    low = np.zeros((_LOW, _LOW), np.bool_)
    low[1:, 1:] = bits[::-1].reshape(SIDE, SIDE)[: _LOW - 1, : _LOW - 1]
    return low


def _of_miniature(values: NDArray[np.float64]) -> Bits:
    """What pHash does, from 16 × 16 pixels without their mean; the constant, which is lost, is nearly always large."""
    frequency, place = np.arange(_LOW)[:, None], np.arange(EDGE)[None, :]
    cosines = np.cos(np.pi * (2 * place + 1) * frequency / (2 * EDGE))
    coefficients = cosines @ values.reshape(EDGE, EDGE) @ cosines.T
    coefficients[0, 0] = np.inf
    bits: Bits = coefficients > np.median(coefficients)
    return bits
