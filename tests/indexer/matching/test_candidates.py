"""Which of several fingerprints that propose one row is believed: the work as it is, or one of its other forms."""

from dataclasses import replace

import pytest

from indexer.core.types import Grade
from indexer.fingerprints.base import Kind
from indexer.images.forms import Form
from indexer.matching.candidates import by_row, forms_by_row, in_form
from indexer.matching.evidence import Evidence, NotSeen
from indexer.matching.grade import grade
from indexer.sources.base import Candidate, RowFacts
from tests.helpers.pictures import draw
from tests.helpers.queries import query_of
from tests.indexer.matching.making import SMALL_CHECK, candidate, row

QUERY = query_of(draw(1))
"""480 × 360 pixels."""

WHOLE_SHAPE, SQUARE_SHAPE = {"width": 96, "height": 72}, {"width": 90, "height": 90}
OTHER_SHAPE = {"width": 300, "height": 90}
UNSEEN = NotSeen("it is not on this machine")


def whole(distance: float) -> Candidate:
    return candidate(Kind.PHASH, distance)


def in_shape(form: Form, distance: float) -> Candidate:
    return replace(candidate(Kind.PHASH, distance), form=form)


def believed(facts: RowFacts, *candidates: Candidate) -> Candidate:
    """The pHash that the row is graded by."""
    ((pair, nearest),) = by_row(candidates).items()
    return in_form(nearest, forms_by_row(candidates).get(pair, []), QUERY, facts)[Kind.PHASH]


@pytest.mark.parametrize("size", [{}, WHOLE_SHAPE])
def test_a_copy_that_lost_much_keeps_its_grade_though_a_form_is_a_step_nearer(size: dict[str, int]) -> None:
    facts = row(**size)
    hit = believed(facts, whole(2), in_shape(Form.SQUARE, 0))
    graded = grade(Evidence(QUERY, facts, {Kind.PHASH: hit}, UNSEEN), SMALL_CHECK)
    assert graded is not None
    assert (graded.grade, graded.edits) == (Grade.SAME_IMAGE, ())


@pytest.mark.parametrize(
    ("size", "candidates", "form"),
    [
        ({}, (whole(6), in_shape(Form.MIDDLE, 2)), Form.MIDDLE),
        ({}, (whole(4), in_shape(Form.MIDDLE, 0)), None),
        ({}, (in_shape(Form.MIDDLE, 2), in_shape(Form.SQUARE, 0)), Form.SQUARE),
        (WHOLE_SHAPE, (whole(8), in_shape(Form.SQUARE, 0)), None),
        (WHOLE_SHAPE, (whole(8), in_shape(Form.SQUARE, 0), in_shape(Form.MIDDLE, 4)), Form.MIDDLE),
        (WHOLE_SHAPE, (in_shape(Form.SQUARE, 0), in_shape(Form.MIDDLE, 2)), Form.MIDDLE),
        (SQUARE_SHAPE, (whole(4), in_shape(Form.SQUARE, 2)), Form.SQUARE),
        (SQUARE_SHAPE, (whole(2), in_shape(Form.SQUARE, 2)), None),
        (OTHER_SHAPE, (whole(8), in_shape(Form.SQUARE, 0)), None),
        (OTHER_SHAPE, (in_shape(Form.SQUARE, 0), in_shape(Form.MIDDLE, 2)), Form.SQUARE),
    ],
)
def test_a_form_stands_for_the_work_only_where_it_explains_the_row_better(
    size: dict[str, int], candidates: tuple[Candidate, ...], form: Form | None
) -> None:
    assert believed(row(**size), *candidates).form is form
    assert believed(row(**size), *reversed(candidates)).form is form


def test_other_fingerprints_of_the_row_stay_as_they_are() -> None:
    near = by_row([whole(6), candidate(Kind.PDQ, 12), in_shape(Form.MIDDLE, 2)])
    ((_, nearest),) = near.items()
    chosen = in_form(nearest, [in_shape(Form.MIDDLE, 2)], QUERY, row())
    assert chosen[Kind.PDQ].distance == 12
    assert in_form({Kind.PDQ: candidate(Kind.PDQ, 12)}, [], QUERY, row()) == {Kind.PDQ: candidate(Kind.PDQ, 12)}
