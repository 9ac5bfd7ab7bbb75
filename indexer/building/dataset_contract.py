# SPDX-License-Identifier: GPL-3.0-or-later
"""What fetching a published data set is asked and what it answers. Imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DatasetAsked:
    """What to make searchable here.

    Attributes:
        slug, recipe: of the catalogue.
        out: the folder to make.
        columns: other columns than the recipe's; empty for the recipe's.
        base: another place than the recipe's: a mirror of the hub, or a folder on the web with the set's files.
        ledger, offline, allow_private_hosts: as for `Network`.
    """

    slug: str
    recipe: str
    out: Path
    ledger: Path
    columns: tuple[str, ...] = ()
    base: str | None = None
    offline: bool = False
    allow_private_hosts: bool = False


@dataclass(frozen=True, slots=True)
class DatasetOffered:
    """What it would cost, as its servers say.

    Attributes:
        files: how many are read.
        download: bytes that still have to be fetched.
        disk: bytes that are needed for all of it, about.
        free: bytes that are free there.
        revision: the commit that is read, empty where the place knows no versions.
        place: where it comes from.
    """

    files: int
    download: int
    disk: int
    free: int
    revision: str
    place: str


@dataclass(frozen=True, slots=True)
class DatasetFetched:
    """What is there now.

    Attributes:
        opens: what a check opens.
        rows: of the index, None where none was built.
        files, downloaded: how many files, and how many bytes came in this run, about.
    """

    opens: Path
    rows: int | None
    files: int
    downloaded: int
    revision: str
