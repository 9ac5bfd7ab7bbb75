# SPDX-License-Identifier: GPL-3.0-or-later
"""What crosses between the program and a job process: one JSON object a line, typed, never a pickle.

To the job: one line that says what to do, then perhaps the word `stop`. From the job: events, the last of which is
`Finished`, `Failed` or `Stopped`. An event is checked against its type when it is read, since a job that opened a
hostile file may say anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

import msgspec

from indexer.building.contract import BuildSize, Built
from indexer.building.dataset_contract import DatasetFetched, DatasetOffered
from indexer.core.progress import Progress
from indexer.core.types import Artwork, Coverage
from indexer.core.wire import from_json, to_json
from indexer.fingerprints.base import FingerprintRecord
from indexer.fingerprints.contract import WeightsFetched, WeightsOffered
from indexer.index.manifest import Manifest
from indexer.matching.calibration import Calibration
from indexer.matching.contract import ExportRead, Found, OwnControls, Placed, RenditionFound, Resumed, SourceOpened
from indexer.matching.self_test_record import SelfTest
from indexer.sources.diff_contract import RowCompared, VersionsCompared
from indexer.sources.seal_contract import Seal, SealOffered

STOP = b"stop\n"


@dataclass(frozen=True, slots=True)
class Order:
    """The first line to a job.

    Attributes:
        job: the kind of job, as named in `app/jobs/orders.py`.
        body: its request.
        refused: what ended earlier attempts of this job, each with the reason why it is not tried again.
    """

    job: str
    body: msgspec.Raw
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempting:
    """The job is about to open something that could bring it down."""

    what: str


@dataclass(frozen=True, slots=True)
class AttemptOver:
    """It survived."""

    what: str


@dataclass(frozen=True, slots=True)
class NearRow:
    """A row whose content is near to words, with its address if the index has one; it counts for nothing."""

    row: str
    address: str | None
    cosine: float


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is: whether it would answer, and the one sentence that says so."""

    name: str
    answers: bool
    words: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The user stopped the job; what was reported before stays valid."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job could not be done.

    Attributes:
        kind: name of the error's class.
        subject: the file, folder or source that it is about, empty for none.
        because: the reason, in one sentence.
        is_bug: not foreseen: ours, and in the log with its trace.
        is_own_folder: about the folder that a check or a build was to read; added by the program, not said by the job.
    """

    kind: str
    subject: str
    because: str
    is_bug: bool = False
    is_own_folder: bool = False


Ending = Finished | Stopped | Failed
Event = (
    Progress
    | Attempting
    | AttemptOver
    | SourceOpened
    | Artwork
    | RenditionFound
    | ExportRead
    | Resumed
    | Found
    | Coverage
    | BuildSize
    | Placed
    | OwnControls
    | Built
    | FingerprintRecord
    | Manifest
    | SelfTest
    | NearRow
    | Calibration
    | WeightsOffered
    | WeightsFetched
    | SourceHealth
    | DatasetOffered
    | DatasetFetched
    | SealOffered
    | Seal
    | RowCompared
    | VersionsCompared
    | Ending
)

_TYPES: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


class _Line(msgspec.Struct):
    event: str
    body: msgspec.Raw


class ProtocolProblem(Exception):
    """A job said something that is no event."""


def encode_event(event: Event) -> bytes:
    """One line, with its end."""
    body = msgspec.Raw(to_json(event))
    return msgspec.json.encode(_Line(type(event).__name__, body)) + b"\n"


def decode_event(line: bytes) -> Event:
    """The event of one line.

    Raises:
        ProtocolProblem: it is no event.
    """
    try:
        read = msgspec.json.decode(line, type=_Line)
        event: Event = from_json(read.body, _TYPES[read.event])
    except (msgspec.MsgspecError, KeyError) as problem:
        raise ProtocolProblem(f"{line[:200]!r}: {problem}") from problem
    return event
