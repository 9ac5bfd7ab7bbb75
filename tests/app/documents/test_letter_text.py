# SPDX-License-Identifier: GPL-3.0-or-later
import tomllib
from dataclasses import fields, replace
from importlib.resources import files

import pytest
from jinja2.sandbox import SecurityError

from app.documents.letter import _letter_facts
from app.documents.letter_text import LetterHead, LetterTemplate, PartKind, fill_in, load_template
from app.documents.problems import DocumentProblem
from tests.app.documents.examples import make_letter

TEMPLATES = [
    (folder.name, file.name)
    for folder in (files("resources") / "letters").iterdir()
    if folder.is_dir()
    for file in folder.iterdir()
]


@pytest.fixture
def template() -> LetterTemplate:
    return load_template("dataset_removal_request")


@pytest.mark.parametrize(("language", "file"), TEMPLATES)
def test_every_template_says_what_it_is_what_it_needs_and_who_reviewed_it(language: str, file: str) -> None:
    name = file.removesuffix(".md.j2")
    head = load_template(name, language).head
    assert head.type == name.upper()
    assert head.language == language
    assert head.version >= 1
    assert head.law_reviewed.year >= 2026
    assert head.reviewer
    assert head.requires.keys() <= _letter_facts(make_letter()).keys()
    assert all(head.requires.values())


@pytest.mark.parametrize(("language", "file"), TEMPLATES)
def test_no_template_has_a_head_entry_that_nobody_reads(language: str, file: str) -> None:
    text = (files("resources") / "letters" / language / file).read_text("utf-8")
    assert tomllib.loads(text.split("+++\n")[1]).keys() == {field.name for field in fields(LetterHead)}


def test_paragraphs_lists_and_the_place_of_the_table_come_in_their_order(template: LetterTemplate) -> None:
    body = "Dear {{ sender_name }},\nhow are\nyou?\n\n[rows]\n\n- one\n  more\n- two {{ reference }}\n"
    parts = fill_in(replace(template, body=body), _letter_facts(make_letter())).parts
    assert [(part.kind, part.lines) for part in parts] == [
        (PartKind.PARAGRAPH, ("Dear Mira Example, how are you?",)),
        (PartKind.ROWS, ()),
        (PartKind.LIST, ("one more", "two EX-2026-0007/L-001")),
    ]


def test_a_name_that_no_fact_has_is_an_error_and_not_a_blank(template: LetterTemplate) -> None:
    with pytest.raises(DocumentProblem, match="'shoe_size' is undefined"):
        fill_in(replace(template, body="My shoe size is {{ shoe_size }}."), _letter_facts(make_letter()))


def test_a_template_cannot_reach_into_the_program(template: LetterTemplate) -> None:
    body = "{{ rows.__class__.__mro__[1].__subclasses__() }}"
    with pytest.raises(SecurityError):
        fill_in(replace(template, body=body), _letter_facts(make_letter()))
