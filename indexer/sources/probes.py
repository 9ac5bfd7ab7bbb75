# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hash index is asked for a batch of works: each work's fingerprint, however it is laid or cut."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.core.progress import Monitor
from indexer.fingerprints.base import Kind
from indexer.images.forms import Form
from indexer.images.variants import Orientation
from indexer.index.bit_index import BitIndex
from indexer.index.hamming import codes_from_bytes
from indexer.index.manifest import Manifest, NearPairs
from indexer.sources.base import Candidate, Query, Reach, Rendition, RowId

MOST_EQUAL = 1000
"""Rows of one digest that are compared with it; more are the same file listed again and again."""

TOO_MANY_EQUAL = f"only the first {MOST_EQUAL:,} rows of one digest are compared"

_PROBES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Probe:
    """One fingerprint that is asked for.

    Attributes:
        number: of the query in its batch.
        orientation, form: how the work is laid, and in which form it is; None as it is.
    """

    number: int
    orientation: Orientation
    code: bytes
    form: Form | None = None


def phash_probes(queries: Sequence[Query]) -> list[Probe]:
    """Every distinct pHash of each work that is not too plain."""
    probes: list[Probe] = []
    for number, query in enumerate(queries):
        prints = query.fingerprints
        laid = list(zip(Orientation, prints.usable_phash, strict=False))
        laid += [(Orientation.UPRIGHT, value) for value in prints.phash_other]
        for value, orientation in {value: way for way, value in reversed(laid)}.items():
            probes.append(Probe(number, orientation, value.to_bytes(8, "big")))
    return probes


def form_probes(queries: Sequence[Query]) -> list[Probe]:
    """The pHash of each work in its other forms, unless it is too plain."""
    return [
        Probe(number, Orientation.UPRIGHT, one.phash.to_bytes(8, "big"), one.form)
        for number, query in enumerate(queries)
        for one in query.fingerprints.usable_forms
    ]


def digest_probes(query: Query, kinds: Collection[Kind]) -> Iterator[tuple[Kind, str, Rendition | None]]:
    """Digests by which a work's files may stand in a table, with the published file that each is of.

    A row of a table speaks of a file, so it is asked for with the first picture of a file and not with every page.
    """
    for file in query.files:
        if file.frame == 1:
            yield from (
                (kind, getattr(file.digests, kind), file.rendition) for kind in (Kind.SHA256, Kind.MD5) if kind in kinds
            )
    if query.pixel_hash and Kind.PIXEL_HASH in kinds:
        yield Kind.PIXEL_HASH, query.pixel_hash, None


def unconfirmed_words(rows_by_reason: Mapping[str, Collection[int]]) -> str | None:
    """Of how many rows only the beginning of a digest was compared, and why; None for none."""
    count = len({row for rows in rows_by_reason.values() for row in rows})
    rows = "one row" if count == 1 else f"{count:,} rows"
    because = "; ".join(rows_by_reason)
    return (
        f"of {rows} the digest begins as that of a work, and the rest could not be compared ({because})"
        if count
        else None
    )


def pdq_probes(queries: Sequence[Query]) -> list[Probe]:
    """Every PDQ of each work that is not too plain."""
    return [
        Probe(number, orientation, code)
        for number, query in enumerate(queries)
        for orientation, code in zip(Orientation, query.fingerprints.usable_pdq, strict=False)
    ]


def near_by_kind(manifest: Manifest) -> dict[Kind, NearPairs]:
    """How near the hashes of an index come to each other, where that was counted when it was built."""
    return {
        Kind(record.kind): record.near
        for record in manifest.lanes
        if record.near is not None and record.kind in (Kind.PHASH, Kind.PDQ)
    }


def near_phashes(
    index: BitIndex, whole: Sequence[Probe], queries: Sequence[Query], reach: Reach, monitor: Monitor
) -> Iterator[Candidate]:
    """Every row near a whole work; then those near one in another form, which must be nearer."""
    yield from near_rows(index, Kind.PHASH, whole, queries, reach.phash_bits, monitor)
    yield from near_rows(
        index, Kind.PHASH, form_probes(queries), queries, min(reach.form_bits, reach.phash_bits), monitor
    )


def near_rows(
    index: BitIndex, kind: Kind, probes: Sequence[Probe], queries: Sequence[Query], radius: int, monitor: Monitor
) -> Iterator[Candidate]:
    """Every row within `radius` bits of a probe, inclusive; a row's number is its id."""
    for start in range(0, len(probes), _PROBES_AT_ONCE):
        monitor.check()
        part = probes[start : start + _PROBES_AT_ONCE]
        hits = index.search(codes_from_bytes([one.code for one in part]), radius)
        equal = _rows_of_equal_code(index, {int(row) for row in hits.row})
        for probe, row, distance in zip(hits.query, hits.row, hits.distance, strict=True):
            asked, row_id = part[probe], RowId(str(row))
            work, times = queries[asked.number].work, equal[int(row)]
            yield Candidate(work, row_id, kind, asked.orientation, float(distance), equal=times, form=asked.form)


def _rows_of_equal_code(index: BitIndex, rows: Collection[int]) -> dict[int, int]:
    """Of each row how many have its code, itself among them. All those are as near as it is, so they are all here."""
    codes = {row: code.tobytes() for row in rows if (code := index.code_of(row)) is not None}
    times = Counter(codes.values())
    return {row: times[codes[row]] if row in codes else 1 for row in rows}
