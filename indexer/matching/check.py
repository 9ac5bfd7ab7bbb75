# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: a portfolio held against every chosen source, batch by batch, with what was not searched said aloud."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Coverage, Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.cache import FingerprintCache
from indexer.matching.chance import Chance
from indexer.matching.checkpoint import Checkpoint
from indexer.matching.contract import CheckEvent, CheckPlaces, CheckSettings, Found, Resumed, SourceOpened
from indexer.matching.examine import Examiner
from indexer.matching.portfolio import Work, read_portfolio
from indexer.matching.thresholds import REACH
from indexer.matching.views import ViewReader
from indexer.net.client import Client
from indexer.net.ledger import Ledger
from indexer.sources.base import Description, Source
from indexer.sources.opening import SourceOptions, open_source

BATCH_WORKS = 32
"""Works searched and compared before results are written down: what a stop or a kill may cost."""


@dataclass(slots=True)
class _Chosen:
    """A source as the user named it: open, or the reason why not."""

    name: str
    source: Source | None = None
    about: Description | None = None
    because: str | None = None
    asked: tuple[Lane, ...] = ()
    works_done: int = 0


def run_check(settings: CheckSettings, places: CheckPlaces, monitor: Monitor) -> Iterator[CheckEvent]:
    """Check a portfolio; yields sources as they open, artworks, matches batch by batch, and at last the coverage.

    A source that cannot be opened or that stops answering becomes *not searched, because…*; the others go on. When the
    user stops, the coverage says how far it came before `Cancelled` is raised.

    Raises:
        InputProblem: there is no such folder.
        StorageProblem: the store of fingerprints cannot be opened.
        Cancelled: the user stopped.
    """
    with ExitStack() as stack:
        chosen = [_choose(written, settings, monitor) for written in settings.sources]
        for one in chosen:
            if one.source and one.about:
                stack.callback(one.source.close)
                yield SourceOpened(one.name, one.about.dataset, one.about.version, one.about.rows, one.about.sample)
        works: list[Work] = []
        cache = stack.enter_context(FingerprintCache(places.cache))
        try:
            for entry in read_portfolio(settings.folder, cache, monitor):
                if isinstance(entry, Work):
                    works.append(entry)
                yield entry.artwork if isinstance(entry, Work) else entry
            yield from _search_all(settings, places, chosen, works, monitor)
        except Cancelled:
            yield from _coverage(settings, chosen, len(works), stopped=True)
            raise
        yield from _coverage(settings, chosen, len(works), stopped=False)


def _choose(written: str, settings: CheckSettings, monitor: Monitor) -> _Chosen:
    options = SourceOptions(Path(settings.pictures) if settings.pictures else None)
    try:
        with monitor.attempt(written):
            source = open_source(written, options)
        asked = tuple(lane for lane in settings.lanes if source.why_not(lane) is None)
        return _Chosen(written, source, source.describe(), asked=asked)
    except SourceProblem as problem:
        return _Chosen(written, because=problem.because)


def _search_all(
    settings: CheckSettings, places: CheckPlaces, chosen: Sequence[_Chosen], works: Sequence[Work], monitor: Monitor
) -> Iterator[Resumed | Found]:
    checkpoint = Checkpoint(places.checkpoints, _everything_asked(settings, chosen, works))
    finished: set[str] = set()
    for batch in checkpoint.batches():
        finished.update(batch.works)
        yield from batch.found
    if finished:
        yield Resumed(len(finished))
    for one in chosen:
        one.works_done = len(finished)
    left = [work for work in works if work.artwork.path not in finished]
    with ExitStack() as stack:
        examiner = _examiner(settings, places, chosen, works, monitor, stack)
        for start in range(0, len(left), BATCH_WORKS):
            monitor.progress(Progress("searching and comparing", len(finished) + start, len(works)))
            part = left[start : start + BATCH_WORKS]
            found = [match for one in chosen for match in _search_one(one, part, examiner, monitor)]
            checkpoint.add([work.artwork.path for work in part], found)
            yield from found
        monitor.progress(Progress("searching and comparing", len(works), len(works)))
    checkpoint.done()


def _search_one(one: _Chosen, works: Sequence[Work], examiner: Examiner, monitor: Monitor) -> list[Found]:
    """Everything that one source has for a batch of works; a source that fails is not asked again."""
    if one.source is None or one.because or not one.asked:
        return []
    try:
        candidates = list(one.source.search([work.query for work in works], one.asked, REACH, monitor))
        found = list(examiner.examine(one.source, candidates, monitor))
    except SourceProblem as problem:
        one.because = problem.because
        return []
    one.works_done += len(works)
    return found


def _examiner(
    settings: CheckSettings,
    places: CheckPlaces,
    chosen: Sequence[_Chosen],
    works: Sequence[Work],
    monitor: Monitor,
    stack: ExitStack,
) -> Examiner:
    client = None
    if settings.fetch:
        client = stack.enter_context(
            Client(Ledger(places.ledger), offline=settings.offline, allow_private_hosts=settings.allow_private_hosts)
        )
    views = stack.enter_context(ViewReader(monitor))
    return Examiner({work.artwork.path: work for work in works}, views, _chance(chosen, works), client)


def _chance(chosen: Sequence[_Chosen], works: Sequence[Work]) -> Chance:
    probes: Counter[Kind] = Counter()
    rows: Counter[Kind] = Counter()
    for work in works:
        prints = work.query.fingerprints
        probes[Kind.PHASH] += len(prints.usable_phash) + len(prints.phash_other)
        probes[Kind.PDQ] += len(prints.usable_pdq)
    for one in chosen:
        if one.about and Lane.PERCEPTUAL in one.asked:
            rows.update(one.about.rows_with)
    return Chance(probes, rows)


def _everything_asked(settings: CheckSettings, chosen: Sequence[_Chosen], works: Sequence[Work]) -> Iterator[str]:
    yield repr(settings)
    for one in chosen:
        yield one.about.identity if one.about else f"{one.name}: {one.because}"
    for work in works:
        yield f"{work.artwork.path} {work.artwork.sha256}"


def _coverage(settings: CheckSettings, chosen: Sequence[_Chosen], works: int, *, stopped: bool) -> Iterator[Coverage]:
    for one in chosen:
        about = one.about
        for lane in Lane:
            because = _why_not(settings, one, lane, works, stopped=stopped)
            yield Coverage(
                source=one.name,
                dataset=about.dataset if about else "",
                version=about.version if about else "",
                rows=about.rows if about else 0,
                lane=lane,
                searched=because is None,
                because=because,
            )


def _why_not(settings: CheckSettings, one: _Chosen, lane: Lane, works: int, *, stopped: bool) -> str | None:
    """Why a lane of a source was not searched, or not for all works; None when it was."""
    if lane not in settings.lanes:
        return "you did not ask for this way of looking"
    if one.source is None:
        return one.because
    refused = one.source.why_not(lane)
    if refused is None and lane is Lane.LOCATION and not settings.sites:
        refused = "no site of yours was named (--site)"
    if refused is None and lane is Lane.ATTRIBUTION and not settings.names:
        refused = "no name or handle of yours was given (--name)"
    if refused:
        return refused
    if stopped:
        return f"you stopped the check; {one.works_done} of {works} works had been searched"
    return f"{one.because}; {one.works_done} of {works} works had been searched" if one.because else None
