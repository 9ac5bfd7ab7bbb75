"""The first look: what most likely finds something comes first, within a line's patience; the rest says why later."""

from itertools import pairwise

import pytest

from indexer.core.types import Lane
from indexer.sources.catalogue import read_catalogue
from indexer.sources.first_look import FIRST_LOOK_BYTES, FIRST_LOOK_S, FirstLook, Have, download_seconds, first_look

RECORDS = read_catalogue().records
FONDANT = "ViT-B-32,laion2b_s34b_b79k"
EVERYTHING = Have(published=True, names=True, sites=True, weights=frozenset({FONDANT}))


def look(have: Have, mbit: float = 25) -> FirstLook:
    return first_look(RECORDS, mbit, have)


def steps(found: FirstLook) -> list[tuple[str, str]]:
    return [(step.dataset, step.through) for step in found.steps]


def test_names_and_sites_alone_are_asked_of_the_hub_without_any_download() -> None:
    found = look(Have(names=True, sites=True))
    assert found.download == 0
    assert found.to_fetch == ()
    assert found.sources[0] == "hf://datasets/laion/laion-art"
    assert "hf://datasets/Jakaline/Danbooru2023_metadata" in found.sources
    assert "hf://datasets/ChristophSchuhmann/improved_aesthetics_6plus" in found.sources
    assert all(set(step.lanes) <= {Lane.LOCATION, Lane.ATTRIBUTION} for step in found.steps)


def test_what_was_published_is_worth_fetching_checksums_for() -> None:
    found = look(EVERYTHING)
    assert [(step.dataset, step.through) for step in found.to_fetch] == [("danbooru2023", "exact"), ("cc12m", "exact")]
    assert "cc12m" in found.sources
    assert found.download <= FIRST_LOOK_BYTES
    assert found.seconds <= FIRST_LOOK_S


def test_masters_alone_are_not_asked_for_checksums_and_it_is_said_why() -> None:
    found = look(Have(names=True, sites=True))
    later = {(step.dataset, step.through): step.because for step in found.later}
    assert "files as you published them" in later["cc12m", "exact"]
    assert FONDANT in later["fondant-datacomp-small", "faiss"]


def test_the_ready_index_of_content_is_named_with_its_size_which_is_a_little_too_much() -> None:
    found = look(Have(weights=frozenset({FONDANT})))
    assert steps(found) == []
    index = next(step for step in found.later if step.dataset == "fondant-datacomp-small")
    assert index.lanes == (Lane.NEURAL,)
    assert index.because == "it brings 3.2 GB more, which is too much for a first look"


def test_the_overnight_list_is_never_part_of_a_first_look_but_stays_named() -> None:
    for mbit in (1, 25, 1000):
        coyo = next(step for step in look(EVERYTHING, mbit).later if step.dataset == "coyo-700m")
        assert coyo.lanes == (Lane.PERCEPTUAL,)
        assert "13.0 GB more" in coyo.because
        assert "overnight" in coyo.reason


def test_a_slow_line_gets_a_smaller_first_look() -> None:
    slow = look(EVERYTHING, mbit=4)
    assert steps(slow)[:3] == steps(look(EVERYTHING))[:3], "what needs no download stays"
    assert ("cc12m", "exact") not in steps(slow)
    assert slow.seconds <= FIRST_LOOK_S


def test_what_is_set_up_already_costs_nothing() -> None:
    ready = frozenset({"cc12m", "fondant-datacomp-small"})
    found = look(Have(published=True, weights=frozenset({FONDANT}), ready=ready))
    assert [step.dataset for step in found.to_fetch] == ["danbooru2023"]
    assert ("fondant-datacomp-small", "faiss") in steps(found)
    assert next(step for step in found.steps if step.dataset == "cc12m").is_ready


def test_nothing_is_dropped_and_the_order_is_the_catalogues() -> None:
    wanted = sum(len(record.first_look) for record in RECORDS)
    order = {(record.slug, glance.through): glance.order for record in RECORDS for glance in record.first_look}
    for have in (Have(), EVERYTHING, Have(sites=True)):
        found = look(have)
        assert len(found.steps) + len(found.later) == wanted
        assert all(order[before] < order[after] for before, after in pairwise(steps(found)))
        assert all(step.because for step in found.later)
        assert not any(step.because for step in found.steps)


@pytest.mark.parametrize(("size", "mbit", "seconds"), [(3_000_000_000, 25, 960), (13_000_000_000, 25, 4160), (0, 1, 0)])
def test_the_time_of_a_download(size: int, mbit: float, seconds: float) -> None:
    assert download_seconds(size, mbit) == seconds
