# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is looked for in rows of text, and what was found there."""

from dataclasses import dataclass

from indexer.core.types import Basis, Lane


@dataclass(frozen=True, slots=True)
class Person:
    """The artist, as they wrote it.

    Attributes:
        names: names, aliases and handles; a handle of one platform may be written `deviantart:luna`.
        sites: own and client sites and profile pages, such as `https://www.example.org/art` or `example.org`.
    """

    names: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason why a row speaks of the person.

    Attributes:
        lane: location or attribution.
        basis: `address`, `account` or `name`.
        asked: the site, handle or name, as the person wrote it.
        is_own: the person named this very site or this account of this platform as theirs. Otherwise somebody else may
            be called the same.
        reason: one plain sentence, begun small and without a full stop, so that it can follow "because".
    """

    lane: Lane
    basis: Basis
    asked: str
    is_own: bool
    reason: str
