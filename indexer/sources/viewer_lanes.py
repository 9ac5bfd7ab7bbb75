# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the dataset viewer for works and for persons, and how its answers are held against them again.

The service finds rows; whether a row is meant is decided here, on the whole value that came with it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.quality import PHASH_ONES
from indexer.images.variants import Orientation
from indexer.links.contract import Hit
from indexer.links.finder import Finder
from indexer.sources.base import Candidate, Query, Rendition, RowId
from indexer.sources.viewer_answers import Feature, Row
from indexer.sources.viewer_facts import addresses_in
from indexer.sources.viewer_opened import Opened
from indexer.sources.viewer_queries import (
    any_of,
    column,
    contains,
    equals,
    near,
    plain_hex,
    sendable_piece,
    spelled_like,
)
from indexer.sources.viewer_service import ViewerService

_CODE = re.compile("[0-9a-f]{16}")
_SEARCHED_LETTERS = re.compile("[a-z]{2}", re.IGNORECASE)
"""`/search` knows the letters a to z only, and leaves single ones out."""

_DIGEST_WORDS = {
    Kind.SHA256: "the checksum of a file of yours (SHA-256)",
    Kind.MD5: "the checksum of a file of yours (MD5)",
    Kind.PIXEL_HASH: "the checksum of the pixels of a work of yours",
}


@dataclass(slots=True)
class Shortfall:
    """What of a lane was not looked at, found out while searching. Sentences, each once.

    Attributes:
        cut: questions with more answers than were looked through, by lane.
        unasked: what could not be asked for, by lane.
    """

    cut: dict[Lane, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    unasked: dict[Lane, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    partial: bool = False


@dataclass(frozen=True, slots=True)
class _Probe:
    """One hash of one work, as it is laid."""

    work: str
    orientation: Orientation
    code: int


class Lanes:
    """Asks one opened set.

    Attributes:
        kept: the rows that were proposed, by their numbers.
        shortfall: what was not looked at.
    """

    def __init__(self, service: ViewerService, opened: Opened) -> None:
        self._service, self._opened = service, opened
        self.kept: dict[RowId, Row] = {}
        self.shortfall = Shortfall(partial=opened.partial)

    def keep(self, row: Row) -> RowId:
        """Remember a row, so that its facts need not be asked for."""
        number = RowId(str(row.number))
        self.kept.setdefault(number, row)
        return number

    def equal_digests(
        self, kind: Kind, feature: Feature, queries: Sequence[Query], monitor: Monitor
    ) -> Iterator[Candidate]:
        """Rows whose checksum is that of a file of a work, or of its pixels."""
        meant = _meant(kind, queries)
        samples = self._opened.sampled(feature)
        name = column(feature.parts)
        terms = [equals(name, written) for digest in meant for written in spelled_like(digest, samples)]
        purpose = f"to ask whether {_DIGEST_WORDS[kind]} is listed in {self._service.address.dataset}"
        for row in self._once(any_of(terms), Lane.EXACT, purpose, monitor):
            for digest in dict.fromkeys(plain_hex(value) for value in row.texts(feature)):
                for work, rendition in meant.get(digest, {}):
                    yield Candidate(work, self.keep(row), kind, Orientation.UPRIGHT, 0.0, rendition)

    def near_hashes(
        self, feature: Feature, queries: Sequence[Query], bits: int, monitor: Monitor
    ) -> Iterator[Candidate]:
        """Rows whose pHash is within so many bits of a work's, however that is laid."""
        probes = [probe for query in queries for probe in _probes(query)]
        samples, name = self._opened.sampled(feature), column(feature.parts)
        codes = dict.fromkeys(f"{probe.code:016x}" for probe in probes)
        terms = [near(name, written, bits) for code in codes for written in spelled_like(code, samples)]
        what = "a picture with nearly the fingerprint (pHash) of a work of yours"
        purpose = f"to ask whether {what} is listed in {self._service.address.dataset}"
        for row in self._once(any_of(terms), Lane.PERCEPTUAL, purpose, monitor):
            for code in (plain_hex(value) for value in row.texts(feature)):
                yield from self._within(row, code, probes, bits)

    def addresses(self, finder: Finder, monitor: Monitor) -> Iterator[tuple[RowId, Hit]]:
        """Rows with an address of the person."""
        features = self._opened.places
        purpose = f"to ask which rows of {self._service.address.dataset} hold an address of yours"
        conditions = self._needles(features, finder.address_needles, Lane.LOCATION)
        for row in self._once(conditions, Lane.LOCATION, purpose, monitor):
            texts = (text for feature in features for text in row.texts(feature))
            yield from self._strongest(row, (finder.in_address(one) for text in texts for one in addresses_in(text)))

    def names(self, finder: Finder, monitor: Monitor) -> Iterator[tuple[RowId, Hit]]:
        """Rows with an account or a name of the person; texts that stand in lists are searched word by word."""
        opened, purpose = self._opened, f"to ask which rows of {self._service.address.dataset} hold a name of yours"
        conditions = self._needles([*opened.accounts, *opened.captions], finder.text_needles, Lane.ATTRIBUTION)
        rows = self._once(conditions, Lane.ATTRIBUTION, purpose, monitor)
        if opened.is_searched_by_words:
            rows = chain(rows, self._by_words(finder.text_needles, purpose, monitor))
        seen: set[int] = set()
        for row in rows:
            if row.number not in seen:
                seen.add(row.number)
                yield from self._strongest(row, self._named_in(row, finder))

    def _named_in(self, row: Row, finder: Finder) -> Iterator[Hit | None]:
        columns = self._opened.columns
        for feature in self._opened.named(columns.accounts):
            platform = columns.accounts[feature.name]
            yield from (finder.in_account(platform, text) for text in row.texts(feature))
        for feature in self._opened.named(columns.caption):
            yield from (finder.in_text(text) for text in row.texts(feature))

    def _strongest(self, row: Row, found: Iterable[Hit | None]) -> Iterator[tuple[RowId, Hit]]:
        """The row once: for what is the person's own before what may be a namesake's."""
        hits = [hit for hit in found if hit]
        if hits:
            yield self.keep(row), min(hits, key=lambda hit: not hit.is_own)

    def _within(self, row: Row, written: str, probes: Sequence[_Probe], bits: int) -> Iterator[Candidate]:
        """The probes that are near in bits; `hamming()` had counted hex digits. A degenerate hash is nobody's."""
        code = int(written, 16) if _CODE.fullmatch(written) else 0
        if code.bit_count() != PHASH_ONES:
            return
        for probe in probes:
            distance = (probe.code ^ code).bit_count()
            if distance <= bits:
                yield Candidate(probe.work, self.keep(row), Kind.PHASH, probe.orientation, float(distance))

    def _needles(self, features: Sequence[Feature], needles: Iterable[str], lane: Lane) -> Iterator[str]:
        """A condition for each piece of text, over all columns; what cannot be sent is remembered."""
        for needle in dict.fromkeys(needles) if features else ():
            piece = sendable_piece(needle)
            if piece is None:
                self.shortfall.unasked[lane][f"the service does not take “{needle}”, so it was not asked for"] = None
            else:
                yield from any_of(contains(column(feature.parts), piece) for feature in features)

    def _once(self, conditions: Iterable[str], lane: Lane, purpose: str, monitor: Monitor) -> Iterator[Row]:
        """The rows that fulfil one of the conditions, each once."""
        seen: set[int] = set()
        for where in conditions:
            for row in self._rows("filter", {"where": where}, lane, purpose, monitor):
                if row.number not in seen:
                    seen.add(row.number)
                    yield row

    def _by_words(self, needles: Iterable[str], purpose: str, monitor: Monitor) -> Iterator[Row]:
        """The rows that `/search` finds. It takes any of several words for enough, best answers first."""
        for needle in dict.fromkeys(needles):
            if not _SEARCHED_LETTERS.search(needle):
                words = f"the service searches for the letters a to z only, so “{needle}” was not asked for"
                self.shortfall.unasked[Lane.ATTRIBUTION][words] = None
                continue
            yield from self._rows("search", {"query": needle}, Lane.ATTRIBUTION, purpose, monitor)

    def _rows(
        self, endpoint: str, question: Mapping[str, str], lane: Lane, purpose: str, monitor: Monitor
    ) -> Iterator[Row]:
        """The answers to one question, page by page, up to the limit."""
        limits, offset = self._service.limits, 0
        while offset < limits.most_rows:
            values: dict[str, str | int] = {**question, "offset": offset, "length": limits.page_rows}
            page = self._service.page(endpoint, self._opened.part, values, purpose, monitor)
            self.shortfall.partial |= page.partial
            yield from page.rows
            offset += len(page.rows)
            total = offset if page.total is None else page.total
            if offset >= total:
                return
            if not page.rows:
                self._cut(lane, f"the service counted {total:,} answers to a question and gave only {offset:,}")
                return
        self._cut(lane, f"a question had {total:,} answers, of which only the first {offset:,} were looked through")

    def _cut(self, lane: Lane, words: str) -> None:
        self.shortfall.cut[lane][words] = None


def _meant(kind: Kind, queries: Sequence[Query]) -> dict[str, dict[tuple[str, Rendition | None], None]]:
    """Whom a checksum means: works, each with the published file that has it. A row is a file's first picture."""
    meant: dict[str, dict[tuple[str, Rendition | None], None]] = defaultdict(dict)
    for query in queries:
        if kind is Kind.PIXEL_HASH:
            if query.pixel_hash:
                meant[query.pixel_hash][query.work, None] = None
            continue
        for file in query.files:
            if file.frame == 1:
                meant[getattr(file.digests, kind)][query.work, file.rendition] = None
    return dict(meant)


def _probes(query: Query) -> list[_Probe]:
    prints = query.fingerprints
    laid = list(zip(prints.usable_phash, Orientation, strict=False))
    laid += [(value, Orientation.UPRIGHT) for value in prints.phash_other]
    return [_Probe(query.work, way, value) for value, way in dict(reversed(laid)).items()]
