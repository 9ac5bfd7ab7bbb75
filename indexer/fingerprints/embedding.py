# SPDX-License-Identifier: GPL-3.0-or-later
"""From pictures to CLIP vectors: decoded in workers, embedded in batches by the model's own process, remembered.

Portfolio and data set go through the same code. Memory holds one batch of squares, however many pictures there are.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from indexer.core.errors import InputProblem
from indexer.core.hashing import digest_stream
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from indexer.fingerprints.clip_child import BATCH, ClipChild
from indexer.fingerprints.clip_models import Interpolation
from indexer.fingerprints.clip_weights import Weights
from indexer.fingerprints.squares import Square, is_flat, square_of
from indexer.fingerprints.value_cache import ValueCache
from indexer.images.colour import WHITE
from indexer.images.loading import DEFAULT_LIMITS, NO_MEMORY, Limits, open_file, open_pictures

FLAT = b""
"""In place of a vector: the picture has nothing in it by which it could be told from another."""

_CHANGED = "it was changed while the program was reading it"
_MOST_WAITING = 4 * BATCH


@dataclass(frozen=True, slots=True)
class Picture:
    """A file whose pictures are to be embedded: where it lies, what it is called, what it was when it was read."""

    path: Path
    name: str
    sha256: str
    frames: tuple[int, ...] = (1,)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file's vectors by frame: float32 of length 1 as bytes, `FLAT` for a flat picture.

    Attributes:
        because: why there are none, None when there are.
    """

    picture: Picture
    vectors: Mapping[int, bytes] = field(default_factory=dict)
    because: str | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """What a decoding worker is asked for. Crosses to it as MessagePack."""

    path: str
    name: str
    sha256: str
    frames: tuple[int, ...]
    size: int
    interpolation: Interpolation
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Answer:
    """Squares by frame; empty bytes for a flat picture."""

    squares: dict[int, bytes]
    because: str | None = None


class Embedder:
    """A model with its decoders, its memory and its process, ready for any number of pictures.

    Args:
        weights: from `read_weights`.
        cache: asked first and told afterwards.
        workers: decoding processes; as many as there are processors when None.
    """

    def __init__(
        self,
        weights: Weights,
        cache: ValueCache | None = None,
        workers: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.space = weights.space
        self._model, self._cache, self._limits = weights.model, cache, limits
        self._child = ClipChild(weights)
        self._decoders = WorkerPool[Picture](serve_squares, workers or os.cpu_count() or 1, limits.decode_s)

    def load(self, monitor: Monitor) -> None:
        """Load the model now, so that weights that do not fit are told before anything else is done.

        Raises:
            ModelProblem: they do not fit.
            Cancelled: the user stopped.
        """
        self._child.load(monitor)

    def embed(self, pictures: Iterable[Picture], monitor: Monitor) -> Iterator[Embedded]:
        """Embed pictures, yielding in the order given; one that cannot be read comes out with the reason.

        Raises:
            ModelProblem: the model stopped answering; `path` is that of the weights.
            Cancelled: the user stopped.
        """
        waiting: list[tuple[Picture, _Answer | None]] = []
        for picture, reply in self._decoders.ordered(pictures, self._request_of, monitor):
            waiting.append((picture, _read(reply)))
            if sum(len(answer.squares) for _, answer in waiting if answer) >= BATCH or len(waiting) >= _MOST_WAITING:
                yield from self._finish(waiting, monitor)
                waiting.clear()
        yield from self._finish(waiting, monitor)

    def embed_texts(self, texts: tuple[str, ...], monitor: Monitor) -> list[bytes]:
        """A vector for each sentence, comparable with those of pictures.

        Raises:
            ModelProblem: the model has no tower for text that this program can use.
            Cancelled: the user stopped.
        """
        return [vector.tobytes() for vector in self._child.embed_texts(texts, monitor)]

    def close(self) -> None:
        """End all processes."""
        self._decoders.close()
        self._child.close()

    def _request_of(self, picture: Picture) -> bytes | None:
        """None where the memory holds every frame."""
        if self._remembered(picture) is not None:
            return None
        model = self._model
        asked = _Request(
            str(picture.path),
            picture.name,
            picture.sha256,
            picture.frames,
            model.image_size,
            model.interpolation,
            self._limits,
        )
        return msgspec.msgpack.encode(asked)

    def _remembered(self, picture: Picture) -> dict[int, bytes] | None:
        if self._cache is None:
            return None
        known = {frame: self._cache.find((picture.sha256, frame, self.space.key)) for frame in picture.frames}
        length = self.space.dimension * np.dtype(np.float32).itemsize
        whole = {frame: row for frame, row in known.items() if row is not None and len(row) in (0, length)}
        return whole if len(whole) == len(known) else None

    def _finish(self, waiting: list[tuple[Picture, _Answer | None]], monitor: Monitor) -> Iterator[Embedded]:
        """Ask the model for all squares that wait, and give each file its vectors."""
        asked = [
            (number, frame, pixels)
            for number, (_, answer) in enumerate(waiting)
            if answer
            for frame, pixels in answer.squares.items()
            if pixels
        ]
        made: dict[tuple[int, int], bytes] = {}
        for start in range(0, len(asked), BATCH):
            part = asked[start : start + BATCH]
            vectors = self._child.embed_squares([self._square(pixels) for _, _, pixels in part], monitor)
            made |= {(number, frame): row.tobytes() for (number, frame, _), row in zip(part, vectors, strict=True)}
        for number, (picture, answer) in enumerate(waiting):
            yield self._outcome(picture, answer, {frame: row for (of, frame), row in made.items() if of == number})

    def _square(self, pixels: bytes) -> Square:
        size = self._model.image_size
        return np.frombuffer(pixels, np.uint8).reshape(size, size, 3)

    def _outcome(self, picture: Picture, answer: _Answer | None, made: Mapping[int, bytes]) -> Embedded:
        if answer is None:
            return Embedded(picture, self._remembered(picture) or {})
        if answer.because is not None:
            return Embedded(picture, because=answer.because)
        vectors = {frame: made.get(frame, FLAT) for frame in answer.squares}
        if self._cache is not None:
            self._cache.keep({(picture.sha256, frame, self.space.key): row for frame, row in vectors.items()})
        return Embedded(picture, vectors)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve_squares(request: bytes) -> bytes:
    """A decoding worker's side of `Embedder`."""
    asked = msgspec.msgpack.decode(request, type=_Request)
    try:
        answer = _Answer(_decode(asked))
    except InputProblem as problem:
        answer = _Answer({}, problem.because)
    except MemoryError:
        answer = _Answer({}, NO_MEMORY)
    return msgspec.msgpack.encode(answer)


def _decode(asked: _Request) -> dict[int, bytes]:
    """The squares of the frames asked for, from the very file that was asked for."""
    squares: dict[int, bytes] = {}
    with open_file(Path(asked.path), asked.name) as stream:
        if digest_stream(stream).sha256 != asked.sha256:
            raise InputProblem(asked.name, _CHANGED)
        try:
            for opened in open_pictures(stream, asked.name, limits=asked.limits):
                if opened.frame in asked.frames:
                    upright = opened.on(WHITE)
                    flat = is_flat(upright)
                    square = FLAT if flat else square_of(upright, asked.size, asked.interpolation).tobytes()
                    squares[opened.frame] = square
                if len(squares) == len(asked.frames):
                    break
        except InputProblem:
            if not squares:
                raise
    return squares


def _read(reply: bytes | Failure | None) -> _Answer | None:
    """None where nothing was asked, since the memory has it."""
    if reply is None:
        return None
    if isinstance(reply, Failure):
        return _Answer({}, reply.because)
    return msgspec.msgpack.decode(reply, type=_Answer)
