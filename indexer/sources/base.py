# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of a source: describe yourself, say which lanes you answer and how you are, search, tell a row's facts.

A source proposes; it never grades. What it cannot answer it says in words, so that *not searched* never reads as
*not found*.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, NewType

from indexer.core.hashing import Digests
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind, PictureFingerprints
from indexer.fingerprints.clip_models import ClipSpace
from indexer.images.forms import Form
from indexer.images.variants import Orientation
from indexer.index.manifest import NearPairs
from indexer.links.contract import Hit
from indexer.links.finder import Finder

RowId = NewType("RowId", str)
"""A row within one opened source; opaque, not stable across rebuilds."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """The work as it was published: a file of other bytes that shows it.

    Attributes:
        words: which file that is, for people, such as "the file that you published on Instagram on 2021-03-04".
    """

    digests: Digests
    words: str


@dataclass(frozen=True, slots=True)
class AskedFile:
    """A file that the exact lane is asked for: digests, which picture of it, the rendition that it is, if one."""

    digests: Digests
    frame: int
    rendition: Rendition | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One picture of the portfolio, as sources are asked for it.

    Attributes:
        work: its path as the check reports it.
        fingerprints: all eight orientations of each perceptual fingerprint.
        renditions: the same work in other files, which only the exact lane is asked for.
        embeddings: content fingerprints, float32 as bytes, by `ClipSpace.key`; empty bytes for a flat picture.
        pixel_hash: lower-case hex; None unless a chosen source has that column, since it needs every pixel.
        keypoints: packed as by `picture_keypoints.work_keypoints`; empty unless a chosen source keeps keypoints.
    """

    work: str
    digests: Digests
    fingerprints: PictureFingerprints
    renditions: tuple[Rendition, ...] = ()
    embeddings: Mapping[str, bytes] = field(default_factory=dict)
    pixel_hash: str | None = None
    keypoints: tuple[bytes, ...] = ()

    @property
    def files(self) -> tuple[AskedFile, ...]:
        """What the exact lane is asked for: the work's own file first, then its renditions of other bytes."""
        same = next((one for one in self.renditions if one.digests == self.digests), None)
        others = (AskedFile(one.digests, 1, one) for one in self.renditions if one.digests != self.digests)
        return AskedFile(self.digests, self.fingerprints.frame, same), *others


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a perceptual search looks. The values stand in `matching/thresholds.py`.

    Attributes:
        phash_bits, pdq_bits: radius, inclusive.
        form_bits: the same for the pHash of a work in another form.
        miniature_count, miniature_least: how many nearest miniatures, and the least cosine.
        content_count: how many nearest content fingerprints; their cosine means nothing until it is calibrated.
        part_votes_sure, part_count: rows that so many places of the work vote for are all proposed, however many copies
            there are; of those with fewer votes, so many, those with most first.
    """

    phash_bits: int
    pdq_bits: int
    miniature_count: int
    miniature_least: float
    content_count: int
    part_votes_sure: int
    part_count: int
    form_bits: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that one kind of fingerprint proposes for one work.

    Attributes:
        orientation: how the work was laid when it was this near.
        distance: bits for hashes; 1 - cosine for vectors; 0 for an equal digest; for keypoints 1 / votes, which are
            places of the work that agree on where it lies in the row's picture.
        rendition: the published file whose digest is equal, None where it is the work's own or another kind.
        equal: rows of the source that have the very same hash as this one, itself among them; many are a picture that
            stands in for others.
        form: in which the work was this near; None as it is.
    """

    work: str
    row: RowId
    kind: Kind
    orientation: Orientation
    distance: float
    rendition: Rendition | None = None
    equal: int = 1
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A row that speaks of the artist, by an address, an account or a name."""

    row: RowId
    hit: Hit


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What the source knows of a row.

    Attributes:
        row: the row in the source's own terms, for people.
        row_key: stable across rebuilds.
        width, height: of the picture when the row was made. Some sets swap them (`datasets.md` §2.2).
        sha256, md5: of the file as it was when the row was made, None where the source has no such column.
        phash: of the picture as it was then, likewise; 64 bits.
        local: where the picture lies on this machine, None when it does not.
        frame: which picture of that file.
        notes: what must be said with this row, one plain sentence each, such as that it was read by its range alone.
    """

    row: str
    row_key: str
    url: str | None = None
    caption: str | None = None
    width: int | None = None
    height: int | None = None
    sha256: str | None = None
    md5: str | None = None
    phash: int | None = None
    local: Path | None = None
    frame: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is, without asking it for any work: whether it would answer, and the one sentence that says so."""

    answers: bool
    words: str


EmbedWords = Callable[[Sequence[str]], Sequence[bytes] | None]
"""Sentences to vectors of the source's declared space, float32 as bytes; None where no text tower is at hand."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a source is.

    Attributes:
        name: what the user called it.
        identity: changes when its content changes; part of a checkpoint's key.
        rows: all rows.
        rows_with: rows that have a kind of fingerprint, which is what chance hits depend on.
        sample: made by the demo; may never enter a real case.
        space: of its content fingerprints, None when it has none that can be searched.
        made_utc: when it was put together here, None where that is not known: nothing in it is younger.
        near: how near hashes of its rows come to each other, by kind, where that was counted.
    """

    name: str
    dataset: str
    version: str
    rows: int
    identity: str
    rows_with: Mapping[Kind, int]
    sample: bool = False
    space: ClipSpace | None = None
    made_utc: str | None = None
    near: Mapping[Kind, NearPairs] = field(default_factory=dict)

    def is_asked_for_forms(self, lanes: Collection[Lane]) -> bool:
        """Whether works are asked for in other forms: not where keypoints find crops, more of them and in any place.

        Args:
            lanes: those that are asked, and can be answered: keypoints that nobody asks for find nothing.
        """
        return Kind.PHASH in self.rows_with and not (Kind.KEYPOINTS in self.rows_with and Lane.LOCAL in lanes)


class Source(ABC):
    """One place that can be searched. Opened in a job process, closed after the check.

    Attributes:
        works_at_once: so many works are asked together at least; more than one where every question goes through all
            rows, whatever the number of works.
    """

    works_at_once: ClassVar[int] = 1

    @abstractmethod
    def describe(self) -> Description:
        """What it is."""

    @abstractmethod
    def why_not(self, lane: Lane) -> str | None:
        """Why this lane cannot be answered here, in words that follow "not searched, because"; None when it can."""

    @abstractmethod
    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """Propose rows for a batch of works, asking only lanes for which `why_not` is None.

        The lanes of places and names are asked through `mentions`; here they give nothing.

        Raises:
            SourceProblem: it stopped answering; what was yielded before stays valid.
            Cancelled: the user stopped.
        """

    def mentions(self, finder: Finder, lanes: Sequence[Lane], monitor: Monitor) -> Iterator[Mention]:
        """Rows that speak of the person whom `finder` knows, row after row; asked once a check.

        Args:
            lanes: location, attribution, or both, as far as `why_not` is None for them.

        Raises:
            SourceProblem: it stopped answering; what was yielded before stays valid.
            Cancelled: the user stopped.
        """
        del finder, lanes, monitor
        return iter(())

    def probe(self, embed: EmbedWords, monitor: Monitor) -> None:
        """Find out, before any work is asked, whether the declared model is the source's; `why_not` then knows it.

        Raises:
            SourceProblem: it does not answer.
            Cancelled: the user stopped.
        """
        del embed, monitor

    def why_not_whole(self, lane: Lane) -> str | None:
        """Why answers of this lane cover only a part of the source, known after a search; None when they are whole."""
        del lane
        return None

    def caveat(self, lane: Lane) -> str | None:
        """What must be said with answers of this lane, such as that the model is unverified; None for nothing."""
        del lane
        return None

    def inferred(self, lane: Lane) -> str | None:
        """What about this lane's fingerprints is only inferred, and fetched pictures can bear out; None for nothing."""
        del lane
        return None

    @abstractmethod
    def health(self, monitor: Monitor) -> Health:
        """How it is, found out without any of the artist's data."""

    @abstractmethod
    def facts(self, row: RowId) -> RowFacts:
        """The facts of a row that `search` proposed.

        Raises:
            SourceProblem: it stopped answering.
        """

    @abstractmethod
    def close(self) -> None:
        """Release what it holds."""
