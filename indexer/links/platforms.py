# SPDX-License-Identifier: GPL-3.0-or-later
"""What the addresses of a platform say: whose page it is, and which part of a picture's address is a handle, if one.

The rules are data, one file a platform in `resources/platforms/`, each marked with where it is from.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from indexer.links.addresses import Address
from indexer.links.hosts import HostTable

_LONGEST_PATH = 1000
"""A longer path is not judged: patterns could take seconds for one that a stranger made for that."""


_OF_OTHERS = re.compile(
    r"/(?:favou?rites?|faves|favs|likes|liked|following|watching|collections?)(?:/|$)", re.IGNORECASE
)
"""Pages of an account that show what others made; the same words as in the platforms' archives of accounts."""


class RuleBasis(StrEnum):
    """How a rule is known."""

    DOCUMENTED = "documented"
    INFERRED = "inferred"
    MEMORY = "memory"

    @property
    def words(self) -> str:
        """What people are told with anything that rests on such a rule; empty for documented ones."""
        match self:
            case RuleBasis.INFERRED:
                return "this rule was worked out from examples, check it"
            case RuleBasis.MEMORY:
                return "this rule is from memory, check it"
        return ""


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform.

    Attributes:
        key: how people write it in front of a handle: `deviantart:luna`.
        name: as it calls itself.
        handle_in_addresses: whether addresses of its pictures carry the handle, or the number of the account.
        number: what such addresses carry instead of a name, in words; empty when it is the handle itself.
        ignored: characters that its addresses leave out of handles.
        tags: its columns of accounts hold tags, several in one cell.
        reserved: words that stand where a handle could, and are none.
        basis: of its rules for addresses of pictures, the weakest.
    """

    key: str
    name: str
    handle_in_addresses: bool
    number: str
    ignored: str
    tags: bool
    reserved: frozenset[str]
    basis: RuleBasis


@dataclass(frozen=True, slots=True)
class Reading:
    """What one address says.

    Attributes:
        of_picture: the address is one of a picture, else of a page.
        handle: as it stands in the address, lower case.
        post: number or code of the post, `title` the post's title as far as it stands there.
        begins, ends: file name that begins, or ends, with the name under which the artist is shown.
    """

    platform: Platform
    of_picture: bool
    basis: RuleBasis
    handle: str | None = None
    post: str | None = None
    title: str | None = None
    begins: str | None = None
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    platform: Platform
    of_picture: bool
    basis: RuleBasis
    path: re.Pattern[str]


class Platforms:
    """All platforms that are known."""

    def __init__(self, written: Mapping[str, Mapping[str, Any]]) -> None:
        self._known = {key: _platform(key, one) for key, one in written.items()}
        self._called = dict(self._known)
        for key, one in written.items():
            self._called.update((word, self._known[key]) for word in one.get("also_called", ()))
        self._rules = HostTable(
            (host, rule) for key, one in written.items() for host, rule in _rules(self._known[key], one)
        )
        patterns = [
            host for one in written.values() for rule in (*one["page"], *one["picture"]) for host in rule["hosts"]
        ]
        self._above = frozenset(tail for pattern in patterns for tail in _tails(pattern))

    def __iter__(self) -> Iterator[Platform]:
        return iter(self._known.values())

    def find(self, word: str) -> Platform | None:
        """The platform that people call so."""
        return self._called.get(word.strip().lower())

    def at(self, host: str) -> Iterator[Platform]:
        """The platforms that have rules for a host."""
        return (rule.platform for _, rule in self._rules.find(host))

    def is_above(self, host: str) -> bool:
        """Whether a host has hosts of a platform below it, as `blogspot.com` has everybody's blogs."""
        return host in self._above

    def carries_handle(self, host: str) -> bool:
        """Whether addresses on a host may carry a handle, or the name that an artist is shown under."""
        naming = {"handle", "begins", "ends"}
        return any(found.groupdict() or naming & rule.path.groupindex.keys() for found, rule in self._rules.find(host))

    def read(self, address: Address) -> Reading | None:
        """What the address says; None when it is on no platform, or of no known form."""
        if len(address.path) > _LONGEST_PATH:
            return None
        for on_host, rule in self._rules.find(address.host):
            if found := rule.path.fullmatch(address.path):
                said = on_host.groupdict() | found.groupdict()
                handle = (said.get("handle") or "").lower() or None
                is_theirs = rule.of_picture or not _OF_OTHERS.search(address.path)
                if handle is None or (handle not in rule.platform.reserved and is_theirs):
                    return _reading(rule, handle, said)
        return None


@cache
def platforms() -> Platforms:
    """The platforms of `resources/platforms/`."""
    folder = files("resources") / "platforms"
    places = sorted((place for place in folder.iterdir() if place.name.endswith(".toml")), key=lambda place: place.name)
    return Platforms({place.name.removesuffix(".toml"): tomllib.loads(place.read_text("utf-8")) for place in places})


def _tails(pattern: str) -> Iterator[str]:
    """The plain hosts above a pattern of hosts."""
    labels = pattern.split(".")
    tails = (".".join(labels[first:]) for first in range(1, len(labels)))
    return (tail for tail in tails if "*" not in tail and "{" not in tail)


def _platform(key: str, one: Mapping[str, Any]) -> Platform:
    bases = {RuleBasis(rule["basis"]) for rule in one["picture"]} if "picture" in one else {RuleBasis.MEMORY}
    return Platform(
        key,
        one["name"],
        one["handle_in_addresses"],
        one.get("number", ""),
        one.get("ignored", ""),
        one.get("tags", False),
        frozenset(one["reserved"]),
        max(bases, key=list(RuleBasis).index),
    )


def _rules(platform: Platform, one: Mapping[str, Any]) -> Iterator[tuple[str, _Rule]]:
    for kind in ("page", "picture"):
        for rule in one.get(kind, ()):
            path = re.compile(rule["path"], re.IGNORECASE)
            for host in rule["hosts"]:
                yield host, _Rule(platform, kind == "picture", RuleBasis(rule["basis"]), path)


def _reading(rule: _Rule, handle: str | None, said: Mapping[str, str | None]) -> Reading:
    in_base_36 = said.get("post36")
    post = str(int(in_base_36, 36)) if in_base_36 else said.get("post")
    return Reading(
        rule.platform,
        rule.of_picture,
        rule.basis,
        handle,
        post,
        said.get("title"),
        said.get("begins"),
        said.get("ends"),
    )
