# SPDX-License-Identifier: GPL-3.0-or-later
"""Until when a source can hold pictures at all: as the catalogue says of its data set, or as its index was made."""

from indexer.sources.base import Description
from indexer.sources.catalogue import read_catalogue
from indexer.sources.dataset import Collected, Mark

_MARK_WORDS = {
    Mark.DOCUMENTED: "as its publisher says",
    Mark.INFERRED: "as follows from what its publisher says",
    Mark.UNVERIFIED: "as others say",
    Mark.MEMORY: "from memory, unverified",
}


def collected_until(about: Description) -> tuple[str, str] | None:
    """A day, month or year that no picture in the source is younger than, and on what that rests, in words."""
    known = _in_catalogue(about.dataset)
    if known:
        return known.until, _MARK_WORDS[known.mark]
    return (about.made_utc[:10], "the day on which its index was made") if about.made_utc else None


def _in_catalogue(dataset: str) -> Collected | None:
    """By the set's name, its slug, or its place on the hub."""
    called = dataset.strip().lower()
    for record in read_catalogue().records:
        names = {record.slug, record.name.lower(), *(place.repository.lower() for place in record.places)}
        if called and called in names:
            return record.collected
    return None
