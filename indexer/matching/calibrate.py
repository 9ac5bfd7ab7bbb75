# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what a cosine is worth for one model with one file of weights: `exhibit-a calibrate`.

Half of the pictures are asked for; the other half stands for a data set that holds none of them. Of each picture that
is asked for, the nearest stranger is kept, and how near its own altered copies come. Pictures asked for are counted,
not pairs, because pairs that share a picture are not independent and would make the bounds look better than they are.
A folder that holds the same picture twice in two files makes the figures worse, never better.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from indexer.core.about import this_tool
from indexer.core.clock import utc_now
from indexer.core.errors import InputProblem
from indexer.core.hashing import sha256_of_file
from indexer.core.progress import Monitor, Progress
from indexer.core.workers import Failure, WorkerPool
from indexer.fingerprints.clip_child import ClipChild
from indexer.fingerprints.clip_models import ClipModel, find_model
from indexer.fingerprints.clip_weights import Weights, read_weights
from indexer.fingerprints.squares import is_flat, square_of
from indexer.images.altering import ALTERATIONS, altered_copies
from indexer.images.colour import WHITE
from indexer.images.loading import DEFAULT_LIMITS, open_file, open_pictures
from indexer.images.scanning import FoundFile, scan
from indexer.matching.calibration import FORMAT, Calibration, Copies, write_calibration
from indexer.matching.contract import CalibrationAsked

LEAST_PICTURES = 20
"""With fewer, even a perfect model could not be told from a useless one."""

MOST_PICTURES = 2000
"""Enough for bounds of a fifth of a percent; of a larger folder, so many are drawn by their checksums."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Request:
    path: str
    name: str
    size: int
    model: ClipModel
    with_copies: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    """Squares one behind the other: the picture, and its altered copies where they were asked for."""

    squares: tuple[bytes, ...] = ()


def calibrate(asked: CalibrationAsked, folder: Path, monitor: Monitor) -> Calibration:
    """Measure, and keep the record in `folder`.

    Raises:
        InputProblem: there are too few pictures.
        ModelProblem: the pair is not known, or the weights are not its.
        StorageProblem: the record cannot be written.
        Cancelled: the user stopped.
    """
    weights = read_weights(asked.weights, find_model(asked.pair, asked.weights))
    chosen = _choose(asked.pictures, monitor)
    half = len(chosen) // 2
    with ClipChild(weights) as child:
        child.load(monitor)
        own, copies = _embed(chosen[:half], child, monitor, with_copies=True)
        listed, _ = _embed(chosen[half:], child, monitor, with_copies=False)
    if 2 * min(len(own), len(listed)) < LEAST_PICTURES:
        raise InputProblem(asked.pictures, _TOO_FEW)
    record = _record(weights, own, copies, listed)
    write_calibration(folder, record)
    return record


def serve_altered(request: bytes) -> bytes:
    """A decoding worker's side: nothing for a picture that is flat or cannot be read."""
    asked = msgspec.msgpack.decode(request, type=_Request)
    try:
        return msgspec.msgpack.encode(_Answer(tuple(_squares(asked))))
    except InputProblem:
        return msgspec.msgpack.encode(_Answer())
    except MemoryError:
        return msgspec.msgpack.encode(_Answer())


def _squares(asked: _Request) -> Iterator[bytes]:
    with open_file(Path(asked.path), asked.name) as stream:
        picture = next(open_pictures(stream, asked.name)).on(WHITE)
    if is_flat(picture):
        return
    seed = int.from_bytes(hashlib.sha256(asked.name.encode()).digest()[:4])
    for one in [picture, *(altered_copies(picture, seed) if asked.with_copies else ())]:
        yield square_of(one, asked.model.image_size, asked.model.interpolation).tobytes()


def _choose(folder: Path, monitor: Monitor) -> list[FoundFile]:
    """Different files, in an order that their names and dates have no part in."""
    by_content: dict[str, FoundFile] = {}
    for entry in scan(folder, monitor):
        if isinstance(entry, FoundFile):
            monitor.check()
            by_content.setdefault(sha256_of_file(entry.path), entry)
    if len(by_content) < LEAST_PICTURES:
        raise InputProblem(folder, _TOO_FEW)
    return [by_content[digest] for digest in sorted(by_content)][:MOST_PICTURES]


def _embed(
    files: Sequence[FoundFile], child: ClipChild, monitor: Monitor, *, with_copies: bool
) -> tuple[Vectors, Vectors]:
    """Vectors of the pictures (pictures, dimension), and of their copies (pictures, alterations, dimension)."""
    model = child.weights.model
    stage = "measuring altered copies" if with_copies else "measuring unrelated pictures"
    own, copies = [], []

    def request_of(file: FoundFile) -> bytes:
        return msgspec.msgpack.encode(_Request(str(file.path), file.name, model.image_size, model, with_copies))

    with WorkerPool[FoundFile](serve_altered, os.cpu_count() or 1, DEFAULT_LIMITS.decode_s) as pool:
        for done, (_, reply) in enumerate(pool.ordered(files, request_of, monitor), start=1):
            squares = _read(reply, model.image_size)
            if squares:
                vectors = child.embed_squares(squares, monitor)
                own.append(vectors[0])
                copies.append(vectors[1:])
            monitor.progress(Progress(stage, done, len(files)))
    return np.array(own, np.float32), np.array(copies, np.float32)


def _read(reply: bytes | Failure | None, size: int) -> list[NDArray[np.uint8]]:
    if reply is None or isinstance(reply, Failure):
        return []
    answer = msgspec.msgpack.decode(reply, type=_Answer)
    return [np.frombuffer(pixels, np.uint8).reshape(size, size, 3) for pixels in answer.squares]


def _record(weights: Weights, own: Vectors, copies: Vectors, listed: Vectors) -> Calibration:
    nearest = np.array([(listed @ vector).max() for vector in own])
    to_own = np.einsum("pad,pd->pa", copies, own)
    tool = this_tool()
    return Calibration(
        format=FORMAT,
        space=weights.space,
        are_the_published=weights.are_the_published,
        made_utc=utc_now(),
        program=f"{tool.name} {tool.version}",
        asked=len(own),
        listed=len(listed),
        nearest_unrelated=_rising(nearest),
        copies=tuple(Copies(done, _rising(to_own[:, number])) for number, done in enumerate(ALTERATIONS)),
    )


def _rising(cosines: NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(round(float(cosine), 5) for cosine in np.sort(cosines))


_TOO_FEW = f"at least {LEAST_PICTURES} different pictures are needed to measure anything"
