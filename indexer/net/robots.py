# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site's robots.txt asks programs not to read (RFC 9309).

Python's own reader takes the first rule that fits and knows no wildcards; by the standard, and for every site that is
written by it, the longest rule counts, and `*` and `$` have a meaning.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

_EVERYBODY = "*"
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether paths of this pattern may be read; `*` stands for anything, a `$` at the end for the end."""

    is_allowed: bool
    pattern: str

    def fits(self, path: str) -> bool:
        """Whether it speaks of this path. Piece by piece, since a pattern made by a stranger can stall a regex."""
        is_whole = self.pattern.endswith("$")
        first, *others = self.pattern.removesuffix("$").split("*")
        if not others:
            return path == first if is_whole else path.startswith(first)
        if not path.startswith(first):
            return False
        at = len(first)
        for piece in others[:-1] if is_whole else others:
            found = path.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return not is_whole or (path.endswith(others[-1]) and len(path) - len(others[-1]) >= at)


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host for one program."""

    rules: tuple[Rule, ...]

    def allow(self, url: str) -> bool:
        """Whether this page of the host may be read: the longest rule counts, the friendlier of two equal ones."""
        parts = urlsplit(url)
        path = _normalised((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        fitting = [(len(rule.pattern), rule.is_allowed) for rule in self.rules if rule.fits(path)]
        return max(fitting, default=(0, True))[1]


def read_robots(text: str, program: str) -> Robots:
    """The rules for `program`, by the name with which its user agent begins; else those for everybody."""
    groups = list(_groups(text))
    own = [rules for names, rules in groups if program.lower() in names]
    everybody = [rules for names, rules in groups if _EVERYBODY in names]
    return Robots(tuple(rule for rules in own or everybody for rule in rules))


def _groups(text: str) -> Iterator[tuple[set[str], list[Rule]]]:
    """Names of programs, and the rules below them."""
    names: set[str] = set()
    rules: list[Rule] = []
    for key, value in _lines(text):
        if key == "user-agent":
            if rules:
                yield names, rules
                names, rules = set(), []
            names.add(value.partition("/")[0].strip().lower())
        elif value:  # an empty rule forbids nothing
            rules.append(Rule(key == "allow", _normalised(value)))
    yield names, rules


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.removeprefix("\ufeff").splitlines():
        key, _, value = line.partition("#")[0].partition(":")
        if key.strip().lower() in ("user-agent", "allow", "disallow"):
            yield key.strip().lower(), value.strip()


def _normalised(path: str) -> str:
    """One spelling for each path: RFC 9309 §2.2.2."""
    return quote(_ESCAPED.sub(_plain, path), safe="!$%&'()*+,/:;=?@[]~", errors="replace")


def _plain(escaped: re.Match[str]) -> str:
    letter = unquote(escaped[0], errors="replace")
    return letter if _UNRESERVED.fullmatch(letter) else escaped[0].upper()
