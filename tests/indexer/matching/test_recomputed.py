"""How COYO computed its fingerprints is inferred, until fetched pictures of its rows have been computed again."""

from collections.abc import Iterator
from pathlib import Path

import imagehash
import pytest

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor
from indexer.core.types import Coverage, Lane
from indexer.matching import check
from indexer.matching.check import run_check
from indexer.matching.contract import CheckEvent, Resumed
from tests.helpers.monitors import StopWhen
from tests.helpers.pictures import as_bytes, draw, recompressed, save_all
from tests.helpers.published_tables import COYO, Entry
from tests.helpers.server import LocalServer
from tests.indexer.matching.making import asking, places_in

WORKS, REPLACED = 6, 4
INFERRED = "how this data set computed its fingerprints is inferred from what it published, not documented"
COMPUTED = (
    "how this data set computed its fingerprints is inferred; computed again on 6 fetched pictures: 5 agree with what "
    "it lists, within 4 bits of 64; the others were replaced at their address, or it computed them otherwise, "
    "and then copies are missed"
)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture
def coyo(tmp_path: Path, server: LocalServer) -> Path:
    """Lists a copy of each work; behind one of the addresses another picture lies today."""
    save_all(tmp_path / "mine", {f"{number}.png": draw(number) for number in range(WORKS)})
    entries = []
    for number in range(WORKS):
        copy = recompressed(draw(number))
        today = as_bytes(draw(99)) if number == REPLACED else as_bytes(copy, "JPEG", quality=90)
        url = server.answers(f"/{number}.jpg", today)
        entries.append(Entry(url, phash=str(imagehash.phash(copy)), number=number))
    return COYO.write(tmp_path / "coyo", entries)


def run(coyo: Path, monitor: Monitor | None = None, **options: object) -> list[CheckEvent]:
    settings = asking(coyo.parent / "mine", coyo, allow_private_hosts=True, **options)
    return list(run_check(settings, places_in(coyo.parent), monitor or Monitor()))


def notes(events: list[CheckEvent]) -> dict[Lane, str | None]:
    return {event.lane: event.note for event in events if isinstance(event, Coverage)}


def test_it_is_called_inferred_while_nothing_was_fetched(coyo: Path, server: LocalServer) -> None:
    told = notes(run(coyo))
    assert (told[Lane.PERCEPTUAL] or "").startswith(INFERRED)
    assert server.seen == []


def test_fetched_pictures_are_computed_again_and_those_that_agree_are_counted(coyo: Path) -> None:
    told = notes(run(coyo, fetch=True))
    assert told[Lane.PERCEPTUAL] == COMPUTED
    assert INFERRED not in (told[Lane.EXACT] or "")


def test_a_few_pictures_bear_nothing_out(coyo: Path) -> None:
    for number in range(2):
        (coyo.parent / "mine" / f"{number}.png").unlink()
    assert (notes(run(coyo, fetch=True))[Lane.PERCEPTUAL] or "").startswith(INFERRED)


def test_a_picture_that_is_fetched_for_two_works_counts_once(coyo: Path) -> None:
    twice = coyo.parent / "mine" / "0 again.png"
    twice.write_bytes((coyo.parent / "mine" / "0.png").read_bytes())
    assert notes(run(coyo, fetch=True))[Lane.PERCEPTUAL] == COMPUTED


def test_a_check_that_is_gone_on_with_counts_what_was_computed_before(
    coyo: Path, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "BATCH_WORKS", 1)
    with pytest.raises(Cancelled):
        run(coyo, StopWhen(lambda _: len(server.seen) >= 4), fetch=True)
    server.seen.clear()
    events = run(coyo, fetch=True)
    assert [event.works for event in events if isinstance(event, Resumed)] == [3]
    assert len(server.seen) == WORKS - 3
    assert notes(events)[Lane.PERCEPTUAL] == COMPUTED
