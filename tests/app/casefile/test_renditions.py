# SPDX-License-Identifier: GPL-3.0-or-later
"""The published files of a case, one for each place in an archive."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.casefile import migrations
from app.casefile.case import Case
from app.casefile.works import SeenWork
from indexer.matching.contract import RenditionFound
from tests.app.casefile.samples import NASTY_TEXTS, PLAN, add_work_as_step_1_did, artwork

PUBLISHED = RenditionFound(
    artwork=artwork().path,
    stands_alone=False,
    archive="insta.zip",
    place="media/posts/201905/one.jpg",
    platform="Instagram",
    basis="documented",
    address=None,
    page="https://example.org/post",
    post_id="11",
    published="2019-05-02T00:00:00Z",
    sha256="b" * 64,
    md5="c" * 32,
)


def test_a_rendition_comes_back_as_it_was_reported(case: Case) -> None:
    run = case.runs.begin(PLAN).run_id
    case.works.add(run, [SeenWork(artwork())])
    case.renditions.add(run, [PUBLISHED])
    assert case.renditions.all() == [PUBLISHED]
    assert case.renditions.of_artwork(artwork().path) == [PUBLISHED]
    assert case.renditions.of_artwork("nowhere.png") == []


def test_it_is_filed_under_the_key_of_its_work(case: Case) -> None:
    run = case.runs.begin(PLAN).run_id
    case.works.add(run, [SeenWork(artwork())])
    case.renditions.add(run, [PUBLISHED, replace(PUBLISHED, artwork="unknown.png", place="other.jpg")])
    keys = [key for (key,) in case._database.rows("SELECT work FROM renditions ORDER BY rowid")]
    assert keys == [case.works.all()[0].key, "unknown.png"]


def test_the_same_place_in_an_archive_is_kept_once_as_last_seen(case: Case) -> None:
    first, second = case.runs.begin(PLAN).run_id, case.runs.begin(PLAN).run_id
    case.renditions.add(first, [PUBLISHED])
    case.renditions.add(second, [replace(PUBLISHED, stands_alone=True, published=None)])
    assert case.renditions.all() == [replace(PUBLISHED, stands_alone=True, published=None)]
    assert case._database.rows("SELECT first_run, last_run FROM renditions") == [(first, second)]


def test_of_a_work_the_earliest_comes_first_and_those_without_a_date_last(case: Case) -> None:
    dates = [None, "2020-01-01", "2019-05-02T00:00:00Z"]
    case.renditions.add(
        case.runs.begin(PLAN).run_id,
        [replace(PUBLISHED, place=f"{number}.jpg", published=date) for number, date in enumerate(dates)],
    )
    found = [one.published for one in case.renditions.of_artwork(PUBLISHED.artwork)]
    assert found == ["2019-05-02T00:00:00Z", "2020-01-01", None]


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_a_name_in_an_archive_may_be_any_text(case: Case, text: str) -> None:
    case.renditions.add(case.runs.begin(PLAN).run_id, [replace(PUBLISHED, place=text, archive=text)])
    assert [one.place for one in case.renditions.all()] == [text]


def test_a_case_from_before_there_were_renditions_is_brought_up_to_date(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        with Case.create(place, sample=False) as case:
            run = case.runs.begin(PLAN).run_id
    add_work_as_step_1_did(place, run)
    with Case.open(place) as case:
        case.renditions.add(case.runs.all()[0].run_id, [PUBLISHED])
        assert case.renditions.all() == [PUBLISHED]
        assert len(case.works.all()) == 1
        assert case.events.verify_chain() is None
