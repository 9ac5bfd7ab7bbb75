# SPDX-License-Identifier: GPL-3.0-or-later
"""From rows that speak of the artist to matches: listed by an address of theirs, or only by a name, and why."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.core.progress import Monitor
from indexer.core.types import Grade, Lane, Match
from indexer.links.contract import Hit
from indexer.links.finder import Finder
from indexer.matching.contract import Found
from indexer.matching.thresholds import NAMED_ROWS_KEPT
from indexer.sources.base import Mention, RowFacts, RowId, Source

_NOT_COUNTED = "It counts for nothing until you have said that it speaks of you."
"""Each hit says itself that the name or account may be somebody else's."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was said of a row so far."""

    hits: tuple[Hit, ...]

    @property
    def grade(self) -> Grade:
        return Grade.LISTED if any(hit.is_own for hit in self.hits) else Grade.NAMED


class Mentions:
    """The mentions of one source, each row told once, and again when more is known of it.

    Attributes:
        left_out: by what was asked, how many rows that only hold the name were counted, but not kept.
    """

    def __init__(self, source: Source, finder: Finder, lanes: Sequence[Lane]) -> None:
        self._source, self._finder, self._lanes = source, finder, lanes
        self._rows: dict[RowId, _Known] = {}
        self._named: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()

    def found(self, monitor: Monitor) -> Iterator[Found]:
        """Yield a match for each row, as they come.

        Raises:
            SourceProblem: the source stopped answering; what was yielded before stays valid.
            Cancelled: the user stopped.
        """
        about = self._source.describe()
        for mention in self._source.mentions(self._finder, self._lanes, monitor):
            monitor.check()
            if self._is_kept(mention):
                known = _Known((*(self._rows[mention.row].hits if mention.row in self._rows else ()), mention.hit))
                self._rows[mention.row] = known
                match = _match(about.name, self._source.facts(mention.row), known)
                yield Found(match, about.dataset, about.version)

    def _is_kept(self, mention: Mention) -> bool:
        """A common name is in millions of rows: those beyond a number are counted only."""
        if mention.hit.is_own or mention.row in self._rows:
            return True
        asked = mention.hit.asked
        if self._named[asked] >= NAMED_ROWS_KEPT:
            self.left_out[asked] += 1
            return False
        self._named[asked] += 1
        return True


def left_out_words(left_out: Counter[str]) -> str | None:
    """What of it was counted only, to follow "searched, but"; None for nothing."""
    if not left_out:
        return None
    rows = ", ".join(f"{count:,} more rows that hold “{asked}”" for asked, count in sorted(left_out.items()))
    return f"{rows} were counted and not kept; a fuller name, or a handle with its platform, finds fewer"


def _match(source: str, facts: RowFacts, known: _Known) -> Match:
    own = [hit for hit in known.hits if hit.is_own]
    told = own or list(known.hits)
    reasons = dict.fromkeys(f"{hit.reason[:1].upper()}{hit.reason[1:]}." for hit in known.hits)
    return Match(
        artwork=None,
        source=source,
        row=facts.row,
        row_key=facts.row_key,
        url=facts.url,
        caption=facts.caption,
        grade=known.grade,
        verified=False,
        basis=tuple(dict.fromkeys(hit.basis for hit in told)),
        reasons=(*reasons, *([] if own else [_NOT_COUNTED]), *facts.notes),
    )
