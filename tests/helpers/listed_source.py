"""A whole source in memory: files in a list, each compared with each query, nothing clever."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import FileFingerprints, Kind, PictureFingerprints
from indexer.images.variants import Orientation
from indexer.sources.base import AskedFile, Candidate, Description, Health, Query, Reach, RowFacts, RowId, Source
from tests.helpers.queries import fingerprints_of

ANSWERED = (Lane.EXACT, Lane.PERCEPTUAL)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    file: FileFingerprints
    prints: PictureFingerprints


class ListedSource(Source):
    """Files by name, in the order given.

    Args:
        files: the bytes of each file.
        name: what the user called it.
    """

    def __init__(self, files: Mapping[str, bytes], name: str = "a list") -> None:
        self._name = name
        self._rows: list[_Row] = []
        for file_name, data in files.items():
            made = fingerprints_of(data, file_name)
            self._rows += [_Row(file_name, made, prints) for prints in made.pictures]

    def describe(self) -> Description:
        """Counted, never remembered."""
        counts: Counter[Kind] = Counter()
        for row in self._rows:
            counts.update({Kind.SHA256: 1, Kind.MD5: 1, Kind.PHASH: len(row.prints.usable_phash[:1])})
            counts.update({Kind.PDQ: len(row.prints.usable_pdq[:1]), Kind.MINIATURE: len(row.prints.miniature[:1])})
        content = "".join(row.file.digests.sha256 for row in self._rows)
        identity = hashlib.sha256(content.encode()).hexdigest()
        return Description(self._name, "Listed set", "1", len(self._rows), identity, counts)

    def why_not(self, lane: Lane) -> str | None:
        """Bytes and looks only."""
        return None if lane in ANSWERED else "it is only a list of files"

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """Work by work, row by row."""
        for query in queries:
            monitor.check()
            for number, row in enumerate(self._rows):
                for kind, file in _equal_digests(query, row) if Lane.EXACT in lanes else ():
                    yield Candidate(query.work, RowId(str(number)), kind, Orientation.UPRIGHT, 0.0, file.rendition)
                for kind, orientation, distance in _likeness(query, row, lanes, reach):
                    yield Candidate(query.work, RowId(str(number)), kind, orientation, distance)

    def facts(self, row: RowId) -> RowFacts:
        """Nothing lies anywhere: the pictures are known by their fingerprints only."""
        found = self._rows[int(row)]
        sha256, prints = found.file.digests.sha256, found.prints
        frame = "" if prints.frame == 1 else f"#{prints.frame}"
        return RowFacts(
            row=found.name + frame,
            row_key=f"sha256:{sha256}{frame}",
            url=found.name,
            width=prints.width,
            height=prints.height,
            sha256=sha256,
            frame=prints.frame,
        )

    def health(self, monitor: Monitor) -> Health:
        """A list is always there."""
        return Health(True, "it lies in memory")

    def close(self) -> None:
        """There is nothing to release."""


Likeness = tuple[Kind, Orientation, float]


def _equal_digests(query: Query, row: _Row) -> Iterator[tuple[Kind, AskedFile]]:
    """Each digest that a file of the work has in common with the row's."""
    for file in query.files:
        for kind in (Kind.SHA256, Kind.MD5):
            if getattr(file.digests, kind) == getattr(row.file.digests, kind) and file.frame == row.prints.frame:
                yield kind, file


def _likeness(query: Query, row: _Row, lanes: Sequence[Lane], reach: Reach) -> Iterator[Likeness]:
    """Every kind of fingerprint by which the row is near, in the orientation in which it is nearest."""
    if Lane.PERCEPTUAL in lanes:
        for kind, limit, distances in (
            (Kind.PHASH, reach.phash_bits, _phash_distances(query.fingerprints, row.prints)),
            (Kind.PDQ, reach.pdq_bits, _pdq_distances(query.fingerprints, row.prints)),
            (Kind.MINIATURE, 1 - reach.miniature_least, _miniature_distances(query.fingerprints, row.prints)),
        ):
            if distances and min(distances) <= limit:
                yield kind, list(Orientation)[distances.index(min(distances))], min(distances)


def _phash_distances(asked: PictureFingerprints, held: PictureFingerprints) -> list[float]:
    return [float((way ^ value).bit_count()) for value in held.usable_phash[:1] for way in asked.usable_phash]


def _pdq_distances(asked: PictureFingerprints, held: PictureFingerprints) -> list[float]:
    return [
        float((int.from_bytes(way) ^ int.from_bytes(value)).bit_count())
        for value in held.usable_pdq[:1]
        for way in asked.usable_pdq
    ]


def _miniature_distances(asked: PictureFingerprints, held: PictureFingerprints) -> list[float]:
    return [
        1.0 - float(np.frombuffer(way, np.float32) @ np.frombuffer(value, np.float32))
        for value in held.miniature[:1]
        for way in asked.miniature
    ]
