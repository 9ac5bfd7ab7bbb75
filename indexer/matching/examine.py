# SPDX-License-Identifier: GPL-3.0-or-later
"""From candidates to matches: what speaks for one row is gathered, its picture looked at, the grade given."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import Grade, Match
from indexer.fingerprints.base import Kind
from indexer.images.shrinking import jpeg_thumbnail
from indexer.matching.candidates import (
    Kinds,
    by_row,
    forms_by_row,
    in_form,
    is_only_proposed,
    likeliest,
    worth_aligning,
)
from indexer.matching.chance import Chance
from indexer.matching.content_scale import ContentScale
from indexer.matching.contract import Found
from indexer.matching.edit_words import edit_words
from indexer.matching.evidence import Evidence, Graded, NotSeen
from indexer.matching.grade import grade, scores
from indexer.matching.placement import place_scores
from indexer.matching.portfolio import Work
from indexer.matching.recorded import Held, Recorded, hold_against_row, phash_agrees
from indexer.matching.thresholds import CONTENT_SHOWN
from indexer.matching.verify import SecondLook, second_look
from indexer.matching.views import SeenPicture, ViewReader
from indexer.net.client import Client
from indexer.sources.base import Candidate, Query, RowFacts, Source


@dataclass(frozen=True, slots=True)
class _Look:
    """How a row's picture is looked at: whether its parts are compared, and whether it may be fetched."""

    parts: bool
    may_fetch: bool


class Examiner:
    """Grades the candidates of one check.

    Attributes:
        recomputed: by row key, each row of the latest `examine` whose picture was fetched and its pHash computed
            again: whether that is what the row records. One picture may be fetched for several works; it counts once.

    Args:
        works: the portfolio by the names that candidates carry.
        views: reads pictures for the second look.
        chance: of the whole check.
        client: fetches candidate pictures; None when the user did not ask for that.
        fetch_similar: whether it may also fetch the few that nothing but their content proposes.
        scales: what a cosine of content fingerprints was measured to be worth, by the name of the source, also where
            the weights are not known as the published ones; which of them count is for `grade.py` to say.
    """

    def __init__(
        self,
        works: dict[str, Work],
        views: ViewReader,
        chance: Chance,
        client: Client | None,
        scales: Mapping[str, ContentScale],
        *,
        fetch_similar: bool = False,
    ) -> None:
        self._works, self._views, self._chance, self._client = works, views, chance, client
        self._scales, self._fetch_similar = scales, fetch_similar
        self._asked: dict[str, Query] = {}
        self.recomputed: dict[str, bool] = {}

    def examine(
        self, source: Source, candidates: Iterable[Candidate], monitor: Monitor, queries: Sequence[Query] = ()
    ) -> Iterator[Found]:
        """Yield a match for each row that bears out, in the order of works and rows.

        Args:
            queries: what the source was asked, with the content fingerprints of the works.

        Raises:
            SourceProblem: the source stopped answering.
            Cancelled: the user stopped.
        """
        self.recomputed = {}
        self._asked = {query.work: query for query in queries}
        proposed = list(candidates)
        rows, forms = by_row(proposed), forms_by_row(proposed)
        with_parts = worth_aligning(rows)
        shown = likeliest(rows, Kind.CLIP, CONTENT_SHOWN)
        for (name, row), nearest in sorted(rows.items()):
            monitor.check()
            may_fetch = (self._fetch_similar and (name, row) in shown) or not is_only_proposed(nearest)
            facts, parts, work = source.facts(row), (name, row) in with_parts, self._works[name]
            likely = in_form(nearest, forms.get((name, row), ()), work.query, facts)
            found = self._examine_row(source, work, facts, likely, monitor, _Look(parts, may_fetch))
            if found and ((name, row) in shown or not _is_similar_unseen(found.match, nearest)):
                yield found

    def _examine_row(
        self, source: Source, work: Work, facts: RowFacts, nearest: Kinds, monitor: Monitor, how: _Look
    ) -> Found | None:
        theirs, held = self._their_picture(facts, monitor, may_fetch=how.may_fetch)
        look, mine = self._look(work, theirs, parts=how.parts)
        about = source.describe()
        query = self._asked.get(work.artwork.path, work.query)
        evidence = Evidence(query, facts, nearest, look, self._scales.get(about.name), held, about.name)
        graded = grade(evidence, self._chance)
        if graded is None:
            return None
        seen = theirs if isinstance(theirs, SeenPicture) else None
        measured = scores(evidence) | _placed(look, mine, seen)
        match = _match(about.name, work, facts, graded, measured)
        match = replace(match, recorded=_recorded(facts, seen))
        return Found(match, about.dataset, about.version, _thumbnail(mine), _thumbnail(seen))

    def _look(
        self, work: Work, theirs: SeenPicture | NotSeen, *, parts: bool
    ) -> tuple[SecondLook | NotSeen, SeenPicture | None]:
        try:
            mine = self._views.of_work(work.path, work.query.fingerprints.frame)
        except InputProblem as problem:
            return NotSeen(f"your own picture could not be read again ({problem.because})"), None
        if isinstance(theirs, NotSeen):
            return theirs, mine
        return second_look(mine.view, theirs.view, parts=parts), mine

    def _their_picture(
        self, facts: RowFacts, monitor: Monitor, *, may_fetch: bool
    ) -> tuple[SeenPicture | NotSeen, Held | None]:
        """The row's picture, held against what the row recorded of it before anything is concluded from it."""
        fetched_utc = None
        try:
            if facts.local is not None:
                seen = self._views.of_row(facts.local, facts.frame)
            elif may_fetch and self._client and facts.url and "://" in facts.url:
                fetched = self._client.fetch(facts.url, "the picture of a row that may be one of your works", monitor)
                seen, fetched_utc = self._views.of_bytes(fetched.body, facts.url, facts.frame), fetched.fetched_utc
            else:
                return NotSeen("it is not on this machine, and nobody asked to fetch it"), None
        except InputProblem as problem:
            return NotSeen(problem.because), None
        agrees = phash_agrees(seen, facts) if fetched_utc else None
        if agrees is not None:
            self.recomputed[facts.row_key] = agrees
        held = hold_against_row(seen, facts, fetched_utc)
        if held.outcome is Recorded.CHANGED:
            return NotSeen("the picture there was changed", changed=True), None
        return seen, held


def _is_similar_unseen(match: Match, nearest: Kinds) -> bool:
    """Whether the row is only similar, and its picture was not seen: every work has many such rows."""
    return is_only_proposed(nearest) and match.grade is Grade.LOOKS_ALIKE and not match.verified


def _match(source: str, work: Work, facts: RowFacts, graded: Graded, measured: dict[str, float]) -> Match:
    return Match(
        artwork=work.artwork.path,
        source=source,
        row=facts.row,
        row_key=facts.row_key,
        url=facts.url,
        caption=facts.caption,
        grade=graded.grade,
        verified=graded.verified,
        basis=graded.basis,
        edit=edit_words(graded.edits),
        edits=graded.edits,
        chance=graded.chance,
        confidence=graded.confidence,
        scores=measured,
        reasons=(*graded.reasons, *facts.notes),
        caution=graded.caution,
    )


def _placed(look: SecondLook | NotSeen, mine: SeenPicture | None, seen: SeenPicture | None) -> dict[str, float]:
    return place_scores(look, mine.view, seen.view) if isinstance(look, SecondLook) and mine and seen else {}


def _recorded(facts: RowFacts, seen: SeenPicture | None) -> tuple[str, ...]:
    """The row's digests; of a picture that was seen, its own, since it may have changed."""
    sha256, md5 = (seen.sha256, seen.md5) if seen else (facts.sha256, facts.md5)
    known = (("sha256", sha256), ("md5", md5))
    return tuple(f"{name}:{value}" for name, value in known if value)


def _thumbnail(picture: SeenPicture | None) -> bytes | None:
    return jpeg_thumbnail(picture.view.image) if picture else None
