# SPDX-License-Identifier: GPL-3.0-or-later
"""Which program this is, for manifests, reports and requests."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

DISTRIBUTION = "exhibit-a"


@dataclass(frozen=True, slots=True)
class Tool:
    """Name and version of the program that made something."""

    name: str
    version: str


@cache
def this_tool() -> Tool:
    """The running program; its version is the one of `pyproject.toml`."""
    return Tool(DISTRIBUTION, version(DISTRIBUTION))
