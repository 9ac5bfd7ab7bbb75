# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that holds a CLIP model: squares of pixels and sentences in, vectors out.

This module is light, so that whoever asks imports neither PyTorch nor open_clip; the child does, with its first
request. Each request names the model, so that a child that had to be replaced goes on.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import ModelProblem
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from indexer.fingerprints.clip_models import ClipModel
from indexer.fingerprints.clip_weights import Weights
from indexer.fingerprints.squares import Square

if TYPE_CHECKING:
    from indexer.fingerprints.clip_runtime import LoadedModel

BATCH = 16
"""Pictures in one request: enough to keep the processor busy, few enough that a stop loses a second or two."""

_ANSWER_S = 600.0
"""The largest model needs a minute for a batch on a slow laptop, and its first answer waits for a slow disk."""

_MEMORY_BYTES = 4 << 30
"""Beside the weights, which are mapped: libraries and what lies between two layers."""

_STOPPED = "the process that holds the model stopped before it answered; the model may need more memory than there is"

_NO_TORCH = "this installation comes without PyTorch, which runs the model; installed with pip, the program has it"

_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY")


@dataclass(frozen=True, slots=True)
class _Request:
    """Squares or sentences. Crosses to the child as MessagePack."""

    model: ClipModel
    weights: str
    squares: bytes = b""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    vectors: bytes = b""
    because: str | None = None


class ClipChild:
    """One model in one process, which starts with the first request and ends with `close`.

    Args:
        weights: a file that fits the model, from `read_weights`.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        memory_bytes = _MEMORY_BYTES + 2 * weights.size_bytes
        self._pool = WorkerPool[object](serve_clip, 1, _ANSWER_S, memory_bytes)

    def load(self, monitor: Monitor) -> None:
        """Load the model now and ask it once, so that unfit or damaged weights are told before anything else is done.

        Raises:
            ModelProblem: they do not fit, or give no numbers.
            Cancelled: the user stopped.
        """
        size = self.weights.model.image_size
        self.embed_squares([np.full((size, size, 3), 255, np.uint8)], monitor)

    def embed_squares(self, squares: Sequence[Square], monitor: Monitor) -> NDArray[np.float32]:
        """Vectors (pictures, dimension) of length 1, in the order of the squares.

        Raises:
            ModelProblem: the model gave none.
            Cancelled: the user stopped.
        """
        pixels = b"".join(square.tobytes() for square in squares)
        return self._ask(_Request(self.weights.model, str(self.weights.path), squares=pixels), monitor)

    def embed_texts(self, texts: Sequence[str], monitor: Monitor) -> NDArray[np.float32]:
        """Vectors (sentences, dimension) of length 1, comparable with those of pictures.

        Raises:
            ModelProblem: the model gave none.
            Cancelled: the user stopped.
        """
        return self._ask(_Request(self.weights.model, str(self.weights.path), texts=tuple(texts)), monitor)

    def close(self) -> None:
        """End the process."""
        self._pool.close()

    def _ask(self, request: _Request, monitor: Monitor) -> NDArray[np.float32]:
        reply = self._pool.ask(msgspec.msgpack.encode(request), monitor)
        if isinstance(reply, Failure):
            raise ModelProblem(self.weights.path, _STOPPED)
        answer = msgspec.msgpack.decode(reply, type=_Answer)
        if answer.because is not None:
            raise ModelProblem(self.weights.path, answer.because)
        return np.frombuffer(answer.vectors, np.float32).reshape(-1, self.weights.model.dimension)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve_clip(request: bytes) -> bytes:
    """The child's side."""
    asked = msgspec.msgpack.decode(request, type=_Request)
    try:
        vectors = _answer(asked)
    except ModelProblem as problem:
        return msgspec.msgpack.encode(_Answer(because=problem.because))
    except ImportError:
        return msgspec.msgpack.encode(_Answer(because=_NO_TORCH))
    except MemoryError:
        return msgspec.msgpack.encode(_Answer(because="the model needs more memory than this program may use"))
    return msgspec.msgpack.encode(_Answer(vectors))


def _answer(asked: _Request) -> bytes:
    model = _loaded(msgspec.msgpack.encode(asked.model), asked.weights)
    if asked.texts:
        return model.embed_texts(asked.texts).tobytes()
    size = asked.model.image_size
    squares = np.frombuffer(bytearray(asked.squares), np.uint8).reshape(-1, size, size, 3)
    return model.embed_squares(squares).tobytes()


@lru_cache(maxsize=1)
def _loaded(model: bytes, weights: str) -> "LoadedModel":
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    logging.disable(logging.WARNING)  # this process has nobody who reads them
    from indexer.fingerprints.clip_runtime import LoadedModel  # seconds, and only this process pays them

    return LoadedModel(msgspec.msgpack.decode(model, type=ClipModel), Path(weights))
