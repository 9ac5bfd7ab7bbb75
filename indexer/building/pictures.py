# SPDX-License-Identifier: GPL-3.0-or-later
"""An index from a folder of pictures: `exhibit-a index build --from images`."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from indexer.building.contract import Built, PictureBuild
from indexer.building.journal import Journal
from indexer.building.parts import write_parts
from indexer.building.places import check_content_kept, check_place, partial_of
from indexer.building.skipped import write_skipped
from indexer.building.unfinished import JOURNAL_NAME, storage_problems
from indexer.building.vectors import embed_into, open_model
from indexer.core.about import this_tool
from indexer.core.clock import utc_now
from indexer.core.errors import IndexProblem
from indexer.core.files import swap_in_folder
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane, Skipped
from indexer.fingerprints.base import RECIPE, Kind
from indexer.fingerprints.clip_models import ClipSpace
from indexer.fingerprints.intake import Extras, fingerprint_files
from indexer.fingerprints.miniature import DIMENSION
from indexer.fingerprints.picture_keypoints import PARTS_RECIPE
from indexer.images.scanning import FoundFile, scan
from indexer.index.bit_index import write_bit_index
from indexer.index.exact_table import write_exact_table
from indexer.index.hamming import codes_from_bytes
from indexer.index.manifest import (
    FORMAT,
    MANIFEST_NAME,
    LaneRecord,
    Made,
    Manifest,
    check_files,
    read_manifest,
    record_files,
    write_manifest,
)
from indexer.index.near_pairs import near_pairs
from indexer.index.row_table import RowTable, write_row_table
from indexer.index.vector_index import VectorIndexWriter

_VECTOR_BLOCK = 4096


def build_from_pictures(build: PictureBuild, monitor: Monitor | None = None, workers: int | None = None) -> Built:
    """Build the index, or go on with one that was interrupted; the finished folder appears at once, whole.

    Raises:
        InputProblem: there is no such folder of pictures.
        IndexProblem, StorageProblem: the index cannot be put where it should go.
        Cancelled: the user stopped; everything read so far is kept for the next start.
    """
    watch = monitor or Monitor()
    out = build.out.resolve()
    partial = partial_of(out)
    with storage_problems(partial):
        next(scan(build.pictures, watch), None)  # a mistyped folder ends here, before anything is written
        check_place(build.pictures, out)
        with open_model(build.clip, watch, workers) as model:
            space = model.space if model else None
            check_content_kept(out, space)
            finished = _finished_before(build, partial, space)
            if finished:
                _put_in_place(partial, out)
                return finished
            key = space.key if space else None
            place = str(build.pictures.absolute())
            with closing(Journal(partial, place, f"{RECIPE}, {PARTS_RECIPE}", key, parts=build.parts)) as journal:
                resumed = _read_pictures(build, journal, watch, workers)
                if model:
                    embed_into(journal, build.pictures, model, watch)
                watch.progress(Progress("writing the index", 0))
                manifest = _write_lanes(build, journal, partial, space) if journal.holds_pictures() else None
        if manifest is None:
            shutil.rmtree(partial)
            because = "there is no picture in that folder that could be read, so there is nothing to index"
            raise IndexProblem(build.out, because)
        # The journal goes last: until every file has its checksum, a kill would lose all that was read.
        write_manifest(partial, replace(manifest, files=record_files(partial, leave_out=JOURNAL_NAME)))
        _put_in_place(partial, out)
    return Built(manifest.rows, manifest.skipped, resumed)


def _finished_before(build: PictureBuild, partial: Path, space: ClipSpace | None) -> Built | None:
    """What an earlier build of the same left whole, killed between its last two steps; None when there is none.

    While the journal is there it is the better witness, since it knows which pictures were changed in between.
    """
    if (partial / JOURNAL_NAME).exists() or not (partial / MANIFEST_NAME).is_file():
        return None
    try:
        manifest = read_manifest(partial)
        check_files(partial, manifest)
    except IndexProblem:
        return None
    if build.shareable or replace(_manifest(build, 0, (), 0), made=manifest.made) != _without_content(manifest):
        return None
    keypoints = manifest.lane_of(Kind.KEYPOINTS)
    if keypoints.parameters.get("recipe") != PARTS_RECIPE if keypoints else build.parts:
        return None
    content = manifest.lane_of(Kind.CLIP)
    if (dict(content.parameters) if content else None) != (space.as_parameters() if space else None):
        return None
    with closing(RowTable(partial)) as rows:
        return Built(manifest.rows, manifest.skipped, resumed=sum(row.frame == 1 for row in rows))


def _put_in_place(partial: Path, out: Path) -> None:
    """The last step: the journal goes, and the finished folder takes its place."""
    for journal_file in partial.glob(JOURNAL_NAME + "*"):
        journal_file.unlink()
    swap_in_folder(partial, out)


def _read_pictures(build: PictureBuild, journal: Journal, monitor: Monitor, workers: int | None) -> int:
    """Fill the journal; return how many files it already knew."""
    total = sum(1 for _ in scan(build.pictures, monitor))
    known = 0

    def unread() -> Iterator[FoundFile | Skipped]:
        nonlocal known
        for entry in scan(build.pictures, monitor):
            if isinstance(entry, FoundFile) and journal.knows(entry):
                known += 1
            else:
                yield entry

    monitor.progress(Progress("reading pictures", 0, total))
    # Closed here, since a full disk must not leave the processes to whoever looks at the error.
    extras = Extras(keypoints=build.parts, forms=False)
    with closing(fingerprint_files(unread(), monitor=monitor, workers=workers, extras=extras)) as outcomes:
        for done, outcome in enumerate(outcomes, start=1):
            journal.add(outcome)
            monitor.progress(Progress("reading pictures", known + done, total))
    journal.forget_unseen()
    return known


def _write_lanes(build: PictureBuild, journal: Journal, folder: Path, space: ClipSpace | None) -> Manifest:
    for stale in folder.iterdir():
        if not stale.name.startswith(JOURNAL_NAME):
            stale.unlink()
    rows = write_row_table(folder, journal.rows())
    kinds = [kind for kind in Kind if build.parts or kind is not Kind.KEYPOINTS]
    lanes = [record for kind in kinds if (record := _write_lane(folder, kind, journal, space))]
    skipped = write_skipped(folder, journal.skipped())
    return _manifest(build, rows, tuple(lanes), skipped)


def _manifest(build: PictureBuild, rows: int, lanes: tuple[LaneRecord, ...], skipped: int) -> Manifest:
    """The manifest without its files, which are recorded when all are written."""
    tool = this_tool()
    return Manifest(
        format=FORMAT,
        dataset=build.dataset,
        version=build.version,
        rows=rows,
        made=Made(utc_now(), tool.name, tool.version),
        lanes=lanes,
        files={},
        skipped=skipped,
        sample=build.sample,
        pictures_root=None if build.shareable else str(build.pictures.absolute()),
        base_url=build.base_url,
    )


def _without_content(manifest: Manifest) -> Manifest:
    return replace(manifest, rows=0, lanes=(), files={}, skipped=0)


def _write_lane(folder: Path, kind: Kind, journal: Journal, space: ClipSpace | None) -> LaneRecord | None:
    """Write the files of one kind of fingerprint; None when no row has it."""
    if kind is Kind.PIXEL_HASH:
        return None
    if kind is Kind.KEYPOINTS:
        return write_parts(folder, journal)
    if kind is Kind.MINIATURE:
        return _write_vectors(folder, kind, journal, {"dimension": DIMENSION, "recipe": RECIPE})
    if kind is Kind.CLIP:
        return _write_vectors(folder, kind, journal, space.as_parameters()) if space else None
    stored = list(journal.stored(kind))
    if not stored:
        return None
    values, rows = [one.value for one in stored], np.array([one.row for one in stored], np.int64)
    if kind.lane is Lane.EXACT:
        write_exact_table(folder, kind, values, rows)
        return LaneRecord(kind.lane, kind, len(stored))
    codes = codes_from_bytes(values)
    write_bit_index(folder, kind, codes, rows)
    return LaneRecord(kind.lane, kind, len(stored), {"bits": len(values[0]) * 8, "recipe": RECIPE}, near_pairs(codes))


def _write_vectors(
    folder: Path, kind: Kind, journal: Journal, parameters: Mapping[str, str | int | float]
) -> LaneRecord | None:
    dimension = int(parameters["dimension"])
    writer = VectorIndexWriter(dimension)
    stored = journal.stored(kind)
    while block := list(islice(stored, _VECTOR_BLOCK)):
        vectors = np.frombuffer(b"".join(one.value for one in block), np.float32).reshape(len(block), dimension)
        writer.add(vectors, np.array([one.row for one in block], np.int64))
    count = writer.write(folder, kind)
    return LaneRecord(kind.lane, kind, count, parameters) if count else None
