# SPDX-License-Identifier: GPL-3.0-or-later
"""The self-test of an index in words, form by form: what was found again, and how near copies and strangers come."""

from collections.abc import Iterator

from app.documents.visible import make_visible
from app.documents.wording import LANE_WORDS
from indexer.fingerprints.base import Kind
from indexer.matching.binomial import Share
from indexer.matching.self_test_record import AS_KEPT, Apart, Crowding, SelfTest, Spread, Tried


def describe_self_test(test: SelfTest) -> Iterator[str]:
    """Lines for the terminal, without what is wrong."""
    name = make_visible(f"{test.dataset} {test.version}".strip())
    yield f"{name}: {test.rows:,} rows, {test.asked} of them asked for"
    for form in dict.fromkeys(one.form for one in test.tried):
        yield f"Asked for: {form}"
        for one in (one for one in test.tried if one.form == form):
            yield f"  {one.kind:<10}  {_found(one)}{_near(one)}"
    if test.apart:
        yield "Rows that have nothing to do with each other:"
        yield from (f"  {one.kind:<10}  {_apart(one)}" for one in test.apart)
    if test.crowding:
        yield "How much oftener than by chance alone different rows come near each other:"
        yield from (f"  {one.kind:<10}  {_crowding(one)}" for one in test.crowding)
    for lane in test.not_tried:
        yield f"Not tested: {LANE_WORDS[lane.lane]}, because {make_visible(lane.because)}"
    if test.changed:
        yield f"{test.changed} pictures at hand are not the files that the rows were made from, and were left out."
    yield from (make_visible(note) for note in test.notes)
    yield "In brackets: where the true share lies, 19 times out of 20."
    if test.tried and not test.problems:
        yield "Nothing is wrong with what was tested."


def _found(one: Tried) -> str:
    if one.first is None:
        return f"found {_share(one.found)}"
    found, first = one.found, one.first.hits
    return f"of {found.of}, {first} came first, {found.hits} among the first {one.among} {_bounds(found)}"


def _share(share: Share) -> str:
    return f"{share.hits} of {share.of} {_bounds(share)}"


def _bounds(share: Share) -> str:
    return f"({share.low * 100:.1f}–{share.high * 100:.1f} %)"


def _near(one: Tried) -> str:
    if one.distances is None or (one.form == AS_KEPT and one.first is None):
        return ""
    middle, most = (_distance(value, one.kind) for value in (one.distances.middle, one.distances.most))
    return f", half of them within {middle}, all within {most}"


def _apart(apart: Apart) -> str:
    spread: Spread = apart.distances
    nearest, few, half = (_distance(value, apart.kind) for value in (spread.least, spread.low, spread.middle))
    return f"nearest {nearest}, one pair in twenty within {few}, half within {half}"


def _crowding(one: Crowding) -> str:
    """Where it was counted, and what is made of it where hashes are called near."""
    return (
        f"{one.factor:.1f} times within {one.bits} bits, counted over {one.codes:,} rows; within {one.reach} bits "
        f"checks reckon with {one.at_reach:,.1f} times"
    )


def _distance(value: float, kind: Kind) -> str:
    if kind in (Kind.PHASH, Kind.PDQ):
        return f"{value:g} bits"
    return f"a cosine of {1 - value:.3f}"
