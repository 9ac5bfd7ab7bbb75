# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters that no font on this machine can draw: found in what the typesetter says, and what to install for them."""

import re
import unicodedata

_COMPLAINT = re.compile(r'the text `"((?:[^"\\]|\\.)+)"` could not be displayed')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_MOST_NAMED = 20

_CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "HALFWIDTH", "FULLWIDTH")
_EMOJI = range(0x1F000, 0x1FB00)


def missing_characters(diagnostic: str) -> str:
    """The characters that the typesetter could not draw, each once, in the order of the text; empty without any."""
    pieces = [_ESCAPE.sub(_unescape, piece) for piece in _COMPLAINT.findall(diagnostic)]
    return "".join(dict.fromkeys("".join(pieces)))


def missing_font_sentence(what: str, missing: str) -> str:
    """What is missing and what helps, in one sentence."""
    named = missing[:_MOST_NAMED]
    more = f" and {len(missing) - len(named)} more" if len(missing) > len(named) else ""
    packages = " and ".join(sorted({_package(character) for character in missing}))
    return f"the {what} needs a font for: {named}{more}; on Debian and Ubuntu install {packages}, then make it again"


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def _package(character: str) -> str:
    """The package of Noto fonts that has this character's script."""
    if unicodedata.name(character, "").startswith(_CJK):
        return "fonts-noto-cjk"
    if ord(character) in _EMOJI:
        return "fonts-noto-color-emoji"
    return "fonts-noto-core"
