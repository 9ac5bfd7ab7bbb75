"""A row that several works come near to: shown once, and no answer about it is lost."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.casefile import runs as runs_module
from app.casefile.case import Case
from app.casefile.decisions import Mine, Page
from app.casefile.runs import RunId
from app.casefile.works import SeenWork
from indexer.core.types import Grade
from indexer.matching.contract import OwnControls, Placed, Tally
from tests.app.casefile.samples import PLAN, artwork, found

FINAL, SKETCH = "My art/final.png", "My art/sketch.png"
WORKS = (artwork(FINAL, "a" * 64), artwork(SKETCH, "b" * 64))
SKETCH_TAKEN = (
    Placed(FINAL, "coyo", "7", 3, "example.org", (SKETCH,)),
    Placed(SKETCH, "coyo", "7", taken=True),
)


@pytest.fixture
def run(case: Case) -> RunId:
    """A run in which both works found the same row, the sketch less well."""
    return checked(case)


def checked(case: Case, *, place: bool = True, caution: str | None = None, only: str | None = None) -> RunId:
    run = case.runs.begin(PLAN).run_id
    case.works.add(run, [SeenWork(one) for one in WORKS])
    matches = [found(artwork=path, caution=caution) for path in (FINAL, SKETCH) if only in (None, path)]
    case.findings.add(run, matches)
    if place:
        case.findings.place(run, SKETCH_TAKEN)
    return run


def works_in(findings: Iterator[object]) -> list[str]:
    return [finding.match.artwork for finding in findings]  # type: ignore[attr-defined]


def test_the_better_work_has_the_row_and_names_the_other_everywhere(case: Case, run: RunId) -> None:
    for shown in (case.findings.of_run(run), case.findings.by_strength(run), case.findings.of_case()):
        (finding,) = shown
        assert (finding.match.artwork, finding.match.also) == (FINAL, (SKETCH,))
        assert (finding.match.copy, finding.match.site) == (3, "example.org")
    assert case.findings.counts(run)[Grade.EDITED_COPY] == 1
    assert case.findings.counts()[Grade.EDITED_COPY] == 1
    case.runs.finish(run)
    assert case.events.all()[-1].body["matches"] == {"edited_copy": 1}


def test_a_check_that_hands_its_matches_in_again_has_them_placed_again(case: Case, run: RunId) -> None:
    ids = [finding.match_id for finding in case.findings.of_run(run)]
    case.findings.add(run, [found(artwork=FINAL), found(artwork=SKETCH)])
    assert works_in(case.findings.of_run(run)) == [FINAL, SKETCH], "nobody knows yet whose it is"
    case.findings.place(run, SKETCH_TAKEN)
    assert [finding.match_id for finding in case.findings.of_run(run)] == ids


def test_what_is_placed_and_was_never_found_is_passed_over(case: Case, run: RunId) -> None:
    case.findings.place(run, [Placed("elsewhere.png", "coyo", "9", 1)])
    assert works_in(case.findings.of_run(run)) == [FINAL]


def test_an_answer_for_the_sketch_holds_when_the_final_takes_the_row(case: Case) -> None:
    before = checked(case, place=False, only=SKETCH)
    (sketch,) = case.findings.of_run(before)
    case.decisions.decide([sketch.pair], Mine.MINE)
    case.decisions.decide([sketch.pair], Page.NOT_ALLOWED)
    (final,) = case.findings.of_run(checked(case))
    assert final.match.artwork == FINAL
    assert (final.answers.mine, final.answers.page) == (Mine.MINE, Page.NOT_ALLOWED)


def test_an_answer_for_the_work_itself_goes_before_one_for_another(case: Case, run: RunId) -> None:
    (final,) = case.findings.of_run(run)
    case.decisions.decide([final.pair], Mine.NOT_MINE)
    case.decisions.decide([replace(final.pair, work="b" * 64)], Mine.MINE)
    assert next(case.findings.of_run(run)).answers.mine is Mine.NOT_MINE


def test_a_match_with_a_caution_wants_to_be_looked_at_after_it_was_said(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_module, "utc_now", lambda: "2020-01-01T00:00:00Z")
    (before,) = case.findings.of_run(checked(case))
    case.decisions.decide([before.pair], Mine.MINE)
    assert next(case.findings.of_run(before.run_id)).answers.mine is Mine.MINE
    monkeypatch.setattr(runs_module, "utc_now", lambda: "2099-01-01T00:00:00Z")
    doubtful = checked(case, caution="Look at this one yourself.")
    assert next(case.findings.of_run(doubtful)).answers.mine is None, "the answer is older than the doubt"
    monkeypatch.setattr("app.casefile.decisions.utc_now", lambda: "2099-01-02T00:00:00Z")
    case.decisions.decide([before.pair], Mine.MINE)
    assert next(case.findings.of_run(doubtful)).answers.mine is Mine.MINE


def test_no_answer_for_another_work_speaks_for_a_match_with_a_caution(case: Case) -> None:
    run = checked(case, caution="Look at this one yourself.")
    (final,) = case.findings.of_run(run)
    case.decisions.decide([replace(final.pair, work="b" * 64)], Mine.MINE)
    assert next(case.findings.of_run(run)).answers.mine is None


def test_own_controls_come_back_as_they_were_told_the_latest_word_last(case: Case, run: RunId) -> None:
    first = OwnControls("coyo", "COYO-700M", "1", Tally(0, 14), {"inside_file": 14}, None, "2021-08", "as it says")
    case.controls.add(run, [first])
    case.controls.add(run, [later := replace(first, own=Tally(29, 31))])
    assert case.controls.of_run(run) == (later,)
    assert case.controls.of_run(RunId(99)) == ()
