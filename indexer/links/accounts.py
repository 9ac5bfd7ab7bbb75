# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles: what people write for their accounts, and when two ways to write a handle are the same."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_plus

from indexer.core.types import Lane
from indexer.links.platforms import Platform, platforms
from indexer.links.sites import Site, account_on

LEAST_HANDLE = 3
"""Shorter ones would be found in everybody's addresses."""

_PREFIX = re.compile(r"([\w.+ -]+):(?!//)\s*(\S.*)", re.DOTALL)
_BARE = re.compile(r"[a-z0-9._~]+(?:[ _-]+[a-z0-9._~]+)*", re.IGNORECASE)
_RUN = re.compile(r"[a-z0-9]+")
_PARTED = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Account:
    """An account that the person named as theirs.

    Attributes:
        asked: as they wrote it.
        platform: of the account; None when they named a handle alone, which is then anybody's.
        handle: as they wrote it, without the platform.
        lane: location when it comes from the address of a page, else attribution.
    """

    asked: str
    platform: Platform | None
    handle: str
    lane: Lane = Lane.ATTRIBUTION

    @property
    def needles(self) -> frozenset[str]:
        """Lower-case pieces, one of which stands in every address that is recognised as this account's."""
        low = self.handle.lower()
        longest = max(_RUN.findall(low), key=len, default="")
        if len(longest) >= LEAST_HANDLE:
            return frozenset({longest})
        return frozenset({_PARTED.sub(between, low) for between in ("-", "_", "")} | {low})


def account_of_name(asked: str) -> Account | None:
    """The account that a name stands for: `deviantart:luna`, `@luna`, `u/luna`, `luna`, `Luna Vale`; None for none."""
    name = asked.strip()
    prefixed = _PREFIX.fullmatch(name)
    if prefixed:
        platform = platforms().find(prefixed[1])
        return Account(asked, platform, bare_handle(prefixed[2])) if platform else None
    handle = bare_handle(name)
    return Account(asked, None, handle) if len(handle) >= LEAST_HANDLE and _BARE.fullmatch(handle) else None


def account_of_site(site: Site) -> Account | None:
    """The account whose page a site is; None for a site of its own."""
    reading = account_on(site)
    return Account(site.asked, reading.platform, reading.handle, Lane.LOCATION) if reading and reading.handle else None


def unknown_platform(asked: str) -> str | None:
    """The word before a colon that is no platform known here; None when there is none."""
    prefixed = _PREFIX.fullmatch(asked.strip())
    return prefixed[1] if prefixed and not platforms().find(prefixed[1]) else None


def bare_handle(written: str) -> str:
    """A handle without what platforms put in front of it."""
    written = written.strip()
    for sign in ("@", "~", "u/", "/u/", "user/"):
        written = written.removeprefix(sign)
    return written.strip("/ ")


def same_form(handle: str, platform: Platform | None) -> str:
    """The form in which two ways to write one handle are equal: case, hyphens, underscores, spaces, encoding."""
    if "%" in handle or "+" in handle:
        handle = unquote_plus(handle)
    level = _PARTED.sub("_", bare_handle(handle).lower())
    for ignored in platform.ignored if platform else "":
        level = level.replace(ignored, "")
    return level
