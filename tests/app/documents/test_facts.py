# SPDX-License-Identifier: GPL-3.0-or-later
import msgspec
import pytest

from app.documents.facts import LetterFacts, ReportFacts
from tests.app.documents.examples import every_grade, make_letter, make_report


@pytest.mark.parametrize(
    ("facts", "kind"), [(make_report(every_grade()), ReportFacts), (make_letter(2, reply_by="Soon."), LetterFacts)]
)
def test_facts_come_back_whole_from_json(facts: object, kind: type) -> None:
    assert msgspec.json.decode(msgspec.json.encode(facts), type=kind) == facts
