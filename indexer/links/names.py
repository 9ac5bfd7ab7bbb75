# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in captions and tags: found between word boundaries, whatever their case, accents and separators.

A name in a text never says that the row is the artist's: there are namesakes, fan art, and works in somebody's manner.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise

from indexer.links.accounts import account_of_name, bare_handle, unknown_platform

LEAST_LETTERS = 3
LEAST_SIGNS = 2
"""Of scripts that put no space between words, where one sign may be a word of its own."""

AROUND = 40
"""So many characters of the text are shown on each side of a name."""

_LONGEST_TEXT = 20_000
"""What lies behind is not looked at; captions of the known sets are far shorter."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, kana, Chinese characters; and Hangul, where endings follow a name without a space."""
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(r"[^\W_]+(?:[’'.&][^\W_]+)*")
_BETWEEN = r"[\s_.\-\u2010-\u2015]{1,3}"
_LETTER_BEFORE, _LETTER_AFTER = r"(?<![^\W_])", r"(?![^\W_])"
_MARKS = re.compile("[\u0300-\u036f]")
_OWN_BASES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "\u0131": "i", "’": "'"}
)
_ACCENTED = {
    "a": "àáâãäåāă", "c": "çćč", "d": "đď", "e": "èéêëēěę", "g": "ğ", "i": "ìíîïī", "l": "ł", "n": "ñńň",
    "o": "òóôõöøōő", "r": "ř", "s": "śşšș", "t": "ťț", "u": "ùúûüūůű", "y": "ýÿ", "z": "źżž",
}  # fmt: skip
_PIECE = 4
"""Letters of the shortest piece that a long word is cut into, so that one accent leaves a piece whole."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that texts can be searched for.

    Attributes:
        asked: as the person wrote it.
        pattern: finds it in folded text.
        needles: lower-case pieces, one of which stands in every text in which it is recognised. A text that puts
            accents on several letters that have none in the name is passed over.
        is_unspaced: in a script without spaces, so what is found may be a part of a longer word.
    """

    asked: str
    pattern: re.Pattern[str]
    needles: frozenset[str]
    is_unspaced: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name stands: the words themselves, and the text around them on one line."""

    words: str
    around: str


def read_name(asked: str) -> Name | None:
    """The name that somebody wrote; None when `why_not_name` has a reason."""
    if why_not_name(asked):
        return None
    words = _WORD.findall(_plain(asked).lower())
    folded = [_fold(word) for word in words]
    whole = "".join(folded)
    before = "" if _IS_UNSPACED.match(whole[0]) else _LETTER_BEFORE
    after = "" if _IS_UNSPACED.match(whole[-1]) else _LETTER_AFTER
    pattern = re.compile(before + _BETWEEN.join(map(re.escape, folded)) + after)
    rarest = max(range(len(words)), key=lambda number: len(folded[number]))
    return Name(asked, pattern, _needles(words[rarest], folded[rarest]), bool(_IS_UNSPACED.search(whole)))


def why_not_name(asked: str) -> str | None:
    """Why texts are not searched for a name, in words that follow "not searched, because"; None when they are."""
    name = asked.strip()
    if "://" in name:
        return f"“{name}” is an address; name it as a site of yours"
    if platform := unknown_platform(name):
        return f"no platform called “{platform}” is known here, as “{name}” says; leave it out or name another"
    words = _WORD.findall(_fold(_plain(name).lower()))
    letters = "".join(words)
    if not letters:
        return f"“{name}” has no letters"
    if letters.isdecimal():
        return f"“{name}” is a number, which texts are full of"
    unspaced = _IS_UNSPACED.search(letters)
    if unspaced and len(letters) < LEAST_SIGNS:
        return f"“{name}” is a single sign, which stands in many other words"
    if not unspaced and len(letters) < LEAST_LETTERS:
        return f"“{name}” has fewer than {LEAST_LETTERS} letters and would be found everywhere"
    if len(words) == 1 and letters in _everyday_words():
        return f"“{name}” is an everyday word, so what texts say of it is mostly not about you; add a longer name"
    return None


def find_name(name: Name, text: str) -> Place | None:
    """Where the name stands in a text for the first time."""
    text = text[:_LONGEST_TEXT]
    low = text.lower()
    if not any(needle in low for needle in name.needles):
        return None
    if text.isascii():
        found = name.pattern.search(low)
        return _place(text, found.start(), found.end()) if found else None
    text = unicodedata.normalize("NFC", text)
    folded = [_fold(sign) for sign in text]
    found = name.pattern.search("".join(folded))
    if not found:
        return None
    ends = list(accumulate(map(len, folded)))
    first = next(number for number, end in enumerate(ends) if end > found.start())
    last = next(number for number, end in enumerate(ends) if end >= found.end())
    return _place(text, first, last + 1)


def _plain(asked: str) -> str:
    """A name as texts have it, without a platform in front of a handle."""
    account = account_of_name(asked)
    plain = account.handle if account and account.platform else bare_handle(asked)
    return unicodedata.normalize("NFC", plain)


@lru_cache(maxsize=1 << 14)
def _fold(text: str) -> str:
    """Without case, accents of Latin, Greek and Cyrillic letters, and forms of width."""
    return _without_marks(text.lower().casefold()).translate(_OWN_BASES)


def _without_marks(text: str) -> str:
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text)))


def _needles(word: str, folded: str) -> frozenset[str]:
    written = {word, unicodedata.normalize("NFD", word), word.replace("ss", "ß")}
    if not folded.isascii():
        return frozenset(written | {folded, _without_marks(word)})
    pieces = len(folded) // _PIECE
    if pieces >= 2:
        pieces = min(pieces, 3)
        cuts = [len(folded) * cut // pieces for cut in range(pieces + 1)]
        return frozenset({folded[low:high] for low, high in pairwise(cuts)} | written)
    accented = {
        folded[:place] + sign + folded[place + 1 :]
        for place, letter in enumerate(folded)
        for sign in _ACCENTED.get(letter, "")
    }
    return frozenset(accented | written | {folded})


def _place(text: str, start: int, end: int) -> Place:
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    around = (
        ("…" if start > AROUND else "") + before + text[start:end] + after + ("…" if end + AROUND < len(text) else "")
    )
    return Place(text[start:end], " ".join(around.split()))


@cache
def _everyday_words() -> frozenset[str]:
    lines = (files("resources") / "names" / "everyday_words.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
