# SPDX-License-Identifier: GPL-3.0-or-later
"""One source of a check as the user named it: open or not, how far it was searched, and what it could not answer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Coverage, Lane
from indexer.matching.contract import CheckSettings, Found
from indexer.matching.examine import Examiner
from indexer.matching.portfolio import Work
from indexer.matching.thresholds import REACH
from indexer.sources.base import Description, Source
from indexer.sources.opening import SourceOptions, open_source


class ChosenSource:
    """A source that was asked for.

    Attributes:
        name: as the user wrote it.
        about: what it is, None when it could not be opened.
        asked: lanes that the user wants and the source can answer.
        works_done: works that it answered for and whose results were written down; counted by the check.
    """

    def __init__(self, name: str, settings: CheckSettings, monitor: Monitor) -> None:
        self.name, self._settings = name, settings
        self._source: Source | None = None
        self.about: Description | None = None
        self.asked: tuple[Lane, ...] = ()
        self.works_done = 0
        self._because: str | None = None
        try:
            with monitor.attempt(name):
                self._source = open_source(name, SourceOptions(Path(settings.pictures) if settings.pictures else None))
                self.about = self._source.describe()
                self.asked = tuple(lane for lane in settings.lanes if self._why_unanswered(lane) is None)
        except SourceProblem as problem:
            self._because = problem.because

    def search(self, works: Sequence[Work], examiner: Examiner, monitor: Monitor) -> list[Found]:
        """Everything that the source has for these works; once it has failed it is not asked again.

        Raises:
            Cancelled: the user stopped.
        """
        if self._source is None or self._because or not self.asked:
            return []
        try:
            with monitor.attempt(self.name):
                candidates = list(self._source.search([work.query for work in works], self.asked, REACH, monitor))
            return list(examiner.examine(self._source, candidates, monitor))
        except SourceProblem as problem:
            self._because = problem.because
            return []

    def has_answered(self) -> bool:
        """Whether its answers so far are whole."""
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

    def _why_not(self, lane: Lane, works: int, *, stopped: bool) -> str | None:
        """Why a lane was not searched, or not for all works; None when it was."""
        if lane not in self._settings.lanes:
            return "you did not ask for this way of looking"
        if self._source is None:
            return self._because
        unanswered = self._why_unanswered(lane)
        if unanswered or (self.works_done == works and self.has_answered() and not stopped):
            return unanswered
        reason = "you stopped the check" if stopped else self._because or "it did not answer for every picture"
        return f"{reason}; {self.works_done} of {works} works had been searched" if works else reason

    def _why_unanswered(self, lane: Lane) -> str | None:
        """Why this lane gives no answer here, whatever happens; None when it can."""
        if self._source is None:
            return self._because
        if lane is Lane.LOCATION and not self._settings.sites:
            return "no site of yours was named"
        if lane is Lane.ATTRIBUTION and not self._settings.names:
            return "no name or handle of yours was given"
        return self._source.why_not(lane)
