# SPDX-License-Identifier: GPL-3.0-or-later
"""ArtStation: no description of its archives was found; fields are looked for by the names of its public pages."""

import re
from collections.abc import Iterator

from indexer.core.types import Skipped
from indexer.exports.archive import Archive
from indexer.exports.base import ExportLayout, ExportReader, LayoutBasis, Mention
from indexer.exports.ownership import lies_with_others
from indexer.exports.records import Fields, file_key, is_list, read_records, speaks_of

_FIELDS = Fields(
    host="artstation.com",
    page=("permalink", "url", "project_url"),
    post_id=("hash_id", "project_id", "id"),
    published=("published_at", "created_at", "date"),
)
_PROJECTS = re.compile(r"(^|/)(projects|portfolio|artworks?|assets)/", re.IGNORECASE)


class ArtStationReader(ExportReader):
    """Pictures in folders of projects, or that a list names."""

    layout = ExportLayout(
        "ArtStation",
        LayoutBasis.INFERRED,
        "no public description of its archives was found; names of folders and of fields are inferred from the data"
        " behind its public pages",
    )
    manifests = "list of your projects"

    def recognises(self, archive: Archive) -> bool:
        """By a list that names the platform."""
        return speaks_of(archive, _FIELDS.host)

    def is_list_of_posts(self, name: str) -> bool:
        """Any list: it is not known what they are called."""
        return is_list(name)

    def mentions(self, archive: Archive) -> Iterator[Mention | Skipped]:
        """What lists in the archive say."""
        return read_records(archive, _FIELDS)

    def by_place(self, name: str) -> Mention | None:
        """A picture in a folder of projects was published; one among what others made is theirs."""
        if lies_with_others(name):
            return Mention(file_key(name), is_own=False)
        return Mention(file_key(name)) if _PROJECTS.search(name) else None

    def keys_of(self, name: str) -> Iterator[str]:
        """The file's own name."""
        yield file_key(name)
