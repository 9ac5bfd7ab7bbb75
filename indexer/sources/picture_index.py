# SPDX-License-Identifier: GPL-3.0-or-later
"""The own-index source: an index folder that this program built from pictures."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from urllib.parse import quote

import numpy as np

from indexer.core.errors import IndexProblem, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import RECIPE, Kind
from indexer.fingerprints.picture_keypoints import PARTS_RECIPE
from indexer.images.variants import Orientation
from indexer.index.folder import PictureIndex
from indexer.index.row_table import PictureRow
from indexer.sources.base import Candidate, Description, Health, Query, Reach, RowFacts, RowId, Source
from indexer.sources.own_content import OwnContent
from indexer.sources.part_search import find_parts
from indexer.sources.probes import near_by_kind, near_phashes, near_rows, pdq_probes, phash_probes

_SEARCHED = {
    Lane.EXACT: (Kind.SHA256, Kind.MD5),
    Lane.PERCEPTUAL: (Kind.PHASH, Kind.PDQ, Kind.MINIATURE),
    Lane.LOCAL: (Kind.KEYPOINTS,),
    Lane.NEURAL: (Kind.CLIP,),
}
"""What `search` looks at; a kind that only a manifest knows must not pass for searched."""

_NOT_HERE = {
    Lane.LOCATION: "this index was built from a folder of pictures and lists no web addresses",
    Lane.ATTRIBUTION: "this index was built from a folder of pictures and lists no names or captions",
}

_NOT_BUILT = {
    Lane.EXACT: "this index holds no fingerprints of that kind",
    Lane.PERCEPTUAL: "this index holds no fingerprints of that kind",
    Lane.LOCAL: (
        "it was built without parts of pictures, or all its pictures are plain; built again without --no-parts, "
        "it would show crops and collages too"
    ),
    Lane.NEURAL: "this index holds no content fingerprints (CLIP)",
}


class PictureIndexSource(Source):
    """Searches an index folder; candidate pictures are read where the manifest, or the user, says that they lie.

    Args:
        folder: the index folder.
        name: what the user called it.
        pictures: folder of the pictures, instead of the one that the manifest names.

    Raises:
        SourceProblem: the folder cannot be used.
    """

    def __init__(self, folder: Path, name: str, pictures: Path | None = None) -> None:
        self._name = name
        try:
            self._index = PictureIndex(folder)
        except IndexProblem as problem:
            raise SourceProblem(name, problem.because) from problem
        root = pictures or (Path(root_text) if (root_text := self._index.manifest.pictures_root) else None)
        self._pictures = root.absolute() if root else None
        self._content = OwnContent(self._index)
        self._cut_short: dict[str, int] = {}

    @property
    def index(self) -> PictureIndex:
        """What it searches."""
        return self._index

    def describe(self) -> Description:
        """What it is, from its manifest."""
        manifest = self._index.manifest
        rows_with = {Kind(record.kind): record.rows for record in manifest.lanes if record.kind in list(Kind)}
        return Description(
            self._name,
            manifest.dataset,
            manifest.version,
            manifest.rows,
            manifest.identity,
            rows_with,
            manifest.sample,
            self._content.space,
            manifest.made.utc,
            near_by_kind(manifest),
        )

    def why_not(self, lane: Lane) -> str | None:
        """None where it has fingerprints, as far as they are of this program's recipe or name their model."""
        if lane in _NOT_HERE:
            return _NOT_HERE[lane]
        records = [record for kind in _SEARCHED[lane] if (record := self._index.manifest.lane_of(kind))]
        if not records:
            return _NOT_BUILT[lane]
        if lane is Lane.NEURAL and self._content.why_not():
            return self._content.why_not()
        recipe = PARTS_RECIPE if lane is Lane.LOCAL else RECIPE
        if any(record.parameters.get("recipe", recipe) != recipe for record in records):
            return "its fingerprints were made by another version of this program; build the index again"
        return None

    def why_not_whole(self, lane: Lane) -> str | None:
        """Of which works there were so many copies that others may have been left out."""
        if lane is not Lane.LOCAL or not self._cut_short:
            return None
        works, most = len(self._cut_short), f"{max(self._cut_short.values()):,}"
        of, found = "one of your works", f"it were found ({most})"
        if works > 1:
            of, found = f"{works:,} of your works", f"them were found (up to {most})"
        return f"of {of} so many pictures with parts of {found} that the search ended there; more may be listed"

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """Equal digests first, then near hashes, near miniatures, parts found again, near content."""
        with self._damage_is_told():
            if Lane.EXACT in lanes:
                yield from self._equal_digests(queries, monitor)
            if Lane.PERCEPTUAL in lanes:
                yield from self._near_phashes(queries, lanes, reach, monitor)
                yield from self._near_pdq(queries, reach, monitor)
                yield from self._near_miniatures(queries, reach, monitor)
            if Lane.LOCAL in lanes:
                yield from self._parts_again(queries, reach, monitor)
            if Lane.NEURAL in lanes:
                yield from self._content.near(queries, reach, monitor)

    def facts(self, row: RowId) -> RowFacts:
        """The row's path is its address; with the index's base address in front when it has one."""
        with self._damage_is_told():
            found = self._index.rows[int(row)]
        base = self._index.manifest.base_url
        return RowFacts(
            row=found.name,
            row_key=f"sha256:{found.sha256}" + (f"#{found.frame}" if found.frame > 1 else ""),
            url=base.rstrip("/") + "/" + quote(found.path) if base else found.path,
            width=found.width,
            height=found.height,
            sha256=found.sha256,
            md5=found.md5,
            local=self._local(found),
            frame=found.frame,
        )

    def health(self, monitor: Monitor) -> Health:
        """It was held against its checksums when it was opened."""
        del monitor
        return Health(answers=True, words=f"its {self._index.manifest.rows:,} rows lie here, as they were written")

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def _local(self, row: PictureRow) -> Path | None:
        """Where the row's picture lies; None when it is not there, or its path leads out of the folder of pictures.

        Links in that folder are the user's own, and were followed when the index was built.
        """
        path = PurePath(row.path)
        if self._pictures is None or path.anchor or ".." in path.parts:
            return None
        place = self._pictures / path
        try:
            return place if place.is_file() else None
        except (OSError, ValueError):  # a name that no file can have
            return None

    def _equal_digests(self, queries: Sequence[Query], monitor: Monitor) -> Iterator[Candidate]:
        for kind in (Kind.SHA256, Kind.MD5):
            if not self._index.manifest.lane_of(kind):
                continue
            table = self._index.exact_table(kind)
            for query in queries:
                monitor.check()
                for file in query.files:
                    digest = getattr(file.digests, kind)
                    for number in table.candidates(bytes.fromhex(digest)):
                        row = self._index.rows[number]
                        if getattr(row, kind) == digest and row.frame == file.frame:
                            yield Candidate(
                                query.work, RowId(str(number)), kind, Orientation.UPRIGHT, 0.0, file.rendition
                            )

    def _near_phashes(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        probes = phash_probes(queries)
        if not probes or not self._index.manifest.lane_of(Kind.PHASH):
            return
        index = self._index.bit_index(Kind.PHASH)
        if self.describe().is_asked_for_forms(lanes):
            yield from near_phashes(index, probes, queries, reach, monitor)
        else:
            yield from near_rows(index, Kind.PHASH, probes, queries, reach.phash_bits, monitor)

    def _near_pdq(self, queries: Sequence[Query], reach: Reach, monitor: Monitor) -> Iterator[Candidate]:
        probes = pdq_probes(queries)
        if probes and self._index.manifest.lane_of(Kind.PDQ):
            index = self._index.bit_index(Kind.PDQ)
            yield from near_rows(index, Kind.PDQ, probes, queries, reach.pdq_bits, monitor)

    def _near_miniatures(self, queries: Sequence[Query], reach: Reach, monitor: Monitor) -> Iterator[Candidate]:
        if not self._index.manifest.lane_of(Kind.MINIATURE):
            return
        index = self._index.vector_index(Kind.MINIATURE)
        for query in queries:
            monitor.check()
            vectors = query.fingerprints.miniature
            if not vectors:
                continue
            laid = np.frombuffer(b"".join(vectors), np.float32).reshape(len(vectors), -1)
            near = index.nearest(laid, reach.miniature_count)
            for way, row, cosine in zip(near.query, near.row, near.score, strict=True):
                if cosine >= reach.miniature_least:
                    orientation = list(Orientation)[way]
                    yield Candidate(query.work, RowId(str(row)), Kind.MINIATURE, orientation, 1.0 - float(cosine))

    def _parts_again(self, queries: Sequence[Query], reach: Reach, monitor: Monitor) -> Iterator[Candidate]:
        if queries and self._index.manifest.lane_of(Kind.KEYPOINTS):
            index = self._index.keypoint_index(Kind.KEYPOINTS)
            for query in queries:
                monitor.check()
                parts = find_parts(index, query, reach, monitor)
                if parts.is_limited:
                    self._cut_short[query.work] = parts.sure
                yield from parts.candidates

    @contextmanager
    def _damage_is_told(self) -> Iterator[None]:
        """The folder may be a stranger's: checksums agree, and its arrays can still point anywhere."""
        try:
            yield
        except IndexProblem as problem:
            raise SourceProblem(self._name, problem.because) from problem
        except (ValueError, IndexError, OverflowError, OSError, sqlite3.Error) as problem:
            raise SourceProblem(self._name, f"the index is damaged ({problem})") from problem
