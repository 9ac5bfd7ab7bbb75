# SPDX-License-Identifier: GPL-3.0-or-later
"""One source of a check as the user named it: open or not, how far it was searched, and what it could not answer."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.core.errors import ModelProblem, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import LANES_OF_PERSONS, Coverage, Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import ClipSpace
from indexer.fingerprints.pixel_hashes import PixelHashes
from indexer.fingerprints.work_keypoints import WorkFile, WorkKeypoints
from indexer.links.finder import Finder
from indexer.matching.chance import radius_for
from indexer.matching.content import ContentModels
from indexer.matching.contract import CheckPlaces, CheckSettings, Found
from indexer.matching.examine import Examiner
from indexer.matching.explain import computed_again, narrower
from indexer.matching.mentions import Mentions, left_out_words
from indexer.matching.portfolio import Work
from indexer.matching.thresholds import REACH
from indexer.matching.thresholds_unseen import RECOMPUTED_LEAST
from indexer.net.network import Network
from indexer.sources.base import Candidate, Description, Query, Reach, Source
from indexer.sources.opening import SourceOptions, open_source

_PROBES_A_WORK = 10
"""Eight orientations, and the upright picture on black and as opened (`indexer/fingerprints/base.py`)."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all sources of a check share: what is made of works when a source wants it, the person, the network."""

    models: ContentModels
    pixel_hashes: PixelHashes
    keypoints: WorkKeypoints
    finder: Finder
    network: Network


class ChosenSource:
    """A source that was asked for.

    Attributes:
        name: as the user wrote it.
        about: what it is, None when it could not be opened.
        works_done: works that it answered for and whose results were written down; counted by the check.
        without_content: works of the latest search that were not looked for by their content, though they should be.
        not_embedded: all of these, of works whose results were written down; counted by the check.
        recomputed_now: rows of the latest search whose pHash was computed again on their fetched picture, by row key.
        recomputed: all of these, of works whose results were written down; counted by the check.
        mentioned: whether its rows that speak of the artist were all gone through; said by the check.
        mention_note: what must be said of that, if anything.
        partly: why answers that were written down cover only a part of it, by lane; counted by the check.
    """

    def __init__(
        self, name: str, settings: CheckSettings, places: CheckPlaces, shared: Shared, monitor: Monitor
    ) -> None:
        self.name, self._settings, self._shared = name, settings, shared
        self._source: Source | None = None
        self.about: Description | None = None
        self.works_done = 0
        self._because: str | None = None
        self.without_content = 0
        self.not_embedded = 0
        self.recomputed_now: Mapping[str, bool] = {}
        self.recomputed: dict[str, bool] = {}
        self.mentioned = False
        self.mention_note: str | None = None
        self._mentions_begun = False
        self.partly: dict[Lane, str] = {}
        self._content_lost: str | None = None
        try:
            with monitor.attempt(name):
                self._source = open_source(name, _options(settings, places, shared.network), monitor)
                self.about = self._source.describe()
                self._reach = _reach(self.about)
            self._probe(monitor)
        except SourceProblem as problem:
            self._because = problem.because

    @property
    def asked(self) -> tuple[Lane, ...]:
        """Lanes that the user wants and the source can answer."""
        return tuple(lane for lane in self._settings.lanes if self._why_unanswered(lane) is None)

    def search(self, works: Sequence[Work], examiner: Examiner, monitor: Monitor) -> list[Found]:
        """Everything that the source has for these works; once it has failed it is not asked again.

        What it told before it failed counts: a row that is there is there, though others may be missing.

        Raises:
            Cancelled: the user stopped.
        """
        self.recomputed_now = {}
        lanes = [lane for lane in self.asked if lane not in LANES_OF_PERSONS]
        if self._source is None or self._because or not lanes:
            return []
        queries = self._with_keypoints(works, self._with_pixel_hashes(works, self._with_content(works), lanes), lanes)
        lanes = [lane for lane in lanes if lane in self.asked]  # a model may have been lost meanwhile
        candidates: list[Candidate] = []
        found: list[Found] = []
        try:
            with monitor.attempt(self.name):
                candidates.extend(self._source.search(queries, lanes, self._reach, monitor))
        except SourceProblem as problem:
            self._because = problem.because
        try:
            found.extend(examiner.examine(self._source, candidates, monitor, queries))
        except SourceProblem as problem:
            self._because = self._because or problem.because
        self.recomputed_now = examiner.recomputed
        return found

    def mentions(self, monitor: Monitor) -> Iterator[Found]:
        """Rows that speak of the artist, as they come. `mentioned` is for the check to set, once they are written down.

        Raises:
            Cancelled: the user stopped.
        """
        lanes = [lane for lane in self.asked if lane in LANES_OF_PERSONS]
        if self._source is None or self._because or not lanes:
            return
        self._mentions_begun = True
        gathered = Mentions(self._source, self._shared.finder, lanes)
        try:
            with monitor.attempt(self.name):
                yield from gathered.found(monitor)
        except SourceProblem as problem:
            self._because = problem.because
        self.mention_note = left_out_words(gathered.left_out)

    @property
    def works_at_once(self) -> int:
        """How many works it wants to be asked for together at least."""
        return self._source.works_at_once if self._source else 1

    def has_answered(self) -> bool:
        """Whether its answers so far are whole, but for works `without_content`."""
        return self._source is not None and self._because is None

    def not_whole(self) -> dict[Lane, str]:
        """Why its answers so far cover only a part of it, by lane."""
        told = {lane: self._source.why_not_whole(lane) for lane in self.asked} if self._source else {}
        return {lane: because for lane, because in told.items() if because}

    def coverage(self, works: int, *, stopped: bool) -> Iterator[Coverage]:
        """What was searched here for `works` works, lane by lane, and what was not, with the reason."""
        for lane in Lane:
            because = self._why_not(lane, works, stopped=stopped)
            yield Coverage(
                source=self.name,
                dataset=self.about.dataset if self.about else "",
                version=self.about.version if self.about else "",
                rows=self.about.rows if self.about else 0,
                lane=lane,
                searched=because is None,
                because=because,
                note=self._note(lane) if because is None else None,
                partly=because is not None and self._has_begun(lane),
            )

    def close(self) -> None:
        """Release what the source holds."""
        if self._source:
            self._source.close()

    def _probe(self, monitor: Monitor) -> None:
        """Whether the source's model is the one that it is said to be, before any work is asked."""
        if self._source and self._space and Lane.NEURAL in self.asked:
            self._source.probe(self._shared.models.for_probe(self._space), monitor)

    def _with_content(self, works: Sequence[Work]) -> list[Query]:
        """The works' queries, with content fingerprints where this source is asked for them."""
        self.without_content = len(works) if self._content_lost else 0
        space = self._space
        if Lane.NEURAL not in self.asked or space is None:
            return [work.query for work in works]
        try:
            vectors = self._shared.models.embed(works, space)
        except ModelProblem as problem:
            self._content_lost = f"{problem.because}; {self.works_done} works had been searched"
            self.without_content = len(works)
            return [work.query for work in works]
        self.without_content = sum(work.artwork.path not in vectors for work in works)
        return [replace(work.query, embeddings={space.key: vectors.get(work.artwork.path, b"")}) for work in works]

    def _with_pixel_hashes(
        self, works: Sequence[Work], queries: Sequence[Query], lanes: Sequence[Lane]
    ) -> Sequence[Query]:
        """With the hash of all pixels, where this source has such a column."""
        if Lane.EXACT not in lanes or self.about is None or not self.about.rows_with.get(Kind.PIXEL_HASH):
            return queries
        of = self._shared.pixel_hashes.of
        return [
            replace(query, pixel_hash=of(work.path, query.digests.md5)) if query.fingerprints.frame == 1 else query
            for work, query in zip(works, queries, strict=True)
        ]

    def _with_keypoints(
        self, works: Sequence[Work], queries: Sequence[Query], lanes: Sequence[Lane]
    ) -> Sequence[Query]:
        """With the places by which parts of pictures are found, where this source keeps such."""
        if Lane.LOCAL not in lanes:
            return queries
        frames: dict[tuple[Path, str], list[int]] = defaultdict(list)
        for work in works:
            frames[work.path, work.query.digests.sha256].append(work.query.fingerprints.frame)
        files = [WorkFile(path, sha256, tuple(of)) for (path, sha256), of in frames.items()]
        found = self._shared.keypoints.of(files)
        return [
            replace(query, keypoints=found.get((query.digests.sha256, query.fingerprints.frame), ()))
            for query in queries
        ]

    @property
    def _space(self) -> ClipSpace | None:
        return self.about.space if self.about else None

    def _why_not(self, lane: Lane, works: int, *, stopped: bool) -> str | None:
        """Why a lane was not searched, or not for all works, or not in all rows; None when it was."""
        if lane not in self._settings.lanes:
            return "you did not ask for this way of looking"
        if self._source is None:
            return self._because
        unanswered = self._why_unanswered(lane)
        if unanswered:
            return unanswered
        unfinished = self._why_unfinished(lane, works, stopped=stopped)
        return unfinished or self._source.why_not_whole(lane) or self.partly.get(lane)

    def _has_begun(self, lane: Lane) -> bool:
        """Whether a lane was searched for some works at least, or in a part of the rows."""
        if lane not in self.asked:
            return False
        return self.mentioned or self._mentions_begun if lane in LANES_OF_PERSONS else self.works_done > 0

    def _why_unfinished(self, lane: Lane, works: int, *, stopped: bool) -> str | None:
        """Why the search of a lane did not come to its end; None when it did."""
        if lane in LANES_OF_PERSONS:
            if self.mentioned and self.has_answered():
                return None
            return "you stopped the check" if stopped else self._because or "it did not answer to the end"
        missed = self.not_embedded if lane is Lane.NEURAL else 0
        if works and self.works_done == works and self.has_answered() and not stopped:
            return f"{missed} of {works} works could not be looked for in this way; the others were" if missed else None
        if stopped:
            reason = "you stopped the check"
        else:
            reason = self._because or ("it did not answer for every picture" if works else _NO_WORKS)
        but = f", {missed} of them not in this way" if missed else ""
        return f"{reason}; {self.works_done} of {works} works had been searched{but}" if works else reason

    def _why_unanswered(self, lane: Lane) -> str | None:
        """Why this lane gives no answer here, whatever happens; None when it can."""
        if self._source is None:
            return self._because
        because = self._shared.finder.why_nothing(lane) or self._source.why_not(lane)
        if lane is Lane.NEURAL and because is None:
            space = self._space
            return self._content_lost or (self._shared.models.why_not(space) if space else _NO_SPACE)
        return because

    def _inferred(self, lane: Lane) -> str | None:
        """What is only inferred of this lane; once enough was computed again, what came of that."""
        words = self._source.inferred(lane) if self._source else None
        if words is None or len(self.recomputed) < RECOMPUTED_LEAST:
            return words
        return computed_again(len(self.recomputed), sum(self.recomputed.values()))

    def _note(self, lane: Lane) -> str | None:
        """What must be said of a lane that was searched."""
        said = [self._inferred(lane), self._source.caveat(lane)] if self._source else []
        if lane is Lane.PERCEPTUAL and self.about and self._reach.phash_bits < REACH.phash_bits:
            said.append(narrower(self._reach.phash_bits, self.about.rows_with.get(Kind.PHASH, 0)))
        if lane in LANES_OF_PERSONS:
            said += [*self._shared.finder.unfindable(lane), self.mention_note]
        return "; ".join(one for one in said if one) or None


_NO_WORKS = "there was no picture to look for"
_NO_SPACE = "its content fingerprints do not say which model made them"


def _options(settings: CheckSettings, places: CheckPlaces, network: Network) -> SourceOptions:
    return SourceOptions(Path(settings.pictures) if settings.pictures else None, network, places.registry)


def _reach(about: Description) -> Reach:
    """As far as is worth it among so many rows."""
    rows = about.rows_with.get(Kind.PHASH, 0)
    return replace(REACH, phash_bits=radius_for(Kind.PHASH, REACH.phash_bits, _PROBES_A_WORK, rows))
