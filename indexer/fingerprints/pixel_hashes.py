# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixel hashes of works, made only when a source has such a column: every pixel has to be decoded for them."""

from functools import lru_cache
from pathlib import Path

import msgspec

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from indexer.fingerprints.exact import pixel_hash
from indexer.images.loading import DEFAULT_LIMITS, open_file

_KEPT = 4096
"""Works whose pixel hash is remembered for the next source; 32 characters each."""


class PixelHashes:
    """Decodes in one worker process, so that a hostile picture costs its own pixel hash and nothing else."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._pool = WorkerPool[object](serve_pixel_hash, 1, DEFAULT_LIMITS.decode_s)
        self.of = lru_cache(maxsize=_KEPT)(self._of)

    def close(self) -> None:
        """End the worker."""
        self._pool.close()

    def _of(self, path: Path, md5: str) -> str | None:
        """Lower-case hex; None for a picture that could not be decoded whole. `md5` is that of the file."""
        reply = self._pool.ask(msgspec.msgpack.encode((str(path), md5)), self._monitor)
        return None if isinstance(reply, Failure) or not reply else reply.decode()


def serve_pixel_hash(request: bytes) -> bytes:
    """A worker's side: the hash, or nothing."""
    path, md5 = msgspec.msgpack.decode(request, type=tuple[str, str])
    try:
        with open_file(Path(path), path) as stream:
            return pixel_hash(stream, path, md5).encode()
    except (InputProblem, MemoryError):
        return b""
