# SPDX-License-Identifier: GPL-3.0-or-later
"""Known-hit self-test: rows that an index says it holds are drawn and asked for, and every one should be found.

Asked for are the fingerprints that the index itself keeps, which shows whether it can be searched, and, where the
pictures are at hand, the pictures and altered copies of them, which shows whether facts and fingerprints of a row
belong together and how much a copy may differ. A stranger's folder of vectors is tested in `vector_self_test`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from indexer.core.errors import IndexProblem, SourceProblem
from indexer.core.hashing import Digests
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind, PictureFingerprints
from indexer.fingerprints.picture_keypoints import count_keypoints
from indexer.index.folder import IndexFolder
from indexer.matching.altered_pictures import FORMS, PART_FORMS, AlterPictures, Shown, alter_pictures
from indexer.matching.binomial import Share
from indexer.matching.crowding import NEVER_COUNTED, crowding_of, miscounted, was_never_counted
from indexer.matching.own_fingerprints import (
    Kept,
    how_far_apart,
    query_for_digests,
    query_for_kept,
    read_kept,
    spread_of,
    told_otherwise,
)
from indexer.matching.self_test_problems import Evidence, problems_of
from indexer.matching.self_test_record import AS_IT_IS, AS_KEPT, NotTried, SelfTest, SelfTestAsked, Tried
from indexer.matching.thresholds import REACH
from indexer.matching.vector_self_test import self_test_vectors
from indexer.sources.base import Candidate, Query, RowFacts, RowId, Source
from indexer.sources.opening import SourceOptions, open_source
from indexer.sources.picture_index import PictureIndexSource
from indexer.sources.table_index import TableIndexSource
from indexer.sources.vector_source import VectorSource

SAME = 1e-3
"""Distance of vectors below which they are the same one, kept and asked for in float32."""

RICH = 60
"""Keypoints of a picture that must be found again; one with fewer is plain, and may be missed in a sound index."""

_LANES = (Lane.EXACT, Lane.PERCEPTUAL, Lane.LOCAL, Lane.NEURAL)
_DIGESTS = (Kind.SHA256, Kind.MD5)
_SEEN = (Kind.SHA256, Kind.MD5, Kind.PHASH, Kind.PDQ, Kind.MINIATURE)
"""Kinds that can be made anew of a picture here; content fingerprints need a model, and the kept ones are asked."""

_NO_PICTURES = (
    "No picture of these rows is at hand, so altered copies were not tried, and what the rows say was not held against "
    "their pictures; --pictures names the folder where they lie."
)
_NO_PARTS = "no picture of these rows is at hand, and what is kept of parts is not asked for without one"
_NO_INDEX = "it is no index and no folder of vectors, so there is nothing in it that could be asked for"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One row asked for: what should be found, and what was, by kind: rows with their smallest distance."""

    row: RowId
    query: Query
    found: dict[Kind, dict[RowId, float]]

    def own(self, kind: Kind) -> float | None:
        """The distance at which the row itself was found; None when it was not.

        Where as many equal rows were found as are ever looked at, the row is one of more equal ones.
        """
        near = self.found.get(kind, {})
        most = {Kind.MINIATURE: REACH.miniature_count, Kind.CLIP: REACH.content_count}.get(kind)
        if self.row not in near and most and len(near) >= most and max(near.values()) < SAME:
            return max(near.values())
        return near.get(self.row)

    def another(self, kind: Kind) -> bool:
        """Whether other rows are equal to what was asked, and this one is not."""
        near = self.found.get(kind, {})
        return self.own(kind) is None and any(distance < SAME for distance in near.values())


class _Tester:
    """One self-test under way."""

    def __init__(self, asked: SelfTestAsked, index: IndexFolder, source: Source, monitor: Monitor) -> None:
        self.asked, self.index, self.source, self.monitor = asked, index, source, monitor
        self.not_tried = [NotTried(lane, because) for lane in _LANES if (because := source.why_not(lane))]
        self.lanes = tuple(lane for lane in _LANES if not source.why_not(lane))
        with_rows = {kind for kind, count in source.describe().rows_with.items() if count}
        self.kinds = tuple(kind for kind in Kind if kind.lane in self.lanes and kind in with_rows)
        self.tried: list[Tried] = []
        self.changed = 0

    def draw(self) -> NDArray[np.int64]:
        """Numbers of rows, the same for the same seed."""
        random = np.random.default_rng(self.asked.seed)
        total = self.index.manifest.rows
        return np.sort(random.choice(total, min(self.asked.rows, total), replace=False)).astype(np.int64)

    def ask_kept(self, kept: Kept) -> None:
        """Each kept fingerprint must lead to its own row."""
        space = self.source.describe().space
        queries = [query_for_kept(kept, number, space.key if space else "") for number in range(len(kept.rows))]
        self._note(kept.kind, AS_KEPT, self.ask(queries, AS_KEPT))

    def ask_digests(self, facts: Sequence[tuple[RowId, RowFacts]]) -> None:
        """Each digest that a row's facts tell must lead to that row."""
        for kind in _DIGESTS:
            told = [(row, fact, value) for row, fact in facts if (value := getattr(fact, kind))]
            if kind in self.kinds and not told:
                self.not_tried.append(NotTried(kind.lane, f"no row that was drawn tells its {kind}"))
            elif kind in self.kinds:
                queries = [
                    query_for_digests(row, Digests(**{"sha256": "", "md5": "", kind.value: value}), fact.frame)
                    for row, fact, value in told
                ]
                self._note(kind, AS_KEPT, self.ask(queries, AS_KEPT))

    def ask_pictures(self, facts: Sequence[tuple[RowId, RowFacts]], alter: AlterPictures) -> list[_Asked]:
        """Pictures at hand, as they are and altered; returns what was found for them as they are."""
        at_hand = {
            Shown(fact.local, fact.row, fact.frame, Kind.KEYPOINTS in self.kinds): (row, fact)
            for row, fact in facts
            if fact.local and fact.sha256
        }
        forms: dict[str, list[Query]] = defaultdict(list)
        parts: dict[str, list[Query]] = defaultdict(list)
        for number, (shown, altered) in enumerate(alter(list(at_hand), self.monitor), start=1):
            row, fact = at_hand[shown]
            self.monitor.progress(Progress("looking at the pictures", number, len(at_hand)))
            if isinstance(altered, str) or altered.digests.sha256 != fact.sha256:
                self.changed += 1
                continue
            forms[AS_IT_IS].append(Query(row, altered.digests, altered.picture))
            for form, copy in zip(FORMS, altered.copies, strict=True):
                forms[form].append(Query(row, Digests("", ""), copy))
            for form, looks in zip((AS_IT_IS, *PART_FORMS), altered.looks, strict=False):
                parts[form].append(replace(query_for_digests(row, Digests("", ""), 1), keypoints=looks))
        self._note_parts(parts)
        found = {form: self.ask(queries, form) for form, queries in forms.items()}
        for form, asked in found.items():
            for kind in (one for one in _SEEN if one in self.kinds):
                if form == AS_IT_IS or kind not in _DIGESTS:
                    self._note(kind, form, [one for one in asked if _has(one.query.fingerprints, kind)])
        return found.get(AS_IT_IS, [])

    def ask(self, queries: Sequence[Query], form: str) -> list[_Asked]:
        """Search for rows; each query is called after the row that should be found."""
        asked = {query.work: _Asked(RowId(query.work), query, {}) for query in queries}
        for near in self.source.search(queries, self.lanes, REACH, self.monitor):
            _keep_nearest(asked[near.work].found.setdefault(near.kind, {}), near)
        self.monitor.progress(Progress(f"asked: {form}", len(asked), len(asked)))
        return list(asked.values())

    def _note_parts(self, forms: Mapping[str, Sequence[Query]]) -> None:
        """Which pictures are found by keypoints of the whole and of a part; plain ones with few are not asked for."""
        if Kind.KEYPOINTS in self.kinds and not forms:
            self.not_tried.append(NotTried(Lane.LOCAL, _NO_PARTS))
        for form, queries in forms.items():
            self._note(Kind.KEYPOINTS, form, self.ask([one for one in queries if _is_rich(one)], form))

    def _note(self, kind: Kind, form: str, asked: Sequence[_Asked]) -> None:
        if asked:
            distances = [distance for one in asked if (distance := one.own(kind)) is not None]
            spread = None if kind in (*_DIGESTS, Kind.KEYPOINTS) else spread_of(distances)
            self.tried.append(Tried(kind, form, Share(len(distances), len(asked)), spread))


def self_test_index(asked: SelfTestAsked, monitor: Monitor, alter: AlterPictures = alter_pictures) -> SelfTest:
    """Test an index that this program built, or a stranger's index or folder of embeddings.

    Args:
        alter: makes the fingerprints of pictures at hand.

    Raises:
        SourceProblem: it cannot be used, its files are not what its manifest says, or it is nothing of that sort.
        Cancelled: the user stopped.
    """
    options = SourceOptions(pictures=asked.pictures, registry=asked.registry)
    with closing(open_source(asked.source, options, monitor)) as source:
        if isinstance(source, VectorSource):
            return self_test_vectors(asked, source, monitor)
        if not isinstance(source, PictureIndexSource | TableIndexSource):
            raise SourceProblem(asked.source, _NO_INDEX)
        return _test(_Tester(asked, source.index, source, monitor), alter)


def _test(tester: _Tester, alter: AlterPictures) -> SelfTest:
    rows = tester.draw()
    with _nonsense_is_told(tester):
        kept = read_kept(tester.index, tester.kinds, rows)
    for one in kept.values():
        tester.ask_kept(one)
    facts = [(RowId(str(row)), tester.source.facts(RowId(str(row)))) for row in _watched(rows, tester.monitor)]
    tester.ask_digests(facts)
    shown = tester.ask_pictures(facts, alter)
    strangers = [one for one in shown if any(one.another(kind) for kind in tester.kinds)]
    evidence = Evidence(
        tuple(tester.tried),
        kept,
        strangers=Share(len(strangers), len(shown)) if shown else None,
        restated=told_otherwise(kept, {int(row): fact.phash for row, fact in facts if fact.phash is not None}),
    )
    described = tester.source.describe()
    return SelfTest(
        dataset=described.dataset,
        version=described.version,
        rows=described.rows,
        asked=len(rows),
        seed=tester.asked.seed,
        pictures=len(shown),
        changed=tester.changed,
        tried=tuple(tester.tried),
        apart=tuple(apart for one in kept.values() if (apart := how_far_apart(one))),
        not_tried=tuple(tester.not_tried),
        problems=(*problems_of(evidence), *miscounted(tester.index, tester.kinds)),
        notes=(
            *(() if shown else (_NO_PICTURES,)),
            *((NEVER_COUNTED,) if was_never_counted(tester.index, tester.kinds) else ()),
        ),
        crowding=crowding_of(tester.index, tester.kinds),
    )


def _watched(rows: NDArray[np.int64], monitor: Monitor) -> Iterator[int]:
    for number, row in enumerate(rows, start=1):
        monitor.check()
        monitor.progress(Progress("reading rows", number, len(rows)))
        yield int(row)


@contextmanager
def _nonsense_is_told(tester: _Tester) -> Iterator[None]:
    """Checksums agreed, but the arrays are a stranger's and can point anywhere."""
    try:
        yield
    except IndexProblem as problem:
        raise SourceProblem(tester.asked.source, problem.because) from problem
    except (ValueError, IndexError, OverflowError, RuntimeError) as problem:
        raise SourceProblem(tester.asked.source, f"the index is damaged ({problem})") from problem


def _is_rich(query: Query) -> bool:
    return count_keypoints(query.keypoints) >= RICH


def _keep_nearest(near: dict[RowId, float], candidate: Candidate) -> None:
    near[candidate.row] = min(candidate.distance, near.get(candidate.row, np.inf))


def _has(prints: PictureFingerprints, kind: Kind) -> bool:
    """Whether a picture is not too plain for a kind, so that the index could have it."""
    match kind:
        case Kind.PHASH:
            return bool(prints.usable_phash)
        case Kind.PDQ:
            return bool(prints.usable_pdq)
        case Kind.MINIATURE:
            return bool(prints.miniature)
    return True
