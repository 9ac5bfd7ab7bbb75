"""Parts of works are found again by places that fit one placement, and chance does not look like one."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.images.variants import Orientation
from indexer.index.keypoint_places import Places
from indexer.matching.thresholds import REACH
from indexer.sources import part_search
from indexer.sources.base import Query
from indexer.sources.fitted_votes import count_fitted
from indexer.sources.picture_index import PictureIndexSource
from indexer.sources.placement_votes import count_votes
from tests.helpers.indexes import build_index
from tests.helpers.monitors import stop_after
from tests.helpers.pictures import draw, recompressed, save_all
from tests.helpers.queries import query_of


def painted(seed: int, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """A drawing with the grain of a painting: its straight edges alone, which look alike anywhere, say little."""
    random = np.random.default_rng(seed)
    grain = np.zeros((size[1], size[0]), np.float32)
    for cells in (8, 20, 50, 110):
        noise = Image.fromarray(random.normal(0, 60, (cells, cells)).astype(np.float32))
        grain += np.asarray(noise.resize(size, Image.Resampling.BICUBIC)) / 2
    painted = np.asarray(draw(seed, size), np.float32) * 0.6 + 50 + grain[..., None]
    return Image.fromarray(np.clip(painted, 0, 255).astype(np.uint8))


WORK = painted(1, (800, 600))


def pasted(share: float) -> Image.Image:
    """The work over a part of another picture."""
    ground = painted(77, (900, 700))
    edge = int((900 * 700 * share / (4 / 3)) ** 0.5)
    ground.paste(WORK.resize((edge * 4 // 3, edge)), (310, 120))
    return ground


COPIES: dict[str, Callable[[], Image.Image]] = {
    "a quarter of it": lambda: WORK.crop((150, 200, 550, 500)),
    "a tenth of it": lambda: WORK.crop((260, 180, 260 + 253, 180 + 190)),
    "mirrored": lambda: ImageOps.mirror(WORK),
    "turned": lambda: WORK.rotate(-90, expand=True),
    "turned a little": lambda: WORK.rotate(11, expand=True),
    "inverted": lambda: ImageOps.invert(WORK),
    "small in another": lambda: pasted(0.12),
    "a thumbnail": lambda: WORK.resize((160, 120)),
    "stretched": lambda: WORK.resize((600, 600)),
}
OTHERS = {f"other {seed}.png": painted(seed) for seed in range(40, 70)}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> PictureIndexSource:
    room = tmp_path_factory.mktemp("parts")
    pictures = save_all(room / "pictures", {f"{name}.png": make() for name, make in COPIES.items()} | OTHERS)
    build_index(pictures, room / "index")
    return PictureIndexSource(room / "index", "an index")


def asked(picture: Image.Image, work: str = "work.png") -> Query:
    return query_of(picture, work, keypoints=True)


def votes_for(source: PictureIndexSource, query: Query) -> dict[str, tuple[int, Orientation]]:
    found = source.search([query], [Lane.LOCAL], REACH, Monitor())
    return {source.facts(one.row).row: (round(1 / one.distance), one.orientation) for one in found}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_has_more_votes_than_any_stranger(source: PictureIndexSource, copy: str) -> None:
    votes = votes_for(source, asked(WORK))
    strangers = [count for row, (count, _) in votes.items() if row in OTHERS]
    assert votes[f"{copy}.png"][0] >= REACH.part_votes_sure
    assert votes[f"{copy}.png"][0] > max(strangers, default=0)


def test_which_way_it_is_laid_is_told(source: PictureIndexSource) -> None:
    votes = votes_for(source, asked(WORK))
    mirrored = {row for row, (_, laid) in votes.items() if laid is Orientation.MIRRORED and row not in OTHERS}
    assert mirrored == {"mirrored.png"}


def test_a_stranger_is_proposed_at_most_a_few_times(source: PictureIndexSource) -> None:
    votes = votes_for(source, asked(painted(5000, (800, 600))))
    assert all(count < REACH.part_votes_sure for count, _ in votes.values()), votes
    assert len(votes) <= REACH.part_count


def test_rows_come_by_falling_votes(source: PictureIndexSource) -> None:
    found = list(source.search([asked(WORK)], [Lane.LOCAL], REACH, Monitor()))
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    assert {one.kind for one in found} == {Kind.KEYPOINTS}
    assert len({one.row for one in found}) == len(found)


def test_copies_with_many_votes_do_not_crowd_out_those_with_few(source: PictureIndexSource) -> None:
    """However many there are: of the rows with few votes, as many are proposed as are asked for."""
    counts = [count for count, _ in votes_for(source, asked(WORK)).values()]
    many, few = sorted(counts)[-4], 2
    narrow = replace(REACH, part_votes_sure=many, part_count=few)
    found = list(source.search([asked(WORK)], [Lane.LOCAL], narrow, Monitor()))
    assert len(found) == sum(count >= many for count in counts) + few


def test_however_many_copies_there_are_all_that_are_sure_are_proposed(
    source: PictureIndexSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More copies than rows, or neighbours of a keypoint, are usually looked at."""
    monkeypatch.setattr(part_search, "MOST_FITTED", 2)
    monkeypatch.setattr(part_search, "NEAREST", 2)
    votes = votes_for(source, asked(WORK))
    assert {f"{name}.png" for name in COPIES} <= set(votes)
    assert all(votes[f"{name}.png"][0] >= REACH.part_votes_sure for name in COPIES)
    assert source.why_not_whole(Lane.LOCAL) is None


def test_a_work_with_more_copies_than_are_ever_looked_at_was_searched_for_in_part(
    source: PictureIndexSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_search, "MOST_FITTED", 2)
    monkeypatch.setattr(part_search, "NEAREST", 2)
    monkeypatch.setattr(part_search, "MOST_COPIES", 4)
    with closing(PictureIndexSource(source.index.folder, "an index")) as limited:
        found = len(votes_for(limited, asked(WORK, "a.png")))
        votes_for(limited, asked(painted(5000, (800, 600)), "b.png"))
        assert limited.why_not_whole(Lane.LOCAL) == (
            f"of one of your works so many pictures with parts of it were found ({found}) that the search ended there; "
            "more may be listed"
        )
        votes_for(limited, asked(WORK, "c.png"))
        assert (limited.why_not_whole(Lane.LOCAL) or "").startswith("of 2 of your works so many pictures with parts")
        assert limited.why_not_whole(Lane.PERCEPTUAL) is None


def test_rows_that_may_be_there_by_chance_are_not_counted_among_those_that_were_found(
    source: PictureIndexSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are proposed as well, those with most votes first."""
    most = sorted(count for count, _ in votes_for(source, asked(WORK)).values())[-4]
    monkeypatch.setattr(part_search, "MOST_FITTED", 2)
    monkeypatch.setattr(part_search, "NEAREST", 2)
    monkeypatch.setattr(part_search, "MOST_COPIES", 4)
    strict = replace(REACH, part_votes_sure=most)
    with closing(PictureIndexSource(source.index.folder, "an index")) as limited:
        proposed = list(limited.search([asked(WORK)], [Lane.LOCAL], strict, Monitor()))
        sure = sum(round(1 / one.distance) >= most for one in proposed)
        assert sure < len(proposed)
        assert f"were found ({sure})" in (limited.why_not_whole(Lane.LOCAL) or "")


@pytest.mark.parametrize("colour", ["white", "gray"])
def test_a_flat_work_finds_nothing(source: PictureIndexSource, colour: str) -> None:
    assert votes_for(source, asked(Image.new("RGB", (400, 300), colour))) == {}


def test_a_work_whose_keypoints_were_not_made_finds_nothing(source: PictureIndexSource) -> None:
    assert votes_for(source, query_of(WORK)) == {}


def test_a_stop_between_two_ways_of_asking_ends_it(source: PictureIndexSource) -> None:
    with pytest.raises(Cancelled):
        list(source.search([asked(WORK)], [Lane.LOCAL], REACH, stop_after(2)))


def test_an_index_without_keypoints_says_so(tmp_path: Path) -> None:
    build_index(save_all(tmp_path / "pictures", {"a.png": draw(3)}), tmp_path / "index", parts=False)
    source = PictureIndexSource(tmp_path / "index", "an index")
    assert "built without parts of pictures" in str(source.why_not(Lane.LOCAL))
    assert list(source.search([asked(WORK)], [Lane.LOCAL], REACH, Monitor())) == []
    source.close()


def pairs(seed: int, true: int, chance: int) -> tuple[Places, Places]:
    """Pairs of which `true` lie as one placement says (times 0.4, turned by 25°), in row 7, the others anywhere."""
    random = np.random.default_rng(seed)
    total = true + chance
    x, y, size, angle = (
        random.random(total),
        random.random(total),
        2 ** random.uniform(-7, -3, total),
        random.random(total),
    )
    turn = np.deg2rad(25)
    across, down = x - 0.5, y - 0.5
    right = {
        "x": 0.45 + 0.4 * (np.cos(turn) * across - np.sin(turn) * down) + random.normal(0, 0.002, total),
        "y": 0.5 + 0.4 * (np.sin(turn) * across + np.cos(turn) * down) + random.normal(0, 0.002, total),
        "size": size * 0.4 * 2 ** random.normal(0, 0.15, total),
        "angle": angle * 360 + 25 + random.normal(0, 4, total),
    }
    wrong = {"x": random.random(total), "y": random.random(total), "size": 2 ** random.uniform(-7, -3, total),
             "angle": random.random(total) * 360}  # fmt: skip
    other = [np.where(np.arange(total) < true, right[name], wrong[name]).astype(np.float32) for name in right]
    work = [column.astype(np.float32) for column in (x, y, size, angle * 360)]
    rows = np.full(total, 7)
    return Places(rows, *work), Places(rows, other[0], other[1], other[2], other[3] % 360)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(8, 40), st.integers(0, 60))
def test_pairs_of_one_placement_vote_together(seed: int, true: int, chance: int) -> None:
    work, other = pairs(seed, true, chance)
    votes = count_votes(work, other, (0.5, 0.5))
    assert votes.row.tolist() == [7]
    assert votes.count[0] >= 0.6 * true
    assert count_fitted(work, other) >= 0.6 * true


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 120))
def test_chance_pairs_do_not(seed: int, chance: int) -> None:
    assert count_fitted(*pairs(seed, 0, chance)) <= 5 if chance else count_fitted(*pairs(seed, 0, 1)) == 0


def test_the_same_place_counts_once() -> None:
    work, other = pairs(3, 4, 0)
    many = np.repeat(np.arange(4), 10)
    assert count_votes(work.only(many), other.only(many), (0.5, 0.5)).count.tolist() == [4]
    assert count_fitted(work.only(many), other.only(many)) <= 4


def test_rows_do_not_lend_each_other_votes() -> None:
    work, other = pairs(3, 20, 0)
    rows = np.repeat([7, 8], 10)
    votes = count_votes(work, replace(other, row=rows), (0.5, 0.5))
    assert votes.row.tolist() == [7, 8]
    assert max(votes.count) <= 10


def test_a_recompressed_work_finds_the_same_copies(source: PictureIndexSource) -> None:
    assert {f"{name}.png" for name in COPIES} <= set(votes_for(source, asked(recompressed(WORK))))
