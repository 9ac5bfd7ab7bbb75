# SPDX-License-Identifier: GPL-3.0-or-later
"""Every match is kept whole, once for each run, and comes back with the answers that stand."""

import json
import math
from typing import Any

import pytest

from app.casefile.case import Case
from app.casefile.decisions import Answers, Mine, Page, Pair, Permission
from app.casefile.findings import MatchId
from app.casefile.runs import RunId
from app.casefile.works import NO_WORK, SeenWork, WorkKey
from indexer.core.errors import StorageProblem
from indexer.core.types import Coverage, Edit, EditKind, Grade, Lane, Match
from indexer.matching.contract import Found
from tests.app.casefile.samples import JPEG, NASTY_TEXTS, PLAN, artwork, found, match, raw_file


@pytest.fixture
def run(case: Case) -> RunId:
    """A run that has seen the work of the samples."""
    run_id = case.runs.begin(PLAN).run_id
    case.works.add(run_id, [SeenWork(artwork())])
    return run_id


def test_a_match_is_kept_whole(case: Case, run: RunId) -> None:
    case.findings.add(run, [found()])
    (finding,) = case.findings.of_run(run)
    assert finding.match == match()
    assert (finding.run_id, finding.dataset, finding.version) == (run, "COYO-700M", "2022-08")
    assert finding.pair == Pair(WorkKey("a" * 64), match().row_key)
    assert case.findings.get(finding.match_id) == finding
    assert case.findings.get(MatchId(99)) is None


def test_a_match_with_only_what_must_be_there_is_kept_whole(case: Case, run: RunId) -> None:
    bare = Match(None, "coyo", "1", "k", None, None, Grade.NAMED, verified=False)
    case.findings.add(run, [Found(bare, "COYO-700M", "2022-08")])
    (finding,) = case.findings.of_run(run)
    assert finding.match == bare
    assert finding.pair == Pair(NO_WORK, "k")


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_captions_rows_and_sources_may_be_any_text(case: Case, run: RunId, text: str) -> None:
    changes: dict[str, Any] = {"artwork": text or None, "source": text, "row_key": text, "caption": text, "url": text}
    case.findings.add(run, [found(text, **changes)])
    (finding,) = case.findings.of_run(run)
    assert finding.match == match(text, **changes)
    case.decisions.decide([finding.pair], Mine.MINE)
    assert next(case.findings.of_run(run)).answers.mine is Mine.MINE


def test_matches_of_the_first_version_are_read_for_ever(case: Case, run: RunId) -> None:
    case.findings.add(run, [found()])
    written = (
        '{"artwork":"My art/lake.png","source":"coyo","row":"7","row_key":"k","url":null,"caption":null,'
        '"grade":"edited_copy","verified":true,"confidence":0.5,"basis":["bytes","pixels","geometry","hash",'
        '"embedding","address","account","name"],"edit":null,"edits":[{"kind":"resized","amount":0.5},'
        '{"kind":"mirrored","amount":null},{"kind":"turned","amount":90},{"kind":"cropped","amount":0.6},'
        '{"kind":"embedded","amount":0.2}],"chance":null,"scores":{"phash_bits":4},"reasons":["because"]}'
    )
    with case._database.transaction():
        case._database.write("UPDATE matches SET body = ?", (written.encode(),))
    (finding,) = case.findings.of_run(run)
    assert finding.match.edits[2] == Edit(EditKind.TURNED, 90.0)
    assert json.loads(written)["basis"] == [str(basis) for basis in finding.match.basis]


def test_a_match_handed_in_again_is_brought_up_to_date_and_loses_nothing(case: Case, run: RunId) -> None:
    case.findings.add(run, [found(thumbnail=JPEG), found("8")])
    before = [finding.match_id for finding in case.findings.of_run(run)]
    case.findings.add(run, [found(grade=Grade.SAME_IMAGE)])
    first, second = case.findings.of_run(run)
    assert [first.match_id, second.match_id] == before
    assert (first.match.grade, second.match.grade) == (Grade.SAME_IMAGE, Grade.EDITED_COPY)
    assert first.has_thumbnail
    assert case.findings.thumbnail(first.match_id) == JPEG


def test_a_new_thumbnail_replaces_the_old(case: Case, run: RunId) -> None:
    case.findings.add(run, [found(thumbnail=b"old"), found("8")])
    case.findings.add(run, [found(thumbnail=b"new")])
    first, second = case.findings.of_run(run)
    assert case.findings.thumbnail(first.match_id) == b"new"
    assert (second.has_thumbnail, case.findings.thumbnail(second.match_id)) == (False, None)


def test_matches_differ_by_artwork_source_and_row(case: Case, run: RunId) -> None:
    all_four = [found(), found("8"), found(source="datacomp"), found(artwork="My art/other.png")]
    case.findings.add(run, all_four)
    assert [finding.match for finding in case.findings.of_run(run)] == [one.match for one in all_four]


def test_of_the_same_row_the_latest_run_wins(case: Case, run: RunId) -> None:
    case.findings.add(run, [found("1", row_key="a"), found("2", row_key="b")])
    later = case.runs.begin(PLAN).run_id
    case.findings.add(later, [found("100", row_key="a", grade=Grade.SAME_IMAGE)])
    assert [(finding.run_id, finding.match.row) for finding in case.findings.of_case()] == [(run, "2"), (later, "100")]
    assert [finding.match.row for finding in case.findings.of_run(run)] == ["1", "2"]


def test_two_rows_of_one_run_with_one_key_are_both_shown(case: Case, run: RunId) -> None:
    case.findings.add(run, [found("1", row_key="same"), found("2", row_key="same")])
    assert [finding.match.row for finding in case.findings.of_case()] == ["1", "2"]


def test_by_strength_the_strongest_come_first_then_by_work_and_row(case: Case, run: RunId) -> None:
    weak, strong = Grade.LOOKS_ALIKE, Grade.IDENTICAL_FILE
    case.findings.add(run, [found("3", grade=weak), found("10"), found("é"), found("z"), found("9", artwork=None)])
    case.findings.add(run, [found("2", grade=strong, artwork="b.png"), found("1", grade=strong, artwork="B.png")])
    order = [finding.match.row for finding in case.findings.by_strength(run)]
    assert order == ["1", "2", "9", "10", "z", "é", "3"]


def test_by_strength_is_whole_over_many_pages(case: Case, run: RunId) -> None:
    case.findings.add(run, (found(f"{number:05}") for number in reversed(range(2500))))
    assert [finding.match.row for finding in case.findings.by_strength(run)] == [f"{n:05}" for n in range(2500)]


def test_counts_are_by_grade_and_name_every_grade(case: Case, run: RunId) -> None:
    case.findings.add(run, [found("1"), found("2"), found("3", grade=Grade.POSSIBLE)])
    later = case.runs.begin(PLAN).run_id
    case.findings.add(later, [found("3", grade=Grade.SAME_IMAGE)])
    nothing = dict.fromkeys(Grade, 0)
    assert case.findings.counts(run) == nothing | {Grade.EDITED_COPY: 2, Grade.POSSIBLE: 1}
    assert case.findings.counts(later) == nothing | {Grade.SAME_IMAGE: 1}
    assert case.findings.counts() == nothing | {Grade.EDITED_COPY: 2, Grade.SAME_IMAGE: 1}


def test_many_matches_go_in_in_chunks_and_come_out_in_pages(case: Case, run: RunId) -> None:
    case.findings.add(run, (found(str(number)) for number in range(12_000)))
    assert [int(finding.match.row) for finding in case.findings.of_run(run)] == list(range(12_000))
    assert sum(case.findings.counts(run).values()) == 12_000


def test_an_answer_may_be_written_while_the_matches_are_gone_through(case: Case, run: RunId) -> None:
    case.findings.add(run, (found(str(number)) for number in range(1500)))
    for finding in case.findings.of_run(run):
        if finding.match.row == "3":
            case.decisions.decide([Pair(finding.pair.work, match("1400").row_key)], Mine.UNSURE)
    answered = [finding.match.row for finding in case.findings.of_run(run) if finding.answers != Answers()]
    assert answered == ["1400"]


def test_a_finding_comes_with_the_answers_that_stand(case: Case, run: RunId) -> None:
    case.findings.add(run, [found(), found("8")])
    pair = next(case.findings.of_run(run)).pair
    case.decisions.decide([pair], Mine.NOT_MINE)
    case.decisions.decide([pair], Mine.MINE)
    case.decisions.decide([pair], Page.LICENSED)
    case.decisions.decide_dataset("COYO-700M", Permission.NOT_ALLOWED)
    first, second = case.findings.of_run(run)
    assert (first.answers, first.permission) == (Answers(Mine.MINE, Page.LICENSED), Permission.NOT_ALLOWED)
    assert (second.answers, second.permission) == (Answers(), Permission.NOT_ALLOWED)


def test_an_answer_holds_in_later_runs_and_for_a_moved_file(case: Case, run: RunId) -> None:
    case.findings.add(run, [found()])
    case.decisions.decide([next(case.findings.of_run(run)).pair], Mine.MINE)
    later = case.runs.begin(PLAN).run_id
    case.works.add(later, [SeenWork(artwork("Moved/lake.png"))])
    case.findings.add(later, [found("another row number", artwork="Moved/lake.png", row_key=match().row_key)])
    assert next(case.findings.of_run(later)).answers.mine is Mine.MINE


def test_an_earlier_run_keeps_its_work_when_the_file_is_painted_over(case: Case, run: RunId) -> None:
    case.findings.add(run, [found()])
    case.decisions.decide([next(case.findings.of_run(run)).pair], Mine.MINE)
    later = case.runs.begin(PLAN).run_id
    case.works.add(later, [SeenWork(artwork(sha256="b" * 64))])
    case.findings.add(later, [found()])
    assert next(case.findings.of_run(run)).answers.mine is Mine.MINE
    assert next(case.findings.of_run(later)).answers.mine is None


def test_a_score_that_is_not_a_number_is_our_mistake(case: Case, run: RunId) -> None:
    wrong: list[dict[str, Any]] = [{"confidence": math.nan}, {"chance": math.inf}, {"scores": {"cosine": math.nan}}]
    for changes in [*wrong, {"edits": (Edit(EditKind.TURNED, -math.inf),)}]:
        with pytest.raises(ValueError, match="not a number"):
            case.findings.add(run, [found(**changes)])
    assert list(case.findings.of_run(run)) == []


def test_a_damaged_match_is_a_sentence(case: Case, run: RunId) -> None:
    case.findings.add(run, [found()])
    case.close()
    with raw_file(case.path) as file:
        file.execute("UPDATE matches SET body = x'7b'")
    with Case.open(case.path) as again, pytest.raises(StorageProblem, match="damaged"):
        list(again.findings.of_run(run))


def test_what_was_looked_at_and_what_was_not_comes_back(case: Case, run: RunId) -> None:
    told = [
        Coverage("coyo", "COYO-700M", "2022-08", 746_972_269, Lane.PERCEPTUAL, searched=True),
        Coverage(
            "coyo", "COYO-700M", "2022-08", 746_972_269, Lane.EXACT, searched=False, because="it has no such list"
        ),
    ]
    case.findings.add_coverage(run, told)
    assert case.findings.coverage(run) == told


def test_the_latest_word_on_a_lane_counts(case: Case, run: RunId) -> None:
    missing = Coverage("coyo", "COYO-700M", "2022-08", 0, Lane.EXACT, searched=False, because="it was switched off")
    there = Coverage("coyo", "COYO-700M", "2022-08", 9, Lane.EXACT, searched=True)
    case.findings.add_coverage(run, [missing])
    case.findings.add_coverage(run, [there])
    later = case.runs.begin(PLAN).run_id
    case.findings.add_coverage(later, [missing])
    assert (case.findings.coverage(run), case.findings.coverage(later)) == ([there], [missing])
