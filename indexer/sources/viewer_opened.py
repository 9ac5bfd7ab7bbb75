# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dataset viewer has of a set, as it was when the source was opened."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from indexer.fingerprints.base import Kind
from indexer.sources.viewer_answers import Feature, Row, Split, Validity
from indexer.sources.viewer_queries import can_be_sent, column
from indexer.tables.columns import Columns


@dataclass(frozen=True, slots=True)
class Opened:
    """What there is.

    Attributes:
        part: that is searched, of so many `parts`.
        revision: of the set, as a commit; None where the service does not tell.
        rows: of that part; with `at_least`, it may have more.
        kept: how many of them the service looks through; None where it does not tell.
        partial: it looks through a first part only.
        features: its columns by their names with dots.
        samples: some rows, to see how values are written.
        files: addresses of the files that the part is kept in; none where the service does not tell.
        takes_pieces: columns can be asked for a piece of text.
        takes_hamming: hashes can be compared there.
    """

    part: Split
    parts: int
    validity: Validity
    revision: str | None
    rows: int
    at_least: bool
    kept: int | None
    partial: bool
    columns: Columns
    features: dict[str, Feature]
    samples: tuple[Row, ...]
    files: tuple[str, ...] = ()
    takes_pieces: bool = False
    takes_hamming: bool = False

    @property
    def identity(self) -> str:
        """Changes with the part, the revision, and what the service keeps of it."""
        facts = (str(self.part), self.revision, self.rows, self.kept, self.partial, sorted(self.features))
        return hashlib.sha256(repr(facts).encode("utf-8", "replace")).hexdigest()

    @property
    def digests(self) -> list[tuple[Kind, Feature]]:
        """Columns of checksums that can be asked for."""
        columns = self.columns
        named = [(Kind.SHA256, columns.sha256), (Kind.MD5, columns.md5), (Kind.PIXEL_HASH, columns.pixel_hash)]
        return [(kind, feature) for kind, name in named for feature in self._askable([name])]

    @property
    def hashes(self) -> list[Feature]:
        """Columns of 64-bit hashes that can be asked for, if the service compares them at all."""
        return self._askable([self.columns.phash])

    @property
    def places(self) -> list[Feature]:
        """Columns of addresses that can be asked for."""
        return self._askable(self.columns.url) if self.takes_pieces else []

    @property
    def captions(self) -> list[Feature]:
        """Columns of text that can be asked for a piece of text."""
        return self._askable(self.columns.caption) if self.takes_pieces else []

    @property
    def accounts(self) -> list[Feature]:
        """Columns of accounts that can be asked for a piece of text."""
        return self._askable(self.columns.accounts) if self.takes_pieces else []

    @property
    def is_searched_by_words(self) -> bool:
        """Whether texts can only be searched word by word: they stand in lists, or no column can be asked for."""
        names = [*self.columns.caption, *(() if self.takes_pieces else self.columns.accounts)]
        return self.validity.search and bool(self.named(names)) and not self.captions

    def named(self, names: Iterable[str]) -> list[Feature]:
        """Those of the named columns that are there."""
        return [self.features[name] for name in names if name in self.features]

    @property
    def texts(self) -> list[Feature]:
        """All columns that hold words, if the service can be asked for pieces of them."""
        return self._askable([*self.columns.url, *self.columns.caption, *self.columns.accounts])

    def _askable(self, names: Iterable[str | None]) -> list[Feature]:
        """Those that hold one text a row, and whose name can be sent."""
        found = self.named(name for name in names if name) if self.validity.filter else []
        return [feature for feature in found if feature.is_text and can_be_sent(column(feature.parts))]

    def sampled(self, feature: Feature) -> list[str]:
        """Values of a column."""
        return [value for row in self.samples for value in row.texts(feature)]
