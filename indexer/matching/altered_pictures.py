# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of pictures and of altered copies of them, made in processes of their own."""

import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.core.hashing import Digests, digest_stream
from indexer.core.progress import Monitor
from indexer.core.workers import Failure, WorkerPool
from indexer.fingerprints.base import PictureFingerprints
from indexer.fingerprints.intake import fingerprint_picture
from indexer.fingerprints.picture_keypoints import work_keypoints
from indexer.images.altering import ALTERATIONS
from indexer.images.colour import WHITE
from indexer.images.loading import DEFAULT_LIMITS, NO_MEMORY, open_file, open_pictures

FORMS = ("saved as a JPEG of quality 40", "resized to a quarter", "mirrored")
"""Those of `ALTERATIONS` that leave the whole picture, as fingerprints of whole pictures are made to see through."""

PART_FORMS = ("cropped to half of each side",)
"""Those that leave a part of it, which keypoints are made to find."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which picture of which file; `parts`: whether its keypoints are wanted, and those of parts of it."""

    path: Path
    name: str
    frame: int
    parts: bool = False


@dataclass(frozen=True, slots=True)
class Altered:
    """Digests of the file, fingerprints of the picture, and of a copy in each of `FORMS`.

    Attributes:
        looks: keypoints of the picture, and of a copy in each of `PART_FORMS`, as a source is asked with them; empty
            where they were not wanted.
    """

    digests: Digests
    picture: PictureFingerprints
    copies: tuple[PictureFingerprints, ...]
    looks: tuple[tuple[bytes, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    made: Altered | None = None
    because: str = ""


AlterPictures = Callable[[Sequence[Shown], Monitor], Iterator[tuple[Shown, Altered | str]]]
"""Each picture with its fingerprints, or why it has none; in the order given."""


def alter_pictures(shown: Sequence[Shown], monitor: Monitor) -> Iterator[tuple[Shown, Altered | str]]:
    """The `AlterPictures` that decodes in worker processes."""
    with WorkerPool[Shown](serve_altered_fingerprints, os.cpu_count() or 1, DEFAULT_LIMITS.decode_s) as pool:
        for one, reply in pool.ordered(shown, request_of, monitor):
            if reply is None or isinstance(reply, Failure):
                yield one, reply.because if reply else "nothing came back"
            else:
                yield one, read_answer(reply)


def request_of(one: Shown) -> bytes:
    """What a worker is asked."""
    return msgspec.msgpack.encode((str(one.path), one.name, one.frame, one.parts))


def read_answer(reply: bytes) -> Altered | str:
    """What a worker answered."""
    answer = msgspec.msgpack.decode(reply, type=_Answer)
    return answer.made or answer.because


def serve_altered_fingerprints(request: bytes) -> bytes:
    """A worker's side of `alter_pictures`."""
    path, name, frame, parts = msgspec.msgpack.decode(request, type=tuple[str, str, int, bool])
    try:
        answer = _Answer(_alter(Shown(Path(path), name, frame, parts)))
    except InputProblem as problem:
        answer = _Answer(because=problem.because)
    except MemoryError:
        answer = _Answer(because=NO_MEMORY)
    return msgspec.msgpack.encode(answer)


def _alter(shown: Shown) -> Altered:
    with open_file(shown.path, shown.name) as stream:
        digests = digest_stream(stream)
        for opened in open_pictures(stream, shown.name, may_reduce=True):
            if opened.frame == shown.frame:
                whole = opened.on(WHITE).convert("RGB")
                copies = tuple(map(_fingerprint_copy, _altered(whole, FORMS, shown.frame)))
                seen = (whole, *_altered(whole, PART_FORMS, shown.frame)) if shown.parts else ()
                return Altered(digests, fingerprint_picture(opened), copies, tuple(map(work_keypoints, seen)))
    raise InputProblem(shown.name, f"it has no picture {shown.frame}")


def _altered(picture: Image.Image, forms: Sequence[str], seed: int) -> list[Image.Image]:
    return [ALTERATIONS[form](picture, np.random.default_rng(seed)) for form in forms]


def _fingerprint_copy(copy: Image.Image) -> PictureFingerprints:
    file = io.BytesIO()
    copy.save(file, "PNG", compress_level=1)
    file.seek(0)
    return fingerprint_picture(next(iter(open_pictures(file, "copy"))))
