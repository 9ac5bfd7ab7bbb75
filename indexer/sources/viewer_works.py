# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dataset viewer is asked for works: checksums and hashes. Every row is held against the whole value again."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.quality import PHASH_ONES
from indexer.images.forms import Form
from indexer.images.variants import Orientation
from indexer.sources.base import Candidate, Query, Reach, Rendition
from indexer.sources.viewer_answers import Feature, Row
from indexer.sources.viewer_asking import Asker, Question
from indexer.sources.viewer_queries import any_of, chance_within, column, equals, near, spelled_like
from indexer.tables.hash_values import as_hex

_DIGITS = {Kind.SHA256: 64, Kind.MD5: 32, Kind.PIXEL_HASH: 32, Kind.PHASH: 16}
"""Of hexadecimal, of a whole value."""

_WORDS = {
    Kind.SHA256: "the checksum of a file of yours (SHA-256)",
    Kind.MD5: "the checksum of a file of yours (MD5)",
    Kind.PIXEL_HASH: "the checksum of the pixels of a work of yours",
    Kind.PHASH: "a picture with nearly the fingerprint (pHash) of a work of yours",
}

_CHANCE_ROWS = 100
"""Rows that may come by chance for one hash: a page of answers. Two pages' worth of hashes are asked for together."""

Meant = Mapping[str, Mapping[tuple[str, Rendition | None], None]]
"""Whom a checksum means: works, each with the published file that has it, if it is one."""


@dataclass(frozen=True, slots=True)
class _Probe:
    """One hash of one work, as it is laid or cut, and within how many bits it is asked for."""

    work: str
    orientation: Orientation
    code: int
    bits: int
    form: Form | None = None


def equal_digests(
    asker: Asker, kind: Kind, feature: Feature, queries: Sequence[Query], monitor: Monitor
) -> Iterator[Candidate]:
    """Rows whose checksum is that of a file of a work, or of its pixels."""
    meant, name, samples = _meant(kind, queries), column(feature.parts), asker.opened.sampled(feature)
    terms = [equals(name, written) for digest in meant for written in spelled_like(digest, samples)]
    for row in asker.rows(_questions(asker, kind, terms), monitor):
        for digest in {as_hex(value, _DIGITS[kind]): None for value in row.texts(feature)}:
            for work, rendition in meant.get(digest or "", {}):
                yield Candidate(work, asker.keep(row), kind, Orientation.UPRIGHT, 0.0, rendition)


def near_hashes(
    asker: Asker, feature: Feature, queries: Sequence[Query], reach: Reach, monitor: Monitor
) -> Iterator[Candidate]:
    """Rows whose pHash is near a work's, however that is laid, or nearer to its in another form."""
    probes = [probe for query in queries for probe in _probes(query, reach)]
    name, samples = column(feature.parts), asker.opened.sampled(feature)
    digits = _digits_asked(asker, reach.phash_bits)
    codes: dict[str, int] = {}
    for probe in probes:  # the same hash may be of a whole work and of another in some form
        codes[f"{probe.code:016x}"] = max(probe.bits, codes.get(f"{probe.code:016x}", 0))
    terms = [
        near(name, written, min(digits, bits))
        for code, bits in codes.items()
        for written in spelled_like(code, samples)
    ]
    most = max(1, int(2 * _CHANCE_ROWS / (_rows(asker) * chance_within(digits) + 1)))
    for row in asker.rows(_questions(asker, Kind.PHASH, terms, most), monitor):
        for written in row.texts(feature):
            yield from _within(asker, row, written, probes)


def _digits_asked(asker: Asker, bits: int) -> int:
    """In how many hex digits a hash may differ. In a large set, fewer than bits: else every answer would be chance."""
    digits = next(count for count in range(bits, -1, -1) if _rows(asker) * chance_within(count) <= _CHANCE_ROWS)
    if digits < bits:
        because = (
            f"fingerprints that differ in more than {digits} of their 64 bits were not asked for in full, since among "
            f"{_rows(asker):,} rows too many are that near by chance"
        )
        asker.shortfall.cut[Lane.PERCEPTUAL][because] = None
    return digits


def _rows(asker: Asker) -> int:
    """How many rows are looked through."""
    return asker.opened.rows if asker.opened.kept is None else asker.opened.kept


def _questions(asker: Asker, kind: Kind, terms: Sequence[str], most: int | None = None) -> Iterator[Question]:
    purpose = f"to ask whether {_WORDS[kind]} is listed in {asker.dataset}"
    return (Question(where, kind.lane, purpose) for where in any_of(terms, most))


def _within(asker: Asker, row: Row, written: str, probes: Sequence[_Probe]) -> Iterator[Candidate]:
    """The probes that are near in bits; `hamming()` had counted hex digits. A degenerate hash is nobody's."""
    code = int(as_hex(written, _DIGITS[Kind.PHASH]) or "0", 16)
    if code.bit_count() != PHASH_ONES:
        return
    for probe in probes:
        distance = (probe.code ^ code).bit_count()
        if distance <= probe.bits:
            yield Candidate(
                probe.work, asker.keep(row), Kind.PHASH, probe.orientation, float(distance), form=probe.form
            )


def _meant(kind: Kind, queries: Sequence[Query]) -> Meant:
    """A row lists a file, and stands for the first picture of it."""
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


def _probes(query: Query, reach: Reach) -> list[_Probe]:
    """Each hash of the work as it is once, in the first orientation that gives it; then those of its other forms."""
    prints = query.fingerprints
    laid = list(zip(prints.usable_phash, Orientation, strict=False))
    laid += [(value, Orientation.UPRIGHT) for value in prints.phash_other]
    whole = [_Probe(query.work, way, value, reach.phash_bits) for value, way in dict(reversed(laid)).items()]
    bits = min(reach.form_bits, reach.phash_bits)
    forms = [_Probe(query.work, Orientation.UPRIGHT, one.phash, bits, one.form) for one in prints.usable_forms]
    return whole + forms
