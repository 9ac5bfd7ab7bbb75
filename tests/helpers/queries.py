"""Fingerprints and queries straight from the bytes of a file, without folder, worker or cache."""

import io
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from indexer.core.hashing import digest_stream
from indexer.fingerprints.base import FileFingerprints
from indexer.fingerprints.intake import fingerprint_picture
from indexer.fingerprints.picture_keypoints import work_keypoints
from indexer.images.colour import WHITE
from indexer.images.loading import open_pictures
from indexer.sources.base import Query
from tests.helpers.pictures import as_bytes


def fingerprints_of(data: bytes, name: str = "picture") -> FileFingerprints:
    """Everything that the intake computes of such a file."""
    pictures = tuple(fingerprint_picture(opened) for opened in open_pictures(io.BytesIO(data), name, may_reduce=True))
    return FileFingerprints(digest_stream(io.BytesIO(data)), pictures)


def queries_of(data: bytes, work: str) -> list[Query]:
    """A query for each picture of a file."""
    made = fingerprints_of(data, work)
    return [
        Query(work if prints.frame == 1 else f"{work}#{prints.frame}", made.digests, prints) for prints in made.pictures
    ]


def query_of(picture: Image.Image | bytes, work: str = "work.png", *, keypoints: bool = False) -> Query:
    """The query for a file of one picture, also with what a source of parts is asked with."""
    data = picture if isinstance(picture, bytes) else as_bytes(picture)
    (query,) = queries_of(data, work)
    if keypoints:
        (opened,) = open_pictures(io.BytesIO(data), work, may_reduce=True)
        return replace(query, keypoints=work_keypoints(opened.on(WHITE)))
    return query


def works_of(queries: Sequence[Query]) -> set[str]:
    """What the queries are called."""
    return {query.work for query in queries}
