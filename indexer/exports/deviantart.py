# SPDX-License-Identifier: GPL-3.0-or-later
"""DeviantArt: no description of its archives was found; files are known by the names that its downloads have."""

import re
from collections.abc import Iterator

from indexer.core.types import Skipped
from indexer.exports.archive import Archive
from indexer.exports.base import ExportLayout, ExportReader, LayoutBasis, Mention
from indexer.exports.ownership import lies_with_others
from indexer.exports.records import Fields, file_key, is_list, read_records, speaks_of

_FIELDS = Fields(
    host="deviantart.com",
    page=("url", "link", "deviation_url"),
    post_id=("deviationid", "deviation_id", "id"),
    published=("published_time", "published", "published_at", "date", "created"),
)
_DOWNLOAD = re.compile(r"_by_[^/]+?[-_]d([0-9a-z]{6,7})(?:-(?:fullview|pre|414w|375w|350t))?\.\w+$", re.IGNORECASE)
_GALLERY = re.compile(r"(^|/)(gallery|galleries|deviations|scraps)/", re.IGNORECASE)


class DeviantArtReader(ExportReader):
    """Pictures in folders of the gallery, or that a list names. A download's name alone does not tell whose it is."""

    layout = ExportLayout(
        "DeviantArt",
        LayoutBasis.INFERRED,
        "no public description of its archives was found; names of files (title_by_artist_dxxxxxx) and of fields are"
        " inferred from its downloads and its programming interface",
    )
    manifests = "list of your deviations"

    def recognises(self, archive: Archive) -> bool:
        """By the names of downloads, or by a list that names the platform."""
        return any(_DOWNLOAD.search(name) for name in archive.names) or speaks_of(archive, _FIELDS.host)

    def is_list_of_posts(self, name: str) -> bool:
        """Any list: it is not known what they are called."""
        return is_list(name)

    def mentions(self, archive: Archive) -> Iterator[Mention | Skipped]:
        """What lists in the archive say."""
        return read_records(archive, _FIELDS)

    def by_place(self, name: str) -> Mention | None:
        """The number of a deviation stands in the name of its download, to the base of 36."""
        if lies_with_others(name):
            return Mention(file_key(name), is_own=False)
        if not _GALLERY.search(name):
            return None
        if found := _DOWNLOAD.search(name):
            number = str(int(found[1], 36))
            return Mention(file_key(name), page=f"https://www.deviantart.com/deviation/{number}", post_id=number)
        return Mention(file_key(name))

    def keys_of(self, name: str) -> Iterator[str]:
        """The file's own name."""
        yield file_key(name)
