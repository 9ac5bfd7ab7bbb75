# SPDX-License-Identifier: GPL-3.0-or-later
"""The CLIP models that a check's sources need: found, held against what each index says of itself, asked, ended."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from indexer.core.errors import ModelProblem
from indexer.core.progress import Monitor, Progress
from indexer.fingerprints.clip_models import ClipSpace, find_model, weights_place
from indexer.fingerprints.clip_weights import Weights, read_weights
from indexer.fingerprints.embedding import Embedder, Picture
from indexer.fingerprints.value_cache import ValueCache
from indexer.matching.calibration import Calibration, read_calibration
from indexer.matching.content_scale import ContentScale, put_to_use
from indexer.matching.contract import CheckPlaces, CheckSettings
from indexer.matching.portfolio import Work
from indexer.sources.base import EmbedWords

_CACHE_NAME = "embeddings.sqlite"


class ContentModels:
    """Loads each model once, however many sources need it. Nothing is loaded that no source asks for."""

    def __init__(self, settings: CheckSettings, places: CheckPlaces, monitor: Monitor) -> None:
        self._given = [Path(written) for written in settings.weights]
        self._places, self._monitor = places, monitor
        self._cache: ValueCache | None = None
        self._ready: dict[str, tuple[Weights, Embedder]] = {}
        self._because: dict[str, str] = {}

    def why_not(self, space: ClipSpace) -> str | None:
        """Why works cannot be embedded for this space, in words that follow "not searched, because"; None if they can.

        Raises:
            StorageProblem: the store of fingerprints cannot be opened.
            Cancelled: the user stopped.
        """
        if space.key not in self._ready and space.key not in self._because:
            self._prepare(space)
        return self._because.get(space.key)

    def embed(self, works: Sequence[Work], space: ClipSpace) -> dict[str, bytes]:
        """Vectors by the works' names; empty for a flat picture, none for one that could not be read again.

        Raises:
            ModelProblem: the model stopped answering.
            Cancelled: the user stopped.
        """
        names: dict[tuple[Path, int], str] = {}
        files: dict[tuple[Path, str], list[int]] = defaultdict(list)
        for work in works:
            frame = work.query.fingerprints.frame
            names[work.path, frame] = work.artwork.path
            files[work.path, work.query.digests.sha256].append(frame)
        pictures = [Picture(path, path.name, sha256, tuple(frames)) for (path, sha256), frames in files.items()]
        _, embedder = self._ready[space.key]
        return {
            names[one.picture.path, frame]: vector
            for one in embedder.embed(pictures, self._monitor)
            for frame, vector in one.vectors.items()
        }

    def embed_words(self, words: str, space: ClipSpace) -> bytes:
        """A vector of length 1, float32 as bytes, for a space of which `why_not` had said nothing.

        Raises:
            ModelProblem: the model has no tower for text that this program can use.
            Cancelled: the user stopped.
        """
        _, embedder = self._ready[space.key]
        return embedder.embed_texts((words,), self._monitor)[0]

    def for_probe(self, space: ClipSpace) -> EmbedWords:
        """What reads the plain sentences of `Source.probe`, for a space of which `why_not` had said nothing."""

        def embed(sentences: Sequence[str]) -> list[bytes] | None:
            try:
                return self._ready[space.key][1].embed_texts(tuple(sentences), self._monitor)
            except ModelProblem:
                return None

        return embed

    def calibration(self, space: ClipSpace) -> Calibration | None:
        """What was measured with the weights in use; whether they are the published ones is judged anew."""
        if space.key not in self._ready or self._places.calibrations is None:
            return None
        weights, _ = self._ready[space.key]
        record = read_calibration(self._places.calibrations, weights.space)
        return replace(record, are_the_published=weights.are_the_published) if record else None

    def scale(self, space: ClipSpace, works: int, rows: int) -> ContentScale | None:
        """What was measured, put to use for so many works and rows; None where nothing usable was."""
        record = self.calibration(space)
        folder = self._places.calibrations
        return put_to_use(record, folder, works, rows) if record and folder else None

    def close(self) -> None:
        """End all models."""
        for _, embedder in self._ready.values():
            embedder.close()
        if self._cache:
            self._cache.close()

    def _prepare(self, space: ClipSpace) -> None:
        """Try what is at hand until something fits; the first thing that did not is the reason."""
        because = ""
        for place in self._at_hand(space):
            try:
                weights = read_weights(place, find_model(space.name, place))
                misfit = _why_other_space(weights.space, space)
                if misfit is None:
                    self._ready[space.key] = weights, self._loaded(weights)
                    return
            except ModelProblem as problem:
                misfit = f"{place.name}: {problem.because}"
            because = because or misfit
        self._because[space.key] = because or _how_to_get(space, self._places.models)

    def _at_hand(self, space: ClipSpace) -> Iterator[Path]:
        yield from self._given
        if self._places.models and (place := weights_place(self._places.models, space.name)).is_file():
            yield place

    def _loaded(self, weights: Weights) -> Embedder:
        if self._cache is None:
            self._cache = ValueCache(self._places.cache.with_name(_CACHE_NAME))
        embedder = Embedder(weights, self._cache)
        try:
            self._monitor.progress(Progress(f"loading {weights.model.name}", 0))
            embedder.load(self._monitor)
        except BaseException:
            embedder.close()
            raise
        return embedder


def _why_other_space(made: ClipSpace, asked: ClipSpace) -> str | None:
    """Why vectors of the one must not be compared with those of the other."""
    if made.dimension != asked.dimension:
        return f"it says that {asked.name} gives {asked.dimension} numbers a picture, and it gives {made.dimension}"
    if asked.weights_sha256 is not None and asked.weights_sha256 != made.weights_sha256:
        theirs, ours = asked.weights_sha256[:12], (made.weights_sha256 or "")[:12]
        return f"it was made with other weights of {asked.name} than those at hand (checksum {theirs}…, not {ours}…)"
    if asked.preprocessing is not None and asked.preprocessing != made.preprocessing:
        return "its content fingerprints were prepared in another way; build the index again"
    return None


def _how_to_get(space: ClipSpace, models: Path | None) -> str:
    there = f" and does not lie here: {weights_place(models, space.name)}" if models else ""
    return f"it was made with the model {space.name}, whose weights are not at hand; their file was not given{there}"
