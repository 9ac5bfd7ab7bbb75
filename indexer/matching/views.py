# SPDX-License-Identifier: GPL-3.0-or-later
"""Gets pictures ready for the second look: decoded in a process of their own, held against the row's own hash first."""

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.core.hashing import digest_stream
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from indexer.images.loading import DEFAULT_LIMITS, NO_MEMORY, Limits, open_file, open_view
from indexer.matching.view import VIEW_EDGE, View

_KEPT_WORKS, _KEPT_ROWS = 48, 32
"""Views that are kept: of works for the next candidate; of rows for the next work, since some rows are a little like
many works. With all that is worked out of it a work's view holds 5 MB and a row's 2 MB (measured), 300 MB in all."""


@dataclass(frozen=True, slots=True)
class _Request:
    """Either a path or the bytes themselves. Crosses to the worker as MessagePack."""

    name: str
    frame: int
    edge: int
    path: str | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    width: int = 0
    height: int = 0
    full_width: int = 0
    full_height: int = 0
    pixels: bytes = b""
    sha256: str = ""
    md5: str = ""
    because: str | None = None


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A view with the digests of the file that it was decoded from, lower-case hex."""

    view: View
    sha256: str
    md5: str


class ViewReader:
    """Reads views in one worker process, so that a hostile picture costs a sentence and not the check."""

    def __init__(self, monitor: Monitor, limits: Limits = DEFAULT_LIMITS) -> None:
        self._monitor = monitor
        self._pool = WorkerPool[object](serve_view, 1, limits.decode_s)
        self.of_work = lru_cache(maxsize=_KEPT_WORKS)(self.of_file)
        self.of_row = lru_cache(maxsize=_KEPT_ROWS)(self.of_file)

    def of_file(self, path: Path, frame: int) -> SeenPicture:
        """The view of a picture on this machine.

        Raises:
            InputProblem: it cannot be read.
        """
        return self._ask(_Request(path.name, frame, VIEW_EDGE, path=str(path)))

    def of_bytes(self, data: bytes, name: str, frame: int) -> SeenPicture:
        """The view of a picture that was fetched.

        Raises:
            InputProblem: it cannot be read.
        """
        return self._ask(_Request(name, frame, VIEW_EDGE, data=data))

    def close(self) -> None:
        """End the worker."""
        self._pool.close()

    def _ask(self, request: _Request) -> SeenPicture:
        reply = self._pool.ask(msgspec.msgpack.encode(request), self._monitor)
        if isinstance(reply, Failure):
            raise InputProblem(request.name, reply.because)
        answer = msgspec.msgpack.decode(reply, type=_Answer)
        if answer.because is not None:
            raise InputProblem(request.name, answer.because)
        image = Image.frombytes("RGB", (answer.width, answer.height), answer.pixels)
        return SeenPicture(View(image, (answer.full_width, answer.full_height)), answer.sha256, answer.md5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve_view(request: bytes) -> bytes:
    """A worker's side of `ViewReader`."""
    asked = msgspec.msgpack.decode(request, type=_Request)
    try:
        return msgspec.msgpack.encode(_read(asked))
    except InputProblem as problem:
        return msgspec.msgpack.encode(_Answer(because=problem.because))
    except MemoryError:
        return msgspec.msgpack.encode(_Answer(because=NO_MEMORY))


def _read(asked: _Request) -> _Answer:
    opened = io.BytesIO(asked.data) if asked.data is not None else open_file(Path(asked.path or ""), asked.name)
    with opened as stream:
        digests = digest_stream(stream)
        view = open_view(stream, asked.name, asked.frame, asked.edge)
    return _Answer(*view.image.size, view.width, view.height, view.image.tobytes(), digests.sha256, digests.md5)
