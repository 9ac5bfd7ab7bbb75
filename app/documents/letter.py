# SPDX-License-Identifier: GPL-3.0-or-later
"""A letter that asks for rows to be removed from a data set: facts only, a draft for the artist to read, sign and send.

It threatens nothing and claims nothing about any model. Rows whose grade is too weak for a letter are refused.
"""

from dataclasses import asdict
from pathlib import Path

from app.documents.facts import LetterFacts, LetterRow
from app.documents.letter_text import fill_in, load_template
from app.documents.problems import DocumentProblem
from app.documents.typeset import typeset
from app.documents.visible import shorten
from app.documents.wording import GRADE_WORDS, count_words, letter_words
from indexer.core.types import LETTER_GRADES

MOST_ROWS_IN_TEXT = 3
"""More rows than this get pages of their own after the signature, so that the request itself is read at a glance."""

_NOT_COMPARED = "none compared"
"""Where a row was found by its address or account, beside no work."""


def write_letter(facts: LetterFacts, output: Path) -> None:
    """Make the letter and write it to `output`, which is only touched when the letter is whole.

    Raises:
        DocumentProblem: a fact is missing, a row may not enter a letter, or a character has no font on this machine.
        StorageProblem: `output` cannot be written.
    """
    _check_rows(facts.rows)
    text = fill_in(load_template("dataset_removal_request"), _letter_facts(facts))
    data = {
        "subject": text.subject,
        "parts": [asdict(part) for part in text.parts],
        "sample": facts.sample,
        "place_and_date": facts.place_and_date,
        "sender": asdict(facts.sender),
        "recipient": asdict(facts.recipient),
        "reference": facts.reference,
        "rows": [_row(row) for row in facts.rows],
        "rows_enclosed": _are_rows_enclosed(facts),
        "enclosures": _enclosures(facts),
    }
    typeset("letter", data, {}, output, facts.generated_utc)


def _check_rows(rows: tuple[LetterRow, ...]) -> None:
    for row in rows:
        if row.grade not in LETTER_GRADES:
            raise DocumentProblem(f"{row.number} may not enter a removal request: it is “{GRADE_WORDS[row.grade]}”")


def _letter_facts(facts: LetterFacts) -> dict[str, object]:
    """The names that a letter's template may use."""
    return {
        "sender_name": facts.sender.name,
        "sender_email": facts.sender.email,
        "recipient_name": facts.recipient.name,
        "place_and_date": facts.place_and_date,
        "reference": facts.reference,
        "dataset": facts.dataset,
        "version": facts.version,
        "rows": facts.rows,
        "row_count": len(facts.rows),
        "rows_enclosed": _are_rows_enclosed(facts),
        "reply_by": facts.reply_by,
    }


def _are_rows_enclosed(facts: LetterFacts) -> bool:
    return len(facts.rows) > MOST_ROWS_IN_TEXT


def _row(row: LetterRow) -> dict[str, str | None]:
    return {
        "number": row.number,
        "row": shorten(row.row),
        "url": shorten(row.url) if row.url else None,
        "caption": shorten(row.caption) if row.caption else None,
        "work": shorten(row.work_title) or _NOT_COMPARED,
        "compared": letter_words(row.grade, row.edit, verified=row.verified),
    }


def _enclosures(facts: LetterFacts) -> list[str]:
    table = [f"Table of {count_words(len(facts.rows), 'row', 'rows')}"] if _are_rows_enclosed(facts) else []
    return [*table, *facts.enclosures]
