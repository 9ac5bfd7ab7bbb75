# SPDX-License-Identifier: GPL-3.0-or-later
"""What each kind of job does. Runs in a job process only; the engine is imported when its job is asked for."""

from collections.abc import Iterator

from app.jobs.orders import (
    BuildJob,
    BuildTableJob,
    CalibrateJob,
    CheckJob,
    DrawDemoJob,
    FetchWeightsJob,
    FindWordsJob,
    FingerprintJob,
    Job,
    LetterJob,
    OfferWeightsJob,
    ReportJob,
    VerifyIndexJob,
)
from app.jobs.protocol import Event, NearRow
from indexer.core.progress import Monitor


def run(job: Job, monitor: Monitor) -> Iterator[Event]:
    """Do the job, yielding what it finds.

    Imports stand here because each kind needs other libraries, and some of them take seconds.
    """
    match job:
        case CheckJob():
            from indexer.matching.check import run_check

            yield from run_check(job.settings, job.places, monitor)
        case BuildJob() | BuildTableJob():
            yield _build(job, monitor)
        case FingerprintJob():
            from indexer.fingerprints.records import fingerprint_records

            yield from fingerprint_records(job.paths, monitor)
        case VerifyIndexJob():
            from indexer.index.folder import IndexFolder

            with IndexFolder(job.folder) as index:
                yield index.manifest
        case ReportJob():
            from app.documents.report import write_report

            write_report(job.facts, job.output)
        case LetterJob():
            from app.documents.letter import write_letter

            write_letter(job.facts, job.output)
        case DrawDemoJob():
            from app.demo.drawing import draw_demo

            draw_demo(job.folder, job.pictures, monitor)
        case FindWordsJob():
            from indexer.matching.text_search import nearest_to_words

            near = nearest_to_words(job.index, job.words, job.count, job.weights, job.places, monitor)
            yield from (NearRow(facts.row, facts.url, cosine) for facts, cosine in near)
        case CalibrateJob() | OfferWeightsJob() | FetchWeightsJob():
            yield _run_for_model(job, monitor)


def _build(job: BuildJob | BuildTableJob, monitor: Monitor) -> Event:
    """An index of pictures, or of the columns of a table."""
    if isinstance(job, BuildJob):
        from indexer.building.pictures import build_from_pictures

        return build_from_pictures(job.build, monitor)
    from indexer.building.table_columns import build_from_table

    return build_from_table(job.build, monitor)


def _run_for_model(job: CalibrateJob | OfferWeightsJob | FetchWeightsJob, monitor: Monitor) -> Event:
    """What has to do with a CLIP model and its weights."""
    if isinstance(job, CalibrateJob):
        from indexer.matching.calibrate import calibrate

        return calibrate(job.asked, job.records, monitor)
    from indexer.fingerprints.clip_fetch import fetch_weights, offer_weights

    if isinstance(job, OfferWeightsJob):
        return offer_weights(job.asked, monitor)
    return fetch_weights(job.asked, monitor)
