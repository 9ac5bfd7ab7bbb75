# SPDX-License-Identifier: GPL-3.0-or-later
"""Keypoints of works, found only when a source can be asked for parts of pictures, and kept for the next check."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.hashing import digest_stream
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from indexer.fingerprints.picture_keypoints import ASKED_RECIPE, work_keypoints
from indexer.fingerprints.value_cache import ValueCache
from indexer.images.colour import WHITE
from indexer.images.loading import DEFAULT_LIMITS, open_file, open_pictures

CACHE_NAME = "keypoints.sqlite"

Looks = tuple[bytes, ...]
"""A work's keypoints, packed, one for each size at which it was looked at."""


@dataclass(frozen=True, slots=True)
class WorkFile:
    """A file of the portfolio as it was fingerprinted, and which of its pictures are works."""

    path: Path
    sha256: str
    frames: tuple[int, ...]


class WorkKeypoints:
    """Looks at works in processes of their own, so that a hostile picture costs its own keypoints and nothing else.

    Args:
        place: the file in which they are remembered.

    Raises:
        StorageProblem: when first asked, there can be no such file.
    """

    def __init__(self, place: Path, monitor: Monitor) -> None:
        self._place, self._monitor = place, monitor
        self._cache: ValueCache | None = None
        self._pool = WorkerPool[WorkFile](serve_work_keypoints, os.cpu_count() or 1, DEFAULT_LIMITS.decode_s)

    def of(self, files: Iterable[WorkFile]) -> dict[tuple[str, int], Looks]:
        """Keypoints by SHA-256 and frame; those of a picture that cannot be read again are missing.

        Raises:
            StorageProblem: the store of fingerprints cannot be opened.
            Cancelled: the user stopped.
        """
        cache = self._opened_cache()
        found: dict[tuple[str, int], Looks] = {}
        for file, reply in self._pool.ordered(self._unknown(files, cache, found), _request_of, self._monitor):
            if reply is None or isinstance(reply, Failure):
                continue
            for frame, packed in msgspec.msgpack.decode(reply, type=dict[int, bytes]).items():
                cache.keep({(file.sha256, frame, ASKED_RECIPE): packed})
                found[file.sha256, frame] = _unpacked(packed)
        return found

    def close(self) -> None:
        """End the workers, and write what is waiting."""
        self._pool.close()
        if self._cache:
            self._cache.close()

    def _opened_cache(self) -> ValueCache:
        if self._cache is None:
            self._cache = ValueCache(self._place)
        return self._cache

    def _unknown(
        self, files: Iterable[WorkFile], cache: ValueCache, found: dict[tuple[str, int], Looks]
    ) -> Iterator[WorkFile]:
        """What is not remembered; what is goes to `found`."""
        for file in files:
            known = {frame: cache.find((file.sha256, frame, ASKED_RECIPE)) for frame in file.frames}
            found.update({(file.sha256, frame): _unpacked(packed) for frame, packed in known.items() if packed})
            missing = tuple(frame for frame, packed in known.items() if not packed)
            if missing:
                yield WorkFile(file.path, file.sha256, missing)


def serve_work_keypoints(request: bytes) -> bytes:
    """A worker's side: packed looks by frame; fewer where a picture cannot be read, or is another one now."""
    path, sha256, frames = msgspec.msgpack.decode(request, type=tuple[str, str, tuple[int, ...]])
    found: dict[int, bytes] = {}
    try:
        with open_file(Path(path), path) as stream:
            if digest_stream(stream).sha256 == sha256:
                for opened in open_pictures(stream, path, may_reduce=True):
                    if opened.frame in frames:
                        found[opened.frame] = msgspec.msgpack.encode(work_keypoints(opened.on(WHITE)))
    except (InputProblem, MemoryError):  # the pictures before a damaged page are kept
        pass
    return msgspec.msgpack.encode(found)


def _request_of(file: WorkFile) -> bytes:
    return msgspec.msgpack.encode((str(file.path), file.sha256, file.frames))


def _unpacked(packed: bytes) -> Looks:
    return msgspec.msgpack.decode(packed, type=tuple[bytes, ...])
