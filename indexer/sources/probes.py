# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hash index is asked for a batch of works: each work's fingerprint, however the work is laid."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from indexer.core.progress import Monitor
from indexer.fingerprints.base import Kind
from indexer.images.variants import Orientation
from indexer.index.bit_index import BitIndex
from indexer.index.hamming import codes_from_bytes
from indexer.index.manifest import Manifest, NearPairs
from indexer.sources.base import Candidate, Query, Rendition, RowId

Probe = tuple[int, Orientation, bytes]
"""Number of the query in its batch, how the work is laid, the fingerprint's bytes."""

MOST_EQUAL = 1000
"""Rows of one digest that are compared with it; more are the same file listed again and again."""

TOO_MANY_EQUAL = f"only the first {MOST_EQUAL:,} rows of one digest are compared"

_PROBES_AT_ONCE = 256


def phash_probes(queries: Sequence[Query]) -> list[Probe]:
    """Every distinct pHash of each work that is not too plain."""
    probes: list[Probe] = []
    for number, query in enumerate(queries):
        prints = query.fingerprints
        laid = list(zip(Orientation, prints.usable_phash, strict=False))
        laid += [(Orientation.UPRIGHT, value) for value in prints.phash_other]
        for value, orientation in {value: way for way, value in reversed(laid)}.items():
            probes.append((number, orientation, value.to_bytes(8, "big")))
    return probes


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
        (number, orientation, code)
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


def near_rows(
    index: BitIndex, kind: Kind, probes: Sequence[Probe], queries: Sequence[Query], radius: int, monitor: Monitor
) -> Iterator[Candidate]:
    """Every row within `radius` bits of a probe, inclusive; a row's number is its id."""
    for start in range(0, len(probes), _PROBES_AT_ONCE):
        monitor.check()
        part = probes[start : start + _PROBES_AT_ONCE]
        hits = index.search(codes_from_bytes([code for _, _, code in part]), radius)
        equal = _rows_of_equal_code(index, {int(row) for row in hits.row})
        for probe, row, distance in zip(hits.query, hits.row, hits.distance, strict=True):
            number, orientation, _ = part[probe]
            work, row_id = queries[number].work, RowId(str(row))
            yield Candidate(work, row_id, kind, orientation, float(distance), equal=equal[int(row)])


def _rows_of_equal_code(index: BitIndex, rows: Collection[int]) -> dict[int, int]:
    """Of each row how many have its code, itself among them. All those are as near as it is, so they are all here."""
    codes = {row: code.tobytes() for row in rows if (code := index.code_of(row)) is not None}
    times = Counter(codes.values())
    return {row: times[codes[row]] if row in codes else 1 for row in rows}
