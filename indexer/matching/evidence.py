# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of one work and one row before a grade is given, and what a grade carries."""

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.core.types import Basis, Edit, Grade
from indexer.fingerprints.base import Kind
from indexer.matching.content_scale import ContentScale
from indexer.matching.recorded import Held
from indexer.matching.verify import SecondLook
from indexer.sources.base import Candidate, Query, RowFacts

EXACT = (Kind.SHA256, Kind.MD5)
"""Digests of files."""

_HASHES = (Kind.PHASH, Kind.PDQ)


@dataclass(frozen=True, slots=True)
class NotSeen:
    """The row's picture could not be compared, and why, in words that follow "picture not seen:"."""

    because: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that proposes one row for one work: the nearest candidate of each kind, and the second look.

    Attributes:
        scale: what a cosine of content fingerprints was measured to be worth, which counts only for the published
            weights; None while nobody knows.
        held: how the picture seen agrees with what the row recorded; None where none was seen.
        source: the name of the source whose row it is.
    """

    query: Query
    facts: RowFacts
    nearest: Mapping[Kind, Candidate]
    look: SecondLook | NotSeen
    scale: ContentScale | None = None
    held: Held | None = None
    source: str = ""

    @property
    def has_same_bytes(self) -> bool:
        """Whether a digest of the file is equal."""
        return any(kind in self.nearest for kind in EXACT)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is to be seen in what is equal. Behind a blank first page a file may have others."""
        has_more = self.has_same_bytes and self.query.fingerprints.frames > 1
        return self.query.fingerprints.is_blank and not has_more

    @property
    def hashes(self) -> list[Candidate]:
        """Near hashes; the miniature is not among them, because it only proposes."""
        return [candidate for kind, candidate in self.nearest.items() if kind in _HASHES]

    @property
    def embedding(self) -> bytes:
        """The work's content fingerprint by which the source was asked; empty where it was not."""
        return next(iter(self.query.embeddings.values()), b"")

    @property
    def content_cosine(self) -> float | None:
        """Of the content fingerprints, None where they did not propose this row."""
        found = self.nearest.get(Kind.CLIP)
        return None if found is None else 1.0 - found.distance


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade with all that a `Match` needs beside it.

    Attributes:
        confidence: the share of such matches that are right, if as many works are listed as the scales take to be;
            None where nobody measured that.
        caution: why it must be looked at before a letter names it, one sentence; None for nothing.
    """

    grade: Grade
    verified: bool
    basis: tuple[Basis, ...]
    reasons: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    chance: float | None = None
    confidence: float | None = None
    caution: str | None = None
