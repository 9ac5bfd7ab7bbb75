# SPDX-License-Identifier: GPL-3.0-or-later
"""The second half of a build with a CLIP model: content fingerprints for every picture in the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.building.contract import ClipChoice
from indexer.building.journal import Journal
from indexer.core.progress import Monitor, Progress
from indexer.fingerprints.clip_models import find_model
from indexer.fingerprints.clip_weights import read_weights
from indexer.fingerprints.embedding import FLAT, Embedder, Picture

STAGE = "making content fingerprints"


@contextmanager
def open_model(choice: ClipChoice | None, monitor: Monitor, workers: int | None) -> Iterator[Embedder | None]:
    """The chosen model, loaded; None when none was chosen.

    Raises:
        ModelProblem: the pair is not known, or the weights are not its.
    """
    if choice is None:
        yield None
        return
    weights = read_weights(choice.weights, find_model(choice.pair, choice.weights))
    with Embedder(weights, workers=workers) as embedder:
        monitor.progress(Progress(f"loading {weights.model.name}", 0))
        embedder.load(monitor)
        yield embedder


def embed_into(journal: Journal, pictures: Path, embedder: Embedder, monitor: Monitor) -> None:
    """Give every picture of the journal its vector, as far as it has none yet.

    Args:
        pictures: the folder that names are relative to, or the one file.

    Raises:
        ModelProblem: the model stopped answering; what was written down before is kept.
        Cancelled: the user stopped.
    """
    total = journal.count_files()
    known = total - journal.count_files(without_vectors=True)
    monitor.progress(Progress(STAGE, known, total))
    waiting = (
        Picture(pictures / name if pictures.is_dir() else pictures, name, sha256, frames)
        for name, sha256, frames in journal.without_vectors()
    )
    for done, one in enumerate(embedder.embed(waiting, monitor), start=known + 1):
        vectors = dict.fromkeys(one.picture.frames, FLAT) | dict(one.vectors)
        because = f"it has no content fingerprint, because {one.because}" if one.because else None
        journal.add_vectors(one.picture.name, vectors, because)
        monitor.progress(Progress(STAGE, done, total))
    journal.commit()
