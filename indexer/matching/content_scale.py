# SPDX-License-Identifier: GPL-3.0-or-later
"""What a content fingerprint's cosine is worth in one check, by what was measured with its weights.

Some pictures lie near everything. Where the measurement showed that it helps, a cosine counts only for what it is more
than the mean of the cosines to the nearest pictures of a background, which have nothing to do with either
(`matching.md` §1.3).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import StorageProblem
from indexer.core.files import write_atomically
from indexer.fingerprints.clip_models import ClipSpace
from indexer.matching.binomial import Share
from indexer.matching.calibration import Calibration, calibration_place
from indexer.matching.thresholds_unseen import BACKGROUND_NEAREST

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ContentScale:
    """A record put to use in one check: `works` asked for in a source of `rows`.

    Attributes:
        rows: of that source, or of all sources of the check (`of_one_check`).
        background: shape (pictures, dimension), for a record of normalised scores.
    """

    calibration: Calibration
    works: int
    rows: int
    background: Vectors | None = None

    def score(self, cosine: float, embedding: bytes) -> float:
        """The score of a row by its cosine to a work with this embedding, float32 as bytes."""
        if self.background is None:
            return cosine
        vector = np.frombuffer(embedding, np.float32)[None]
        return cosine - float(nearness(vector, self.background)[0])

    def share(self, score: float) -> Share:
        """As measured, of pictures that have an unrelated one this near."""
        return self.calibration.unrelated(score)

    def expected(self, score: float) -> float:
        """Chance hits this near to expect in the whole check, at the upper end of what was measured."""
        return self.share(score).high * self.works * self.rows / self.calibration.listed


def of_one_check(scales: Mapping[str, ContentScale]) -> dict[str, ContentScale]:
    """The scales of a check by source, each with the rows of all of them: all that is asked may bring a chance hit.

    What another model's measurement finds as rare counts as just as near: its rows count by how many pictures that
    measurement was held against.
    """
    tries = sum(one.rows / one.calibration.listed for one in scales.values())
    return {name: replace(one, rows=round(tries * one.calibration.listed)) for name, one in scales.items()}


def nearness(vectors: Vectors, background: Vectors) -> Vectors:
    """For each vector (n, dimension) the mean of its cosines to the nearest of the background."""
    cosines = np.sort(vectors @ background.T, axis=1)[:, -BACKGROUND_NEAREST:]
    mean: Vectors = cosines.mean(axis=1)
    return mean


def put_to_use(record: Calibration, folder: Path, works: int, rows: int) -> ContentScale | None:
    """A record with its background; None where it needs one that is not there or does not fit."""
    if not record.normalised:
        return ContentScale(record, works, rows)
    background = _read_background(folder, record)
    return None if background is None else ContentScale(record, works, rows, background)


def write_background(folder: Path, space: ClipSpace, vectors: Vectors) -> None:
    """Keep the background of a record beside it, as float16.

    Raises:
        StorageProblem: it cannot be written.
    """
    out = io.BytesIO()
    np.save(out, vectors.astype(np.float16))
    place = _background_place(folder, space)
    try:
        write_atomically(place, out.getvalue())
    except OSError as problem:
        raise StorageProblem(place, f"the measurement cannot be written ({problem.strerror or problem})") from problem


def _read_background(folder: Path, record: Calibration) -> Vectors | None:
    try:
        with _background_place(folder, record.space).open("rb") as stream:
            found = np.lib.format.read_array(stream, allow_pickle=False)
    except (OSError, ValueError):
        return None
    if found.ndim != 2 or len(found) != record.background or found.shape[1] != record.space.dimension:
        return None
    vectors: Vectors = found.astype(np.float32)
    return vectors


def _background_place(folder: Path, space: ClipSpace) -> Path:
    return calibration_place(folder, space).with_suffix(".background.npy")
