# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check is asked and what it answers. Imports nothing heavy: the program's own process uses these types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from indexer.core.types import Artwork, Coverage, Lane, Match


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What is asked.

    Attributes:
        folder: as the user wrote it.
        sources: as the user wrote them.
        pictures: folder of candidate pictures, instead of the one that an index names.
        fetch: whether candidate pictures may be fetched.
        fetch_similar: also the few of each work that nothing but their content proposes.
        exports: archives of the artist's accounts, as the user wrote them.
        weights: files of weights for the CLIP models that indexes were made with.
        posts: files of links to the artist's own posts, which they want to be fetched.
    """

    folder: str
    sources: tuple[str, ...]
    lanes: tuple[Lane, ...] = tuple(Lane)
    names: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    pictures: str | None = None
    fetch: bool = False
    fetch_similar: bool = False
    offline: bool = False
    allow_private_hosts: bool = False
    exports: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckPlaces:
    """Where a check keeps its things: the store of fingerprints, the folder of checkpoints, the ledger.

    Attributes:
        models: folder of weights that were fetched or put there, None for none.
        calibrations: folder of what was measured with them, None for none.
        registry: file of the data sets that were set up here by name, None for none.
    """

    cache: Path
    checkpoints: Path
    ledger: Path
    models: Path | None = None
    calibrations: Path | None = None
    registry: Path | None = None


@dataclass(frozen=True, slots=True)
class CalibrationAsked:
    """What to measure: the model as `MODEL,TAG`, the file of its weights, folders of different pictures."""

    pair: str
    weights: Path
    pictures: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class SourceOpened:
    """A source that will be searched.

    Attributes:
        collected: no picture in it is younger than this day, month or year, as `2021-08`; None where nobody knows.
        collected_by: on what that rests, in words that follow "as"; None likewise.
        hashes: kinds (`phash`, `pdq`) by which a copy can be found in it for sure, though its picture is not seen.
    """

    name: str
    dataset: str
    version: str
    rows: int
    sample: bool
    collected: str | None = None
    collected_by: str | None = None
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenditionFound:
    """A file that the artist published, out of an archive of their account, or as a post of theirs shows it now.

    Attributes:
        artwork: path of the work that it shows; its own path, or the link to its post, where no picture of the folder
            is that work.
        stands_alone: whether it is a work of its own, since no picture of the folder is shown by it.
        archive, place: the archive or list as the user wrote it, and the file's name, or the link, in it.
        platform: whose archive it is, or where the post is: the platform's name, or the host.
        basis: `documented` or `inferred`: on what it rests that the file is as it was published.
        address, page: of the file and of the post, None where the archive says neither.
        published: first date that the archive gives: a moment in UTC, or a day, or None.
    """

    artwork: str
    stands_alone: bool
    archive: str
    place: str
    platform: str
    basis: str
    address: str | None
    page: str | None
    post_id: str | None
    published: str | None
    sha256: str
    md5: str


@dataclass(frozen=True, slots=True)
class ExportRead:
    """An archive, or a list of posts, was gone through, or could not be.

    Attributes:
        platform: whose archive it is; None for a list of posts, and when it is not read.
        basis, source: what is known of its layout and from where; None when it is not read.
        because: why it could not be read, in words that follow "not read, because"; None when it was.
        notes: what in it could not be read or was left out, in one sentence each.
    """

    archive: str
    platform: str | None = None
    basis: str | None = None
    source: str | None = None
    because: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resumed:
    """Works whose results an interrupted check had already written down."""

    works: int


@dataclass(frozen=True, slots=True)
class Found:
    """A match with what a report and a case keep beside it. Thumbnails are JPEG, None where no picture was seen."""

    match: Match
    dataset: str
    version: str
    work_thumbnail: bytes | None = None
    candidate_thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a match stands among all of a check; told once all are known, for those that may be copies.

    Attributes:
        artwork, source, row: which match.
        copy, site, also: as in `Match`.
        taken: another work has this row by better right, whose match names this one; it is not shown nor counted.
    """

    artwork: str | None
    source: str
    row: str
    copy: int | None = None
    site: str | None = None
    also: tuple[str, ...] = ()
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """So many of so many.

    Attributes:
        possible: others of them for which a row is only possible.
    """

    hits: int
    of: int
    possible: int = 0


@dataclass(frozen=True, slots=True)
class OwnControls:
    """What the artist's own works say of how a source was searched.

    Attributes:
        later: works that cannot be in it, having been made after it was collected, and those with a row that counts
            all the same: each is an error of the comparison, or of the date. Works too plain to be found by their look
            are not among them. None where no such work is known, and where not all of them were looked for in a way
            that could have found one for sure.
        later_by: how many of them are dated by what, by `DateBasis`.
        own: rows at an address of the artist's that show a work as its address alone tells, and those of them that were
            found by the picture too. None where no such row is known, or not all pictures were searched for.
        collected, collected_by: as in `SourceOpened`.
    """

    source: str
    dataset: str
    version: str
    later: Tally | None = None
    later_by: Mapping[str, int] = field(default_factory=dict)
    own: Tally | None = None
    collected: str | None = None
    collected_by: str | None = None


CheckEvent = SourceOpened | Artwork | RenditionFound | ExportRead | Resumed | Found | Coverage | Placed | OwnControls
"""What a check yields, in this order, with artworks and matches as they come."""
