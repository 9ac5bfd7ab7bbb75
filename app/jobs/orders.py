# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of job: what each is asked for. Imports nothing heavy; the work itself is in `app/job_bodies.py`."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from app.documents.facts import LetterFacts, ReportFacts
from indexer.building.contract import EmbeddingsBuild, PictureBuild, TableBuild
from indexer.building.dataset_contract import DatasetAsked
from indexer.fingerprints.contract import WeightsAsked
from indexer.matching.contract import CalibrationAsked, CheckPlaces, CheckSettings
from indexer.matching.self_test_record import SelfTestAsked
from indexer.sources.diff_contract import DiffAsked
from indexer.sources.seal_contract import FileToSeal, SealAsked


@dataclass(frozen=True, slots=True)
class CheckJob:
    """Check a portfolio. Events: those of `CheckEvent`."""

    settings: CheckSettings
    places: CheckPlaces


@dataclass(frozen=True, slots=True)
class BuildJob:
    """Build an index from pictures. Events: `BuildSize`, `Built`."""

    build: PictureBuild


@dataclass(frozen=True, slots=True)
class BuildTableJob:
    """Build an index from columns of tables. Events: `Built`."""

    build: TableBuild


@dataclass(frozen=True, slots=True)
class BuildEmbeddingsJob:
    """Build an index from vectors that a data set ships. Events: `Built`."""

    build: EmbeddingsBuild


@dataclass(frozen=True, slots=True)
class FingerprintJob:
    """Compute every fingerprint of files and folders. Events: `FingerprintRecord`."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerifyIndexJob:
    """Hold an index folder against its manifest. Events: `Manifest`."""

    folder: Path


@dataclass(frozen=True, slots=True)
class SelfTestJob:
    """Ask an index for what it says it holds. Events: `SelfTest`."""

    asked: SelfTestAsked


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Write a report as PDF."""

    facts: ReportFacts
    output: Path


@dataclass(frozen=True, slots=True)
class LetterJob:
    """Write a letter as PDF."""

    facts: LetterFacts
    output: Path


@dataclass(frozen=True, slots=True)
class DrawDemoJob:
    """Draw the demo's portfolio and data set below a folder."""

    folder: Path
    pictures: int


@dataclass(frozen=True, slots=True)
class FindWordsJob:
    """Look for the rows of an index whose content is nearest to words. Events: `NearRow`.

    Attributes:
        settings: the index as the one source of a check, weights for its model, what may be asked of the network.
    """

    settings: CheckSettings
    words: str
    count: int
    places: CheckPlaces


@dataclass(frozen=True, slots=True)
class CalibrateJob:
    """Measure what a model is worth. Events: `Calibration`."""

    asked: CalibrationAsked
    records: Path


@dataclass(frozen=True, slots=True)
class OfferWeightsJob:
    """Ask how large a file of weights is. Events: `WeightsOffered`."""

    asked: WeightsAsked


@dataclass(frozen=True, slots=True)
class FetchWeightsJob:
    """Fetch a file of weights. Events: `WeightsFetched`."""

    asked: WeightsAsked


@dataclass(frozen=True, slots=True)
class HealthJob:
    """Ask a source how it is, without any of the artist's data. Events: `SourceHealth`.

    Attributes:
        name: what the user calls it.
        opens: what to open, as after `--source`.
        ledger, offline, allow_private_hosts: as for `Network`.
    """

    name: str
    opens: str
    registry: Path
    ledger: Path
    offline: bool = False
    allow_private_hosts: bool = False


@dataclass(frozen=True, slots=True)
class OfferDatasetJob:
    """Ask what fetching a data set would cost. Events: `DatasetOffered`."""

    asked: DatasetAsked


@dataclass(frozen=True, slots=True)
class GetDatasetJob:
    """Fetch a data set and make it searchable. Events: `DatasetFetched`."""

    asked: DatasetAsked


@dataclass(frozen=True, slots=True)
class OfferSealJob:
    """Ask what the publisher of a file states of it. Events: `SealOffered`."""

    asked: SealAsked


@dataclass(frozen=True, slots=True)
class SealJob:
    """Fetch a whole file to `place`, and compare it. Events: `Seal`."""

    asked: SealAsked
    file: FileToSeal
    place: Path


@dataclass(frozen=True, slots=True)
class DiffJob:
    """Compare two versions of a table. Events: `RowCompared`, and at last `VersionsCompared`."""

    asked: DiffAsked


Job = (
    CheckJob
    | BuildJob
    | BuildTableJob
    | BuildEmbeddingsJob
    | FingerprintJob
    | VerifyIndexJob
    | SelfTestJob
    | ReportJob
    | LetterJob
    | DrawDemoJob
    | FindWordsJob
    | CalibrateJob
    | OfferWeightsJob
    | FetchWeightsJob
    | HealthJob
    | OfferDatasetJob
    | GetDatasetJob
    | OfferSealJob
    | SealJob
    | DiffJob
)

JOB_TYPES: dict[str, type[Job]] = {kind.__name__: kind for kind in get_args(Job)}
