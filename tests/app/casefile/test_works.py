# SPDX-License-Identifier: GPL-3.0-or-later
"""The works of a case, one for each path, as last seen."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.casefile.case import Case
from app.casefile.works import SeenWork, work_key
from indexer.core.types import Artwork
from tests.app.casefile.samples import JPEG, NASTY_TEXTS, PLAN, artwork


def test_a_work_comes_back_as_it_was_reported(case: Case) -> None:
    run = case.runs.begin(PLAN).run_id
    skipped = Artwork("My art/film.gif", skipped="it is longer than 100 frames")
    case.works.add(run, [SeenWork(artwork(), JPEG), SeenWork(skipped)])
    first, second = case.works.all()
    assert (first.artwork, second.artwork) == (artwork(), skipped)
    assert (first.has_thumbnail, second.has_thumbnail) == (True, False)
    assert case.works.thumbnail(artwork().path) == JPEG
    assert case.works.thumbnail(skipped.path) is None
    assert case.works.get(skipped.path) == second


def test_what_was_noted_of_a_work_is_kept_and_brought_up_to_date(case: Case) -> None:
    run = case.runs.begin(PLAN).run_id
    noted = replace(artwork("My art/lake.psd"), note="only the preview was looked at")
    case.works.add(run, [SeenWork(noted), SeenWork(artwork())])
    assert [record.artwork for record in case.works.all()] == [noted, artwork()]
    case.works.add(run, [SeenWork(replace(noted, note=None))])
    seen = case.works.get(noted.path)
    assert seen is not None
    assert seen.artwork.note is None


def test_an_unknown_path_is_none(case: Case) -> None:
    assert case.works.get("nowhere.png") is None
    assert case.works.thumbnail("nowhere.png") is None


@pytest.mark.parametrize("path", NASTY_TEXTS)
def test_a_path_may_be_any_text(case: Case, path: str) -> None:
    work = Artwork(path, skipped=path)
    case.works.add(case.runs.begin(PLAN).run_id, [SeenWork(work)])
    assert [record.artwork for record in case.works.all()] == [work]
    assert case.works.get(path) is not None


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(), unique=True, max_size=20))
def test_paths_that_differ_in_one_code_point_are_different_works(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str]
) -> None:
    with Case.create(tmp_path_factory.mktemp("case") / "a.exhibit", sample=False) as case:
        case.works.add(case.runs.begin(PLAN).run_id, [SeenWork(Artwork(path)) for path in paths])
        assert [record.artwork.path for record in case.works.all()] == paths


def test_a_later_run_brings_a_work_up_to_date_and_keeps_its_picture(case: Case) -> None:
    first, second = case.runs.begin(PLAN).run_id, case.runs.begin(PLAN).run_id
    case.works.add(first, [SeenWork(artwork(), JPEG)])
    case.works.add(second, [SeenWork(artwork())])
    (record,) = case.works.all()
    assert (record.first_run, record.last_run) == (first, second)
    assert case.works.thumbnail(artwork().path) == JPEG


def test_an_earlier_run_that_goes_on_does_not_turn_back_the_clock(case: Case) -> None:
    first, second = case.runs.begin(PLAN).run_id, case.runs.begin(PLAN).run_id
    case.works.add(second, [SeenWork(artwork())])
    case.works.add(first, [SeenWork(artwork())])
    assert case.works.all()[0].last_run == second


def test_the_picture_of_another_file_at_the_same_path_is_not_kept(case: Case) -> None:
    run = case.runs.begin(PLAN).run_id
    case.works.add(run, [SeenWork(artwork(), JPEG)])
    case.works.add(run, [SeenWork(artwork(sha256="b" * 64))])
    assert case.works.thumbnail(artwork().path) is None
    assert case.works.all()[0].artwork.sha256 == "b" * 64


def test_a_later_picture_replaces_the_earlier(case: Case) -> None:
    run = case.runs.begin(PLAN).run_id
    case.works.add(run, [SeenWork(artwork(), b"old"), SeenWork(artwork(), b"new")])
    assert case.works.thumbnail(artwork().path) == b"new"


def test_a_picture_may_come_after_its_work(case: Case) -> None:
    case.works.add(case.runs.begin(PLAN).run_id, [SeenWork(artwork()), SeenWork(artwork("b.png"))])
    case.works.add_thumbnails([(artwork().path, JPEG), ("b.png", None), (None, JPEG), ("nowhere.png", JPEG)])
    assert [record.has_thumbnail for record in case.works.all()] == [True, False]
    assert case.works.thumbnail(artwork().path) == JPEG


def test_more_works_than_one_chunk_are_all_kept(case: Case) -> None:
    paths = [f"My art/{number}.png" for number in range(2500)]
    case.works.add(case.runs.begin(PLAN).run_id, (SeenWork(artwork(path)) for path in paths))
    assert [record.artwork.path for record in case.works.all()] == paths


def test_a_moved_file_is_the_same_work_and_another_frame_is_not() -> None:
    here, there = work_key(artwork("a/lake.tif")), work_key(artwork("b/moved.tif"))
    second = work_key(artwork("a/lake.tif#2"))
    assert here == there != second
    assert work_key(artwork("b/moved.tif#2")) == second


def test_a_file_that_could_not_be_read_is_known_by_its_path() -> None:
    assert work_key(artwork("a.png", None)) == "a.png"
