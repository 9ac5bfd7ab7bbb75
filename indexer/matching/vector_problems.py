# SPDX-License-Identifier: GPL-3.0-or-later
"""What the self-test of a stranger's vectors says against them, and what its figures do not tell, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

from indexer.matching.binomial import Share
from indexer.matching.own_fingerprints import MIXED_UP
from indexer.matching.self_test_problems import FEW
from indexer.matching.self_test_record import AS_KEPT, AS_SHIPPED, Tried

HALF = 0.5
"""An index that keeps vectors shortened or skips lists misses some rows by design; one that misses half is no use."""

LOWEST_HALF, ENOUGH_DRAWN = 0.5, 20
"""That so many rows drawn by chance all bear numbers of the lower half happens once in a million times."""

_ORDER_UNKNOWN = (
    "Whether each vector is of the picture that its row tells of cannot be judged here: that takes the pictures "
    "and the model"
)
_PICTURES_NOT_USED = (
    "The pictures that --pictures names were not looked at: holding them against a stranger’s vectors takes the model."
)
_FLATTERED = (
    "A row asked for by what the index itself keeps of it is found more easily than by its picture; the vectors turned "
    "aside, which were made by chance and not from altered pictures, tell more."
)


@dataclass(frozen=True, slots=True)
class VectorEvidence:
    """What problems and notes are told from.

    Attributes:
        rows: vectors that the folder holds.
        is_exact: every vector is compared, and as it was given.
        drawn: numbers of the rows drawn; `without_entry` of them are in no table.
        strangers: rows whose vector beside the index is that of another row in it; None where they were not compared.
        other_facts: rows of which the table beside the embeddings tells something else; None likewise.
        misfit: why index and embeddings do not belong together; `not_compared`: why they were not held against each
            other; `not_searched`: why a check does not ask this folder. Empty for no reason.
        pictures_named: the user named a folder of pictures.
        caveats: the source's own.
    """

    rows: int
    is_exact: bool
    tried: tuple[Tried, ...]
    drawn: tuple[int, ...]
    without_entry: int
    strangers: Share | None
    other_facts: Share | None
    misfit: str
    not_compared: str
    pictures_named: bool
    caveats: tuple[str, ...]
    not_searched: str


def problems_of_vectors(evidence: VectorEvidence) -> tuple[str, ...]:
    """One sentence for each problem, without a full stop."""
    return (*_lost(evidence), *_numbered_anew(evidence), *_not_together(evidence))


def notes_of(evidence: VectorEvidence) -> tuple[str, ...]:
    """What must be said with the figures, one sentence each."""
    return tuple(_notes(evidence))


def _lost(evidence: VectorEvidence) -> Iterator[str]:
    for one in (one for one in evidence.tried if one.form == AS_KEPT):
        lost = one.found.of - one.found.hits
        if lost and evidence.is_exact:
            yield f"{lost} of {one.found.of} rows are not found by their own vector, though every vector is compared"
        elif one.first and one.first.hits < one.first.of and evidence.is_exact:
            yield (
                f"for {one.first.of - one.first.hits} of {one.first.of} rows another comes nearer to their own vector: "
                "its vectors are not all of one length, so its answers do not say how near a row is"
            )
        elif one.found.high < HALF:
            yield (
                f"{lost} of {one.found.of} rows are not found by their own vector: this index is damaged, or looks at "
                "far too little of itself"
            )


def _numbered_anew(evidence: VectorEvidence) -> Iterator[str]:
    """Parts merged without regard to their numbers (`datasets.md` §3.2: merging never shifts them)."""
    outside = sum(not 0 <= row < evidence.rows for row in evidence.drawn)
    if outside:
        yield f"{outside} of {len(evidence.drawn)} rows bear numbers that none of its {evidence.rows:,} rows can have"
    elif len(evidence.drawn) >= ENOUGH_DRAWN and max(evidence.drawn) < evidence.rows * LOWEST_HALF:
        yield (
            f"all rows that were drawn bear numbers up to {max(evidence.drawn):,}, and it holds {evidence.rows:,}: its "
            "parts were each numbered from the beginning, so rows are taken for others"
        )


def _not_together(evidence: VectorEvidence) -> Iterator[str]:
    if evidence.misfit:
        yield f"{evidence.misfit}, so they do not belong together"
    allowed = FEW if evidence.is_exact else MIXED_UP
    strangers, shipped = evidence.strangers, next((one for one in evidence.tried if one.form == AS_SHIPPED), None)
    if strangers and strangers.low > allowed:
        yield (
            f"index and embeddings do not belong together: {strangers.hits} of {strangers.of} vectors beside it are "
            "those of other rows in it; they were shuffled, or are of another data set"
        )
    elif strangers is None and shipped and shipped.found.high < HALF:
        yield (
            f"{shipped.found.of - shipped.found.hits} of {shipped.found.of} vectors beside the index do not lead to "
            "their own row in it; they were shuffled, or are of another data set"
        )
    other = evidence.other_facts
    if other and other.low > FEW:
        yield (
            f"for {other.hits} of {other.of} rows the metadata of the index tells of another picture than that of the "
            "embeddings beside it"
        )


def _notes(evidence: VectorEvidence) -> Iterator[str]:
    if evidence.tried and not evidence.is_exact:
        yield _FLATTERED
    if evidence.without_entry:
        drawn = len(evidence.drawn)
        yield f"For {evidence.without_entry} of {drawn} rows the metadata has no entry, so nothing is known of them."
    if evidence.not_compared:
        yield f"The embeddings beside the index were not held against it, because {evidence.not_compared}."
    yield _ORDER_UNKNOWN + ("." if evidence.without_entry else "; every row that was drawn has an entry.")
    if evidence.pictures_named:
        yield _PICTURES_NOT_USED
    if evidence.caveats:
        yield f"Searched, but {'; '.join(evidence.caveats)}."
    if evidence.not_searched:
        yield f"A check does not ask this folder yet, because {evidence.not_searched}."
