# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: a portfolio held against every chosen source, batch by batch, with what was not searched said aloud."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.core.about import this_tool
from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane
from indexer.fingerprints.base import FORM_RECIPE, RECIPE, Kind
from indexer.fingerprints.cache import FingerprintCache
from indexer.fingerprints.pixel_hashes import PixelHashes
from indexer.fingerprints.work_keypoints import CACHE_NAME, WorkKeypoints
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching.chance import HASH_KINDS, Chance, RowsAsked, measured_tail
from indexer.matching.checkpoint import Batch, Checkpoint
from indexer.matching.chosen import ChosenSource, Shared
from indexer.matching.collected import collected_until
from indexer.matching.conclusions import Conclusions
from indexer.matching.content import ContentModels
from indexer.matching.content_scale import ContentScale, of_one_check
from indexer.matching.contract import CheckEvent, CheckPlaces, CheckSettings, Found, Resumed, SourceOpened
from indexer.matching.examine import Examiner
from indexer.matching.export_intake import ExportIntake
from indexer.matching.portfolio import Work, read_portfolio
from indexer.matching.post_intake import read_posts
from indexer.matching.views import ViewReader
from indexer.net.client import Client
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.sources.base import Description

BATCH_WORKS = 8
"""Works searched and compared before results are written down: what a stop or a kill may cost. A source that goes
through all its rows for every question may want more of them together."""

_BY_LOOKS = frozenset({Lane.PERCEPTUAL, Lane.LOCAL, Lane.NEURAL})

_STAGE = "searching and comparing"


def run_check(settings: CheckSettings, places: CheckPlaces, monitor: Monitor) -> Iterator[CheckEvent]:
    """Check a portfolio; yields sources as they open, artworks, matches batch by batch, and at last the coverage.

    Then come the conclusions: which work has which row, which rows are one copy, and what own works say of the search.
    A source that cannot be opened or that stops answering becomes *not searched, because…*; the others go on. When the
    user stops, coverage and conclusions say how far it came before `Cancelled` is raised.

    Raises:
        InputProblem: there is no such folder.
        StorageProblem: the store of fingerprints cannot be opened.
        Cancelled: the user stopped.
    """
    conclusions = Conclusions()
    try:
        yield from conclusions.hear(_checked(settings, places, monitor))
    except Cancelled:
        yield from conclusions.draw()
        raise
    yield from conclusions.draw()


def _checked(settings: CheckSettings, places: CheckPlaces, monitor: Monitor) -> Iterator[CheckEvent]:
    """Everything but the conclusions."""
    with ExitStack() as stack:
        shared = _shared(settings, places, stack, monitor)
        chosen: list[ChosenSource] = []
        for name in settings.sources:
            one = ChosenSource(name, settings, places, shared, monitor)
            chosen.append(one)
            stack.callback(one.close)
            if one.about:
                yield _opened(one.name, one.about)
        works: list[Work] = []
        stopped = False
        try:
            with FingerprintCache(places.cache) as cache:
                for entry in read_portfolio(settings.folder, cache, monitor):
                    if isinstance(entry, Work):
                        works.append(entry)
                    yield entry.artwork if isinstance(entry, Work) else entry
                if settings.exports or settings.posts:
                    room = stack.enter_context(TemporaryDirectory(prefix="exhibit-a-"))
                    intake = ExportIntake(works, cache, Path(room), monitor)
                    yield from intake.read(settings.exports)
                    yield from read_posts(settings.posts, intake, shared.network, monitor)
                    works = intake.works
            yield from _search_all(settings, places, shared, chosen, works, monitor)
        except Cancelled:
            stopped = True
        for one in chosen:
            yield from one.coverage(len(works), stopped=stopped)
        if stopped:
            raise Cancelled


def _opened(name: str, about: Description) -> SourceOpened:
    until, because = collected_until(about) or (None, None)
    hashes = tuple(kind for kind in HASH_KINDS if about.rows_with.get(kind))
    return SourceOpened(name, about.dataset, about.version, about.rows, about.sample, until, because, hashes)


def _search_all(
    settings: CheckSettings,
    places: CheckPlaces,
    shared: Shared,
    chosen: Sequence[ChosenSource],
    works: Sequence[Work],
    monitor: Monitor,
) -> Iterator[Resumed | Found]:
    """Go on from the checkpoint, batch by batch; each batch is written down before it is reported."""
    scales = content_scales(chosen, shared.models, len(works))
    checkpoint = Checkpoint(places.checkpoints, _everything_asked(settings, chosen, works, scales))
    before = checkpoint.batches()
    for batch in before:
        yield from _reported(batch, chosen)
    done = {name for batch in before for name in batch.works}
    if done:
        yield Resumed(len(done))
    left = [work for work in works if work.artwork.path not in done]
    with ExitStack() as stack:
        client = _client(shared.network, stack) if settings.fetch else None
        views = stack.enter_context(ViewReader(monitor))
        by_name = {work.artwork.path: work for work in works}
        examiner = Examiner(
            by_name, views, _chance(chosen, works), client, scales, fetch_similar=settings.fetch_similar
        )
        together = max(BATCH_WORKS, *(one.works_at_once for one in chosen), 1)
        for start in range(0, len(left), together):
            monitor.progress(Progress(_STAGE, len(done) + start, len(works)))
            batch = _search_batch(left[start : start + together], chosen, examiner, monitor)
            checkpoint.add(batch)
            yield from _reported(batch, chosen)
    monitor.progress(Progress(_STAGE, len(works), len(works)))
    for one in chosen:
        if not one.mentioned:
            yield from _search_mentions(one, checkpoint, monitor)
    checkpoint.done()


def _search_mentions(one: ChosenSource, checkpoint: Checkpoint, monitor: Monitor) -> Iterator[Found]:
    """Rows that speak of the artist, told as they come; written down when all of them are there."""
    found: dict[str, Found] = {}
    for told in one.mentions(monitor):
        found[told.match.row] = told
        yield told
    if one.has_answered():
        mentioned, partly = {one.name: one.mention_note}, {one.name: one.not_whole()}
        checkpoint.add(Batch((), (), tuple(found.values()), mentioned=mentioned, partly=partly))
        one.mentioned = True


def _reported(batch: Batch, chosen: Sequence[ChosenSource]) -> Iterator[Found]:
    """Works count as searched once their results are reported, not before: a stop may come between."""
    yield from batch.found
    for one in chosen:
        if one.name in batch.answered:
            one.works_done += len(batch.works)
            one.not_embedded += batch.without_content.get(one.name, 0)
        one.recomputed.update(batch.recomputed.get(one.name, {}))
        one.partly |= batch.partly.get(one.name, {})
        if one.name in batch.mentioned:
            one.mentioned, one.mention_note = True, batch.mentioned[one.name]


def _search_batch(works: Sequence[Work], chosen: Sequence[ChosenSource], examiner: Examiner, monitor: Monitor) -> Batch:
    found = [match for one in chosen for match in one.search(works, examiner, monitor)]
    answered = tuple(one.name for one in chosen if one.has_answered())
    without_content = {one.name: one.without_content for one in chosen if one.without_content}
    recomputed = {one.name: one.recomputed_now for one in chosen if one.recomputed_now}
    partly = {one.name: told for one in chosen if (told := one.not_whole())}
    names = tuple(work.artwork.path for work in works)
    return Batch(names, answered, tuple(found), without_content, recomputed, partly=partly)


def _shared(settings: CheckSettings, places: CheckPlaces, stack: ExitStack, monitor: Monitor) -> Shared:
    """What all sources share, closed with the check."""
    models, pixel_hashes = ContentModels(settings, places, monitor), PixelHashes(monitor)
    keypoints = WorkKeypoints(places.cache.with_name(CACHE_NAME), monitor)
    for one in (models, pixel_hashes, keypoints):
        stack.callback(one.close)
    network = Network(places.ledger, settings.offline, settings.allow_private_hosts)
    return Shared(models, pixel_hashes, keypoints, Finder(Person(settings.names, settings.sites)), network)


def _client(network: Network, stack: ExitStack) -> Client:
    """What fetches candidate pictures, at the pace that is kept towards each host for all of the check."""
    return stack.enter_context(
        Client(
            Ledger(network.ledger),
            offline=network.offline,
            allow_private_hosts=network.allow_private_hosts,
            pacing=network.pacing,
        )
    )


def content_scales(chosen: Sequence[ChosenSource], models: ContentModels, works: int) -> dict[str, ContentScale]:
    """What was measured for the content fingerprints of each source, where it was; chance hits are of all of them."""
    scales = {}
    for one in chosen:
        if one.about and one.about.space and Lane.NEURAL in one.asked:
            scale = models.scale(one.about.space, works, one.about.rows_with.get(Kind.CLIP, 0))
            if scale:
                scales[one.name] = scale
    return of_one_check(scales)


def _chance(chosen: Sequence[ChosenSource], works: Sequence[Work]) -> Chance:
    probes: Counter[Kind] = Counter()
    for work in works:
        prints = work.query.fingerprints
        probes[Kind.PHASH] += len(prints.usable_phash) + len(prints.phash_other)
        probes[Kind.PDQ] += len(prints.usable_pdq)
    rows = [
        RowsAsked(
            kind,
            count,
            measured_tail(kind, one.about.near[kind]) if kind in one.about.near else None,
            forms=kind is Kind.PHASH and one.about.is_asked_for_forms(one.asked),
            source=one.about.name,
            is_counted=kind in one.about.near,
        )
        for one in chosen
        if one.about and Lane.PERCEPTUAL in one.asked
        for kind, count in one.about.rows_with.items()
        if kind in HASH_KINDS
    ]
    pictures = sum(one.about.rows for one in chosen if one.about and _BY_LOOKS.intersection(one.asked))
    forms = sum(len(work.query.fingerprints.usable_forms) for work in works)
    return Chance(probes, tuple(rows), len(works), pictures, forms)


def _everything_asked(
    settings: CheckSettings,
    chosen: Sequence[ChosenSource],
    works: Sequence[Work],
    scales: Mapping[str, ContentScale],
) -> Iterator[str]:
    """What the answers depend on; a difference in any of it is another check."""
    yield f"{this_tool().version} {RECIPE}, {FORM_RECIPE}"  # a newer program may grade otherwise
    yield repr(settings)
    for one in chosen:
        yield f"{one.about.identity} {' '.join(one.asked)}" if one.about else f"{one.name}: not open"
        if one.name in scales:
            yield f"measured {scales[one.name].calibration.made_utc}"
    for work in works:
        yield f"{work.artwork.path} {work.artwork.sha256}"
        yield from (f"rendition {one.digests.sha256} {one.words}" for one in work.query.renditions)
