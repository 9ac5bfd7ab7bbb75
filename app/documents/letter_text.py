# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a letter: a template with facts filled in, as paragraphs and lists.

A template has a head in TOML between two lines of `+++`, then paragraphs separated by blank lines. A paragraph whose
lines begin with `- ` is a list; one that reads `[rows]` is where the table of rows stands. Paragraphs are taken apart
before facts are filled in, so no fact can make a paragraph, a list or a table.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files

import msgspec
from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from app.documents.problems import DocumentProblem

_FENCE = "+++\n"
_ITEM = "- "
_ROWS = "[rows]"
_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)  # what comes out is never HTML


@dataclass(frozen=True, slots=True)
class LetterHead:
    """What a template says of itself.

    Attributes:
        law_reviewed: when somebody last held the wording against the law.
        reviewer: the lawyer who read it, or "none yet".
        requires: facts that must be there, each with the words that ask the user for it.
    """

    type: str
    version: int
    language: str
    law_reviewed: date
    reviewer: str
    subject: str
    requires: Mapping[str, str]


class PartKind(StrEnum):
    """What a part of a letter is."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a letter; a paragraph has one line, a list a line for each item, the place of the table none."""

    kind: PartKind
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """A letter before its facts are filled in."""

    head: LetterHead
    body: str


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter's words."""

    subject: str
    parts: tuple[Part, ...]


def load_template(name: str, language: str = "en") -> LetterTemplate:
    """Read `resources/letters/LANGUAGE/NAME.md.j2`."""
    text = (files("resources") / "letters" / language / f"{name}.md.j2").read_text("utf-8")
    _, head, body = text.split(_FENCE, 2)
    return LetterTemplate(msgspec.convert(tomllib.loads(head), LetterHead), body)


def fill_in(template: LetterTemplate, facts: Mapping[str, object]) -> LetterText:
    """The letter's words with the facts in them.

    Raises:
        DocumentProblem: a fact is missing or empty; it is named.
    """
    _check_required(template.head, facts)
    parts = [_fill_part(paragraph.strip(), facts) for paragraph in template.body.split("\n\n") if paragraph.strip()]
    return LetterText(_render(template.head.subject, facts), tuple(parts))


def _check_required(head: LetterHead, facts: Mapping[str, object]) -> None:
    missing = [f"{words} ({fact})" for fact, words in head.requires.items() if _is_empty(facts.get(fact))]
    if missing:
        raise DocumentProblem(f"the letter cannot be written without {', '.join(missing)}")


def _is_empty(fact: object) -> bool:
    return not (fact.strip() if isinstance(fact, str) else fact)


def _fill_part(paragraph: str, facts: Mapping[str, object]) -> Part:
    if paragraph == _ROWS:
        return Part(PartKind.ROWS)
    if paragraph.startswith(_ITEM):
        items = ("\n" + paragraph).split("\n" + _ITEM)[1:]
        return Part(PartKind.LIST, tuple(_render(item, facts) for item in items))
    return Part(PartKind.PARAGRAPH, (_render(paragraph, facts),))


def _render(source: str, facts: Mapping[str, object]) -> str:
    """One paragraph. The template's own line breaks become spaces first; a line break in a fact stays what it is."""
    try:
        return _ENVIRONMENT.from_string(" ".join(source.split())).render(facts).strip()
    except UndefinedError as problem:
        raise DocumentProblem(f"the letter cannot be written: {problem.message}") from problem
