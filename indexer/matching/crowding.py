# SPDX-License-Identifier: GPL-3.0-or-later
"""How near the hashes of an index come to each other, counted anew by its self-test and held against its manifest."""

from collections.abc import Iterable

from indexer.fingerprints.base import Kind
from indexer.index.folder import IndexFolder
from indexer.matching.chance import HASH_KINDS, measured_tail
from indexer.matching.self_test_record import Crowding
from indexer.matching.thresholds import REACH
from indexer.matching.thresholds_unseen import CHANCE_TAIL

NEVER_COUNTED = (
    "This index was built before near pairs were counted, so checks reckon chance hits in it as photographs were "
    f"measured to bring them, {CHANCE_TAIL:.0f} times more than codes drawn by lot and more where they are very near; "
    "build it again for its own."
)
_REACH = {Kind.PHASH: REACH.phash_bits, Kind.PDQ: REACH.pdq_bits}


def crowding_of(index: IndexFolder, kinds: Iterable[Kind]) -> tuple[Crowding, ...]:
    """Of each kind of hash that has enough codes; counted now, whatever the manifest says."""
    found = []
    for kind in HASH_KINDS:
        near = index.bit_index(kind).near_pairs() if kind in kinds else None
        tail = measured_tail(kind, near) if near else None
        if near and tail:
            at_reach = tail.factor(_REACH[kind])
            found.append(Crowding(kind, near.codes, tail.begins, tail.factors[0][1], _REACH[kind], at_reach))
    return tuple(found)


def miscounted(index: IndexFolder, kinds: Iterable[Kind]) -> tuple[str, ...]:
    """A sentence for each kind whose near pairs are not those that the manifest tells."""
    told = {kind: record.near for kind in kinds if kind in HASH_KINDS and (record := index.manifest.lane_of(kind))}
    return tuple(
        f"its manifest tells other near pairs of {kind} than its files hold, so chance hits are reckoned wrongly"
        for kind, near in told.items()
        if near is not None and near != index.bit_index(kind).near_pairs()
    )


def was_never_counted(index: IndexFolder, kinds: Iterable[Kind]) -> bool:
    """Whether the manifest tells near pairs of no kind that is there."""
    records = [index.manifest.lane_of(kind) for kind in kinds if kind in HASH_KINDS]
    return bool(records) and all(record is None or record.near is None for record in records)
