# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what a cosine is worth for one model with one file of weights: `exhibit-a calibrate`.

Of each folder a fifth of the pictures is the background, which only says how near everything is. Half of the others are
asked for; the other half, of all folders together, stands for a data set that holds none of them. Of each picture that
is asked for, the nearest stranger is kept, and how near its own altered copies come. Pictures asked for are counted,
not pairs, because pairs that share a picture are not independent and would make the bounds look better than they are.
A folder that holds the same picture twice in two files makes the figures worse, never better. Whether scores are held
against the background is decided by what separates better here.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
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
from indexer.matching.calibration import FORMAT, Calibration, Collection, Copies, Separation, write_calibration
from indexer.matching.content_scale import nearness, write_background
from indexer.matching.contract import CalibrationAsked
from indexer.matching.thresholds_unseen import BACKGROUND_NEAREST, NORMALISED_GAIN

LEAST_PICTURES = 20
"""With fewer, even a perfect model could not be told from a useless one."""

MOST_PICTURES = 2000
"""Enough for bounds of half a percent; of a larger folder, so many are drawn by their checksums."""

BACKGROUND_EVERY = 5
_STRANGERS = 0.05

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


@dataclass(frozen=True, slots=True)
class _Embedded:
    """One folder: vectors of pictures (pictures, dimension), of copies (pictures, alterations, dimension)."""

    name: str
    own: Vectors
    copies: Vectors
    listed: Vectors
    background: Vectors


def calibrate(asked: CalibrationAsked, folder: Path, monitor: Monitor) -> Calibration:
    """Measure, and keep the record in `folder`.

    Raises:
        InputProblem: there are too few pictures in a folder.
        ModelProblem: the pair is not known, or the weights are not its.
        StorageProblem: the record cannot be written.
        Cancelled: the user stopped.
    """
    weights = read_weights(asked.weights, find_model(asked.pair, asked.weights))
    chosen = _choose(asked.pictures, monitor)
    with ClipChild(weights) as child:
        child.load(monitor)
        embedded = _embed_all(chosen, child, monitor)
    background = np.concatenate([one.background for one in embedded])
    record = measure(weights, embedded, background)
    if record.normalised:
        write_background(folder, weights.space, background)
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


def _choose(folders: Sequence[Path], monitor: Monitor) -> dict[Path, list[FoundFile]]:
    """Of each folder different files, in an order that names and dates have no part in; none in two folders."""
    known: set[str] = set()
    chosen = {}
    for folder in folders:
        by_content: dict[str, FoundFile] = {}
        for entry in scan(folder, monitor):
            if isinstance(entry, FoundFile):
                monitor.check()
                by_content.setdefault(sha256_of_file(entry.path), entry)
        new = sorted(by_content.keys() - known)
        if len(new) < LEAST_PICTURES:
            raise InputProblem(folder, _TOO_FEW)
        known |= by_content.keys()
        chosen[folder] = [by_content[digest] for digest in new][:MOST_PICTURES]
    return chosen


class _Role(Enum):
    """What a picture is used for; no picture is used for two."""

    ASKED = "altered copies"
    LISTED = "unrelated pictures"
    BACKGROUND = "the background"


@dataclass(frozen=True, slots=True)
class _Use:
    folder: Path
    file: FoundFile
    role: _Role


def _uses(chosen: Mapping[Path, Sequence[FoundFile]]) -> Iterator[_Use]:
    """Of each folder every fifth is the background, and of the others the first half is asked for."""
    for folder, files in chosen.items():
        others = len(files) - len(files[::BACKGROUND_EVERY])
        turn = 0
        for at, file in enumerate(files):
            if at % BACKGROUND_EVERY == 0:
                yield _Use(folder, file, _Role.BACKGROUND)
            else:
                yield _Use(folder, file, _Role.ASKED if turn < others // 2 else _Role.LISTED)
                turn += 1


def _embed_all(chosen: Mapping[Path, Sequence[FoundFile]], child: ClipChild, monitor: Monitor) -> list[_Embedded]:
    """Every picture once, and the copies of those that are asked for."""
    vectors: dict[tuple[Path, _Role], list[Vectors]] = {(folder, role): [] for folder in chosen for role in _Role}
    uses, model = list(_uses(chosen)), child.weights.model

    def request_of(use: _Use) -> bytes:
        with_copies = use.role is _Role.ASKED
        request = _Request(str(use.file.path), use.file.name, model.image_size, model, with_copies)
        return msgspec.msgpack.encode(request)

    with WorkerPool[_Use](serve_altered, os.cpu_count() or 1, DEFAULT_LIMITS.decode_s) as pool:
        for done, (use, reply) in enumerate(pool.ordered(uses, request_of, monitor), start=1):
            squares = _read(reply, model.image_size)
            if squares:
                vectors[use.folder, use.role].append(np.asarray(child.embed_squares(squares, monitor), np.float32))
            monitor.progress(Progress(f"measuring {use.role.value}", done, len(uses)))
    return [_folder(folder, {role: vectors[folder, role] for role in _Role}) for folder in chosen]


def _folder(folder: Path, vectors: Mapping[_Role, Sequence[Vectors]]) -> _Embedded:
    enough = {_Role.ASKED: LEAST_PICTURES // 3, _Role.LISTED: LEAST_PICTURES // 3, _Role.BACKGROUND: BACKGROUND_NEAREST}
    if any(len(vectors[role]) < least for role, least in enough.items()):
        raise InputProblem(folder, _TOO_FEW)
    asked, listed, background = (np.stack(vectors[role]) for role in _Role)
    return _Embedded(folder.name, asked[:, 0], asked[:, 1:], listed[:, 0], background[:, 0])


def _read(reply: bytes | Failure | None, size: int) -> list[NDArray[np.uint8]]:
    if reply is None or isinstance(reply, Failure):
        return []
    answer = msgspec.msgpack.decode(reply, type=_Answer)
    return [np.frombuffer(pixels, np.uint8).reshape(size, size, 3) for pixels in answer.squares]


def measure(weights: Weights, embedded: Sequence[_Embedded], background: Vectors) -> Calibration:
    """The record, by the way of scoring that separates better."""
    listed = np.concatenate([one.listed for one in embedded])
    plain, normalised = ([_collection(one, listed, behind) for one in embedded] for behind in (None, background))
    worth = Separation(_separation(plain), _separation(normalised))
    is_worth_it = worth.normalised >= worth.plain + NORMALISED_GAIN
    tool = this_tool()
    return Calibration(
        format=FORMAT,
        space=weights.space,
        are_the_published=weights.are_the_published,
        made_utc=utc_now(),
        program=f"{tool.name} {tool.version}",
        collections=tuple(normalised if is_worth_it else plain),
        background=len(background),
        normalised=is_worth_it,
        separation=worth,
    )


def _collection(one: _Embedded, listed: Vectors, background: Vectors | None) -> Collection:
    near_anyhow = np.zeros(len(one.own), np.float32) if background is None else nearness(one.own, background)
    nearest = (one.own @ listed.T).max(axis=1) - near_anyhow
    to_own = np.einsum("pad,pd->pa", one.copies, one.own) - near_anyhow[:, None]
    return Collection(
        one.name,
        asked=len(one.own),
        listed=len(one.listed),
        nearest_unrelated=_rising(nearest),
        copies=tuple(Copies(done, _rising(to_own[:, number])) for number, done in enumerate(ALTERATIONS)),
    )


def _separation(collections: Sequence[Collection]) -> float:
    """Mean share of the copies above a score that no more than a twentieth of the strangers of any folder reaches."""
    bar = max(float(np.quantile(one.nearest_unrelated, 1 - _STRANGERS)) for one in collections)
    shares = [np.mean(np.array(copies.cosines) > bar) for one in collections for copies in one.copies]
    return round(float(np.mean(shares)), 4)


def _rising(scores: NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(round(float(score), 5) for score in np.sort(scores))


_TOO_FEW = f"at least {LEAST_PICTURES} different pictures are needed to measure anything"
