# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document prints, gathered and frozen before it is made. Nothing here is looked up or computed later.

All of it can be written as JSON with msgspec, so that a job process can be handed the facts and make the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from indexer.core.about import Tool
from indexer.core.types import Coverage, Grade, Match, Skipped
from indexer.matching.contract import OwnControls
from indexer.matching.error_rates import ErrorRates


@dataclass(frozen=True, slots=True)
class RunFacts:
    """When the check ran, and whether it came to its end. Times as `core.clock.utc_now` spells them."""

    started_utc: str
    finished_utc: str
    status: Literal["finished", "stopped"]


@dataclass(frozen=True, slots=True)
class Noted:
    """A work that was looked for, and what its result does not say of itself, in one plain sentence."""

    path: str
    note: str


@dataclass(frozen=True, slots=True)
class ArtworkCounts:
    """How many files of the folder were looked at; every skipped one is named with its reason.

    Attributes:
        noted: works that were looked for, but not wholly, such as by a preview alone.
    """

    total: int
    searched: int
    skipped: int
    skipped_files: tuple[Skipped, ...] = ()
    noted: tuple[Noted, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """One numbered finding.

    Attributes:
        number: as in `M-001`; letters and bundles call the finding by it.
        work_thumbnail, candidate_thumbnail: JPEG; None is shown as "picture not compared here".
        answer_mine, answer_page: the artist's two answers in words, None while there is none.
        work_sha256: of the work's file, lower-case hex.
    """

    number: str
    match: Match
    dataset: str
    version: str
    work_thumbnail: bytes | None = None
    candidate_thumbnail: bytes | None = None
    answer_mine: str | None = None
    answer_page: str | None = None
    work_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything a report prints.

    Attributes:
        sample: made from the demo; every page says so.
        counts: findings by grade; a grade left out counts as none.
        artworks_listed: works of which at least one counted finding shows a copy.
        controls: what the artist's own works say of the search, source by source.
        error_rates: how often each grade was wrong on labelled sets, as far as that was measured.
    """

    title: str
    case_id: str
    generated_utc: str
    tool: Tool
    sample: bool
    folder: str
    run: RunFacts
    artworks: ArtworkCounts
    coverage: tuple[Coverage, ...]
    findings: tuple[FindingFacts, ...]
    counts: Mapping[Grade, int]
    artworks_listed: int
    controls: tuple[OwnControls, ...] = ()
    error_rates: tuple[ErrorRates, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One row that a letter asks about.

    Attributes:
        number: of the finding, as in `M-001`.
        verified: pixels or bytes were compared, not only fingerprints.
        edit: what was done to the copy, in words.
    """

    number: str
    row: str
    url: str | None
    caption: str | None
    work_title: str
    grade: Grade
    verified: bool
    edit: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes. The address may be left out: some recipients publish what they are sent."""

    name: str
    email: str
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is written to."""

    name: str
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """Everything a letter prints.

    Attributes:
        sample: made from the demo; every page says so.
        place_and_date: as it stands at the head of the letter.
        reference: the number that an answer is asked to quote.
        reply_by: one whole sentence, None for no date.
        enclosures: what is sent along, one line each; a table of rows that fills pages of its own is added by itself.
    """

    sample: bool
    generated_utc: str
    place_and_date: str
    sender: Sender
    recipient: Recipient
    reference: str
    dataset: str
    version: str
    rows: tuple[LetterRow, ...]
    reply_by: str | None = None
    enclosures: tuple[str, ...] = ()
