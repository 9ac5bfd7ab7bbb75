# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account export is to this program: pictures as published, and what the archive says of each.

No platform has promised how its archive is laid out. Each reader therefore carries an `ExportLayout`, which says
whether the layout was described by people who read such archives, or is only inferred, and by whom; users see it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import ClassVar

from indexer.core.types import Skipped
from indexer.exports.archive import Archive

_PICTURES = frozenset((".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".avif", ".bmp", ".tif", ".tiff"))


class LayoutBasis(StrEnum):
    """On what the knowledge of a layout rests."""

    DOCUMENTED = "documented"  # described by public parsers of real archives
    INFERRED = "inferred"  # concluded from how the platform names things elsewhere; no archive was ever described


@dataclass(frozen=True, slots=True)
class ExportLayout:
    """What is known of a platform's archive. `source` says in one sentence where that is from."""

    platform: str
    basis: LayoutBasis
    source: str


@dataclass(frozen=True, slots=True)
class Mention:
    """What an archive says of one picture, or of all pictures of one post.

    Attributes:
        key: by what a file is known to be meant, see `ExportReader.keys_of`.
        published: `YYYY-MM-DDThh:mm:ssZ` where the archive gives a moment; `YYYY-MM-DD` where it gives a day or a time
            without its zone; None where it gives neither.
        address: of the picture file; `page`: of the post.
        is_own: False in a post that only passes on a picture of somebody else, or among what was kept of others.
        names_file: the archive names this very file, so that its absence is worth telling.
    """

    key: str
    published: str | None = None
    address: str | None = None
    page: str | None = None
    post_id: str | None = None
    is_own: bool = True
    names_file: bool = True


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A picture file as it was published. `place` is its name within the archive; the rest is as in `Mention`.

    `is_fetched` is one that no archive held, but that a platform gave for a post when the check was made.
    """

    place: str
    platform: str
    address: str | None = None
    page: str | None = None
    post_id: str | None = None
    published: str | None = None
    is_fetched: bool = False


class ExportReader(ABC):
    """Reads the archives of one platform. Holds nothing: one reader serves any number of archives.

    Attributes:
        layout: what is known of the archives, shown to the user.
        manifests: what a file that lists the posts is called, for the sentence that says they are missing.
    """

    layout: ClassVar[ExportLayout]
    manifests: ClassVar[str]

    @abstractmethod
    def recognises(self, archive: Archive) -> bool:
        """Whether this looks like an archive, or a part of one, of this platform."""

    @abstractmethod
    def is_list_of_posts(self, name: str) -> bool:
        """Whether a file may be one that `mentions` reads."""

    @abstractmethod
    def mentions(self, archive: Archive) -> Iterator[Mention | Skipped]:
        """What the archive says of pictures; a part that cannot be read is a `Skipped`, and the rest goes on."""

    @abstractmethod
    def by_place(self, name: str) -> Mention | None:
        """What the mere place of a picture says; None for a picture that was not published in a post.

        Where it says that others made the picture, that counts more than a list, which may mean another file.
        """

    def keys_of(self, name: str) -> Iterator[str]:
        """The keys that a mention of this file may have: its path, from every folder on."""
        parts = PurePosixPath(name).parts
        for start in range(len(parts)):
            yield "/".join(parts[start:])


def is_picture(name: str) -> bool:
    """Whether a name ends like that of a picture; what the file really is, its first bytes tell later."""
    return PurePosixPath(name).suffix.lower() in _PICTURES
