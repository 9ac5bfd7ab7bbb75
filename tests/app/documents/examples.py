# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of documents for tests: every grade, searched and not searched, and text as hostile as rows can be."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from pypdf import PdfReader

from app.documents.facts import (
    ArtworkCounts,
    FindingFacts,
    LetterFacts,
    LetterRow,
    Recipient,
    ReportFacts,
    RunFacts,
    Sender,
)
from indexer.core.about import Tool
from indexer.core.types import Basis, Coverage, Grade, Lane, Match, Skipped
from tests.helpers.pictures import as_bytes, draw

MARKUP = '*bold* #evil() $x$ \\ <label> @ref "quotes" _em_ `raw` // slashes = head {{ 7 * 7 }}'
MADE = "2026-11-24T09:30:00Z"

_MATCHES = {
    Grade.IDENTICAL_FILE: {"verified": True, "basis": (Basis.BYTES,)},
    Grade.SAME_IMAGE: {"verified": False, "basis": (Basis.HASH,), "chance": 0.0043},
    Grade.EDITED_COPY: {"verified": True, "basis": (Basis.PIXELS,), "edit": "mirrored, cropped to 81 %"},
    Grade.LISTED: {"verified": False, "basis": (Basis.ADDRESS,)},
    Grade.NAMED: {"verified": False, "basis": (Basis.NAME,)},
    Grade.POSSIBLE: {"verified": False, "basis": (Basis.HASH,), "chance": 3.2},
    Grade.LOOKS_ALIKE: {"verified": True, "basis": (Basis.PIXELS,)},
}


@cache
def thumbnail(seed: int) -> bytes:
    """A small JPEG."""
    return as_bytes(draw(seed, (240, 180)), "JPEG", quality=70)


def make_match(grade: Grade, number: int = 1, **changes: object) -> Match:
    """A match of this grade with everything that belongs to it."""
    without_picture = grade in (Grade.LISTED, Grade.NAMED)
    facts = {
        "artwork": None if without_picture else f"paintings/harbour_{number:03d}.png",
        "source": "small-set",
        "row": f"part-{number:05d}.parquet, row {number * 7}",
        "row_key": f"small-set/{number}",
        "url": f"https://pictures.example.org/{number}/harbour.jpg",
        "caption": f"Harbour at dawn, number {number}",
        "grade": grade,
        "reasons": (f"reason number {number}",),
        **_MATCHES[grade],
    }
    return Match(**(facts | changes))


def make_finding(grade: Grade, number: int = 1, **changes: object) -> FindingFacts:
    """A numbered finding, with thumbnails where pictures were compared."""
    match = make_match(grade, number, **changes)
    return FindingFacts(
        number=f"M-{number:03d}",
        match=match,
        dataset="Small Set",
        version="2026-01",
        work_thumbnail=thumbnail(number % 5) if match.artwork else None,
        candidate_thumbnail=thumbnail(number % 5) if match.verified else None,
        answer_mine="mine",
        answer_page="not allowed",
        work_sha256=f"{number:064x}" if match.artwork else None,
    )


def every_grade() -> tuple[FindingFacts, ...]:
    """One finding of each grade."""
    return tuple(make_finding(grade, number) for number, grade in enumerate(Grade, 1))


def make_report(findings: tuple[FindingFacts, ...] = (), **changes: object) -> ReportFacts:
    """A report about these findings."""
    facts = ReportFacts(
        title="Paintings 2015 to 2024",
        case_id="0b8f6a52-7d1e-4c39-9a40-5e2d1c7f8b36",
        generated_utc=MADE,
        tool=Tool("exhibit-a", "0.1.0"),
        sample=False,
        folder="/home/artist/paintings",
        run=RunFacts("2026-11-24T08:02:11Z", "2026-11-24T09:21:40Z", "finished"),
        artworks=ArtworkCounts(12, 10, 2, (Skipped("old/scan.psd", "it is too large"), Skipped("b.txt", "no picture"))),
        coverage=(
            Coverage("small-set", "Small Set", "2026-01", 1234567, Lane.PERCEPTUAL, searched=True),
            Coverage("small-set", "Small Set", "2026-01", 1234567, Lane.EXACT, False, "it has no checksums"),
        ),
        findings=findings,
        counts={grade: sum(one.match.grade is grade for one in findings) for grade in Grade},
        artworks_listed=min(10, len({one.match.artwork for one in findings if one.match.may_enter_letter} - {None})),
    )
    return replace(facts, **changes)


def make_row(number: int = 1, **changes: object) -> LetterRow:
    """A row that a letter may name."""
    row = LetterRow(
        number=f"M-{number:03d}",
        row=f"part-{number:05d}.parquet, row {number * 7}",
        url=f"https://pictures.example.org/{number}/harbour.jpg",
        caption=f"Harbour at dawn, number {number}",
        work_title=f"Harbour {number}",
        grade=Grade.SAME_IMAGE,
        verified=True,
    )
    return replace(row, **changes)


def make_letter(rows: int = 1, **changes: object) -> LetterFacts:
    """A letter about so many rows."""
    facts = LetterFacts(
        sample=False,
        generated_utc=MADE,
        place_and_date="Yogyakarta, 24 November 2026",
        sender=Sender("Mira Example", "mira@example.org", ("Jalan Contoh 12", "55281 Yogyakarta")),
        recipient=Recipient("Example Data Set Foundation", ("12 Sample Street", "20095 Hamburg")),
        reference="EX-2026-0007/L-001",
        dataset="Small Set",
        version="2026-01",
        rows=tuple(make_row(number) for number in range(1, rows + 1)),
    )
    return replace(facts, **changes)


def squeeze(text: str) -> str:
    """Without white space: where a line ends on the page is not what a test asks."""
    return "".join(text.split())


def read_pages(pdf: Path) -> list[str]:
    """The text of each page, squeezed."""
    return [squeeze(page.extract_text()) for page in PdfReader(pdf).pages]


def read_text(pdf: Path) -> str:
    """The text of all pages, squeezed."""
    return "".join(read_pages(pdf))
