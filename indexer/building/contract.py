# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build is asked and what it answers. Imports nothing heavy: the program's own process uses these types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from indexer.fingerprints.base import Kind


@dataclass(frozen=True, slots=True)
class ClipChoice:
    """The model for content fingerprints: `MODEL,TAG`, and the file of its weights."""

    pair: str
    weights: Path


@dataclass(frozen=True, slots=True)
class PictureBuild:
    """What to build.

    Attributes:
        pictures: the folder of pictures.
        out: the index folder to make; it must not lie inside `pictures`.
        dataset, version: what the set calls itself.
        shareable: leave the place of the pictures out of the manifest.
        base_url: address below which the same pictures can be fetched, None when there is none.
        sample: made by the demo.
        clip: also make content fingerprints with this model; None for none.
        parts: also keep keypoints, by which parts of pictures are found: crops, collages, screenshots.
    """

    pictures: Path
    out: Path
    dataset: str
    version: str = ""
    shareable: bool = False
    base_url: str | None = None
    sample: bool = False
    clip: ClipChoice | None = None
    parts: bool = True


@dataclass(frozen=True, slots=True)
class TableBuild:
    """An index to be built from columns of hashes and digests.

    Attributes:
        tables: files, folders of them, patterns such as `part-*.parquet`, addresses of files, and text files (.txt)
            that list addresses, one a line. They are read in this order, folders and patterns in that of names.
        out: the index folder to make; it must not lie among the tables.
        dataset, version: what the set calls itself.
        shareable: leave paths on this machine out of the manifest; names of files and addresses stay.
        sample: made by the demo.
        kinds: which kinds of fingerprint are wanted, of pHash, SHA-256, MD5 and pixel hash; empty for all that are
            there.
        columns: names of columns, by kind, where their names do not tell.
        revision: of the set, as its publisher names it, such as a commit.
        checksums: SHA-256 that the publisher gives of the files, by name; only written down.
        ledger: file in which everything asked of other computers is written down; None when nothing may be asked.
        allow_private_hosts: also ask this computer and its own networks.
    """

    tables: tuple[str, ...]
    out: Path
    dataset: str
    version: str = ""
    shareable: bool = False
    sample: bool = False
    kinds: tuple[Kind, ...] = ()
    columns: Mapping[Kind, str] = field(default_factory=dict)
    revision: str | None = None
    checksums: Mapping[str, str] = field(default_factory=dict)
    ledger: Path | None = None
    allow_private_hosts: bool = False


@dataclass(frozen=True, slots=True)
class EmbeddingsBuild:
    """An index to be built from vectors that a data set ships.

    Attributes:
        embeddings: a folder in one of the layouts of `sources/embedding_layouts.py`.
        out: the index folder to make; it must not lie inside `embeddings`.
        dataset, version: what the set calls itself.
        model: `MODEL,TAG` that made the vectors; None where the set's layout, or a list beside it, says so.
        shareable: leave paths on this machine out of the manifest; names of files stay.
        sample: made by the demo.
        revision: of the set, as its publisher names it, such as a commit.
    """

    embeddings: Path
    out: Path
    dataset: str
    model: str | None = None
    version: str = ""
    shareable: bool = False
    sample: bool = False
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class BuildSize:
    """What an index of pictures will about take, said before it is built.

    Attributes:
        files: that will be read, each taken for one picture.
        fingerprint_bytes, parts_bytes: of fingerprints of whole pictures, and of keypoints.
        with_parts: whether keypoints will be kept, or only could be.
        seconds: of reading, with all processors.
    """

    files: int
    fingerprint_bytes: int
    parts_bytes: int
    with_parts: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Built:
    """What a build gave: rows, files skipped, files that an interrupted build had already read."""

    rows: int
    skipped: int
    resumed: int
