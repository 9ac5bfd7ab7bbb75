# SPDX-License-Identifier: GPL-3.0-or-later
"""From files to fingerprints: each file decoded once, on all cores, in bounded memory, in the folder's order."""

import os
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.core.hashing import digest_stream
from indexer.core.progress import Monitor
from indexer.core.types import Skipped
from indexer.core.workers import Failure, WorkerPool
from indexer.fingerprints.base import FileFingerprints, PictureFingerprints
from indexer.fingerprints.cache import FingerprintCache
from indexer.fingerprints.form_hashes import form_hashes
from indexer.fingerprints.miniature import miniature_orientations
from indexer.fingerprints.pdq import pdq_orientations
from indexer.fingerprints.phash import phash, phash_orientations, shrink
from indexer.fingerprints.picture_keypoints import row_keypoints
from indexer.fingerprints.quality import packed_bytes, phash_is_meaningful
from indexer.images.colour import BLACK, WHITE
from indexer.images.loading import DEFAULT_LIMITS, NO_MEMORY, Limits, Opened, open_file, open_pictures
from indexer.images.scanning import FoundFile


@dataclass(frozen=True, slots=True)
class FingerprintedFile:
    """A file of the folder with its fingerprints."""

    file: FoundFile
    fingerprints: FileFingerprints


@dataclass(frozen=True, slots=True)
class Extras:
    """What not everybody wants of a decoded picture.

    Attributes:
        keypoints: as an index keeps them; no cache has them.
        forms: the hashes of other forms, which works are asked with; a cache expects them.
    """

    keypoints: bool = False
    forms: bool = True


WORKS = Extras()


@dataclass(frozen=True, slots=True)
class _Request:
    """What a worker is asked for. Crosses to it as MessagePack."""

    path: str
    name: str
    limits: Limits
    extras: Extras


@dataclass(frozen=True, slots=True)
class _Answer:
    made: FileFingerprints | None
    because: str | None = None


def fingerprint_files(
    files: Iterable[FoundFile | Skipped | FingerprintedFile],
    *,
    cache: FingerprintCache | None = None,
    monitor: Monitor | None = None,
    workers: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    extras: Extras = WORKS,
) -> Generator[FingerprintedFile | Skipped, None, None]:
    """Fingerprint files in processes of their own, yielding in the order given.

    A file that cannot be used comes out as `Skipped`, also one that hangs or crashes its decoder; the rest goes on.

    Args:
        files: as `scan` yields them; what it skipped, and what is fingerprinted already, passes through.
        cache: asked first and told afterwards; a file it knows is not opened.
        workers: processes; as many as there are processors when None.
        extras: what else is made of the same decoded pictures.
    """

    def request_of(entry: FoundFile | Skipped | FingerprintedFile) -> bytes | None:
        if isinstance(entry, FoundFile):
            return msgspec.msgpack.encode(_Request(str(entry.path), entry.name, limits, extras))
        return None

    known = (_recall(entry, cache) for entry in files)
    pool = WorkerPool[FoundFile | Skipped | FingerprintedFile](
        serve_fingerprints, workers or os.cpu_count() or 1, limits.decode_s
    )
    with pool:
        for entry, answer in pool.ordered(known, request_of, monitor):
            yield _outcome(entry, answer, cache)


def serve_fingerprints(request: bytes) -> bytes:
    """A worker's side of `fingerprint_files`."""
    asked = msgspec.msgpack.decode(request, type=_Request)
    try:
        made = fingerprint_file(Path(asked.path), asked.name, asked.limits, asked.extras)
    except InputProblem as problem:
        return msgspec.msgpack.encode(_Answer(None, problem.because))
    except MemoryError:
        return msgspec.msgpack.encode(_Answer(None, NO_MEMORY))
    return msgspec.msgpack.encode(_Answer(made))


def fingerprint_file(
    path: Path, name: str, limits: Limits = DEFAULT_LIMITS, extras: Extras = WORKS
) -> FileFingerprints:
    """Read a file once for its digests and decode each of its pictures once for everything else.

    Raises:
        InputProblem: not one picture of it can be used.
    """
    with open_file(path, name) as stream:
        digests = digest_stream(stream)
        pictures: list[PictureFingerprints] = []
        parts: list[bytes] = []
        created: str | None = None
        cut_short = None
        try:
            for opened in open_pictures(stream, name, limits=limits, may_reduce=True):
                created = created or opened.created
                pictures.append(fingerprint_picture(opened, forms=extras.forms))
                if extras.keypoints:
                    parts.append(row_keypoints(opened.on(WHITE)))
        except InputProblem as problem:  # the pictures before a damaged page are kept
            if not pictures:
                raise
            cut_short = problem.because
    return FileFingerprints(digests, tuple(pictures), cut_short, tuple(parts), created)


def fingerprint_picture(opened: Opened, *, forms: bool = True) -> PictureFingerprints:
    """All perceptual fingerprints of one decoded picture, with those of its forms or without."""
    upright = opened.on(WHITE)
    small = shrink(upright)
    contrast = _contrast(small)
    turned = phash_orientations(small)
    hashes, quality = pdq_orientations(upright)
    made = PictureFingerprints(
        frame=opened.frame,
        frames=opened.frames,
        width=opened.width,
        height=opened.height,
        phash=turned,
        phash_other=_other_readings(opened, turned),
        pdq=hashes,
        pdq_quality=quality,
        miniature=miniature_orientations(small),
        contrast=round(contrast, 3),
        is_preview=opened.is_preview,
        phash_forms=form_hashes(upright, (opened.width, opened.height)) if forms else (),
    )
    return replace(made, packed=_packed(opened)) if made.is_too_plain else made


def _recall(
    entry: FoundFile | Skipped | FingerprintedFile, cache: FingerprintCache | None
) -> FoundFile | Skipped | FingerprintedFile:
    if cache is None or not isinstance(entry, FoundFile):
        return entry
    known = cache.find(entry)
    return FingerprintedFile(entry, known) if known else entry


def _outcome(
    entry: FoundFile | Skipped | FingerprintedFile, answer: bytes | Failure | None, cache: FingerprintCache | None
) -> FingerprintedFile | Skipped:
    if not isinstance(entry, FoundFile):
        return entry
    if answer is None or isinstance(answer, Failure):
        return Skipped(entry.name, answer.because if answer else "nothing came back")
    read = msgspec.msgpack.decode(answer, type=_Answer)
    if read.made is None:
        return Skipped(entry.name, read.because or "nothing came back")
    if cache:
        cache.keep(entry, read.made)
    return FingerprintedFile(entry, read.made)


def _contrast(small: Image.Image) -> float:
    return float(np.asarray(small, dtype=np.float64).std())


def _packed(opened: Opened) -> int:
    """On white and on black: a white drawing on nothing cannot be seen on white."""
    grounds = (WHITE, BLACK) if opened.is_see_through else (WHITE,)
    return max(packed_bytes(opened.on(ground).tobytes()) for ground in grounds)


def _other_readings(opened: Opened, known: tuple[int, ...]) -> tuple[int, ...]:
    """The pHash on black and of the file as opened: how a crawler handled alpha and EXIF is not known (DESIGN §4)."""
    readings = []
    if opened.is_see_through:
        readings.append(shrink(opened.on(BLACK)))
    if not opened.is_plain and opened.original.mode != "LAB":
        readings.append(shrink(opened.original))
    values = dict.fromkeys(phash(small) for small in readings if phash_is_meaningful(phash(small), _contrast(small)))
    return tuple(value for value in values if value not in known[:1])
