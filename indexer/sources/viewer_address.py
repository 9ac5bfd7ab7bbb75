# SPDX-License-Identifier: GPL-3.0-or-later
"""How a data set of the Hugging Face hub is written as a source.

    hf://datasets/OWNER/NAME#config=…&split=…&revision=…&viewer=https://…

Everything behind `#` may be left out. A name without an owner is one of the hub's oldest sets.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from indexer.core.errors import SourceProblem

BEGINNING = "hf://datasets/"
VIEWER = "https://datasets-server.huggingface.co"
"""The hub's own dataset viewer (`datasets.md` §5.1)."""

HUB = "huggingface.co"
"""Whose access tokens the hub's dataset viewer takes, and where the pages of the sets are."""

_NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
_KNOWN = ("config", "split", "revision", "viewer")


@dataclass(frozen=True, slots=True)
class ViewerAddress:
    """A part of a data set, and the service that is asked for it.

    Attributes:
        dataset: `OWNER/NAME`.
        config, split: None for the one that the service names first, or its `default` and `train`.
        revision: that the service has to hold, or the beginning of its name; None for whatever it holds now.
        viewer: address of the service, without a slash at the end.
    """

    dataset: str
    config: str | None = None
    split: str | None = None
    revision: str | None = None
    viewer: str = VIEWER

    @property
    def page(self) -> str:
        """Where a person reads about the set, and accepts its terms."""
        return f"https://{HUB}/datasets/{self.dataset}"

    @property
    def token_host(self) -> str:
        """The host whose access token may be sent: the hub's to its own viewer, else that of the service itself."""
        return HUB if self.viewer == VIEWER else urlsplit(self.viewer).hostname or ""


def read_address(written: str) -> ViewerAddress:
    """What the user wrote after `--source`.

    Raises:
        SourceProblem: it is not such an address.
    """
    body, _, choice = written.removeprefix(BEGINNING).partition("#")
    name = body.strip("/")
    if not written.startswith(BEGINNING) or not _NAME.fullmatch(name) or ".." in name:
        raise SourceProblem(written, f"a data set of the hub is written {BEGINNING}OWNER/NAME")
    chosen = dict(parse_qsl(choice))
    unknown = sorted(set(chosen) - set(_KNOWN))
    if unknown or (choice and not chosen):
        words = f"behind # only {', '.join(_KNOWN[:-1])} and {_KNOWN[-1]} can be chosen, each with = and a value"
        raise SourceProblem(written, words)
    viewer = chosen.get("viewer", VIEWER).rstrip("/")
    if not viewer.startswith(("https://", "http://")):
        raise SourceProblem(written, "the viewer has to be a web address that begins with https:// or http://")
    return ViewerAddress(name, chosen.get("config"), chosen.get("split"), chosen.get("revision"), viewer)
