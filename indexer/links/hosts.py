# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of host names, as the data of this room writes them, and what stands under the patterns that fit a host.

`deviantart.com` is that host alone · `fc*.deviantart.net` a star for any characters within one label · `**.example.org`
that host and every one below it · `{handle}.tumblr.com` one label that is somebody's handle.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

_PIECES = re.compile(r"(\{handle\}|\*\*\.|\*)")
_MEANINGS = {"{handle}": r"(?P<handle>[^.]+)", "**.": r"(?:[^.]+\.)*", "*": r"[^.]*"}


_HOSTS_KEPT = 1 << 14
"""Rows of one table mostly come from few hosts."""


def key_of(host: str) -> str:
    """The last two labels, under which patterns are kept so that few are tried for a host."""
    second = host.rfind(".", 0, host.rfind(".")) if "." in host else -1
    return host[second + 1 :]


def compile_host(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression for a whole host in lower case."""
    return re.compile("".join(_MEANINGS.get(piece, re.escape(piece)) for piece in _PIECES.split(pattern)))


class HostTable(Generic[Kept]):
    """What is kept under patterns of hosts.

    Raises:
        ValueError: the last two labels of a pattern are not plain.
    """

    def __init__(self, entries: Iterable[tuple[str, Kept]]) -> None:
        self._kept: dict[str, list[tuple[re.Pattern[str], Kept]]] = {}
        for pattern, kept in entries:
            key = key_of(pattern.removeprefix("**."))
            if _PIECES.search(key):
                raise ValueError(f"{pattern} does not end in two plain labels")
            self._kept.setdefault(key, []).append((compile_host(pattern), kept))
        self.find = lru_cache(maxsize=_HOSTS_KEPT)(self._find)
        """Everything under patterns that fit a host, in the order in which it was given, each with its match."""

    def _find(self, host: str) -> tuple[tuple[re.Match[str], Kept], ...]:
        under_key = self._kept.get(key_of(host), ())
        return tuple((fitting, kept) for pattern, kept in under_key if (fitting := pattern.fullmatch(host)))
