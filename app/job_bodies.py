# SPDX-License-Identifier: GPL-3.0-or-later
"""What each kind of job does. Runs in a job process only; the engine is imported when its job is asked for."""

from collections.abc import Iterator

from app.jobs.orders import (
    BuildEmbeddingsJob,
    BuildJob,
    BuildTableJob,
    CalibrateJob,
    CheckJob,
    DiffJob,
    DrawDemoJob,
    FetchWeightsJob,
    FindWordsJob,
    FingerprintJob,
    GetDatasetJob,
    HealthJob,
    Job,
    LetterJob,
    OfferDatasetJob,
    OfferSealJob,
    OfferWeightsJob,
    ReportJob,
    SealJob,
    SelfTestJob,
    VerifyIndexJob,
)
from app.jobs.protocol import Event, NearRow, SourceHealth
from indexer.core.progress import Monitor


def run(job: Job, monitor: Monitor) -> Iterator[Event]:
    """Do the job, yielding what it finds.

    Imports stand here because each kind needs other libraries, and some of them take seconds.
    """
    match job:
        case CheckJob():
            from indexer.matching.check import run_check

            yield from run_check(job.settings, job.places, monitor)
        case BuildJob():
            yield from _build_from_pictures(job, monitor)
        case BuildTableJob() | BuildEmbeddingsJob():
            yield _build(job, monitor)
        case VerifyIndexJob() | SelfTestJob():
            yield _look_at_index(job, monitor)
        case ReportJob() | LetterJob() | DrawDemoJob():
            _write_files(job, monitor)
        case FingerprintJob() | FindWordsJob():
            yield from _tell_of_pictures(job, monitor)
        case HealthJob() | OfferDatasetJob() | GetDatasetJob():
            yield _run_for_dataset(job, monitor)
        case DiffJob() | OfferSealJob() | SealJob():
            yield from _gather_evidence(job, monitor)
        case CalibrateJob() | OfferWeightsJob() | FetchWeightsJob():
            yield _run_for_model(job, monitor)


def _tell_of_pictures(job: FingerprintJob | FindWordsJob, monitor: Monitor) -> Iterator[Event]:
    """What pictures give, and which rows are nearest to words."""
    if isinstance(job, FingerprintJob):
        from indexer.fingerprints.records import fingerprint_records

        yield from fingerprint_records(job.paths, monitor)
    else:
        from indexer.matching.text_search import nearest_to_words

        near = nearest_to_words(job.settings, job.words, job.count, job.places, monitor)
        yield from (NearRow(facts.row, facts.url, cosine) for facts, cosine in near)


def _write_files(job: ReportJob | LetterJob | DrawDemoJob, monitor: Monitor) -> None:
    """What is written as PDF, and the demo's pictures."""
    if isinstance(job, DrawDemoJob):
        from app.demo.drawing import draw_demo

        draw_demo(job.folder, job.pictures, monitor)
    elif isinstance(job, ReportJob):
        from app.documents.report import write_report

        write_report(job.facts, job.output)
    else:
        from app.documents.letter import write_letter

        write_letter(job.facts, job.output)


def _run_for_dataset(job: HealthJob | OfferDatasetJob | GetDatasetJob, monitor: Monitor) -> Event:
    """What has to do with a published data set."""
    if not isinstance(job, HealthJob):
        from indexer.building.datasets import get_dataset, offer_dataset

        return (offer_dataset if isinstance(job, OfferDatasetJob) else get_dataset)(job.asked, monitor)
    from indexer.net.network import Network
    from indexer.sources.health import ask_health

    network = Network(job.ledger, job.offline, job.allow_private_hosts)
    health = ask_health(job.opens, network, job.registry, monitor)
    return SourceHealth(job.name, health.answers, health.words)


def _gather_evidence(job: DiffJob | OfferSealJob | SealJob, monitor: Monitor) -> Iterator[Event]:
    """What a data set listed and lists, and the published file that says so."""
    if isinstance(job, DiffJob):
        from indexer.sources.table_diff import compare_versions

        yield from compare_versions(job.asked, monitor)
        return
    from indexer.sources.seal import network_of, offer_seal, seal, token_for

    if isinstance(job, OfferSealJob):
        yield offer_seal(job.asked, monitor)
    else:
        yield seal(job.file, job.place, network_of(job.asked), monitor, token_for(job.file.url))


def _build_from_pictures(job: BuildJob, monitor: Monitor) -> Iterator[Event]:
    """An index of pictures; what it will take is said first."""
    from indexer.building.pictures import build_from_pictures
    from indexer.building.size import about_size

    yield about_size(job.build, monitor)
    yield build_from_pictures(job.build, monitor)


def _build(job: BuildTableJob | BuildEmbeddingsJob, monitor: Monitor) -> Event:
    """An index of the columns of a table, or of vectors."""
    if isinstance(job, BuildEmbeddingsJob):
        from indexer.building.embeddings import build_from_embeddings

        return build_from_embeddings(job.build, monitor)
    from indexer.building.table_columns import build_from_table

    return build_from_table(job.build, monitor)


def _look_at_index(job: VerifyIndexJob | SelfTestJob, monitor: Monitor) -> Event:
    """Whether an index is what it says."""
    if isinstance(job, SelfTestJob):
        from indexer.matching.selftest import self_test_index

        return self_test_index(job.asked, monitor)
    from indexer.index.folder import IndexFolder

    with IndexFolder(job.folder) as index:
        return index.manifest


def _run_for_model(job: CalibrateJob | OfferWeightsJob | FetchWeightsJob, monitor: Monitor) -> Event:
    """What has to do with a CLIP model and its weights."""
    if isinstance(job, CalibrateJob):
        from indexer.matching.calibrate import calibrate

        return calibrate(job.asked, job.records, monitor)
    from indexer.fingerprints.clip_fetch import fetch_weights, offer_weights

    if isinstance(job, OfferWeightsJob):
        return offer_weights(job.asked, monitor)
    return fetch_weights(job.asked, monitor)
