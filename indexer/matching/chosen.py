# SPDX-License-Identifier: GPL-3.0-or-later
"""One source of a check as the user named it: open or not, how far it was searched, and what it could not answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from indexer.core.errors import ModelProblem, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Coverage, Lane
from indexer.matching.content import ContentModels
from indexer.matching.contract import CheckSettings, Found
from indexer.matching.examine import Examiner
from indexer.matching.portfolio import Work
from indexer.matching.thresholds import REACH
from indexer.sources.base import Description, Query, Source
from indexer.sources.opening import SourceOptions, open_source


class ChosenSource:
    """A source that was asked for.

    Attributes:
        name: as the user wrote it.
        about: what it is, None when it could not be opened.
        asked: lanes that the user wants and the source can answer.
        works_done: works that it answered for and whose results were written down; counted by the check.
        without_content: works of the latest search that were not looked for by their content, though they should be.
        not_embedded: all of these, of works whose results were written down; counted by the check.
    """

    def __init__(self, name: str, settings: CheckSettings, models: ContentModels, monitor: Monitor) -> None:
        self.name, self._settings, self._models = name, settings, models
        self._source: Source | None = None
        self.about: Description | None = None
        self.asked: tuple[Lane, ...] = ()
        self.works_done = 0
        self._because: str | None = None
        self.without_content = 0
        self.not_embedded = 0
        self._content_lost: str | None = None
        try:
            with monitor.attempt(name):
                self._source = open_source(name, SourceOptions(Path(settings.pictures) if settings.pictures else None))
                self.about = self._source.describe()
        except SourceProblem as problem:
            self._because = problem.because
        self.asked = tuple(lane for lane in settings.lanes if self._why_unanswered(lane) is None)

    def search(self, works: Sequence[Work], examiner: Examiner, monitor: Monitor) -> list[Found]:
        """Everything that the source has for these works; once it has failed it is not asked again.

        Raises:
            Cancelled: the user stopped.
        """
        if self._source is None or self._because or not self.asked:
            return []
        queries = self._with_content(works)
        try:
            with monitor.attempt(self.name):
                candidates = list(self._source.search(queries, self.asked, REACH, monitor))
            return list(examiner.examine(self._source, candidates, monitor))
        except SourceProblem as problem:
            self._because = problem.because
            return []

    def has_answered(self) -> bool:
        """Whether its answers so far are whole, but for works `without_content`."""
        return self._source is not None and self._because is None

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
            )

    def close(self) -> None:
        """Release what the source holds."""
        if self._source:
            self._source.close()

    def _with_content(self, works: Sequence[Work]) -> list[Query]:
        """The works' queries, with content fingerprints where this source is asked for them."""
        self.without_content = len(works) if self._content_lost else 0
        if Lane.NEURAL not in self.asked or self.about is None or self.about.space is None:
            return [work.query for work in works]
        space = self.about.space
        try:
            vectors = self._models.embed(works, space)
        except ModelProblem as problem:
            self.asked = tuple(lane for lane in self.asked if lane is not Lane.NEURAL)
            self._content_lost = f"{problem.because}; {self.works_done} works had been searched"
            self.without_content = len(works)
            return [work.query for work in works]
        self.without_content = sum(work.artwork.path not in vectors for work in works)
        return [replace(work.query, embeddings={space.key: vectors.get(work.artwork.path, b"")}) for work in works]

    def _why_not(self, lane: Lane, works: int, *, stopped: bool) -> str | None:
        """Why a lane was not searched, or not for all works; None when it was."""
        if lane not in self._settings.lanes:
            return "you did not ask for this way of looking"
        if self._source is None:
            return self._because
        unanswered = self._why_unanswered(lane)
        if unanswered:
            return unanswered
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
        if lane is Lane.LOCATION and not self._settings.sites:
            return "no site of yours was named"
        if lane is Lane.ATTRIBUTION and not self._settings.names:
            return "no name or handle of yours was given"
        because = self._source.why_not(lane)
        if lane is Lane.NEURAL and because is None:
            space = self.about.space if self.about else None
            return self._content_lost or (self._models.why_not(space) if space else _NO_SPACE)
        return because


_NO_WORKS = "there was no picture to look for"
_NO_SPACE = "its content fingerprints do not say which model made them"
