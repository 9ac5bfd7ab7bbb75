# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign text made fit for print: what cannot be seen is written out, so that a page shows all that a row holds."""

import unicodedata
from collections.abc import Mapping

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Control, format (among them those that turn the reading direction), unassigned, private, surrogate, separators.

Private characters are among them because they mean what a font likes: one draws a wrong sign, the next has none, and
no package could be named that helps.
"""
_JOINERS = frozenset("\u200c\u200d")
"""Format characters that Persian, Hindi and composed emoji cannot be written without."""

MOST_CHARACTERS = 2000
"""Of one recorded text on paper; some rows hold whole pages. The case file keeps all of it."""


def make_visible(text: str) -> str:
    r"""The text with every unseen character as an escape: `\n`, `\u{202E}`."""
    return "".join(_escape(character) if _is_unseen(character) else character for character in text)


def make_all_visible(data: object) -> object:
    """The same structure of mappings and sequences with every string in it made visible; keys are our own."""
    if isinstance(data, str):
        return make_visible(data)
    if isinstance(data, Mapping):
        return {key: make_all_visible(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [make_all_visible(value) for value in data]
    return data


def shorten(text: str) -> str:
    """At most `MOST_CHARACTERS`, with a note of how many there are."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}… (cut here; {len(text):,} characters in all)"


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN and character not in _JOINERS


def _escape(character: str) -> str:
    return _SHORT.get(character, f"\\u{{{ord(character):X}}}")
