"""The words of a whole answer, for cases that a small check does not make."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.casefile.case import Case
from app.casefile.decisions import Answers, Mine, Page, Pair
from app.casefile.findings import MatchId
from app.casefile.works import SeenWork, WorkKey
from app.gui.models.answer import has_matches, headline, sections, summary
from app.gui.models.case_view import CaseView, read_case
from app.gui.models.finding_list import FindingList
from app.gui.models.rows import Row, Rows, Shown
from indexer.core.types import Artwork, Coverage, Grade, Lane
from indexer.matching.contract import OwnControls, Placed, Tally
from tests.app.casefile.samples import PLAN, artwork, found


def view_of(place: Path, *grades: Grade, searched: bool = True) -> CaseView:
    """A case of a finished check that found rows of these grades."""
    with Case.create(place, sample=False) as case:
        run = case.runs.begin(PLAN).run_id
        case.works.add(run, [SeenWork(artwork())])
        case.findings.add(run, [found(str(number), grade=grade) for number, grade in enumerate(grades)])
        case.findings.add_coverage(run, [Coverage("coyo", "COYO-700M", "1", 7, Lane.PERCEPTUAL, searched, None)])
        case.runs.finish(run)
    return read_case(place)


def words(view: CaseView) -> str:
    return "\n".join(line for section in sections(view) for line in section.lines)


@pytest.mark.parametrize(
    ("grades", "words_at_the_top", "is_to_look_at"),
    [
        ((), "No match in what was searched", False),
        ((Grade.LOOKS_ALIKE,), "No match in what was searched", False),
        ((Grade.POSSIBLE, Grade.LOOKS_ALIKE), "1 row found that may be yours", True),
        ((Grade.SAME_IMAGE, Grade.POSSIBLE), "2 rows found that may be yours", True),
        ((Grade.LISTED, Grade.NAMED), "1 row found that may be yours", True),
        ((Grade.NAMED, Grade.LOOKS_ALIKE), "Nothing but a name of yours was found", True),
    ],
)
def test_the_headline_counts_what_may_be_the_artist_s(
    tmp_path: Path, grades: tuple[Grade, ...], words_at_the_top: str, *, is_to_look_at: bool
) -> None:
    view = view_of(tmp_path / "a.exhibit", *grades)
    assert headline(view) == words_at_the_top
    assert has_matches(view) is is_to_look_at


def test_what_was_only_similar_is_said_and_not_counted(tmp_path: Path) -> None:
    said = words(view_of(tmp_path / "a.exhibit", Grade.LOOKS_ALIKE, Grade.LOOKS_ALIKE))
    assert "2 rows are only similar, which counts for nothing." in said, "whether or not their pictures were seen"


def test_rows_that_only_hold_a_name_are_shown_and_not_counted(tmp_path: Path) -> None:
    said = words(view_of(tmp_path / "a.exhibit", Grade.NAMED, Grade.NAMED))
    assert "2 rows hold a name of yours, which may be somebody else’s, and do not count." in said
    assert "No removal request is written for a name alone." in said
    assert "whether the picture is yours" not in said
    beside = words(view_of(tmp_path / "b.exhibit", Grade.LISTED, Grade.NAMED))
    assert "1 row holds a name of yours, which may be somebody else’s, and does not count." in beside
    assert "whether the picture is yours" in beside


def test_nothing_searched_is_never_no_match(tmp_path: Path) -> None:
    view = view_of(tmp_path / "a.exhibit", searched=False)
    assert headline(view) == "Nothing was searched"
    assert "No match" not in words(view)


def test_rows_of_a_set_that_was_searched_in_part_are_shown_and_never_denied(tmp_path: Path) -> None:
    view = view_of(tmp_path / "a.exhibit", Grade.SAME_IMAGE, searched=False)
    assert headline(view) == "1 row found that may be yours"
    assert "1 picture looked for in a part of a data set" in summary(view)
    assert "could be searched, so nothing can be said" not in words(view)
    assert "Answer for each row" in words(view)


def test_what_must_be_said_of_a_search_stands_beside_it_and_names_stay_as_they_are(tmp_path: Path) -> None:
    place = tmp_path / "a.exhibit"
    coverage = [
        Coverage("links.csv", "cc12m", "", 7, Lane.LOCATION, searched=True),
        Coverage("links.csv", "cc12m", "", 7, Lane.ATTRIBUTION, searched=True, note="one handle cannot be found there"),
        Coverage("https://knn.example", "drawings", "", 0, Lane.NEURAL, searched=True),
        Coverage("/nowhere", "", "", 0, Lane.NEURAL, False, "there is no such folder"),
    ]
    with Case.create(place, sample=False) as case:
        run = case.runs.begin(PLAN).run_id
        case.works.add(run, [SeenWork(artwork())])
        case.findings.add_coverage(run, coverage)
        case.runs.finish(run)
    by_heading = {section.heading: section.lines for section in sections(read_case(place))}
    assert by_heading["What we looked at"] == (
        "cc12m (7 rows): web addresses.",
        "cc12m (7 rows): names; one handle cannot be found there.",
        "drawings (number of rows not known): similar content.",
    )
    assert by_heading["What we did not look at"] == ("/nowhere: similar content, because there is no such folder.",)
    assert "None of your pictures" not in by_heading[""][0], "only addresses and words were looked through"


def test_works_of_which_only_a_preview_was_looked_at_stand_beside_the_skipped_files(tmp_path: Path) -> None:
    place = tmp_path / "a.exhibit"
    skipped = Artwork(f"{PLAN.folder}/b.txt", skipped="it is a text file, not a picture")
    noted = [
        Artwork(f"{PLAN.folder}/{number}.psd", "a", 8, 8, note="only the preview was seen") for number in range(14)
    ]
    with Case.create(place, sample=False) as case:
        run = case.runs.begin(PLAN).run_id
        case.works.add(run, [SeenWork(work) for work in (skipped, *noted)])
        case.runs.finish(run)
    view = read_case(place)
    by_heading = {section.heading: section.lines for section in sections(view)}
    assert by_heading["Files that could not be looked for"] == ("b.txt: it is a text file, not a picture.",)
    told = by_heading["Looked for with a limit"]
    assert told[0] == "0.psd: only the preview was seen."
    assert told[12:] == ("… and 2 more. The report names all of them.",)
    assert view.looked_for == 14


def row(number: int, grade: Grade = Grade.SAME_IMAGE, key: str = "k") -> Row:
    return Row(f"M-{number:03}", MatchId(number), Pair(WorkKey("w"), key), "a.png", grade, None, Answers())


def test_an_answer_counts_for_every_row_about_the_same_work_and_row_of_the_set() -> None:
    rows = Rows([row(1), row(2, key="other"), row(3)])
    rows.set_answers(row(1).pair, Answers(mine=Mine.NOT_MINE))
    assert rows.places(Shown.ANSWERED) == [0, 2]
    assert rows.places(Shown.TO_ANSWER) == [1]
    rows.set_answers(row(1).pair, Answers())
    assert (rows.count(Shown.ANSWERED), rows.places(Shown.TO_ANSWER)) == (0, [0, 1, 2])


def test_mine_asks_for_the_page_and_the_others_do_not() -> None:
    rows = Rows([row(1)])
    rows.set_answers(row(1).pair, Answers(mine=Mine.MINE))
    assert rows.count(Shown.TO_ANSWER) == 1
    rows.set_answers(row(1).pair, Answers(mine=Mine.MINE, page=Page.UNKNOWN))
    assert rows.count(Shown.TO_ANSWER) == 0


def test_what_is_only_similar_raises_no_question() -> None:
    rows = Rows([row(1, Grade.LOOKS_ALIKE)])
    assert (rows.count(Shown.TO_ANSWER), rows.count(Shown.ALL)) == (0, 1)


def test_what_chance_may_explain_waits_behind_the_others_until_it_is_answered() -> None:
    behind = replace(row(2, Grade.POSSIBLE, key="b"), chance=3.2)
    rows = Rows([row(1), behind])
    assert (rows.places(Shown.TO_ANSWER), rows.places(Shown.BEHIND), rows.places(Shown.ALL)) == ([0], [1], [0, 1])
    assert (rows.by_chance, rows.chances_behind()) == (1, [3.2])
    rows.set_answers(behind.pair, Answers(mine=Mine.NOT_MINE))
    assert (rows.places(Shown.BEHIND), rows.places(Shown.ANSWERED), rows.chances_behind()) == ([], [1], [])


def test_rows_that_chance_explains_are_no_finding_and_are_told(tmp_path: Path) -> None:
    with Case.create(tmp_path / "one.exhibit", sample=False) as case:
        run = case.runs.begin(PLAN).run_id
        case.works.add(run, [SeenWork(artwork())])
        rows = [found(str(number), grade=Grade.POSSIBLE, chance=4.0) for number in range(3)]
        case.findings.add(run, rows)
        case.runs.finish(run)
    view = read_case(tmp_path / "one.exhibit")
    assert headline(view) == "Nothing was found that chance does not explain"
    assert has_matches(view)
    assert "3 rows wait behind the others: they come no nearer than chance alone brings" in words(view)


def test_it_says_where_each_work_is_listed_and_what_own_works_say(tmp_path: Path) -> None:
    place = tmp_path / "a.exhibit"
    with Case.create(place, sample=False) as case:
        run = case.runs.begin(PLAN).run_id
        case.works.add(run, [SeenWork(artwork())])
        case.findings.add(run, [found(row) for row in "123"])
        sites = {"1": "pins.example", "2": "luna.example", "3": "luna.example"}
        case.findings.place(run, [Placed(artwork().path, "coyo", row, 1, site) for row, site in sites.items()])
        case.controls.add(run, [OwnControls("coyo", "COYO-700M", "1", own=Tally(29, 31))])
        case.runs.finish(run)
    said = words(read_case(place))
    assert "lake.png: luna.example (2 rows), pins.example (1 row)." in said
    assert "29 of 31 were found by the picture too." in said


def test_a_row_knows_the_others_of_its_copy_and_says_that_it_needs_a_careful_look() -> None:
    numbered = [replace(row(number), copy=copy) for number, copy in enumerate((5, 7, 5, None, None), start=1)]
    rows = Rows([*numbered, replace(row(6), is_doubtful=True)])
    assert [rows.same_copy(one) for one in numbered] == [["M-003"], [], ["M-001"], [], []]
    shown = FindingList()
    shown.load(rows, Shown.ALL)
    assert shown.data(shown.index(5)).endswith("not answered yet · needs a careful look")
    assert shown.data(shown.index(4)).endswith("not answered yet")
