"""An index asked for what it says it holds: small real ones, and such as are broken or mixed up, checksums or not."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.core.wire import from_json, to_json
from indexer.fingerprints.base import Kind
from indexer.index import bit_index
from indexer.index.bit_index import BitIndex
from indexer.index.folder import PictureIndex
from indexer.index.manifest import NearPairs, read_manifest
from indexer.matching.altered_pictures import (
    FORMS,
    PART_FORMS,
    Altered,
    Shown,
    read_answer,
    request_of,
    serve_altered_fingerprints,
)
from indexer.matching.crowding import NEVER_COUNTED, crowding_of
from indexer.matching.self_test_record import AS_IT_IS, AS_KEPT, SelfTest, SelfTestAsked, Tried
from indexer.matching.selftest import self_test_index
from tests.helpers.indexes import SMALL_SET, build_index, copy_index, sign_again
from tests.helpers.pictures import draw, save_all
from tests.helpers.tables import build_table_index, coyo_rows, digests_of, proper_codes

NOT_TOGETHER = "the rows’ facts and their fingerprints do not belong together"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    drawn = {f"{seed:02d}.png": draw(seed, (240, 180)) for seed in range(SMALL_SET)}
    return save_all(tmp_path_factory.mktemp("set") / "pictures", drawn)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    out = tmp_path_factory.mktemp("ix") / "index"
    build_index(pictures, out, shareable=True)
    return out


serve_once = cache(serve_altered_fingerprints)
"""The module's pictures stay as they are; a test that changes one has copies under other names."""


def alter_here(shown: Sequence[Shown], monitor: Monitor) -> Iterator[tuple[Shown, Altered | str]]:
    """Without processes, which take seconds to start."""
    for one in shown:
        yield one, read_answer(serve_once(request_of(one)))


def self_test(folder: Path, pictures: Path | None = None, **asked: int) -> SelfTest:
    return self_test_index(SelfTestAsked(str(folder), pictures, **asked), Monitor(), alter_here)


def tried(test: SelfTest, kind: Kind, form: str = AS_KEPT) -> Tried:
    (one,) = (one for one in test.tried if (one.kind, one.form) == (kind, form))
    return one


@pytest.fixture(scope="module")
def whole(index: Path, pictures: Path) -> SelfTest:
    """A sound index with its pictures at hand, opened in processes of their own as in the program."""
    return self_test_index(SelfTestAsked(str(index), pictures), Monitor())


def test_a_sound_index_finds_every_row_by_what_it_keeps(whole: SelfTest) -> None:
    assert not whole.problems
    assert (whole.dataset, whole.rows, whole.asked) == ("Test set", SMALL_SET, SMALL_SET)
    for kind in (Kind.SHA256, Kind.MD5, Kind.PHASH, Kind.PDQ, Kind.MINIATURE):
        share = tried(whole, kind).found
        assert (share.hits, share.of) == (SMALL_SET, SMALL_SET)
        assert share.low > 0.7


def test_pictures_at_hand_are_asked_as_they_are_and_altered(whole: SelfTest) -> None:
    assert (whole.pictures, whole.changed) == (SMALL_SET, 0)
    for kind in (Kind.SHA256, Kind.PHASH, Kind.PDQ, Kind.MINIATURE):
        assert tried(whole, kind, AS_IT_IS).found.hits == SMALL_SET
    for form in FORMS:
        assert tried(whole, Kind.PHASH, form).found.hits >= SMALL_SET - 1
        assert not any(one.kind is Kind.SHA256 for one in whole.tried if one.form == form)


def test_distances_of_copies_and_of_other_rows_are_told_apart(whole: SelfTest) -> None:
    recompressed = tried(whole, Kind.PHASH, FORMS[0]).distances
    (apart,) = (one for one in whole.apart if one.kind is Kind.PHASH)
    assert recompressed
    assert apart.pairs == SMALL_SET * (SMALL_SET - 1) // 2
    assert recompressed.least <= recompressed.middle <= recompressed.most < apart.distances.middle
    exact = tried(whole, Kind.SHA256)
    assert exact.distances is None


def test_without_pictures_only_what_is_kept_is_asked(index: Path) -> None:
    test = self_test(index)
    assert not test.problems
    assert test.pictures == 0
    assert {one.form for one in test.tried} == {AS_KEPT}
    assert {one.lane for one in test.not_tried} == {Lane.NEURAL, Lane.LOCAL}


def test_parts_of_pictures_at_hand_are_found_again(tmp_path: Path) -> None:
    """Small drawings have too few places to be asked for; these have enough."""
    pictures = save_all(tmp_path / "pictures", {f"{seed}.png": grainy(seed) for seed in range(6)})
    build_index(pictures, tmp_path / "index")
    test = self_test(tmp_path / "index", pictures)
    for form in (AS_IT_IS, *PART_FORMS):
        share = tried(test, Kind.KEYPOINTS, form).found
        assert (share.hits, share.of) == (6, 6), form
    assert not test.problems


def grainy(seed: int) -> Image.Image:
    noise = np.random.default_rng(seed).normal(0, 90, (60, 80)).astype(np.float32)
    grain = np.asarray(Image.fromarray(noise).resize((480, 360), Image.Resampling.BICUBIC))
    return Image.fromarray(np.clip(np.asarray(draw(seed), np.float32) + grain[..., None], 0, 255).astype(np.uint8))


def test_the_same_seed_draws_the_same_rows(index: Path) -> None:
    assert self_test(index, rows=5, seed=3) == self_test(index, rows=5, seed=3)
    assert tried(self_test(index, rows=5), Kind.PDQ).found.of == 5


def test_a_picture_that_was_replaced_is_counted_and_not_held_against_the_index(
    index: Path, pictures: Path, tmp_path: Path
) -> None:
    others = shutil.copytree(pictures, tmp_path / "pictures")
    shutil.copy(others / "01.png", others / "02.png")
    (others / "04.png").write_text("not a picture any more")
    test = self_test(index, others)
    assert not test.problems
    assert (test.pictures, test.changed) == (SMALL_SET - 2, 2)


def shuffle_fingerprints(folder: Path) -> None:
    """As a table of rows that was sorted after the vectors were made."""
    for kind in (Kind.PHASH, Kind.PDQ, Kind.MINIATURE):
        place = folder / f"{kind}.rows.npy"
        np.save(place, np.roll(np.load(place), 1))
    sign_again(folder)


def shuffle_rows(folder: Path) -> None:
    """The other way round: the facts were moved, the fingerprints and digests stayed."""
    database = sqlite3.connect(folder / "rows.sqlite")
    with database:
        database.execute(f"UPDATE rows SET row = (row + 1) % {SMALL_SET} + 1000")
        database.execute("UPDATE rows SET row = row - 1000")
    database.close()
    sign_again(folder)


def shuffle_one_kind(folder: Path) -> None:
    place = folder / f"{Kind.PHASH}.rows.npy"
    np.save(place, np.roll(np.load(place), 5))
    sign_again(folder)


@pytest.mark.parametrize("shuffle", [shuffle_fingerprints, shuffle_rows, shuffle_one_kind])
def test_facts_that_are_shuffled_against_the_fingerprints_are_noticed(
    index: Path, pictures: Path, tmp_path: Path, shuffle: object
) -> None:
    copy = copy_index(index, tmp_path / "ix")
    shuffle(copy)  # type: ignore[operator]
    test = self_test(copy, pictures)
    assert any(problem.startswith(NOT_TOGETHER) for problem in test.problems)
    assert any("pictures at hand" in problem for problem in test.problems)


def test_one_shuffled_kind_is_noticed_without_any_picture(index: Path, tmp_path: Path) -> None:
    copy = copy_index(index, tmp_path / "ix")
    shuffle_one_kind(copy)
    test = self_test(copy)
    (problem,) = test.problems
    assert problem.startswith(NOT_TOGETHER)
    assert "one kind of fingerprint is not of the picture that another kind is of" in problem


def test_a_broken_table_of_digests_is_noticed(index: Path, tmp_path: Path) -> None:
    copy = copy_index(index, tmp_path / "ix")
    place = copy / "sha256.keys.npy"
    np.save(place, np.sort(~np.load(place)))
    sign_again(copy)
    test = self_test(copy)
    (problem,) = test.problems
    assert problem.startswith(f"{SMALL_SET} of {SMALL_SET} rows are not found by their own sha256: this index misses")
    assert tried(test, Kind.MD5).found.hits == SMALL_SET


def test_a_broken_hash_index_is_noticed(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large indexes are searched by tables of chunks; these point to the wrong places."""
    copy = copy_index(index, tmp_path / "ix")
    place = copy / "phash.order.npy"
    np.save(place, np.zeros_like(np.load(place)))
    sign_again(copy)
    assert not self_test(copy).problems, "so few rows are compared one by one"
    monkeypatch.setattr(bit_index, "SCAN_BELOW_ROWS", 0)
    test = self_test(copy)
    assert tried(test, Kind.PHASH).found.hits <= 1
    assert any("not found by their own phash" in problem for problem in test.problems)
    assert tried(test, Kind.PDQ).found.hits == SMALL_SET


def test_hashes_of_other_pictures_than_those_at_hand_are_noticed(index: Path, pictures: Path, tmp_path: Path) -> None:
    copy = copy_index(index, tmp_path / "ix")
    for kind in (Kind.PHASH, Kind.PDQ):
        place = copy / f"{kind}.codes.npy"
        np.save(place, ~np.load(place))
    sign_again(copy)
    test = self_test(copy, pictures)
    assert tried(test, Kind.PHASH).found.hits == SMALL_SET, "the index is whole in itself"
    assert tried(test, Kind.PHASH, AS_IT_IS).found.hits == 0
    assert test.problems


def test_a_row_beyond_the_table_of_rows_is_damage(index: Path, tmp_path: Path) -> None:
    copy = copy_index(index, tmp_path / "ix")
    database = sqlite3.connect(copy / "rows.sqlite")
    with database:
        database.execute("DELETE FROM rows WHERE row = 3")
    database.close()
    sign_again(copy)
    with pytest.raises(Exception, match="the index is damaged"):
        self_test(copy)


@pytest.fixture(scope="module")
def coyo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A table of hashes with digests beside them, and its index."""
    folder = tmp_path_factory.mktemp("coyo")
    for number, codes in enumerate(np.array_split(proper_codes(300, 1), 2)):
        rows = range(150 * number, 150 * (number + 1))
        pq.write_table(coyo_rows(codes, 150 * number, sha256=digests_of(rows)), folder / f"part-{number}.parquet")
    out = folder.parent / f"{folder.name}-index"
    build_table_index(folder, out)
    return folder, out


def test_an_index_of_a_table_is_asked_for_its_hashes_and_for_what_the_table_tells(coyo: tuple[Path, Path]) -> None:
    test = self_test(coyo[1], rows=60)
    assert not test.problems
    assert (test.rows, test.asked, test.pictures) == (300, 60, 0)
    for kind in (Kind.PHASH, Kind.SHA256):
        assert tried(test, kind).found.hits == 60


def test_hashes_that_stand_at_other_rows_than_in_the_table_are_noticed(coyo: tuple[Path, Path], tmp_path: Path) -> None:
    copy = copy_index(coyo[1], tmp_path / "ix")
    place = copy / "phash.rows.npy"
    np.save(place, np.roll(np.load(place), 7))
    sign_again(copy)
    test = self_test(copy, rows=40)
    (problem,) = test.problems
    told = f"{NOT_TOGETHER}: for 1 of 1 rows the table says another phash than the index keeps"
    assert problem.startswith(told), "after the first such row nothing of that file is believed"
    assert tried(test, Kind.PHASH).found.hits == 40, "the index is whole in itself"


def test_a_table_that_is_gone_leaves_its_hashes_to_be_asked(coyo: tuple[Path, Path], tmp_path: Path) -> None:
    tables, out = shutil.copytree(coyo[0], tmp_path / "tables"), tmp_path / "ix"
    build_table_index(tables, out)
    shutil.rmtree(tables)
    test = self_test(out, rows=40)
    assert not test.problems
    assert tried(test, Kind.PHASH).found.hits == 40
    assert "no row that was drawn tells its sha256" in {one.because for one in test.not_tried}


def test_what_is_no_index_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceProblem, match="there is no such folder"):
        self_test(tmp_path / "nothing")


def test_the_result_crosses_to_the_program_as_it_is(whole: SelfTest) -> None:
    assert from_json(to_json(whole), SelfTest) == whole


def with_near_pairs(index: Path, place: Path, near: NearPairs | None) -> Path:
    """A copy of the index whose manifest tells other near pairs of its pHash."""
    copy = copy_index(index, place)
    lanes = [replace(one, near=near) if one.kind in ("phash", "pdq") else one for one in read_manifest(index).lanes]
    sign_again(copy, lanes=tuple(lanes))
    return copy


def test_an_index_counts_its_near_pairs_when_it_is_built_and_the_self_test_counts_them_again(index: Path) -> None:
    record = read_manifest(index).lane_of("phash")
    assert record is not None
    assert record.near is not None
    assert record.near.codes <= record.rows
    with closing(PictureIndex(index)) as opened:
        assert opened.bit_index(Kind.PHASH).near_pairs() == record.near


def test_near_pairs_that_the_manifest_does_not_tell_or_tells_wrongly_are_noticed(index: Path, tmp_path: Path) -> None:
    older = self_test_index(SelfTestAsked(str(with_near_pairs(index, tmp_path / "older", None))), Monitor())
    assert NEVER_COUNTED in older.notes
    assert older.problems == ()
    wrong = with_near_pairs(index, tmp_path / "wrong", NearPairs(3, {2: 0}))
    (problem, _) = self_test_index(SelfTestAsked(str(wrong)), Monitor()).problems
    assert "tells other near pairs of phash than its files hold" in problem


def test_where_enough_hashes_are_it_is_said_how_much_they_crowd(monkeypatch: pytest.MonkeyPatch, index: Path) -> None:
    near = NearPairs(4000, {bits: 900 * bits for bits in range(2, 30, 2)})
    monkeypatch.setattr(BitIndex, "near_pairs", lambda _: near)
    with closing(PictureIndex(index)) as opened:
        (phash, *_) = crowding_of(opened, [Kind.PHASH])
    assert (phash.kind, phash.codes, phash.reach) == (Kind.PHASH, 4000, 10)
    assert phash.at_reach > phash.factor > 1
