# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said once all answers of a check are known: who has which row, which rows are one copy, own controls.

Hears the check's events as they pass, and adds to a match what makes it doubtful; pictures are not kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from indexer.core.clock import utc_now
from indexer.core.types import Artwork, Coverage, Match
from indexer.matching.contract import CheckEvent, Found, OwnControls, Placed, RenditionFound, SourceOpened
from indexer.matching.controls import Answers, WorkDate, caution, date_of, own_controls
from indexer.matching.merge import place_matches


class Conclusions:
    """One check's answers, gathered."""

    def __init__(self) -> None:
        self._today = utc_now()[:10]
        self._sources: dict[str, SourceOpened] = {}
        self._works: dict[str, Artwork] = {}
        self._renditions: list[RenditionFound] = []
        self._published: dict[str, list[str]] = defaultdict(list)
        self._matches: dict[tuple[str | None, str, str], Match] = {}
        self._coverage: list[Coverage] = []

    def hear(self, events: Iterable[CheckEvent]) -> Iterator[CheckEvent]:
        """Pass everything on, matches with a caution where they need one."""
        for event in events:
            match event:
                case SourceOpened():
                    self._sources[event.name] = event
                case Artwork() if event.skipped is None:
                    self._works[event.path] = event
                case RenditionFound():
                    self._renditions.append(event)
                    if event.published:
                        self._published[event.artwork].append(event.published)
                case Coverage():
                    self._coverage.append(event)
            if isinstance(event, Found):
                found = self._with_caution(event)
                self._matches[found.match.artwork, found.match.source, found.match.row] = found.match
                yield found
            else:
                yield event

    def draw(self) -> Iterator[Placed | OwnControls]:
        """What follows from all that was heard."""
        standing = dict(self._matches)
        for placed in place_matches(list(self._matches.values())):
            key = (placed.artwork, placed.source, placed.row)
            if placed.taken:
                del standing[key]
            elif placed.also:
                standing[key] = replace(standing[key], also=placed.also)
            yield placed
        works = list(self._works.values())
        dates = {work.path: made for work in works if (made := self._date_of(work))}
        answers = Answers(works, dates, self._renditions, list(standing.values()), self._coverage)
        yield from own_controls(self._sources.values(), answers)

    def _with_caution(self, found: Found) -> Found:
        match = found.match
        work = self._works.get(match.artwork) if match.artwork else None
        source = self._sources.get(match.source)
        made = self._date_of(work) if work and source and match.may_enter_letter else None
        said = caution(made, source) if made and source else None
        cautions = [one for one in (match.caution, said) if one]
        return replace(found, match=replace(match, caution=" ".join(cautions))) if said else found

    def _date_of(self, work: Artwork) -> WorkDate | None:
        return date_of(work, self._published.get(work.path, ()), self._today)
